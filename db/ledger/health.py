"""Questions about the whole ledger that a healthy system answers with nothing."""

from collections.abc import Sequence

from db import connection

_AGE = {
    "postgresql": "EXTRACT(EPOCH FROM ({now} - MIN(run_at)))",
    "sqlite": "(julianday({now}) - julianday(MIN(run_at))) * 86400",
}


def oldest_due_s() -> dict[str, float]:
    """Return for each queue how many seconds its oldest due job has been waiting."""
    age = _AGE[connection.dialect().name]
    rows = connection.execute(
        f"SELECT queue, {age} FROM job WHERE state = 'queued' AND run_at <= {{now}} GROUP BY queue"  # noqa: S608
    )
    return {queue: float(seconds) for queue, seconds in rows}


def orphans() -> list[int]:
    """Return running jobs whose claim has run out or whose worker has ended."""
    rows = connection.execute(
        "SELECT job.id FROM job LEFT JOIN worker ON worker.id = job.worker_id WHERE job.state = 'running'"
        " AND (job.claim_expires_at < {now} OR worker.id IS NULL OR worker.ended_at IS NOT NULL)"
        " ORDER BY job.id LIMIT 100"
    )
    return [row[0] for row in rows]


def unknown_ids(ids: Sequence[int]) -> list[int]:
    """Return those of ``ids`` that are no job's."""
    known = {row[0] for row in connection.execute("SELECT id FROM job WHERE id {ids}", list(ids))}
    return sorted(set(ids) - known)


def states() -> dict[str, int]:
    """Return how many jobs there are in each state."""
    return dict(connection.execute("SELECT state, COUNT(*) FROM job GROUP BY state"))


def unknown_tasks(known: Sequence[str]) -> list[str]:
    """Return the tasks of queued jobs that are not among the ``known``."""
    rows = connection.execute("SELECT DISTINCT task FROM job WHERE state = 'queued'")
    return sorted({row[0] for row in rows} - set(known))
