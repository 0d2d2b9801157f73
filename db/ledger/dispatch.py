"""Which queued jobs are to be announced in Redis, and for how long an announcement counts.

An announcement is a lease: not claimed in time, the job is announced again, later each time. So whatever
Redis forgets, the ledger repeats.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from db import connection
from db.ledger import queue_pauses
from rules.jobs import Priority


@dataclass(frozen=True, slots=True)
class Dispatch:
    """What Redis is told of a job: no arguments, no secrets."""

    job_id: int
    task: str
    queue: str
    priority: Priority
    alone: bool = False


def due_queues(queues: Sequence[str]) -> list[tuple[str, Priority]]:
    """Return each (queue, priority) that has a job to announce now, of queues that are not paused.

    The first job of each is found at its place in an index; asked for any due job, PostgreSQL would read them all.
    """
    values = ", ".join(f"('{queue}', {int(priority)})" for queue in queues for priority in Priority)
    rows = connection.execute(
        f"""
        WITH pair (queue, priority) AS (VALUES {values})
        SELECT queue, priority FROM pair WHERE (
            SELECT announce_at FROM job WHERE state = 'queued' AND job.queue = pair.queue
            AND job.priority = pair.priority ORDER BY announce_at LIMIT 1) <= {{now}}
        AND {queue_pauses.not_paused("pair.queue")}
        ORDER BY priority
        """  # noqa: S608 - queue names are our own
    )
    return [(queue, Priority(priority)) for queue, priority in rows]


def take_due(queue: str, priority: Priority, *, limit: int, lease_s: float) -> list[Dispatch]:
    """Lease up to ``limit`` due jobs for announcing; the lease doubles with each time, up to 16 times its length."""
    with connection.transaction():
        rows = connection.execute(
            """
            UPDATE job SET announcements = CASE WHEN announcements < 4 THEN announcements + 1 ELSE 4 END,
                announce_at = {later(%s * CASE WHEN announcements < 4 THEN 1 << announcements ELSE 16 END)}
            WHERE id IN (
                SELECT id FROM job WHERE state = 'queued' AND queue = %s AND priority = %s AND announce_at <= {now}
                ORDER BY announce_at LIMIT %s {skip_locked})
            RETURNING id, task, queue, priority, suspect
            """,
            lease_s,
            queue,
            int(priority),
            limit,
        )
    return [Dispatch(row[0], row[1], row[2], Priority(row[3]), bool(row[4])) for row in sorted(rows)]


def void_leases() -> int:
    """Make every announced job due again at once, because Redis was emptied. Returns how many."""
    with connection.transaction():
        return connection.changed(
            "UPDATE job SET announce_at = {now}, announcements = 0 WHERE id IN (SELECT id FROM job"
            " WHERE state = 'queued' AND announcements > 0 AND run_at <= {now} ORDER BY id {locked})"
        )
