"""Sums over time: added to each span at once, read by trend and window, pruned by span."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from db import connection
from db.fields import stored, sure
from rules import trends
from rules.trends import SPANS, Trend, TrendWindow


@dataclass(frozen=True, slots=True)
class Sample:
    """Something that is counted at a moment. ``duration_class`` is -1 where it has no duration."""

    trend: Trend
    subject: str
    at: datetime
    duration_class: int = -1


Samples = Mapping[Sample, int]
"""How often, or how much."""


def add(samples: Samples) -> None:
    """Add samples to the sums of their spans, in the caller's transaction; of peaks the largest is kept."""
    added: Counter[_Key] = Counter()
    peaks: Counter[_Key] = Counter()
    for one, number in samples.items():
        for span_s in SPANS:
            at = stored(trends.start(one.at, span_s))
            key = str(one.trend), one.subject[:100], span_s, at, one.duration_class
            if one.trend in trends.PEAKS:
                peaks[key] = max(peaks[key], number)
            else:
                added[key] += number
    _write(added, "time_sum.number + excluded.number")
    _write(peaks, "CASE WHEN time_sum.number > excluded.number THEN time_sum.number ELSE excluded.number END")


_Key = tuple[str, str, int, str, int]
"""Trend, subject, span, its start, class."""


def _write(sums: Mapping[_Key, int], together: str) -> None:
    """Write sums in one order, so that two processes that write at once never deadlock."""
    names = ("trend", "subject", "span_s", "at", "kind", "number")
    given = [dict(zip(names, (*key, sums[key]), strict=True)) for key in sorted(sums)]
    if given:
        connection.execute(
            "INSERT INTO time_sum (trend, subject, span_s, at, duration_class, number)"  # noqa: S608 - our own words
            " SELECT {of(trend, text)}, {of(subject, text)}, {of(span_s, integer)}, {of(at, timestamptz)},"
            " {of(kind, smallint)}, {of(number, bigint)} FROM {objects} WHERE TRUE"
            f" ON CONFLICT (trend, span_s, at, subject, duration_class) DO UPDATE SET number = {together}",
            json.dumps(given),
        )


@dataclass(frozen=True, slots=True)
class TimeSum:
    """A sum as it is kept."""

    subject: str
    at: datetime
    duration_class: int
    number: int


def of(trend: Trend, window: TrendWindow, *, now: datetime | None = None) -> list[TimeSum]:
    """Return the sums of a trend in a window, by time."""
    since = window.starts(now or datetime.now(UTC))[0]
    rows = connection.execute(
        "SELECT subject, at, duration_class, number FROM time_sum WHERE trend = %s AND span_s = %s AND at >= %s"
        " ORDER BY at, subject, duration_class",
        str(trend),
        window.span_s,
        stored(since),
    )
    return [TimeSum(subject, sure(at), kind, int(number)) for subject, at, kind, number in rows]


def of_samples(samples: Samples, trend: Trend, window: TrendWindow) -> list[TimeSum]:
    """Return samples that are not summed up yet as the sums of a window that they will be part of."""
    return [
        TimeSum(one.subject, trends.start(one.at, window.span_s), one.duration_class, number)
        for one, number in samples.items()
        if one.trend is trend
    ]


def reached(source: str) -> int:
    """Return the last row of a source that was summed up; 0 before the first."""
    rows = connection.execute("SELECT reached FROM trend_cursor WHERE source = %s", source)
    return rows[0][0] if rows else 0


def reach(source: str, row_id: int) -> None:
    """Note, in the caller's transaction, how far a source has been summed up."""
    connection.changed(
        "INSERT INTO trend_cursor (source, reached) VALUES (%s, %s)"
        " ON CONFLICT (source) DO UPDATE SET reached = excluded.reached",
        source,
        row_id,
    )


def prune(*, limit: int) -> int:
    """Take away one batch of what is older than its span is kept, and return its size."""
    return sum(
        connection.changed(
            "DELETE FROM time_sum WHERE id IN"
            " (SELECT id FROM time_sum WHERE span_s = %s AND at < {later(%s)} ORDER BY at LIMIT %s)",
            span_s,
            -86400.0 * days,
            limit,
        )
        for span_s, days in SPANS.items()
    )
