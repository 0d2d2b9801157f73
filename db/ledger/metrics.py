"""Sums over the ledger that stay cheap however many jobs it holds: each reads an index, and no more than a window."""

from dataclasses import dataclass
from typing import Any

from db import connection

_COUNTED = 100_000
"""Counting stops here."""

SETTLED_S = 5
"""Attempts are read after so many seconds: until then, one with a lower id may not be committed yet."""


@dataclass(frozen=True, slots=True)
class EndedAttempt:
    """An attempt that ended. ``wait_s`` is from when it was due to its start; None where a later try changed that."""

    id: int
    task: str
    queue: str
    outcome: str
    wait_s: float | None
    run_s: float | None


def newest_attempt() -> int:
    """Return the id of the newest attempt, 0 where there is none."""
    return connection.execute("SELECT COALESCE(MAX(id), 0) FROM attempt")[0][0]


def ended_after(attempt_id: int, limit: int) -> list[EndedAttempt]:
    """Return the attempts that ended after this one, ascending."""
    return connection.rows(
        EndedAttempt,
        """
        SELECT attempt.id, job.task, job.queue, attempt.outcome,
               CASE WHEN attempt.number = job.attempts THEN {seconds(job.run_at, attempt.started_at)} END AS wait_s,
               {seconds(attempt.started_at, attempt.ended_at)} AS run_s
        FROM attempt JOIN job ON job.id = attempt.job_id
        WHERE attempt.id > %s AND attempt.ended_at < {later(%s)} ORDER BY attempt.id LIMIT %s
        """,
        attempt_id,
        -SETTLED_S,
        limit,
    )


def waiting(queue: str) -> tuple[int, float]:
    """Return how many jobs are queued (100,000 at the most), and for how many seconds the oldest has been due."""
    number = connection.execute(
        "SELECT COUNT(*) FROM (SELECT 1 FROM job WHERE state = 'queued' AND queue = %s LIMIT %s) AS counted",
        queue,
        _COUNTED,
    )[0][0]
    oldest = connection.execute(
        "SELECT {seconds(MIN(run_at), {now})} FROM job WHERE state = 'queued' AND queue = %s",
        queue,
    )[0][0]
    return number, _seconds(oldest) or 0.0


def states() -> dict[str, int]:
    """Return how many jobs are in each state but queued and done, 100,000 of each at the most."""
    return {
        state: connection.execute(
            "SELECT COUNT(*) FROM (SELECT 1 FROM job WHERE state = %s AND state <> 'done' LIMIT %s) AS counted",
            state,
            _COUNTED,
        )[0][0]
        for state in ("running", "failed", "dead", "cancelled", "unknown")
    }


def services(*, minutes: int) -> list[tuple[str, str, int, float]]:
    """Return service, outcome, calls and their seconds, over the last minutes."""
    rows = connection.execute(
        "SELECT service, outcome, SUM(calls), SUM(seconds) FROM measurement WHERE minute >= {later(%s)}"
        " GROUP BY service, outcome ORDER BY service, outcome",
        -60 * minutes,
    )
    return [(row[0], row[1], int(row[2]), float(row[3])) for row in rows]


def _seconds(value: Any) -> float | None:
    return None if value is None else max(0.0, float(value))
