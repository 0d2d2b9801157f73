"""Queues that staff paused: none of their jobs is claimed or announced; those that run go on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from db import connection
from db.fields import stored


def not_paused(queue: str) -> str:
    """Return the SQL condition that a queue, which an SQL expression names, is not paused."""
    return (
        f"NOT EXISTS (SELECT 1 FROM queue_pause WHERE queue_pause.queue = {queue}"  # noqa: S608 - our own expressions
        " AND (paused_until IS NULL OR paused_until > {now}))"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuePause:
    """Why a queue rests. Times are UTC; without ``paused_until`` it rests until somebody resumes it."""

    queue: str
    paused_at: datetime
    paused_because: str
    paused_by: str
    paused_until: datetime | None
    left_s: float | None
    """Seconds until it ends by itself, on the database's clock."""


def all_() -> Mapping[str, QueuePause]:
    """Return the pauses that count now, by queue."""
    found = connection.rows(
        QueuePause,
        "SELECT queue, paused_at, paused_because, paused_by, paused_until, {seconds({now}, paused_until)} AS left_s"
        " FROM queue_pause WHERE paused_until IS NULL OR paused_until > {now}",
    )
    return {one.queue: one for one in found}


def pause(queue: str, *, because: str, by: str, until: datetime | None = None) -> None:
    """Let a queue rest, until a moment if one is given; one that rests already is paused anew."""
    with connection.transaction():
        connection.changed("DELETE FROM queue_pause WHERE queue = %s", queue)
        connection.changed(
            "INSERT INTO queue_pause (queue, paused_at, paused_because, paused_by, paused_until)"
            " VALUES (%s, {now}, %s, %s, %s)",
            queue,
            because,
            by,
            stored(until) if until else None,
        )


def resume(queue: str) -> bool:
    """Let a queue's jobs run again, and have those that are due announced at once. Returns whether it was paused."""
    with connection.transaction():
        paused = connection.changed("DELETE FROM queue_pause WHERE queue = %s", queue)
        connection.changed(
            "UPDATE job SET announce_at = {now}, announcements = 0 WHERE id IN (SELECT id FROM job WHERE queue = %s"
            " AND state = 'queued' AND announcements > 0 AND run_at <= {now} ORDER BY id {locked})",
            queue,
        )
        return bool(paused)
