"""Today: what needs a person, what lapses next, last night's runs, and whether work gets done at all."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from fastapi import APIRouter, Response
from starlette.requests import Request

from api_stub import routes
from api_stub.monitoring.health import redis_condition
from api_stub.security.principal import Caller, Principal
from dashboard import render
from db.ledger import health, job_counts, runs, schedules
from db.mail import outbox
from db.money import invoices
from db.outside import lanes, measurements
from db.paging import Count
from db.portfolio import alert_lists, domain_lists, endpoint_lists, timelines
from db.portfolio.endpoints import Endpoint
from rules.certificates.observation import PORTS, Protocol
from rules.domains.records import Answer
from rules.jobs import JobState
from rules.rate_limits import circuit_breaker
from schedules import health as schedules_health
from tasks.engine.task import Queue
from wording import kinds

pages: APIRouter = routes.router(include_in_schema=False)

_NEXT = 10
_ALERTS = 6
_RUNS = 8
_NIGHT = timedelta(hours=36)
_WINDOWS = (0, 7, 30, 60)
"""Days; 0: what has lapsed."""


@dataclass(frozen=True, slots=True)
class Need:
    """Something that waits for a person, and where it is listed."""

    count: Count
    what: str
    where: str
    urgent: bool = False
    over: Count | None = None
    """Of how many of these the end has passed already."""


@dataclass(frozen=True, slots=True)
class Lapse:
    """A domain or a certificate that ends soon."""

    at: datetime
    what: str
    where: str
    kind: str
    client_id: int
    client_name: str


@pages.get("/")
def today(request: Request, who: Caller) -> Response:
    """Show the day."""
    now = datetime.now(UTC)
    open_alerts = alert_lists.kinds(within=who.within)
    windows = [(days, *_within(who, now, days)) for days in _WINDOWS]
    return render.page(
        request,
        "today/today.html",
        needs=[need for need in _needs(who, open_alerts, *windows[0][1:]) if need.count],
        alerts=alert_lists.pressing([kind for kind, _ in open_alerts], limit=_ALERTS, within=who.within),
        lapses=_lapses(who, now),
        windows=windows,
        events=timelines.newest(within=who.within),
        **(_whole(now) if who.within is None else {}),
    )


def _whole(now: datetime) -> dict[str, object]:
    """Return what is about the installation as a whole."""
    return {
        "runs": [run for run in runs.newest(limit=_RUNS) if now - run.created_at < _NIGHT],
        "health": health.of(list(Queue)),
        "missing": [one.words for one in schedules_health.missing()],
        "redis": redis_condition(),
    }


def _needs(
    who: Principal, open_alerts: Sequence[tuple[str, Count]], lapsed: Count, ended_certificates: Count
) -> list[Need]:
    over = {"domain_expiry": lapsed, "certificate_expiry": ended_certificates}
    ended, mails = job_counts.counts(within=who.within), outbox.unsent(within=who.within)
    rows = schedules.overrides() if who.within is None else {}
    paused = [name for name, row in rows.items() if row.pauses(datetime.now(UTC))]
    return [
        *(
            Need(number, kinds.alerts(kind), f"/alerts?kind={kind}", urgent=True, over=over.get(kind))
            for kind, number in sorted(open_alerts, key=lambda one: _rank(one[0]))
            if _counts(kind)
        ),
        Need(ended[JobState.DEAD], "jobs given up", "/dead?state=dead", urgent=True),
        Need(ended[JobState.UNKNOWN], "jobs with an unknown effect", "/dead?state=unknown", urgent=True),
        Need(ended[JobState.FAILED], "jobs refused for good", "/dead?state=failed"),
        *(
            Need(number, f"mails {state}", f"/mail?state={state}")
            for state, number in mails.items()
            if state in _BAD_MAIL
        ),
        Need(
            domain_lists.LIST.count(failing=True, within=who.within),
            "domains whose registry did not answer",
            "/domains?show=failing",
        ),
        Need(invoices.undocumented(within=who.within), "invoices without a document", "/invoices?show=undocumented"),
        Need(Count(len(paused)), "schedules paused", "/schedules"),
    ]


_BAD_MAIL = ("failed", "unknown")


def _counts(kind: str) -> bool:
    """Tell whether a kind of alert is a need of its own; those of jobs and mails are counted as what they are about."""
    return not kind.startswith(("jobs_", "mail_"))


def _rank(kind: str) -> int:
    known = list(kinds.ALERTS)
    return known.index(kind) if kind in known else len(known)


def _within(who: Principal, now: datetime, days: int) -> tuple[Count, Count]:
    until = now + timedelta(days=days)
    domains = domain_lists.LIST.count(answer=Answer.REGISTERED, until=until, within=who.within)
    return domains, endpoint_lists.LIST.count(until=until, within=who.within)


def _lapses(who: Principal, now: datetime) -> list[Lapse]:
    """Return what ends next; what has ended is an alert."""
    domains = domain_lists.LIST.page(
        "expires", rest=False, answer=Answer.REGISTERED, since=now, within=who.within, size=_NEXT
    ).rows
    endpoints = endpoint_lists.LIST.page("not_after", rest=False, since=now, within=who.within, size=_NEXT).rows
    found = [
        *(
            Lapse(one.expires, one.name, f"/domains/{one.id}", "domain", one.client_id, one.client_name)
            for one in domains
            if one.expires
        ),
        *(
            Lapse(one.not_after, _host(one), f"/endpoints/{one.id}", "certificate", one.client_id, one.client_name)
            for one in endpoints
            if one.not_after
        ),
    ]
    return sorted(found, key=lambda lapse: lapse.at)[:_NEXT]


def _host(endpoint: Endpoint) -> str:
    return endpoint.host if endpoint.port == PORTS[Protocol.TLS] else endpoint.address


@pages.get("/services")
def services(request: Request, _who: Caller) -> Response:
    """Show how calls of the outside went in the last hour and day."""
    troubled = [
        (name, circuit_breaker.reason(name, one.state), circuit_breaker.open_s(one.state, one.now))
        for name, one in lanes.troubled().items()
    ]
    return render.page(
        request,
        "today/services.html",
        hour=measurements.services(minutes=60),
        day=measurements.services(minutes=1440),
        troubled=troubled,
    )
