"""Outside services: how calls of registries, servers and the mail relay went, and which services do not answer now."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from fastapi import APIRouter, Response
from starlette.requests import Request

from api_stub import routes
from api_stub.security.principal import Caller
from dashboard.rendering import render
from db.ledger import queues
from db.outside import lanes, measurements
from rules.rate_limits import circuit_breaker
from schedules import overdue
from tasks.engine.task import Queue

pages: APIRouter = routes.router(include_in_schema=False)

_WAITS_IN: Final[Mapping[str, Queue]] = {
    "rdap": Queue.LOOKUP,
    "whois": Queue.LOOKUP,
    "dns": Queue.LOOKUP,
    "tls": Queue.SCAN,
    "smtp": Queue.MAIL,
    "ses": Queue.MAIL,
    "oauth": Queue.MAIL,
    "stripe": Queue.BILLING,
    "vies": Queue.LOOKUP,
}
"""A service -> the queue in which jobs wait for it."""


@dataclass(frozen=True, slots=True)
class Outage:
    """A service that does not answer: since when, and how many jobs wait in the queue that needs it."""

    service: str
    since: datetime | None
    """The last minute in which it answered; None: longer ago than the kept records reach."""
    queue: Queue | None
    waiting: int


def outages() -> list[Outage]:
    """Return the outages of now, one for each service."""
    return [_outage(name) for name in overdue.silent_services()]


def _outage(service: str) -> Outage:
    queue = _WAITS_IN.get(service)
    (status,) = queues.all_([queue]) if queue else (None,)
    waiting = status.due.number + status.later.number if status else 0
    return Outage(service, measurements.last_ok(service), queue, waiting)


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
        outages=outages(),
    )
