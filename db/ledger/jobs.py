"""Jobs as they are read: what became of each, with its attempts. ``db.ledger.transitions`` is what changes them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from db import connection
from db.fields import moment
from rules.jobs import AttemptOutcome, JobState


def counts(run_id: int) -> dict[str, int]:
    """Return how many jobs of a run are in each state."""
    rows = connection.execute("SELECT state, COUNT(*) FROM job WHERE run_id = %s GROUP BY state", run_id)
    return dict(rows)


def queued(keys: Sequence[str]) -> set[str]:
    """Return those of the keys under which a job is queued."""
    rows = connection.execute(
        "SELECT key FROM job WHERE state = 'queued' AND key IS NOT NULL AND key {ids}", list(keys)
    )
    return {row[0] for row in rows}


@dataclass(frozen=True, slots=True)
class Job:
    """A job as it is shown."""

    id: int
    task: str
    args: dict[str, object]
    queue: str
    state: JobState
    run_id: int | None
    attempts: int
    failures: int
    crashes: int
    suspect: bool
    waits_for: str | None
    error: str | None
    worker_id: str | None
    created_at: datetime | None
    run_at: datetime | None
    finished_at: datetime | None


_SHOWN = (
    "SELECT id, task, args, queue, state, run_id, attempts, failures, crashes, suspect, waits_for, error,"
    " worker_id, created_at, run_at, finished_at FROM job"
)


def get(job_id: int) -> Job | None:
    """Return a job, or None."""
    rows = connection.execute(f"{_SHOWN} WHERE id = %s", job_id)
    return _shown(rows[0]) if rows else None


def require(job_id: int) -> Job:
    """Return a job. Raises ``LookupError``."""
    job = get(job_id)
    if job is None:
        raise LookupError(f"no job has the id {job_id}")
    return job


def newest(
    *,
    state: JobState | None = None,
    task: str | None = None,
    run_id: int | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[Job]:
    """Return the jobs before an id, the newest first; of one state, task or run where given."""
    wanted = Filter(state=state, task=task, run_id=run_id)
    return [_shown(row) for row in newest_first(_SHOWN, wanted, before=before, limit=limit)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which jobs."""

    state: JobState | None = None
    task: str | None = None
    run_id: int | None = None


def newest_first(select: str, wanted: Filter, *, before: int | None, limit: int) -> list[tuple[Any, ...]]:
    """Return the rows of ``select``, whose first column is the id, the newest first.

    A task's or a run's jobs of any state are looked for state by state: an index for them alone would be one more for
    every insert and every end of a job to keep.
    """
    any_state = wanted.state is None and (wanted.task is not None or wanted.run_id is not None)
    parts = [_part(select, state, wanted, before, limit) for state in (JobState if any_state else [wanted.state])]
    if not any_state:
        return connection.execute(*parts[0])
    union = " UNION ALL ".join(
        f"SELECT * FROM ({words}) AS part_{number}"  # noqa: S608 - our own words
        for number, (words, *_) in enumerate(parts)
    )
    params = [one for _, *given in parts for one in given]
    return connection.execute(f"{union} ORDER BY 1 DESC LIMIT %s", *params, limit)


def _part(select: str, state: JobState | None, wanted: Filter, before: int | None, limit: int) -> tuple[Any, ...]:
    if connection.dialect().name == "postgresql" and state is not None and (wanted.task or wanted.run_id is not None):
        return _range(select, state, wanted, before, limit)
    given = [("state = %s", state), ("task = %s", wanted.task), ("run_id = %s", wanted.run_id), ("id < %s", before)]
    conditions = [words for words, value in given if value is not None]
    if wanted.run_id is not None:
        conditions.append("run_id IS NOT NULL")  # as the partial index says it: SQLite takes it by its words
    if state not in (None, JobState.DONE):
        conditions.append("state <> 'done'")  # the same
    values = [str(value) if isinstance(value, JobState) else value for _, value in given if value is not None]
    return f"{select} WHERE {' AND '.join(conditions) or 'TRUE'} ORDER BY id DESC LIMIT %s", *values, limit


def _range(select: str, state: JobState, wanted: Filter, before: int | None, limit: int) -> tuple[Any, ...]:
    """Ask for a range of the index on (task or run, state, id), in words that no other index can serve.

    PostgreSQL takes task, run and state for independent of one another. Told that they are equal to something, it may
    expect so many rows that it walks over all jobs by id, and finds none.
    """
    column, value = ("task", wanted.task) if wanted.run_id is None else ("run_id", wanted.run_id)
    conditions = [f"({column}, state) >= (%s, %s)", f"({column}, state) <= (%s, %s)"]
    params: list[object] = [value, str(state), value, str(state)]
    if before is not None:
        conditions[1] = f"({column}, state, id) < (%s, %s, %s)"
        params.append(before)
    if wanted.run_id is not None:
        conditions.append("run_id IS NOT NULL")
        if wanted.task is not None:
            conditions.append("task = %s")
            params.append(wanted.task)
    order = f"{column} DESC, state DESC, id DESC"
    return f"{select} WHERE {' AND '.join(conditions)} ORDER BY {order} LIMIT %s", *params, limit


def _shown(row: tuple[Any, ...]) -> Job:
    job_id, task, args, queue, state, run_id, attempts, failures, crashes, suspect, *rest = row
    waits_for, error, worker_id, created_at, run_at, finished_at = rest
    return Job(
        id=job_id,
        task=task,
        args=json.loads(args),
        queue=queue,
        state=JobState(state),
        run_id=run_id,
        attempts=attempts,
        failures=failures,
        crashes=crashes,
        suspect=bool(suspect),
        waits_for=waits_for,
        error=error,
        worker_id=worker_id,
        created_at=moment(created_at),
        run_at=moment(run_at),
        finished_at=moment(finished_at),
    )


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try of a job that ended. Times are UTC."""

    number: int
    outcome: AttemptOutcome
    error: str | None
    worker_id: str | None
    started_at: datetime | None
    ended_at: datetime | None


def attempts(job_id: int) -> list[Attempt]:
    """Return a job's attempts, oldest first."""
    rows = connection.execute(
        "SELECT number, outcome, error, worker_id, started_at, ended_at FROM attempt WHERE job_id = %s ORDER BY id",
        job_id,
    )
    return [Attempt(row[0], AttemptOutcome(row[1]), row[2], row[3], moment(row[4]), moment(row[5])) for row in rows]
