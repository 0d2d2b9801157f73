"""Today: what needs a person, what lapses next, what the night did, and whether work gets done at all."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Response
from starlette.requests import Request

from api_stub import routes
from api_stub.monitoring.health import redis_condition
from api_stub.security.principal import Caller, Principal
from dashboard import services
from dashboard.portfolio import lapses
from dashboard.rendering import render
from dashboard.today import first_steps, needs
from db.ledger import health, runs
from db.ledger.runs import Run
from db.paging import Count
from db.portfolio import alert_lists, domain_lists, endpoint_lists, timelines
from rules.alerts import mail_groups, nights
from rules.domains.records import Answer
from schedules import overdue as schedules_health
from tasks.engine.task import Queue

pages: APIRouter = routes.router(include_in_schema=False)

_NEXT = 10
_ALERTS = 6
_WINDOWS = (0, 7, 30, 60)
"""Windows in days; 0: what has lapsed."""


@dataclass(frozen=True, slots=True)
class NightWork:
    """The results of one task's runs in a night."""

    newest: Run
    runs: int
    jobs: int
    bad: int


@pages.get("/")
def today(request: Request, who: Caller) -> Response:
    """Show the day."""
    now = datetime.now(UTC)
    open_alerts = alert_lists.kinds(within=who.within)
    storms = alert_lists.storms(since=now - mail_groups.BANNER_WITHIN, within=who.within)
    return render.page(
        request,
        "today/today.html",
        steps=first_steps.remaining(who),
        needs=needs.of(who, open_alerts),
        storms=storms,
        alerts=alert_lists.pressing([kind for kind, _ in open_alerts], limit=_ALERTS, within=who.within, but=storms),
        lapses=lapses.coming(now, most=_NEXT, within=who.within)[:_NEXT],
        windows=_windows(who, now),
        events=timelines.newest(within=who.within),
        **(_whole(now, ZoneInfo(who.zone)) if who.within is None else {"outages": []}),
    )


def _whole(now: datetime, zone: ZoneInfo) -> dict[str, object]:
    """Return the values for the parts of Today that are about the whole installation."""
    night = nights.last_night(now, zone)
    return {
        "night": night,
        "work": _work(runs.during(*night)),
        "health": health.of(list(Queue)),
        "missing": [one.words for one in schedules_health.missing() if one.name != "services"],
        "outages": services.outages(),
        "redis": redis_condition(),
    }


def _work(of_night: Sequence[Run]) -> list[NightWork]:
    """Return the results of a night's runs by task: those with bad ends first, then the largest."""
    of_task: defaultdict[str, list[Run]] = defaultdict(list)
    for run in of_night:
        of_task[run.task].append(run)
    work = [
        NightWork(some[0], len(some), sum(run.total for run in some), sum(run.bad for run in some))
        for some in of_task.values()
    ]
    return sorted(work, key=lambda one: (-one.bad, -one.jobs, one.newest.task))


def _windows(who: Principal, now: datetime) -> list[tuple[int, Count, Count]]:
    """Return for each window its days, and how many domains and certificates end in it."""
    ends = [now + timedelta(days=days) for days in _WINDOWS]
    domains = domain_lists.LIST.windows("expires", ends, answer=Answer.REGISTERED, within=who.within)
    endpoints = endpoint_lists.LIST.windows("not_after", ends, within=who.within)
    return list(zip(_WINDOWS, domains, endpoints, strict=True))
