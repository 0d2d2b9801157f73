"""Jobs as they are read: one, some, the newest of a kind, a job's attempts.

``job_lists`` has the list of them, ``job_counts`` their numbers, ``job_waits`` what holds one back, ``transitions``
what changes them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from db import connection, index_ranges, text_search
from db.ledger import job_paths
from db.listing import compares, equals
from rules.access import Within, sees
from rules.jobs import AttemptOutcome, JobState
from rules.translatable import load

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
    waits_said: dict[str, object] | None
    error: str | None
    worker_id: str | None
    created_at: datetime
    run_at: datetime
    claimed_at: datetime | None
    finished_at: datetime | None
    client_id: int | None
    """Whom its work is about; None: nobody, or many."""

    @property
    def reason(self) -> str | None:
        """Return what a queued job waits for, as ``wording.messages.said`` says it to a reader."""
        return load(self.waits_for, self.waits_said) if self.waits_for else None


ROWS = (
    "SELECT id, task, args, queue, priority, state, key, cause_id, run_id, attempts, failures, crashes, suspect,"
    " cancelled, waits_for, waits_said, error, worker_id, created_at, run_at, claimed_at, finished_at,"
    " client_id FROM job"
)


def get(job_id: int, *, within: Within = None) -> Job | None:
    """Return a job, or None."""
    job = next(iter(connection.rows(Job, f"{ROWS} WHERE id = %s", job_id)), None)
    return job if job and sees(within, job.client_id) else None


def many(ids: Sequence[int], *, within: Within = None) -> list[Job]:
    """Return the jobs that exist, in the order of ``ids``."""
    found = {job.id: job for job in connection.rows(Job, f"{ROWS} WHERE id {{ids}}", list(ids))}
    return [found[one] for one in ids if one in found and sees(within, found[one].client_id)]


def require(job_id: int, *, within: Within = None) -> Job:
    """Return a job. Raises ``LookupError``."""
    job = get(job_id, within=within)
    if job is None:
        raise LookupError(f"no job has the id {job_id}; retention may have taken it")
    return job


MOST_AT_ONCE = 10_000


def ended_since(
    state: JobState,
    since: datetime,
    *,
    tasks: Sequence[str] | None = None,
    error: str | None = None,
    within: Within = None,
    limit: int = MOST_AT_ONCE,
) -> list[int]:
    """Return the ids of the jobs that ended in a state since a moment, the earliest end first; of ``tasks`` if given.

    ``error`` is words that their last error has. A job is left out where another job with its key is queued.
    """
    conditions = [equals("state")(str(state)), compares("finished_at", ">=")(since)]
    if tasks is not None:
        conditions.append(("task {ids}", (list(tasks),)))
    if error:
        conditions.append(text_search.says("error")(error))
    if within is not None:
        conditions.append(("client_id {ids}", (sorted(within),)))
    words = " AND ".join(words for words, _ in conditions)
    rows = connection.execute(
        f"SELECT id FROM job WHERE {words} AND (key IS NULL OR NOT EXISTS"  # noqa: S608 - our own words
        " (SELECT 1 FROM job AS newer WHERE newer.key = job.key AND newer.state = 'queued'))"
        " ORDER BY finished_at, id LIMIT %s",
        *(value for _, params in conditions for value in params),
        limit,
    )
    return [job_id for (job_id,) in rows]


def newest(
    *, state: JobState | None = None, task: str | None = None, run_id: int | None = None, limit: int = 50
) -> list[Job]:
    """Return the newest jobs, the newest first; of one state, task or run where given."""
    given = {"state": state, "task": task, "run": run_id}
    path = job_paths.of({name: value for name, value in given.items() if value is not None})
    if path is None:
        where = "state = 'done'" if state else "TRUE"
        return connection.rows(Job, f"{ROWS} WHERE {where} ORDER BY id DESC LIMIT %s", limit)
    if not path.ranges:
        return []
    conditions = [("task = %s", (task,))] if task and run_id is not None else []
    words, params = index_ranges.merged("job", path.ranges, conditions, falls=" DESC", limit=limit)
    return many([one for (one,) in connection.execute(words, *params)])


def counts_of_run(run_id: int) -> dict[str, int]:
    """Return how many jobs of a run are in each state."""
    return dict(connection.execute("SELECT state, COUNT(*) FROM job WHERE run_id = %s GROUP BY state", run_id))


def unfinished(tasks: Sequence[str]) -> list[Job]:
    """Return the jobs of these tasks that wait or run, in the order in which they were asked for."""
    return connection.rows(
        Job, f"{ROWS} WHERE state IN ('queued', 'running') AND task {{ids}} ORDER BY id", list(tasks)
    )


def queued(keys: Sequence[str]) -> set[str]:
    """Return those of the keys under which a job is queued."""
    rows = connection.execute(
        "SELECT key FROM job WHERE state = 'queued' AND key IS NOT NULL AND key {ids}", list(keys)
    )
    return {row[0] for row in rows}


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


def traces(job_id: int) -> dict[int, str]:
    """Return the tracebacks that are kept of a job's attempts, by the attempt's number."""
    return dict(connection.execute("SELECT number, text FROM attempt_trace WHERE job_id = %s", job_id))


def mean_seconds(task: str) -> float | None:
    """Return how long the newest jobs of a task that are done ran on average, in seconds; None without one."""
    rows = connection.execute(
        "SELECT AVG(ran_s) FROM (SELECT {seconds(claimed_at, finished_at)} AS ran_s FROM job"
        " WHERE task = %s AND state = 'done' AND claimed_at IS NOT NULL ORDER BY id DESC LIMIT %s) AS newest",
        task,
        _NEWEST,
    )
    return None if rows[0][0] is None else float(rows[0][0])
