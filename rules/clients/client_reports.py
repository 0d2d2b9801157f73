"""Client reports: the month of which one is due, and what it says as data. ``wording`` puts it into words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from rules.billing.money import Money

LAST_DAY: Final = 10
"""The last day on which the report of the month before is made; a client who asks later waits for the next one."""

MOST_LINES: Final = 40
"""The most lines of each part; of the others only their number is given."""


@dataclass(frozen=True, slots=True)
class ReportMonth:
    """A month by its first day."""

    first: date

    @property
    def last(self) -> date:
        return self.following.first - timedelta(days=1)

    @property
    def following(self) -> "ReportMonth":
        return ReportMonth((self.first + timedelta(days=31)).replace(day=1))

    def bounds(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """Return when the month begins in a zone, and when the next one does."""
        return datetime.combine(self.first, time(), zone), datetime.combine(self.following.first, time(), zone)


def before(day: date) -> ReportMonth:
    """Return the month before that of a day."""
    return ReportMonth((day.replace(day=1) - timedelta(days=1)).replace(day=1))


def due(on: date) -> ReportMonth | None:
    """Return the month whose report is due on a day of the client's own calendar; None where none is due."""
    return before(on) if on.day <= LAST_DAY else None


@dataclass(frozen=True, slots=True)
class Watched:
    """What was watched in a month, and how often it was looked at."""

    domains: int
    endpoints: int
    checks: int
    scans: int


@dataclass(frozen=True, slots=True)
class FoundProblem:
    """An alert that came up in a month, or was still open: its kind, what it is about, since when, and its end."""

    kind: str
    name: str
    opened_at: datetime
    over_at: datetime | None


@dataclass(frozen=True, slots=True)
class Renewed:
    """A domain or a certificate that was renewed in a month; ``until`` is its new end as it was written down."""

    kind: str
    name: str
    at: datetime
    until: date | None


@dataclass(frozen=True, slots=True)
class BilledInvoice:
    """An invoice or a credit note of a month."""

    number: str
    on: date
    total: Money


@dataclass(frozen=True, slots=True)
class ComingEnd:
    """What ends next."""

    kind: str
    name: str
    on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientReport:
    """All that a report says. Each part is bounded by ``MOST_LINES``; ``more`` says by part how many are left out."""

    month: ReportMonth
    watched: Watched
    found: Sequence[FoundProblem]
    renewed: Sequence[Renewed]
    billed: Sequence[BilledInvoice]
    coming: Sequence[ComingEnd]
    more: tuple[int, int, int, int] = (0, 0, 0, 0)
    """How many lines are left out of ``found``, ``renewed``, ``billed`` and ``coming``."""
