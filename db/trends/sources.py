"""Sources of the sums over time: rows behind a cursor, each once and by its own moment, and samples of now."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, Final

from db import connection
from db.fields import sure
from db.ledger import metrics
from db.trends import time_sums
from db.trends.time_sums import Sample
from rules import trends
from rules.jobs import AttemptOutcome
from rules.trends import Trend

_WENT_WRONG: Final = frozenset(
    {AttemptOutcome.FAILED, AttemptOutcome.DEAD, AttemptOutcome.UNKNOWN, AttemptOutcome.CRASHED, AttemptOutcome.TIMEOUT}
    | {AttemptOutcome.RETRIED}
)

Found = tuple[Counter[Sample], int]
"""Samples, and the id of the last row that they are made of."""


def attempts(after: int, limit: int) -> Found:
    """Return what became of the attempts behind an id: how long they waited and ran, and which went wrong."""
    rows = connection.execute(
        """
        SELECT attempt.id, job.task, job.queue, attempt.outcome, attempt.ended_at,
               CASE WHEN attempt.number = job.attempts THEN {seconds(job.run_at, attempt.started_at)} END,
               {seconds(attempt.started_at, attempt.ended_at)}
        FROM attempt JOIN job ON job.id = attempt.job_id
        WHERE attempt.id > %s AND attempt.ended_at < {later(%s)} ORDER BY attempt.id LIMIT %s
        """,
        after,
        -metrics.SETTLED_S,
        limit,
    )
    found: Counter[Sample] = Counter()
    for _, task, queue, outcome, ended_at, wait_s, run_s in rows:
        at = _minute(ended_at)
        found[Sample(Trend.ENDED, queue, at, _class(wait_s))] += 1
        found[Sample(Trend.RAN, task, at, _class(run_s))] += 1
        if outcome in _WENT_WRONG:
            found[Sample(Trend.FAILED, task, at)] += 1
    return found, rows[-1][0] if rows else after


def newest_attempts(limit: int) -> Counter[Sample]:
    """Return what became of the attempts that nobody has summed up yet, up to so many of them."""
    return attempts(time_sums.reached("attempts"), limit)[0]


def alert_events(after: int, limit: int) -> Found:
    """Return what happened to alerts behind an id."""
    rows = _settled("SELECT id, kind, at FROM alert_event WHERE id > %s AND at < {later(%s)}", after, limit)
    found: Counter[Sample] = Counter()
    for _, kind, at in rows:
        found[Sample(Trend.ALERTS, kind, _minute(at))] += 1
    return found, rows[-1][0] if rows else after


def invoices(after: int, limit: int) -> Found:
    """Return what was billed behind an id, by the day on the invoice; a credit note takes away."""
    return _money(
        Trend.BILLED,
        "SELECT id, currency, issued_on, gross_minor FROM invoice WHERE id > %s AND created_at < {later(%s)}",
        after,
        limit,
    )


def payments(after: int, limit: int) -> Found:
    """Return what was paid behind an id, by the day on which it came."""
    return _money(
        Trend.PAID,
        "SELECT id, currency, received_on, amount_minor FROM payment WHERE id > %s AND created_at < {later(%s)}",
        after,
        limit,
    )


BEHIND_CURSORS: Final[Mapping[str, Callable[[int, int], Found]]] = {
    "attempts": attempts,
    "alert_events": alert_events,
    "invoices": invoices,
    "payments": payments,
}
"""What is read behind a cursor, by the cursor's name."""


def queues(names: Sequence[str], *, now: datetime) -> Counter[Sample]:
    """Return how deep each queue is now, and for how many seconds its oldest job has been due."""
    found: Counter[Sample] = Counter()
    for name in names:
        number, oldest_s = metrics.waiting(name)
        found[Sample(Trend.DEPTH, name, now)] = number
        found[Sample(Trend.OLDEST, name, now)] = round(oldest_s)
    return found


def _money(trend: Trend, statement: str, after: int, limit: int) -> Found:
    rows = _settled(statement, after, limit)
    found: Counter[Sample] = Counter()
    for _, currency, day, minor in rows:
        found[Sample(trend, currency, _midnight(day))] += minor
    return found, rows[-1][0] if rows else after


def _settled(statement: str, after: int, limit: int) -> list[tuple[Any, ...]]:
    """Return rows in the order of their ids, without those so young that one with a lower id may not be committed."""
    return connection.execute(f"{statement} ORDER BY id LIMIT %s", after, -metrics.SETTLED_S, limit)


def _minute(at: datetime | str) -> datetime:
    return sure(at).replace(second=0, microsecond=0)


def _midnight(day: date | str) -> datetime:
    on = date.fromisoformat(day) if isinstance(day, str) else day
    return datetime(on.year, on.month, on.day, tzinfo=UTC)


def _class(seconds: Any) -> int:
    return -1 if seconds is None else trends.class_of(max(0.0, float(seconds)))
