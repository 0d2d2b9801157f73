"""Periods of a subscription: the anchor and the interval alone determine period k, not the last run.

So the 31st comes back after a short month, 29 February after three years, and a run that is late, repeated or caught up
bills the same days as a run in time. Periods are days; the client's zone says when a day begins.
"""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import count, islice, takewhile
from zoneinfo import ZoneInfo

# Ten years of months: one run bills no more periods of a neglected subscription, and the next run goes on.
MAX_CATCH_UP = 120

MOST_MONTHS = 120
MOST_DAYS = 3660
"""The longest interval: ten years."""

_INTERVAL = re.compile(r"P([0-9]{1,4})([DWMY])")
_DAYS_A_WEEK = 7
_MONTHS_A_YEAR = 12


@dataclass(frozen=True, slots=True)
class Period:
    """The days from ``start`` up to, but not including, ``end``. Raises ValueError where there are none."""

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.start >= self.end:
            raise ValueError(f"a period ends after it starts, not {self.start} to {self.end}")

    @property
    def days(self) -> int:
        return (self.end - self.start).days


@dataclass(frozen=True, slots=True)
class Interval:
    """How long a period is: whole months (a year is twelve), or whole days (a week is seven).

    Raises ValueError unless one of the two is from 1 to ten years.
    """

    months: int = 0
    days: int = 0

    def __post_init__(self) -> None:
        one = (self.months == 0) != (self.days == 0)
        if not one or not (0 <= self.months <= MOST_MONTHS and 0 <= self.days <= MOST_DAYS):
            raise ValueError("an interval is from a day to ten years long, in months or in days")

    @classmethod
    def parse(cls, text: str) -> "Interval":
        """Read a duration of ISO 8601 with one part: P1M, P1Y, P2W, P10D. Raises ValueError, saying what to write."""
        written = _INTERVAL.fullmatch(text.strip().upper())
        if written is None:
            raise ValueError(f"not an interval: {text[:40]!r}; write P1M, P3M, P1Y, P2W or P10D")
        number, unit = int(written[1]), written[2]
        match unit:
            case "Y":
                return cls(months=number * _MONTHS_A_YEAR)
            case "M":
                return cls(months=number)
            case "W":
                return cls(days=number * _DAYS_A_WEEK)
            case _:
                return cls(days=number)

    def __str__(self) -> str:
        """Return it as ``parse`` reads it, in the largest unit of which it is a whole number."""
        if self.months:
            years, months = divmod(self.months, _MONTHS_A_YEAR)
            return f"P{self.months}M" if months else f"P{years}Y"
        weeks, days = divmod(self.days, _DAYS_A_WEEK)
        return f"P{self.days}D" if days else f"P{weeks}W"


@dataclass(frozen=True, slots=True)
class BillingCycle:
    """When a subscription's periods begin: the first one on ``anchor``, none on or after ``until``.

    A free trial comes before the anchor and is no period.
    """

    anchor: date
    interval: Interval
    until: date | None = None

    def period(self, index: int) -> Period:
        """Return period number ``index``; the first is 0. Each boundary is counted from the anchor."""
        return Period(self._boundary(index), self._boundary(index + 1))

    def index_of(self, day: date) -> int:
        """Return the number of the period that a day is in; negative before the anchor."""
        if self.interval.days:
            return (day - self.anchor).days // self.interval.days
        months = (day.year - self.anchor.year) * _MONTHS_A_YEAR + day.month - self.anchor.month
        index = months // self.interval.months
        return index if self._boundary(index) <= day else index - 1

    def due(self, first: int, *, on: date, limit: int = MAX_CATCH_UP) -> list[Period]:
        """Return the periods from number ``first`` on that have started by a day, oldest first, at most ``limit``.

        Periods are billed in advance and whole: one that starts before ``until`` is due, though it may end later.
        """

        def is_due(period: Period) -> bool:
            return period.start <= on and (self.until is None or period.start < self.until)

        return list(islice(takewhile(is_due, map(self.period, count(first))), limit))

    def _boundary(self, index: int) -> date:
        if self.interval.days:
            return self.anchor + timedelta(days=self.interval.days * index)
        return _months_after(self.anchor, self.interval.months * index)


def begins(day: date, zone: ZoneInfo) -> datetime:
    """Return the first moment of a day in a zone, in UTC.

    Where midnight is skipped, that is the end of the gap; where it comes twice, the first of the two. A day that a zone
    never had (Samoa, 30 December 2011) begins with the next.
    """
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _months_after(anchor: date, months: int) -> date:
    """Return the anchor's day, ``months`` calendar months later, or that month's last day where it is shorter."""
    years, month_index = divmod(anchor.month - 1 + months, _MONTHS_A_YEAR)
    year, month = anchor.year + years, month_index + 1
    return date(year, month, min(anchor.day, monthrange(year, month)[1]))
