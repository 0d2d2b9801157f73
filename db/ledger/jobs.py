"""Jobs as they are read: lists by filter, a job with its attempts and what holds it back, what ended badly by task.

``db.ledger.transitions`` is what changes them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from db import connection, paging
from db.fields import stored
from db.ledger import queue_pauses, schedules, workers
from db.listing import ListFilter, equals
from db.paging import Count, Page
from rules.access import Within, sees
from rules.jobs import AttemptOutcome, JobState
from rules.jobs.waiting import Waiting

NEED_A_PERSON = (JobState.DEAD, JobState.UNKNOWN, JobState.FAILED)
"""The states in which a job waits for a person."""

_NEWEST = 20
"""Jobs that tell how long one takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A job. Times are UTC; ``claimed_at`` is when its newest attempt began."""

    id: int
    task: str
    args: dict[str, object]
    queue: str
    priority: int
    state: JobState
    key: str | None
    cause_id: int | None
    run_id: int | None
    attempts: int
    failures: int
    crashes: int
    suspect: bool
    cancelled: bool
    waits_for: str | None
    error: str | None
    worker_id: str | None
    created_at: datetime
    run_at: datetime
    claimed_at: datetime | None
    finished_at: datetime | None
    client_id: int | None
    """Whom its work is about; None: nobody, or many."""


_JOB = (
    "SELECT id, task, args, queue, priority, state, key, cause_id, run_id, attempts, failures, crashes, suspect,"
    " cancelled, waits_for, error, worker_id, created_at, run_at, claimed_at, finished_at,"
    " client_id FROM job"
)


def get(job_id: int, *, within: Within = None) -> Job | None:
    """Return a job, or None."""
    job = next(iter(connection.rows(Job, f"{_JOB} WHERE id = %s", job_id)), None)
    return job if job and sees(within, job.client_id) else None


def many(ids: Sequence[int], *, within: Within = None) -> list[Job]:
    """Return those of the jobs that are there, in the order of ``ids``."""
    found = {job.id: job for job in connection.rows(Job, f"{_JOB} WHERE id {{ids}}", list(ids))}
    return [found[one] for one in ids if one in found and sees(within, found[one].client_id)]


def require(job_id: int, *, within: Within = None) -> Job:
    """Return a job. Raises ``LookupError``."""
    job = get(job_id, within=within)
    if job is None:
        raise LookupError(f"no job has the id {job_id}; retention may have taken it")
    return job


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which jobs."""

    state: JobState | None = None
    task: str | None = None
    run_id: int | None = None
    within: Within = None


def ended_since(state: JobState, seconds: float, *, task: str | None = None, limit: int = 10_000) -> list[int]:
    """Return the jobs that ended so within the last ``seconds``, of one task where named, the oldest first."""
    rows = connection.execute(
        "SELECT id FROM job WHERE state = %s AND finished_at > {later(%s)} AND task = COALESCE(%s, task)"
        " ORDER BY finished_at, id LIMIT %s",
        *(str(state), -seconds, task, limit),
    )
    return [job_id for (job_id,) in rows]


def newest(
    *,
    state: JobState | None = None,
    task: str | None = None,
    run_id: int | None = None,
    within: Within = None,
    before: int | None = None,
    limit: int = 50,
) -> list[Job]:
    """Return the jobs before an id, the newest first; of one state, task or run where given."""
    return _found(_Asked(Filter(state=state, task=task, run_id=run_id, within=within), before, limit))


FILTERS: Final[Mapping[str, ListFilter]] = {
    "state": ListFilter(JobState, equals("state"), "Only in this state"),
    "task": ListFilter(str, equals("task"), "Only of this task"),
    "run": ListFilter(int, equals("run_id"), "Only of this run"),
}
"""What ``Filter`` takes, in the words of programs."""


def page(wanted: Filter, *, after: str | None = None, size: int = paging.ROWS, oldest_first: bool = False) -> Page[Job]:
    """Return jobs, newest first unless asked otherwise. Raises ``BadCursor``.

    It is no ``Listing``: over a million jobs each combination of filters needs a plan of its own, see ``_found``.
    """
    key = paging.decode(after, int)
    asked = _Asked(wanted, int(str(key[0])) if key else None, size + 1, oldest_first)
    return paging.cut(_found(asked), lambda job: (job.id,), size=size)


def queued_page(queue: str, *, after: str | None = None, size: int = paging.ROWS) -> Page[Job]:
    """Return a queue's waiting jobs, the one that is due first at the top. Raises ``BadCursor``."""
    key = paging.decode(after, datetime, int)
    behind, params = ("", ()) if key is None else ("AND (run_at, id) > (%s, %s)", key)
    found = connection.rows(
        Job,
        f"{_JOB} WHERE queue = %s AND state = 'queued' {behind} ORDER BY run_at, id LIMIT %s",
        queue,
        *params,
        size + 1,
    )
    return paging.cut(found, lambda job: (job.run_at, job.id), size=size)


@dataclass(frozen=True, slots=True)
class _Asked:
    """Which jobs, behind which id, how many, and from which end."""

    wanted: Filter
    behind: int | None
    limit: int
    oldest_first: bool = False

    @property
    def sign(self) -> str:
        return ">" if self.oldest_first else "<"

    @property
    def falls(self) -> str:
        return "" if self.oldest_first else " DESC"


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrower:
    """What jobs are looked through for, where no index leads: texts are parts, in any case."""

    queue: str | None = None
    error: str | None = None
    argument: str | None = None
    within_s: float | None = None
    """Made within so many seconds."""

    def __bool__(self) -> bool:
        return any(one is not None for one in (self.queue, self.error, self.argument, self.within_s))

    def conditions(self) -> tuple[str, list[object]]:
        """Return the condition and its parameters."""
        asked: list[tuple[str, object]] = [
            ("queue = %s", self.queue),
            ("LOWER(error) LIKE %s ESCAPE '\\'", _part_of(self.error)),
            ("LOWER(args) LIKE %s ESCAPE '\\'", _part_of(self.argument)),
            ("created_at > {later(-1 * %s)}", self.within_s),
        ]
        given = [(words, value) for words, value in asked if value is not None]
        return " AND ".join(words for words, _ in given), [value for _, value in given]


def _part_of(text: str | None) -> str | None:
    if text is None:
        return None
    escaped = text.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


LOOKED_THROUGH = 5000
"""Jobs, the newest of those that ``Filter`` names, that a page of what no index leads to looks through."""


def narrowed(wanted: Filter, more: Narrower, *, after: str | None = None, size: int = paging.ROWS) -> Page[Job]:
    """Return those of the jobs that ``more`` says, newest first, of ``LOOKED_THROUGH``. Raises ``BadCursor``.

    The next page goes on behind the last one that was looked through, so a page may be empty and yet not the last.
    """
    key = paging.decode(after, int)
    words, params = _statement(_Asked(wanted, int(str(key[0])) if key else None, LOOKED_THROUGH))
    conditions, values = more.conditions()
    found = connection.rows(
        Job,
        f"SELECT * FROM ({words}) AS looked WHERE {conditions} ORDER BY id DESC LIMIT %s",  # noqa: S608 - our own words
        *params,
        *values,
        size + 1,
    )
    page = paging.cut(found, lambda job: (job.id,), size=size)
    if page.after:
        return page
    ((number, last),) = connection.execute(f"SELECT COUNT(*), MIN(id) FROM ({words}) AS looked", *params)  # noqa: S608
    return Page(page.rows, paging.encode((last,)) if number == LOOKED_THROUGH else None)


def _found(asked: _Asked) -> list[Job]:
    """Return jobs by their ids."""
    words, params = _statement(asked)
    return connection.rows(Job, words, *params)


def _statement(asked: _Asked) -> tuple[str, list[Any]]:
    """Return the statement that finds jobs by their ids, and its parameters.

    A task's or a run's jobs of any state are looked for state by state: an index for them alone would be one more for
    every insert and every end of a job to keep.
    """
    wanted = asked.wanted
    if wanted.within is not None:
        words, *given = _part(wanted.state, asked)
        return words, given
    any_state = wanted.state is None and (wanted.task is not None or wanted.run_id is not None)
    parts = [_part(state, asked) for state in (JobState if any_state else [wanted.state])]
    if not any_state:
        words, *given = parts[0]
        return words, given
    union = " UNION ALL ".join(
        f"SELECT * FROM ({words}) AS part_{number}"  # noqa: S608 - our own words
        for number, (words, *_) in enumerate(parts)
    )
    params = [one for _, *given in parts for one in given]
    return f"{union} ORDER BY 1{asked.falls} LIMIT %s", [*params, asked.limit]


def _part(state: JobState | None, asked: _Asked) -> tuple[Any, ...]:
    wanted, behind = asked.wanted, f"id {asked.sign} %s"
    limited = wanted.within is not None
    narrow = not limited and (wanted.task or wanted.run_id is not None)
    if state is not None and narrow and connection.dialect().name == "postgresql":
        return _range(state, asked)
    given = [
        ("client_id {ids}", None if wanted.within is None else sorted(wanted.within)),
        # Of who is limited there are few jobs, and of a task many: said so that no index of tasks serves it.
        ("task || '' = %s" if limited else "task = %s", wanted.task),
        *(("state = %s", state), ("run_id = %s", wanted.run_id), (behind, asked.behind)),
    ]
    conditions = [words for words, value in given if value is not None]
    if wanted.run_id is not None:
        conditions.append("run_id IS NOT NULL")  # as the partial index says it: SQLite takes it by its words
    if state not in (None, JobState.DONE):
        conditions.append("state <> 'done'")  # the same
    values = [str(value) if isinstance(value, JobState) else value for _, value in given if value is not None]
    order = f"{paging.unindexed('id') if limited else 'id'}{asked.falls}"
    return f"{_JOB} WHERE {' AND '.join(conditions) or 'TRUE'} ORDER BY {order} LIMIT %s", *values, asked.limit


def _range(state: JobState, asked: _Asked) -> tuple[Any, ...]:
    """Ask for a range of the index on (task or run, state, id), in words that no other index can serve.

    PostgreSQL takes task, run and state for independent of one another. Told that they are equal to something, it may
    expect so many rows that it walks over all jobs by id, and finds none.
    """
    wanted, falls = asked.wanted, asked.falls
    column, value = ("task", wanted.task) if wanted.run_id is None else ("run_id", wanted.run_id)
    conditions = [f"({column}, state) >= (%s, %s)", f"({column}, state) <= (%s, %s)"]
    params: list[object] = [value, str(state), value, str(state)]
    if asked.behind is not None and asked.oldest_first:
        conditions[0] = f"({column}, state, id) > (%s, %s, %s)"
        params.insert(2, asked.behind)
    elif asked.behind is not None:
        conditions[1] = f"({column}, state, id) < (%s, %s, %s)"
        params.append(asked.behind)
    if wanted.run_id is not None:
        conditions.append("run_id IS NOT NULL")
        if wanted.task is not None:
            conditions.append("task = %s")
            params.append(wanted.task)
    order = f"{column}{falls}, state{falls}, id{falls}"
    return f"{_JOB} WHERE {' AND '.join(conditions)} ORDER BY {order} LIMIT %s", *params, asked.limit


def counts_of_run(run_id: int) -> dict[str, int]:
    """Return how many jobs of a run are in each state."""
    return dict(connection.execute("SELECT state, COUNT(*) FROM job WHERE run_id = %s GROUP BY state", run_id))


def unfinished(tasks: Sequence[str]) -> list[Job]:
    """Return the jobs of these tasks that wait or run, in the order in which they were asked for."""
    return connection.rows(
        Job, f"{_JOB} WHERE state IN ('queued', 'running') AND task {{ids}} ORDER BY id", list(tasks)
    )


def queued(keys: Sequence[str]) -> set[str]:
    """Return those of the keys under which a job is queued."""
    rows = connection.execute(
        "SELECT key FROM job WHERE state = 'queued' AND key IS NOT NULL AND key {ids}", list(keys)
    )
    return {row[0] for row in rows}


def counts(*, within: Within = None) -> dict[JobState, Count]:
    """Count the jobs in each state but DONE, up to ``paging.MANY``."""
    theirs, params = ("", ()) if within is None else ("AND client_id {ids}", (sorted(within),))
    return {
        state: paging.count(f"job WHERE state = %s AND state <> 'done' {theirs}", str(state), *params)
        for state in JobState
        if state is not JobState.DONE
    }


def by_task(state: JobState, *, within: Within = None) -> list[tuple[str, Count]]:
    """Count the jobs of one state by task, the tasks found by hopping over the index."""
    if within is not None:
        rows = connection.execute(
            "SELECT task, COUNT(*) FROM job WHERE client_id {ids} AND state = %s GROUP BY task ORDER BY task",
            sorted(within),
            str(state),
        )
        return [(task, paging.bounded(number)) for task, number in rows]
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


def waiting(job: Job, *, within: Within = None) -> Waiting:
    """Return what holds a job back, as ``rules.jobs.waiting.why`` makes its sentence of it. Raises ``LookupError``.

    Who is limited to some clients is not told how many jobs of others are ahead.
    """
    rows = connection.execute(
        """
        SELECT {seconds({now}, run_at)}, announcements, {seconds(claimed_at, {now})}, claim_expires_at < {now}
        FROM job WHERE id = %s
        """,
        job.id,
    )
    if not rows:
        raise LookupError(f"no job has the id {job.id}")
    due_in_s, announcements, runs_s, expired = rows[0]
    queued, running = job.state is JobState.QUEUED, job.state is JobState.RUNNING
    pause = queue_pauses.all_().get(job.queue) if queued else None
    return Waiting(
        state=job.state,
        queue=job.queue,
        due_in_s=float(due_in_s),
        waits_for=job.waits_for,
        attempts=job.attempts,
        failures=job.failures,
        crashes=job.crashes,
        suspect=job.suspect,
        cancelled=job.cancelled,
        announcements=announcements,
        error=job.error,
        running_s=float(runs_s) if runs_s is not None and running else None,
        claim_expired=bool(expired) and running,
        same_work_id=_same_work(job.key) if queued and job.key else None,
        ahead=_ahead(job) if queued and due_in_s <= 0 and within is None else None,
        workers=workers.serving(job.queue) if queued else None,
        scheduler_runs=schedules.leader() is not None if queued else True,
        paused_because=pause.paused_because.rstrip(".") if pause else None,
        paused_by=pause.paused_by if pause else "",
        paused_for_s=pause.left_s if pause else None,
    )


def _same_work(key: str) -> int | None:
    rows = connection.execute("SELECT id FROM job WHERE key = %s AND state = 'running' LIMIT 1", key)
    return rows[0][0] if rows else None


def _ahead(job: Job) -> int:
    return paging.count(
        "job WHERE queue = %s AND state = 'queued' AND run_at < %s", job.queue, stored(job.run_at)
    ).number


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
    return connection.rows(
        Attempt,
        "SELECT number, outcome, error, worker_id, started_at, ended_at FROM attempt WHERE job_id = %s ORDER BY id",
        job_id,
    )


def mean_seconds(task: str) -> float | None:
    """Return how long the newest jobs of a task that are done ran on average, in seconds; None without one."""
    rows = connection.execute(
        "SELECT AVG(ran_s) FROM (SELECT {seconds(claimed_at, finished_at)} AS ran_s FROM job"
        " WHERE task = %s AND state = 'done' AND claimed_at IS NOT NULL ORDER BY id DESC LIMIT %s) AS newest",
        task,
        _NEWEST,
    )
    return None if rows[0][0] is None else float(rows[0][0])
