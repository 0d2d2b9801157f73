"""Runs: a root job and what it fans out to. A run is closed once none of its jobs is unfinished.

The root is a job of its own run, so a run cannot close while the root still inserts; that is what seals it.
"""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from db import connection
from db.fields import from_json, moment, stored, sure
from db.ledger import jobs
from db.listing import ListFilter, Listing, Order, equals, whether
from rules.access import Within
from rules.jobs import NEED_A_PERSON, JobState
from rules.jobs.pacing import LaneShare, RunPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run with its jobs by state. ``took_s`` counts from its start to its end, or to now."""

    id: int
    task: str
    root_id: int | None
    then: str | None
    retry_of: int | None
    created_at: datetime
    finished_at: datetime | None
    took_s: float
    counts: dict[str, int]

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def unfinished(self) -> int:
        return self.counts.get(JobState.QUEUED, 0) + self.counts.get(JobState.RUNNING, 0)

    @property
    def ended(self) -> int:
        return self.total - self.unfinished

    @property
    def left_s(self) -> float | None:
        """Return about how many seconds the rest takes, at the pace so far; None if it ended or has no pace yet."""
        running = self.finished_at is None and self.ended and self.unfinished
        return self.took_s * self.unfinished / self.ended if running else None

    @property
    def bad(self) -> int:
        return _bad(self.counts)

    @property
    def word(self) -> str:
        return _word(self.finished_at, self.bad)


def _bad(counts: Mapping[str, int]) -> int:
    return sum(counts.get(state, 0) for state in NEED_A_PERSON)


def _word(finished_at: datetime | None, bad: int) -> str:
    if finished_at is None:
        return "running"
    return "with failures" if bad else "done"


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
    read = from_json(kept)
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
        connection.changed("UPDATE run SET counts = %s WHERE id = %s", json.dumps(jobs.counts_of_run(row[0])), row[0])
    return [ClosedRun(*row) for row in rows]


def open_ids() -> list[int]:
    """Return the runs that are not closed."""
    return [row[0] for row in connection.execute("SELECT id FROM run WHERE finished_at IS NULL")]


def get(run_id: int, *, within: Within = None) -> Run | None:
    """Return a run, or None. A run is about many clients, so a reader who is limited to some sees none."""
    return None if within is not None else next(iter(_runs("WHERE id = %s", run_id)), None)


def require(run_id: int, *, within: Within = None) -> Run:
    """Return a run. Raises ``LookupError``."""
    run = get(run_id, within=within)
    if run is None:
        raise LookupError(f"no run has the id {run_id}; retention may have taken it")
    return run


def _many(ids: Sequence[int]) -> list[Run]:
    return _runs("WHERE id {ids}", list(ids))


LIST: Final[Listing[Run]] = Listing(
    table="run",
    columns="task, finished_at",
    read=_many,
    orders={"id": Order()},
    filters={
        "task": ListFilter(str, equals("task"), "Only of this task"),
        "unfinished": ListFilter(bool, whether("finished_at IS NULL", "TRUE"), "Only those that are not finished"),
    },
)
"""All runs. They are about the whole portfolio, so a limited reader sees none."""


def outcomes(ids: Sequence[int], *, most: int = 30) -> dict[int, list[tuple[datetime, str]]]:
    """Return for each of these runs when it and the runs of its task before it began, and how each of them stands.

    Of each, the newest ``most`` are returned, the oldest of them first.
    """
    rows = connection.execute(
        """
        SELECT shown.id, run.created_at, run.finished_at, run.counts
        FROM run AS shown JOIN run ON run.task = shown.task AND run.id <= shown.id AND run.id >= (
            SELECT MIN(id) FROM (SELECT past.id FROM run AS past WHERE past.task = shown.task AND past.id <= shown.id
                                 ORDER BY past.id DESC LIMIT %s) AS newest)
        WHERE shown.id {ids}
        ORDER BY run.id
        """,
        most,
        list(ids),
    )
    found: dict[int, list[tuple[datetime, str]]] = {one: [] for one in ids}
    for shown, created_at, finished_at, counts in rows:
        read = from_json(counts) or {}
        found[shown].append((sure(created_at), _word(moment(finished_at), _bad(read))))
    return found


def newest(*, limit: int = 20) -> list[Run]:
    """Return the newest runs."""
    return list(LIST.page("-id", size=limit).rows)


def ran(tasks: Sequence[str]) -> list[str]:
    """Return those of some tasks that had a run, the one that ran last first."""
    if not tasks:
        return []
    each = " UNION ALL ".join("SELECT %s, (SELECT MAX(id) FROM run WHERE task = %s)" for _ in tasks)
    rows = connection.execute(each, *(name for task in tasks for name in (task, task)))
    last = {task: number for task, number in rows if number is not None}
    return sorted(last, key=lambda task: -last[task])


def during(began: datetime, ended: datetime, *, limit: int = 1000) -> list[Run]:
    """Return the runs that began between two moments, the newest first; of those that have ended, no more than so many.

    A run does not end before it begins, so the index of ends finds them.
    """
    closed = _runs(
        "WHERE finished_at >= %s AND created_at >= %s AND created_at < %s ORDER BY finished_at DESC LIMIT %s",
        stored(began), stored(began), stored(ended), limit,
    )  # fmt: skip
    going = _runs(
        "WHERE finished_at IS NULL AND created_at >= %s AND created_at < %s LIMIT %s",
        stored(began), stored(ended), limit,
    )  # fmt: skip
    return sorted([*closed, *going], key=lambda run: -run.id)


def seconds_a_job(task: str) -> float | None:
    """Return what each job added to the length of a task's newest finished run, in seconds; None without a run."""
    found = _runs("WHERE task = %s AND finished_at IS NOT NULL AND retry_of_id IS NULL ORDER BY id DESC LIMIT 1", task)
    return next((run.took_s / max(1, run.total) for run in found), None)


def _runs(where: str, *params: object) -> list[Run]:
    """Return the runs of a condition. A closed run's counts are kept; those of open ones, which are few, are taken."""
    rows = connection.execute(
        'SELECT id, task, root_id, "then", retry_of_id, created_at, finished_at,'  # noqa: S608 - our own words
        f" {{seconds(created_at, COALESCE(finished_at, {{now}}))}}, counts FROM run {where}",
        *params,
    )
    counted = _jobs_by_state([row[0] for row in rows if row[8] is None])
    return [
        Run(
            id=row[0],
            task=row[1],
            root_id=row[2],
            then=row[3],
            retry_of=row[4],
            created_at=sure(row[5]),
            finished_at=moment(row[6]),
            took_s=float(row[7]),
            counts=counted[row[0]] if row[8] is None else from_json(row[8]),
        )
        for row in rows
    ]


def _jobs_by_state(run_ids: list[int]) -> dict[int, dict[str, int]]:
    """Count the jobs of open runs, of which there are few, in one statement over their index."""
    found: defaultdict[int, dict[str, int]] = defaultdict(dict)
    if run_ids:
        rows = connection.execute(
            "SELECT run_id, state, COUNT(*) FROM job WHERE run_id IS NOT NULL AND run_id {ids} GROUP BY run_id, state",
            run_ids,
        )
        for run_id, state, number in rows:
            found[run_id][state] = number
    return found
