"""Today: what needs a person, what lapses next, last night's runs, and whether work gets done at all."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from fastapi import APIRouter, Response
from starlette.requests import Request

from api_stub import health, routes
from api_stub.security.principal import Caller
from dashboard import fields, formatting, render
from db.ledger import schedules
from db.outside import lanes
from db.views import alerts, domains, endpoints, events, jobs, money, work
from db.views.paging import Count
from rules.certificates.observation import PORTS, Protocol
from rules.jobs import JobState
from rules.rate_limits import circuit_breaker
from tasks.engine.task import Queue

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
def today(request: Request, _who: Caller) -> Response:
    """Show the day."""
    now = datetime.now(UTC)
    kinds = alerts.kinds()
    windows = [(days, *_within(now, days)) for days in _WINDOWS]
    return render.page(
        request,
        "today.html",
        needs=[need for need in _needs(kinds, *windows[0][1:]) if need.count],
        alerts=alerts.pressing([kind for kind, _ in kinds], limit=_ALERTS),
        lapses=_lapses(now),
        windows=windows,
        runs=[run for run in work.runs(size=_RUNS).rows if now - run.created_at < _NIGHT],
        health=work.health(list(Queue)),
        redis_answers=health.redis_answers(),
        events=events.newest(),
    )


def _needs(kinds: Sequence[tuple[str, Count]], lapsed: Count, ended_certificates: Count) -> list[Need]:
    over = {"domain_expiry": lapsed, "certificate_expiry": ended_certificates}
    ended, mails = jobs.counts(), money.mail_counts()
    paused = [name for name, row in schedules.overrides().items() if row.paused_at]
    return [
        *(
            Need(number, _worded(kind), f"/alerts?kind={kind}", urgent=True, over=over.get(kind))
            for kind, number in sorted(kinds, key=lambda one: _rank(one[0]))
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
        Need(domains.failing_count(), "domains whose registry did not answer", "/domains?show=failing"),
        Need(money.undocumented(), "invoices without a document", "/invoices?show=undocumented"),
        Need(Count(len(paused)), "schedules paused", "/schedules"),
    ]


_KINDS = {
    "domain_gone": "domains lost",
    "domain_redemption": "domains to restore",
    "domain_expiry": "domains lapse within 60 days",
    "certificate_expiry": "certificates end within 60 days",
    "certificate_fault": "endpoints with a fault",
    "domain_dark": "domains do not resolve",
    "domain_dns": "domains with a fault in DNS",
    "domain_transfer": "transfers pending",
    "domain_renewed": "renewals to look at",
    "run_failures": "runs with failures",
}
"""Kinds of alerts in words, the gravest first."""
_BAD_MAIL = ("failed", "unknown")


def _counts(kind: str) -> bool:
    """Tell whether a kind of alert is a need of its own; those of jobs and mails are counted as what they are about."""
    return not kind.startswith(("jobs_", "mail_"))


def _rank(kind: str) -> int:
    known = list(_KINDS)
    return known.index(kind) if kind in known else len(known)


def _worded(kind: str) -> str:
    return _KINDS.get(kind) or f"alerts: {formatting.sentence(kind).lower()}"


def _within(now: datetime, days: int) -> tuple[Count, Count]:
    until = now + timedelta(days=days)
    return domains.lapsing(until), endpoints.lapsing(until)


def _lapses(now: datetime) -> list[Lapse]:
    """Return what ends next; what has ended is an alert."""
    found = [
        *(
            Lapse(one.expires, one.name, f"/domains/{one.id}", "domain", one.client_id, one.client_name)
            for one in domains.by_expiry(since=now, size=_NEXT).rows
            if one.expires
        ),
        *(
            Lapse(one.not_after, _place(one), f"/endpoints/{one.id}", "certificate", one.client_id, one.client_name)
            for one in endpoints.by_expiry(since=now, size=_NEXT).rows
            if one.not_after
        ),
    ]
    return sorted(found, key=lambda lapse: lapse.at)[:_NEXT]


def _place(endpoint: endpoints.Endpoint) -> str:
    return endpoint.host if endpoint.port == PORTS[Protocol.TLS] else endpoint.address


@pages.get("/alerts")
def open_alerts(request: Request, _who: Caller, kind: fields.Search = "", after: fields.After = None) -> Response:
    """List the open alerts, of one kind or the most pressing of all."""
    kinds = alerts.kinds()
    page = fields.opened(alerts.of_kind, kind, after=after) if kind else None
    shown = page.rows if page else alerts.pressing([one for one, _ in kinds], limit=50)
    return render.page(request, "alerts.html", kinds=kinds, kind=kind, alerts=shown, after=page.after if page else None)


@pages.get("/services")
def services(request: Request, _who: Caller) -> Response:
    """Show how calls of the outside went in the last hour and day."""
    troubled = [
        (name, circuit_breaker.reason(name, one.state), circuit_breaker.open_s(one.state, one.now))
        for name, one in lanes.troubled().items()
    ]
    return render.page(
        request,
        "services.html",
        hour=work.services(minutes=60),
        day=work.services(minutes=1440),
        troubled=troubled,
    )
