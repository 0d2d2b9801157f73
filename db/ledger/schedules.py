"""What staff changed about the timetable, and the firings: what became of each due moment."""

from dataclasses import dataclass
from datetime import datetime

from db import connection
from db.fields import moment, stored


@dataclass(frozen=True, slots=True)
class Override:
    """What staff changed about a schedule; None where the timetable's line holds. Times are UTC."""

    name: str
    cron: str | None
    zone: str | None
    paused_at: datetime | None
    paused_because: str | None
    paused_by: str | None
    decided_until: datetime


@dataclass(frozen=True, slots=True)
class Firing:
    """What became of one due moment."""

    schedule: str
    due_at: datetime | None
    outcome: str
    reason: str | None
    job_id: int | None
    run_id: int | None


def now() -> datetime:
    """Return the database's time: the one clock that all schedulers share."""
    return _sure(moment(connection.execute("SELECT {now}")[0][0]))


def _sure(value: datetime | None) -> datetime:
    if value is None:
        raise LookupError("the database gave no time")
    return value


def enter(name: str) -> None:
    """Give a schedule its row; what fell due before it was first seen is not made up for."""
    with connection.transaction():
        connection.changed(
            "INSERT INTO schedule (name, decided_until) VALUES (%s, {now}) ON CONFLICT (name) DO NOTHING", name
        )


def overrides() -> dict[str, Override]:
    """Return all rows by name."""
    rows = connection.execute(
        "SELECT name, cron, zone, paused_at, paused_because, paused_by, decided_until FROM schedule"
    )
    return {
        row[0]: Override(row[0], row[1], row[2], moment(row[3]), row[4], row[5], _sure(moment(row[6]))) for row in rows
    }


def pause(name: str, *, because: str, by: str) -> None:
    """Stop a schedule from firing; its due moments are recorded as skipped."""
    with connection.transaction():
        connection.changed(
            "UPDATE schedule SET paused_at = {now}, paused_because = %s, paused_by = %s WHERE name = %s",
            because,
            by,
            name,
        )


def resume(name: str) -> None:
    """Let a schedule fire again."""
    with connection.transaction():
        connection.changed(
            "UPDATE schedule SET paused_at = NULL, paused_because = NULL, paused_by = NULL WHERE name = %s", name
        )


def edit(name: str, *, cron: str | None, zone: str | None) -> None:
    """Set what overrides the timetable's line; None goes back to it."""
    with connection.transaction():
        connection.changed("UPDATE schedule SET cron = %s, zone = %s WHERE name = %s", cron, zone, name)


def decide(name: str, due_at: datetime, outcome: str, reason: str | None) -> int | None:
    """Enter a firing in the caller's transaction; None when another scheduler has decided this moment."""
    rows = connection.execute(
        "INSERT INTO firing (schedule, due_at, decided_at, outcome, reason) VALUES (%s, %s, {now}, %s, %s)"
        " ON CONFLICT (schedule, due_at) DO NOTHING RETURNING id",
        name,
        stored(due_at),
        outcome,
        reason,
    )
    return rows[0][0] if rows else None


def fired(firing_id: int, *, job_id: int, run_id: int | None) -> None:
    """Name the job and the run that a firing led to."""
    connection.changed("UPDATE firing SET job_id = %s, run_id = %s WHERE id = %s", job_id, run_id, firing_id)


def decided(name: str, until: datetime) -> None:
    """Remember that every due moment up to ``until`` has its firing."""
    connection.changed(
        "UPDATE schedule SET decided_until = %s WHERE name = %s AND decided_until < %s",
        stored(until),
        name,
        stored(until),
    )


def firings(name: str | None = None, *, limit: int = 50) -> list[Firing]:
    """Return the newest firings, of one schedule where named."""
    rows = connection.execute(
        "SELECT schedule, due_at, outcome, reason, job_id, run_id FROM firing"
        " WHERE schedule = COALESCE(%s, schedule) ORDER BY due_at DESC LIMIT %s",
        name,
        limit,
    )
    return [Firing(row[0], moment(row[1]), *row[2:]) for row in rows]
