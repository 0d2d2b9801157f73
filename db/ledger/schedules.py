"""What staff changed about the timetable, and the firings: what became of each due moment."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from db import connection, paging
from db.fields import stored, sure
from db.ledger import leases
from db.paging import Page


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
    paused_until: datetime | None = None
    """When its pause ends by itself; None: when somebody resumes it."""

    def pauses(self, at: datetime) -> bool:
        """Tell whether it is paused at a moment."""
        return self.paused_at is not None and (self.paused_until is None or at < self.paused_until)


@dataclass(frozen=True, slots=True)
class Firing:
    """What became of one due moment of a schedule."""

    schedule: str
    due_at: datetime
    outcome: str
    reason: str | None
    job_id: int | None
    run_id: int | None


def now() -> datetime:
    """Return the database's time: the one clock that all schedulers share."""
    return sure(connection.execute("SELECT {now}")[0][0])


def leader() -> str | None:
    """Return where the leading scheduler runs; None: nowhere."""
    return leases.holder("scheduler")


def enter(*names: str) -> None:
    """Give schedules their rows; what fell due before they were first seen is not made up for."""
    with connection.transaction():
        connection.changed(
            "INSERT INTO schedule (name, decided_until) SELECT {of(name, text)}, {now} FROM {objects} WHERE TRUE"
            " ON CONFLICT (name) DO NOTHING",
            json.dumps([{"name": name} for name in names]),
        )


def overrides() -> dict[str, Override]:
    """Return all rows by name."""
    found = connection.rows(
        Override,
        "SELECT name, cron, zone, paused_at, paused_because, paused_by, decided_until, paused_until FROM schedule",
    )
    return {one.name: one for one in found}


def pause(name: str, *, because: str, by: str, until: datetime | None = None) -> None:
    """Stop a schedule from firing, ``until`` a moment if given; its due moments are recorded as skipped."""
    with connection.transaction():
        connection.changed(
            "UPDATE schedule SET paused_at = {now}, paused_because = %s, paused_by = %s, paused_until = %s"
            " WHERE name = %s",
            because,
            by,
            stored(until) if until else None,
            name,
        )


def resume(name: str) -> None:
    """Let a schedule fire again."""
    with connection.transaction():
        connection.changed(
            "UPDATE schedule SET paused_at = NULL, paused_because = NULL, paused_by = NULL, paused_until = NULL"
            " WHERE name = %s",
            name,
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


def decided(name: str, until: datetime, *, since: datetime) -> None:
    """Remember that every due moment from ``since`` up to ``until`` has its firing.

    A schedule that was set back meanwhile, because a clock had been ahead, is left as it is.
    """
    connection.changed(
        "UPDATE schedule SET decided_until = %s WHERE name = %s AND decided_until < %s AND decided_until >= %s",
        stored(until),
        name,
        stored(until),
        stored(since),
    )


_FIRING = "SELECT schedule, due_at, outcome, reason, job_id, run_id FROM firing"


def firings(name: str | None = None, *, limit: int = 50) -> list[Firing]:
    """Return the newest firings, of one schedule where named."""
    return connection.rows(
        Firing, f"{_FIRING} WHERE schedule = COALESCE(%s, schedule) ORDER BY due_at DESC LIMIT %s", name, limit
    )


@dataclass(frozen=True, slots=True)
class PastFiring:
    """A due moment, and what came of it in one word: fired, late, failed, coalesced, skipped or parked."""

    schedule: str
    due_at: datetime
    outcome: str
    reason: str | None
    run_id: int | None
    job_id: int | None


def histories(names: Sequence[str], *, most: int = 30) -> dict[str, list[PastFiring]]:
    """Return what came of the newest due moments of schedules, up to so many of each, the oldest of them first.

    Those of each are found at their place in the index, however many there are.
    """
    one = f"SELECT * FROM ({_FIRING} WHERE schedule = %s ORDER BY due_at DESC LIMIT %s) AS newest_of_one"  # noqa: S608
    newest = " UNION ALL ".join(one for _ in names)
    found = (
        connection.rows(
            PastFiring,
            f"""
        SELECT schedule, due_at, CASE
                WHEN outcome <> 'fired' THEN outcome
                WHEN job.state IN ('dead', 'failed', 'unknown') THEN 'failed'
                WHEN EXISTS (SELECT 1 FROM job AS led WHERE led.run_id = newest.run_id AND led.run_id IS NOT NULL
                    AND led.state IN ('dead', 'failed', 'unknown')) THEN 'failed'
                WHEN reason LIKE %s THEN 'late'
                ELSE outcome END AS outcome, reason, newest.run_id, job_id
        FROM ({newest}) AS newest LEFT JOIN job ON job.id = newest.job_id
        ORDER BY due_at
        """,  # noqa: S608 - our own words
            "% s late:%",
            *(value for name in names for value in (name, most)),
        )
        if names
        else []
    )
    return {name: [one for one in found if one.schedule == name] for name in names}


def make_up(name: str, due_at: datetime, *, reason: str) -> int | None:
    """Enter, in the caller's transaction, that a missed moment fires after all; None where there is none."""
    rows = connection.execute(
        "UPDATE firing SET outcome = 'fired', reason = %s, decided_at = {now}"
        " WHERE schedule = %s AND due_at = %s AND outcome <> 'fired' RETURNING id",
        reason,
        name,
        stored(due_at),
    )
    return rows[0][0] if rows else None


def firings_page(name: str, *, after: str | None = None, size: int = paging.ROWS) -> Page[Firing]:
    """Return a schedule's firings, newest first. Raises ``BadCursor``."""
    key = paging.decode(after, datetime)
    behind, params = ("", ()) if key is None else ("AND due_at < %s", key)
    found = connection.rows(
        Firing, f"{_FIRING} WHERE schedule = %s {behind} ORDER BY due_at DESC LIMIT %s", name, *params, size + 1
    )
    return paging.cut(found, lambda firing: (firing.due_at,), size=size)


def last_firings(names: Sequence[str]) -> dict[str, Firing]:
    """Return the newest firing of each schedule, each found at its place in the index."""
    one = f"SELECT * FROM ({_FIRING} WHERE schedule = %s ORDER BY due_at DESC LIMIT 1) AS newest"  # noqa: S608
    found = connection.rows(Firing, " UNION ALL ".join(one for _ in names), *names) if names else []
    return {firing.schedule: firing for firing in found}
