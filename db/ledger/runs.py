"""Runs: a root job and what it fans out to. A run is closed once none of its jobs is unfinished.

The root is a job of its own run, so a run cannot close while the root still inserts; that is what seals it.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from db import connection
from db.fields import moment
from db.ledger import jobs
from rules.jobs import JobState
from rules.jobs.pacing import LaneShare, RunPlan


@dataclass(frozen=True, slots=True)
class Run:
    """A run as it is shown. ``counts`` maps states to numbers of jobs."""

    id: int
    task: str
    created_at: datetime | None
    finished_at: datetime | None
    counts: dict[str, int]

    @property
    def unfinished(self) -> int:
        return self.counts.get(JobState.QUEUED, 0) + self.counts.get(JobState.RUNNING, 0)


@dataclass(frozen=True, slots=True)
class ClosedRun:
    """A run that has just been closed."""

    id: int
    task: str
    then: str | None


def open_(task: str, *, then: str | None, retry_of: int | None = None) -> int:
    """Open a run in the caller's transaction and return its id; its root is to be inserted and named next."""
    rows = connection.execute(
        'INSERT INTO run (task, "then", retry_of_id, cursor, created_at) VALUES (%s, %s, %s, 0, {now}) RETURNING id',
        task,
        then,
        retry_of,
    )
    return rows[0][0]


def root(run_id: int, job_id: int) -> None:
    """Name the run's root job."""
    connection.changed("UPDATE run SET root_id = %s WHERE id = %s", job_id, run_id)


def forget(run_id: int) -> None:
    """Drop a run that was opened for a root which turned out to be queued already."""
    connection.changed("DELETE FROM run WHERE id = %s AND root_id IS NULL", run_id)


def cursor(run_id: int) -> int:
    """Return the last id that the root fanned out, 0 at first: where it goes on after an interruption."""
    return connection.execute("SELECT cursor FROM run WHERE id = %s", run_id)[0][0]


def advance(run_id: int, last_id: int) -> None:
    """Remember that all ids up to ``last_id`` have their jobs, in the transaction that inserts them."""
    connection.changed("UPDATE run SET cursor = %s WHERE id = %s", last_id, run_id)


def plan(run_id: int) -> RunPlan:
    """Return which lanes the run's jobs go through; empty where none has one."""
    rows = connection.execute("SELECT plan FROM run WHERE id = %s", run_id)
    return _plan(rows[0][0] if rows else None)


def age_s(run_id: int) -> float:
    """Return for how many seconds the run has been open, on the database's clock."""
    began, now = map(moment, connection.execute("SELECT created_at, {now} FROM run WHERE id = %s", run_id)[0])
    return (now - began).total_seconds() if now and began else 0.0


def keep_plan(run_id: int, plan: RunPlan) -> None:
    """Keep the run's plan, in the transaction that inserts its jobs."""
    written = {
        "lanes": [[one.lane, one.jobs, round(one.seconds)] for one in plan.lanes],
        "rest": [plan.rest_lanes, plan.rest.jobs, round(plan.rest.seconds)],
    }
    connection.changed("UPDATE run SET plan = %s WHERE id = %s", json.dumps(written), run_id)


def _plan(kept: Any) -> RunPlan:
    if kept is None:
        return RunPlan()
    read = json.loads(kept) if isinstance(kept, str) else kept
    rest_lanes, jobs_, seconds = read["rest"]
    return RunPlan(tuple(LaneShare(*one) for one in read["lanes"]), LaneShare("", jobs_, seconds), rest_lanes)


def close_finished(known: Sequence[str] | None = None) -> list[ClosedRun]:
    """Close the runs that have no unfinished job, in the caller's transaction, and keep their counts.

    Each is closed by one caller only, however many look at once. Where the ``known`` tasks are given, a run with
    another finishing task waits for a scheduler of the release that knows it.
    """
    rows = connection.execute(
        """
        UPDATE run SET finished_at = {now}
        WHERE finished_at IS NULL AND id IN (
            SELECT id FROM run WHERE finished_at IS NULL AND root_id IS NOT NULL
            AND (%s OR "then" IS NULL OR "then" {ids}) AND NOT EXISTS (
                SELECT 1 FROM job WHERE job.run_id = run.id AND job.state IN ('queued', 'running'))
            ORDER BY id {skip_locked})
        RETURNING id, task, "then"
        """,
        known is None,
        list(known or ()),
    )
    for row in rows:
        connection.changed("UPDATE run SET counts = %s WHERE id = %s", json.dumps(jobs.counts(row[0])), row[0])
    return [ClosedRun(*row) for row in rows]


def open_ids() -> list[int]:
    """Return the runs that are not closed."""
    return [row[0] for row in connection.execute("SELECT id FROM run WHERE finished_at IS NULL")]


def get(run_id: int) -> Run | None:
    """Return a run, or None."""
    rows = connection.execute("SELECT id, task, created_at, finished_at, counts FROM run WHERE id = %s", run_id)
    return _shown(rows[0]) if rows else None


def newest(*, limit: int = 20) -> list[Run]:
    """Return the newest runs."""
    rows = connection.execute(
        "SELECT id, task, created_at, finished_at, counts FROM run ORDER BY id DESC LIMIT %s", limit
    )
    return [_shown(row) for row in rows]


def page(*, task: str | None = None, open_only: bool = False, before: int | None = None, limit: int = 50) -> list[Run]:
    """Return the runs before an id, the newest first; of one task, or only those not closed, where asked."""
    given = [("task = %s", task), ("id < %s", before)]
    conditions = [words for words, value in given if value is not None]
    if open_only:
        conditions.append("finished_at IS NULL")
    rows = connection.execute(
        f"SELECT id, task, created_at, finished_at, counts FROM run WHERE {' AND '.join(conditions) or 'TRUE'}"  # noqa: S608
        " ORDER BY id DESC LIMIT %s",
        *(value for _, value in given if value is not None),
        limit,
    )
    return [_shown(row) for row in rows]


def _shown(row: tuple[Any, ...]) -> Run:
    run_id, task, created_at, finished_at, kept = row
    if isinstance(kept, str):
        kept = json.loads(kept)
    counted = kept if kept is not None else jobs.counts(run_id)
    return Run(run_id, task, moment(created_at), moment(finished_at), counted)
