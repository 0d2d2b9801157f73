"""What should have happened and has not: read from rows alone, because the process that should act may be gone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from db.documents import virus_scans
from db.ledger import schedules
from db.mail import outbox
from db.outside import measurements
from schedules import clock
from schedules.table import TIMETABLE, ScheduleLine
from wording.jobs import overdue
from wording.messages import _

_LATE = timedelta(seconds=60)
_OUTBOX_S = 30 * 60
_SERVICES_MINUTES = 15
_UNSCANNED = timedelta(minutes=30)
"""How long a file from outside may wait for the virus scanner."""
_FEW = 3
"""The least number of calls of a service, all failed, after which it is called silent."""


@dataclass(frozen=True, slots=True)
class Omission:
    """Something that should have happened: what is missing, and where it belongs.

    ``name`` is one of ``schedules outbox services documents``.
    """

    name: str
    words: str


def missing(timetable: Sequence[ScheduleLine] = TIMETABLE) -> list[Omission]:
    """Return what is missing now; nothing where all is well. Times are the database's."""
    late, stopped, silent = late_schedules(timetable), outbox.standstill(), silent_services()
    unscanned = virus_scans.count_unscanned(before=schedules.now() - _UNSCANNED)
    found = [
        ("schedules", _(overdue.NO_LEADER) if schedules.leader() is None else ""),
        ("schedules", overdue.overdue(late) if late else ""),
        ("outbox", overdue.outbox(*stopped) if stopped and _stands(*stopped) else ""),
        ("services", overdue.silent(silent) if silent else ""),
        ("documents", overdue.unscanned(unscanned) if unscanned else ""),
    ]
    return [Omission(name, words) for name, words in found if words]


def silent_services() -> list[str]:
    """Return the outside services that were called in the last minutes and did not answer once."""
    return measurements.silent(_SERVICES_MINUTES, least=_FEW)


def late_schedules(timetable: Sequence[ScheduleLine] = TIMETABLE) -> list[str]:
    """Return the schedules whose oldest undecided moment was due more than a minute ago."""
    late = schedules.now() - _LATE
    return [name for name, due in undecided(timetable).items() if due < late]


def undecided(timetable: Sequence[ScheduleLine] = TIMETABLE) -> dict[str, datetime]:
    """Return, by a schedule's name, its oldest due moment, in UTC, that is not decided."""
    rows, now = schedules.overrides(), schedules.now()
    due = {
        line.name: clock.effective(line, row).after(row.decided_until)
        for line in timetable
        if (row := rows.get(line.name))
    }
    return {name: at for name, at in due.items() if at <= now}


def _stands(_waiting: int, oldest_s: float, last_sent_s: float | None) -> bool:
    return oldest_s > _OUTBOX_S and (last_sent_s is None or last_sent_s > _OUTBOX_S)
