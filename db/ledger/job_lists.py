"""Jobs as pages show them: lists by filter, a job with what holds it back, and what ended badly by task."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from db import connection, paging
from db.fields import moment
from db.ledger import jobs
from db.ledger.jobs import Filter
from db.paging import Count, Page, sure
from rules.jobs import JobState
from rules.jobs.waiting import Waiting

LOOKED_AFTER = (JobState.DEAD, JobState.UNKNOWN, JobState.FAILED)
"""The states in which a job waits for a person."""

_AGO = {
    "postgresql": "EXTRACT(EPOCH FROM ({now} - %s))",
    "sqlite": "((julianday({now}) - julianday(%s)) * 86400)",
}


@dataclass(frozen=True, slots=True)
class Listed:
    """A job as lists show it."""

    id: int
    task: str
    args: str
    queue: str
    state: JobState
    run_id: int | None
    attempts: int
    waits_for: str | None
    error: str | None
    created_at: datetime
    run_at: datetime
    finished_at: datetime | None


_LISTED = (
    "SELECT id, task, args, queue, state, run_id, attempts, waits_for, error, created_at, run_at, finished_at FROM job"
)


def _listed(row: tuple[Any, ...]) -> Listed:
    job_id, task, args, queue, state, run_id, attempts, waits_for, error, created_at, run_at, finished_at = row
    return Listed(
        id=job_id,
        task=task,
        args=args,
        queue=queue,
        state=JobState(state),
        run_id=run_id,
        attempts=attempts,
        waits_for=waits_for,
        error=error,
        created_at=sure(created_at),
        run_at=sure(run_at),
        finished_at=moment(finished_at),
    )


def listed(wanted: Filter, *, after: str | None = None, size: int = paging.ROWS) -> Page[Listed]:
    """Return jobs, newest first. Raises ``BadCursor``."""
    key = paging.decode(after, int)
    before = int(str(key[0])) if key else None
    rows = jobs.newest_first(_LISTED, wanted, before=before, limit=size + 1)
    return paging.cut([_listed(row) for row in rows], lambda job: (job.id,), size=size)


def waiting(queue: str, *, after: str | None = None, size: int = paging.ROWS) -> Page[Listed]:
    """Return a queue's waiting jobs, the one that is due first at the top. Raises ``BadCursor``."""
    key = paging.decode(after, datetime, int)
    behind, params = ("", ()) if key is None else ("AND (run_at, id) > (%s, %s)", key)
    rows = connection.execute(
        f"{_LISTED} WHERE queue = %s AND state = 'queued' {behind} ORDER BY run_at, id LIMIT %s",
        queue,
        *params,
        size + 1,
    )
    return paging.cut([_listed(row) for row in rows], lambda job: (job.run_at, job.id), size=size)


def counts() -> dict[JobState, Count]:
    """Count the jobs in each state but DONE, up to ``paging.MANY``."""
    return {
        state: paging.count("job WHERE state = %s AND state <> 'done'", str(state))
        for state in JobState
        if state is not JobState.DONE
    }


def by_task(state: JobState) -> list[tuple[str, Count]]:
    """Count the jobs of one state by task, the tasks found by hopping over the index."""
    rows = connection.execute(
        """
        WITH RECURSIVE known (task) AS (
            SELECT MIN(task) FROM job
            UNION ALL
            SELECT (SELECT MIN(job.task) FROM job WHERE job.task > known.task) FROM known WHERE known.task IS NOT NULL)
        SELECT task, (SELECT COUNT(*) FROM (
            SELECT 1 FROM job WHERE job.task = known.task AND job.state = %s LIMIT %s) AS counted)
        FROM known WHERE task IS NOT NULL
        """,
        str(state),
        paging.MANY + 1,
    )
    return [(task, paging.bounded(number)) for task, number in rows if number]


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One job with all that is known of it, and what may hold it back."""

    id: int
    task: str
    args: dict[str, object]
    queue: str
    priority: int
    key: str | None
    cause_id: int | None
    run_id: int | None
    worker_id: str | None
    error: str | None
    created_at: datetime
    claimed_at: datetime | None
    finished_at: datetime | None
    run_at: datetime
    waiting: Waiting

    @property
    def state(self) -> JobState:
        return self.waiting.state


def get(job_id: int) -> Job:
    """Return a job. Raises ``LookupError``. ``waiting`` holds what ``rules.jobs.waiting.why`` makes its sentence of."""
    ago = _AGO[connection.dialect().name]
    rows = connection.execute(
        f"""
        SELECT id, task, args, queue, priority, key, cause_id, run_id, worker_id, error,
               created_at, claimed_at, finished_at, run_at,
               state, -{ago.replace("%s", "run_at")}, waits_for, attempts, failures, crashes, suspect, cancelled,
               announcements, {ago.replace("%s", "claimed_at")}, claim_expires_at < {{now}}
        FROM job WHERE id = %s
        """,  # noqa: S608 - our own text
        job_id,
    )
    if not rows:
        raise LookupError(f"no job has the id {job_id}")
    return _whole(rows[0])


def _whole(row: tuple[Any, ...]) -> Job:
    job_id, task, args, queue, priority, key, *rest = row
    cause_id, run_id, worker_id, error, created_at, claimed_at, finished_at, run_at, *held = rest
    state, due_in_s, waits_for, attempts, failures, crashes, suspect, cancelled, announcements, runs_s, expired = held
    queued = JobState(state) is JobState.QUEUED
    waiting_ = Waiting(
        state=JobState(state),
        queue=queue,
        due_in_s=float(due_in_s),
        waits_for=waits_for,
        attempts=attempts,
        failures=failures,
        crashes=crashes,
        suspect=bool(suspect),
        cancelled=bool(cancelled),
        announcements=announcements,
        error=error,
        running_s=float(runs_s) if runs_s is not None and JobState(state) is JobState.RUNNING else None,
        claim_expired=bool(expired) and JobState(state) is JobState.RUNNING,
        same_work_id=_same_work(key) if queued and key else None,
        ahead=_ahead(queue, run_at) if queued and due_in_s <= 0 else None,
        workers=_workers_of(queue) if queued else None,
        scheduler_runs=_scheduler_runs() if queued else True,
    )
    return Job(
        id=job_id,
        task=task,
        args=json.loads(args),
        queue=queue,
        priority=priority,
        key=key,
        cause_id=cause_id,
        run_id=run_id,
        worker_id=worker_id,
        error=error,
        created_at=sure(created_at),
        claimed_at=moment(claimed_at),
        finished_at=moment(finished_at),
        run_at=sure(run_at),
        waiting=waiting_,
    )


def _same_work(key: str) -> int | None:
    rows = connection.execute("SELECT id FROM job WHERE key = %s AND state = 'running' LIMIT 1", key)
    return rows[0][0] if rows else None


def _ahead(queue: str, run_at: object) -> int:
    return paging.count("job WHERE queue = %s AND state = 'queued' AND run_at < %s", queue, run_at).number


def _workers_of(queue: str) -> int:
    """Count the processes that live and serve a queue; how long they may be silent is the ledger's claim time."""
    rows = connection.execute("SELECT queues FROM worker WHERE ended_at IS NULL AND beat_at > {later(%s)}", -SILENT_S)
    return sum(queue in (json.loads(row[0]) if isinstance(row[0], str) else row[0]) for row in rows)


SILENT_S = 20.0
"""After so many seconds without a beat a process no longer counts as alive."""


def _scheduler_runs() -> bool:
    rows = connection.execute("SELECT 1 FROM lease WHERE name = 'scheduler' AND expires_at > {now}")
    return bool(rows)
