"""Intents of remote effects: written before the call, their outcome after it.

A claim that finds an intent without an outcome knows that an earlier attempt may have acted.
"""

from dataclasses import dataclass
from datetime import datetime

from db import connection

BEFORE_RESTORE = "before the restore"
"""The step of an effect that may have happened after the backup that was restored: its ledger does not know."""


def begin(key: str, step: str, *, job_id: int | None) -> bool:
    """Write the intent and return True; return False when an earlier one has no outcome yet.

    An intent whose outcome is ``refused`` (nothing happened) may be begun again. Commits at once, before the call.
    """
    with connection.transaction():
        return bool(
            connection.changed(
                """
                INSERT INTO effect (key, step, job_id, begun_at) VALUES (%s, %s, %s, {now})
                ON CONFLICT (key) DO UPDATE SET step = excluded.step, job_id = excluded.job_id,
                    begun_at = excluded.begun_at, outcome = NULL, settled_at = NULL
                WHERE effect.outcome = 'refused'
                """,
                key,
                step,
                job_id,
            )
        )


def record_outcome(key: str, outcome: str) -> None:
    """Write what became of the effect: ``done``, ``refused`` (it did not happen) or ``unknown``."""
    with connection.transaction():
        connection.changed("UPDATE effect SET outcome = %s, settled_at = {now} WHERE key = %s", outcome, key)


def is_open(key: str) -> bool:
    """Tell whether an intent of this key was written and its outcome is not known."""
    return open_(key) is not None


@dataclass(frozen=True, slots=True)
class OpenEffect:
    """An intent whose outcome is not known: the job that wrote it, and when, which tells it from a later intent."""

    job_id: int | None
    begun_at: str
    step: str


def open_(key: str) -> OpenEffect | None:
    """Return the intent of a key whose outcome is not known; None where there is none, or its outcome is known."""
    found = connection.execute(
        "SELECT job_id, begun_at, step FROM effect WHERE key = %s AND COALESCE(outcome, 'unknown') = 'unknown'", key
    )
    return OpenEffect(found[0][0], str(found[0][1]), found[0][2]) if found else None


@dataclass(frozen=True, slots=True)
class JobEffect:
    """A remote effect that a job began. Times are UTC; ``outcome`` is None while it is not known."""

    key: str
    step: str
    outcome: str | None
    begun_at: datetime
    settled_at: datetime | None


def of_job(job_id: int) -> list[JobEffect]:
    """Return what a job did, or began to do, outside."""
    return connection.rows(
        JobEffect,
        "SELECT key, step, outcome, begun_at, settled_at FROM effect WHERE job_id = %s ORDER BY begun_at LIMIT 50",
        job_id,
    )


def forget(key: str) -> None:
    """Take an intent away, in the caller's transaction, because a person has decided that it may be begun again."""
    connection.changed("DELETE FROM effect WHERE key = %s", key)
