"""The health of this installation, and queries of the ledger that return nothing while all is well."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from db import connection
from db.ledger import leases, queues, schedules, workers
from db.outside import measurements


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """Whether work gets done: who lives, who leads, and what waits longest."""

    workers: int
    silent: int
    scheduler: str | None
    """Where the leading scheduler runs; None: nowhere."""
    oldest_s: float | None
    calls: int
    failed_calls: int

    @property
    def well(self) -> bool:
        return bool(self.workers) and self.scheduler is not None


def of(queue_names: Sequence[str]) -> Health:
    """Return the health of this installation; ``oldest_s`` is that of these queues."""
    alive = workers.alive()
    calls = measurements.services()
    silent = sum(one.silent_s >= workers.SILENT_S for one in alive)
    return Health(
        workers=len(alive) - silent,
        silent=silent,
        scheduler=schedules.leader(),
        oldest_s=max((age for age in map(queues.oldest_s, queue_names) if age is not None), default=None),
        calls=sum(one.calls for one in calls),
        failed_calls=sum(one.calls for one in calls if one.outcome != "ok"),
    )


def require_writable() -> None:
    """Write one row. Raises one of ``connection.Unreachable``, which says why it cannot: no room, or read-only."""
    leases.remember("written", uuid.uuid4().hex)


def refuses_writes() -> str | None:
    """Return why the database takes no writes, in its own words; None where it does."""
    try:
        require_writable()
    except connection.Unreachable as error:
        return (str(error).strip().splitlines() or [type(error).__name__])[0]
    return None


def oldest_due_s() -> dict[str, float]:
    """Return for each queue how many seconds its oldest due job has been waiting.

    The first queue in the index's order leads to the next one, so that a backlog of any size costs a row for each.
    """
    rows = connection.execute(
        """
        WITH RECURSIVE waiting (queue) AS (
            SELECT MIN(queue) FROM job WHERE state = 'queued'
            UNION ALL
            SELECT (SELECT MIN(job.queue) FROM job WHERE state = 'queued' AND job.queue > waiting.queue)
            FROM waiting WHERE waiting.queue IS NOT NULL
        ), oldest (queue, run_at) AS (
            SELECT queue, (SELECT run_at FROM job WHERE state = 'queued' AND job.queue = waiting.queue
                ORDER BY run_at LIMIT 1)
            FROM waiting WHERE queue IS NOT NULL
        )
        SELECT queue, {seconds(run_at, {now})} FROM oldest WHERE run_at <= {now}
        """
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
