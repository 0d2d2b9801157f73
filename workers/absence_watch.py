"""Watches for what should have happened and did not: in the leading scheduler, or in workers where none leads.

    rows ──pulse──> rules: what is missed ──seen twice──> alerts ──told as all are; or straight, where that is broken

So a worker tells that the scheduler is gone, and a scheduler tells that the workers are gone.
"""

import uuid

from db import connection
from db.ledger import health, leases, pulse, schedules
from db.outside import lanes
from db.portfolio import alerts
from db.portfolio.alerts import Notice, Standing
from rules.checks.alarms import Urgency
from rules.checks.subjects import Subject
from rules.jobs import omissions
from rules.jobs.omissions import OF_ALL, Missed, MissedKind, Pulse
from rules.rate_limits import circuit_breaker
from schedules import overdue as schedules_health
from tasks.engine.task import Queue, find
from tasks.mail import straight
from wording.jobs import omissions as words

EVERY_S = 60.0

_TOLD = "absence told"
_TOLD_FOR_S = 3600.0
"""Seconds for which the last resort is not told again."""

_HOUR_S = 3600.0
_HOLDS = "since it was seen"


class AbsenceWatch:
    """The watch of one process. It remembers its last look: what is missed twice in a row is an alert."""

    def __init__(self) -> None:
        self._holder = uuid.uuid4().hex
        self._before: frozenset[Missed] = frozenset()

    def look(self) -> None:
        """Look, unless another process holds the lease of this watch."""
        if not leases.take("absence watch", self._holder, for_s=EVERY_S * 1.5):
            return
        seen = omissions.missed(_pulse())
        confirmed = [one for one in seen if one in self._before]
        self._before = frozenset(seen)
        _alert(confirmed, seen)
        if omissions.silences(confirmed):
            _tell_straight(confirmed)

    def look_alone(self) -> None:
        """Look where no scheduler leads; a scheduler that leads looks itself."""
        if schedules.leader() is None:
            self.look()
        else:
            self._before = frozenset()


def _tell_straight(confirmed: list[Missed]) -> None:
    """Tell the last resort, unless that was done within the hour; where nobody took it, the next look tells again."""
    holder = uuid.uuid4().hex
    if leases.take(_TOLD, holder, for_s=_TOLD_FOR_S):
        lines = [f"{words.line(one)}. {words.advice(one)}" for one in confirmed]
        if not straight.tell(words.line(confirmed[0]), lines):
            leases.give_up(_TOLD, holder)


def _pulse() -> Pulse:
    of = health.of([str(queue) for queue in Queue])
    return Pulse(
        leads=of.scheduler is not None,
        late_schedules=schedules_health.late_schedules(),
        working=of.workers,
        oldest_due_s=health.oldest_due_s(),
        dead_in_an_hour=pulse.dead_since(_HOUR_S),
        shut_s={name: circuit_breaker.open_s(one.state, one.now) for name, one in lanes.troubled().items()},
        outbox_stands=any(one.name == "outbox" for one in schedules_health.missing()),
        clients_unscanned=pulse.clients_unscanned(omissions.NO_SCAN.total_seconds()),
    )


def _alert(confirmed: list[Missed], seen: list[Missed]) -> None:
    """Open alerts about what was missed twice, and resolve those about what is not missed. One miss changes nothing."""
    held = {(one.kind, one.client_id) for one in seen}
    over = frozenset(str(kind) for kind in OF_ALL if (kind, None) not in held)
    of_all = Standing(
        subject=Subject("task", 0),
        notices=tuple(_notice(one) for one in confirmed if one.client_id is None),
        over=over,
    )
    scans = str(MissedKind.SCANS)
    ended = [one for one in pulse.open_about_clients(scans) if (MissedKind.SCANS, one) not in held]
    of_clients = [
        Standing(subject=Subject("client", one.client_id, one.client_id), notices=(_notice(one),))
        for one in confirmed
        if one.client_id is not None
    ] + [Standing(subject=Subject("client", one, one), over=frozenset({scans})) for one in ended]
    with connection.transaction():
        if alerts.reconcile([of_all]) + alerts.reconcile(of_clients):
            find("alerts.tell_all").enqueue()


def _notice(one: Missed) -> Notice:
    return Notice(
        kind=str(one.kind),
        urgency=Urgency.URGENT,
        about=_HOLDS,
        headline=words.line(one),
        what_to_do=words.advice(one),
    )
