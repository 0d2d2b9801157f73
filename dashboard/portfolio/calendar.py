"""The end calendar: the days of the next twelve months on which something ends or falls due, and each day's list."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Response
from starlette.requests import Request

from api_stub import problems, routes
from api_stub.security.principal import Caller, Principal
from dashboard.portfolio import lapses
from dashboard.portfolio.lapses import Lapse
from dashboard.rendering import formatting, render
from db.billing import invoices, subscriptions
from db.payments import settlements
from db.portfolio import end_calendar
from rules.portfolio import end_calendar as rules
from rules.portfolio.end_calendar import EndKind

pages: APIRouter = routes.router(include_in_schema=False)

_NOUNS: Final = {
    EndKind.DOMAIN: "domain",
    EndKind.CERTIFICATE: "certificate",
    EndKind.SUBSCRIPTION: "subscription_due",
    EndKind.INVOICE: "invoice_due",
}
_MANY: Final = 10
_SOME: Final = 3


@pages.get("/calendar")
def year(request: Request, who: Caller) -> Response:
    """Show twelve months, each day with what ends on it."""
    zone = ZoneInfo(who.zone)
    today = datetime.now(zone).date()
    ends = end_calendar.ends(rules.days(today), zone, within=who.within)
    return render.page(
        request,
        "today/calendar.html",
        months=rules.months(today),
        today=today,
        ends=ends,
        total=said({kind: sum(of_day.get(kind, 0) for of_day in ends.values()) for kind in EndKind}),
        weekdays=formatting.weekdays(),
        named=formatting.month,
        said=said,
        weight=weight,
    )


def said(of_day: Mapping[EndKind, int]) -> str:
    """Return the counts of a day in words: "2 domains, 1 certificate"."""
    return ", ".join(formatting.counted(_NOUNS[kind], of_day[kind]) for kind in EndKind if of_day.get(kind))


def weight(of_day: Mapping[EndKind, int]) -> str:
    """Return the shade of a day: few, some, many."""
    number = sum(of_day.values())
    return "many" if number >= _MANY else "some" if number >= _SOME else "few"


@pages.get("/calendar/{day}")
def one_day(request: Request, who: Caller, day: date) -> Response:
    """List what ends or falls due on a day of the reader's zone."""
    today = datetime.now(ZoneInfo(who.zone)).date()
    if abs((day - today).days) > _FARTHEST.days:
        raise problems.Problem(404, "not-found", "The calendar has ten years back and ahead")
    found = lapses.soonest([*_ending(who, day), *_due(who, day, today)], most=4 * end_calendar.MOST_OF_DAY)
    counts = end_calendar.ends([day], ZoneInfo(who.zone), within=who.within)
    return render.page(
        request,
        "today/calendar_day.html",
        day=day,
        today=today,
        lapses=found,
        counted=said(counts.get(day, {})),
        left_out=sum(counts.get(day, {}).values()) - len(found),
    )


_FARTHEST: Final = timedelta(days=3660)
_MOMENT: Final = timedelta(microseconds=1)


def _ending(who: Principal, day: date) -> list[Lapse]:
    since, until = rules.bounds(day, ZoneInfo(who.zone))
    return lapses.coming(since - _MOMENT, until=until - _MOMENT, most=end_calendar.MOST_OF_DAY, within=who.within)


def _due(who: Principal, day: date, today: date) -> list[Lapse]:
    unpaid = invoices.many(end_calendar.ids_on(EndKind.INVOICE, day, within=who.within))
    settled = settlements.of_invoices(unpaid, on=today)
    billed = subscriptions.many(end_calendar.ids_on(EndKind.SUBSCRIPTION, day, within=who.within))
    return list(lapses.of_money([(one, settled[one.id]) for one in unpaid], billed))
