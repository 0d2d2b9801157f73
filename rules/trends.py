"""Trends: which time spans are summed up, how long the sums are kept, and percentiles of durations.

Of a duration only its class is kept, so the sums of any minutes can be added up. The classes grow by a half, from a
hundredth of a second to more than a day: a percentile is the upper end of its class, at most a half above the truth.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final


class Trend(StrEnum):
    """What is summed up. The subject of a sum names its queue, task, service, lane, event or currency."""

    ENDED = "ended"  # attempts by queue, in classes of how long they had waited
    RAN = "ran"  # attempts by task, in classes of how long they ran
    FAILED = "failed"  # attempts by task that went wrong
    DEPTH = "depth"  # the most jobs of a queue that were queued
    OLDEST = "oldest"  # the most seconds that a job of a queue was due
    CALLED = "called"  # calls by service and outcome, in classes of how long they took
    ASKED = "asked"  # questions by the lane of the server, each of which took one of its permits
    ALERTS = "alerts"  # by what happened to them
    BILLED = "billed"  # minor units by currency
    PAID = "paid"


PEAKS: Final = frozenset({Trend.DEPTH, Trend.OLDEST})
"""The trends of which the largest value counts; the values of the others are added up."""

SPANS: Final[Mapping[int, float]] = {60: 0.25, 300: 2, 3600: 35, 86400: 800}
"""The length of a span in seconds -> the days for which its sums are kept."""

_FIRST_S: Final = 0.01
_GROWTH: Final = 1.5
LAST_CLASS: Final = 40


@dataclass(frozen=True, slots=True)
class TrendWindow:
    """The time that a chart shows: ``spans`` spans of ``span_s`` seconds, up to now."""

    name: str
    span_s: int
    spans: int

    @property
    def seconds(self) -> int:
        """How long it is."""
        return self.span_s * self.spans

    def starts(self, now: datetime) -> list[datetime]:
        """Return when each of its spans begins, in UTC; the last is the one in progress."""
        last = start(now, self.span_s)
        return [last - timedelta(seconds=self.span_s * back) for back in range(self.spans - 1, -1, -1)]


WINDOWS: Final = (
    TrendWindow("minutes", 60, 30),
    TrendWindow("hour", 300, 12),
    TrendWindow("day", 3600, 24),
    TrendWindow("week", 3600, 168),
    TrendWindow("month", 86400, 31),
    TrendWindow("year", 86400, 365),
)


def start(at: datetime, span_s: int) -> datetime:
    """Return when the span that a moment lies in began, counted in UTC."""
    seconds = int(at.timestamp())
    return datetime.fromtimestamp(seconds - seconds % span_s, UTC)


def class_of(seconds: float) -> int:
    """Return the class of a duration: 0 is a hundredth of a second or less."""
    if seconds <= _FIRST_S:
        return 0
    return min(LAST_CLASS, math.ceil(math.log(seconds / _FIRST_S, _GROWTH)))


def percentile(counted: Mapping[int, int], share: float) -> float | None:
    """Return the seconds within which a share (0 to 1) of the durations lies; None where there are none.

    ``counted`` is how many durations there are of each class.
    """
    total = sum(counted.values())
    passed = 0
    for number in sorted(counted):
        passed += counted[number]
        if total and passed >= share * total:
            return _FIRST_S * _GROWTH**number
    return None
