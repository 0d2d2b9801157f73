"""Omissions: what should have happened by itself and did not. Each thing has a rhythm, after which it is missed.

Omissions are not found through errors, because the process that should have raised one may be gone.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Final

OLDEST_DUE: Final = timedelta(minutes=15)
"""Where a due job waits for longer, no worker takes it, or too few workers are there."""

NOBODY_WORKS: Final = timedelta(minutes=3)
MOST_DEAD: Final = 10
"""Dead jobs within an hour."""

SHUT: Final = timedelta(hours=1)
"""A lane that stays shut for longer, from now on, holds up its lookups for hours."""

NO_SCAN: Final = timedelta(hours=26)
"""Every endpoint is scanned once a day at the least."""


class MissedKind(StrEnum):
    """What is missed; the kind of its alert."""

    SCHEDULER = "absent_scheduler"
    SCHEDULES = "absent_firings"
    WORKERS = "absent_workers"
    JOBS = "absent_progress"
    DEAD = "absent_successes"
    LANES = "absent_answers"
    OUTBOX = "absent_mails"
    SCANS = "absent_scans"


OF_ALL: Final = frozenset(MissedKind) - {MissedKind.SCANS}
"""Those about the whole installation; the others are about a client."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulse:
    """What rows say of the last while. Ages are in seconds."""

    leads: bool
    late_schedules: Sequence[str] = ()
    working: int
    oldest_due_s: Mapping[str, float] = field(default_factory=dict[str, float])
    dead_in_an_hour: int = 0
    shut_s: Mapping[str, float] = field(default_factory=dict[str, float])
    """For how long from now each lane stays shut."""
    outbox_stands: bool = False
    clients_unscanned: Collection[int] = ()


@dataclass(frozen=True, slots=True)
class Missed:
    """Something that is missed: the names or the number in question, and the client that it is about, if any."""

    kind: MissedKind
    named: tuple[str, ...] = ()
    client_id: int | None = None


def missed(pulse: Pulse) -> list[Missed]:
    """Return all that is missed."""
    late = tuple(name for name, age in sorted(pulse.oldest_due_s.items()) if age > OLDEST_DUE.total_seconds())
    waits = any(age > NOBODY_WORKS.total_seconds() for age in pulse.oldest_due_s.values())
    shut = tuple(name for name, left in sorted(pulse.shut_s.items()) if left > SHUT.total_seconds())
    found = [
        (not pulse.leads, Missed(MissedKind.SCHEDULER)),
        (bool(pulse.late_schedules), Missed(MissedKind.SCHEDULES, tuple(pulse.late_schedules))),
        (not pulse.working and waits, Missed(MissedKind.WORKERS)),
        (bool(pulse.working and late), Missed(MissedKind.JOBS, late)),
        (pulse.dead_in_an_hour >= MOST_DEAD, Missed(MissedKind.DEAD, (str(pulse.dead_in_an_hour),))),
        (bool(shut), Missed(MissedKind.LANES, shut)),
        (pulse.outbox_stands, Missed(MissedKind.OUTBOX)),
    ]
    of_clients = [Missed(MissedKind.SCANS, client_id=one) for one in sorted(pulse.clients_unscanned)]
    return [one for holds, one in found if holds] + of_clients


def silences(found: Collection[Missed]) -> bool:
    """Tell whether these omissions also keep alerts from being told in the usual way."""
    return any(one.kind in (MissedKind.WORKERS, MissedKind.OUTBOX) for one in found)
