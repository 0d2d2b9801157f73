"""Queues, workers, runs and schedules as pages show them, and the health of the whole."""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from db import connection, paging
from db.fields import moment
from db.ledger import job_lists
from db.paging import Count, Page, sure
from rules.jobs import JobState

DEEP = 10_000
"""Where counting a queue's jobs stops."""

_RECENT_S = 300.0
_SAMPLE = 5000
_ENDED_WORKERS = 20
_NEWEST = 20

_AGE = {
    "postgresql": "EXTRACT(EPOCH FROM ({now} - %s))",
    "sqlite": "((julianday({now}) - julianday(%s)) * 86400)",
}


# ``(SELECT {now})`` where an index is asked: PostgreSQL's clock_timestamp() is another moment in each row, so that
# bare it would be compared with every row instead of being looked up.


def _age(column: str) -> str:
    return _AGE[connection.dialect().name].replace("%s", column)


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueStatus:
    """One queue now. ``oldest_s`` is how long its oldest due job has waited, ``per_minute`` how many jobs end."""

    name: str
    due: Count
    later: Count
    running: int
    oldest_s: float | None
    per_minute: float
    bad: int
    """How many ended badly lately."""


def queues(names: Sequence[str]) -> list[QueueStatus]:
    """Return the queues, with what ended in the last five minutes."""
    running = dict(connection.execute("SELECT queue, COUNT(*) FROM job WHERE state = 'running' GROUP BY queue"))
    lately, seconds = _lately()
    return [
        _queue(name, running.get(name, 0), per_minute=lately[name][0] * 60 / seconds, bad=lately[name][1])
        for name in names
    ]


def _lately() -> tuple[dict[str, tuple[int, int]], float]:
    """Return how many jobs of each queue ended lately, how many of them badly, and in how many seconds.

    Where very many ended, only the newest of them are looked at, and the time that those took.
    """
    rows = connection.execute(
        f"""
        SELECT queue, state, COUNT(*), MAX({_age("finished_at")}) FROM (
            SELECT queue, state, finished_at FROM job
            WHERE finished_at IS NOT NULL AND finished_at > (SELECT {{later(%s)}})
            ORDER BY finished_at DESC LIMIT %s) AS newest
        GROUP BY queue, state
        """,  # noqa: S608 - our own text
        -_RECENT_S,
        _SAMPLE,
    )
    found: defaultdict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for queue, state, number, _ in rows:
        ended, bad = found[queue]
        found[queue] = (ended + number, bad + (number if state in job_lists.LOOKED_AFTER else 0))
    whole = sum(row[2] for row in rows) < _SAMPLE
    return found, _RECENT_S if whole else max(1.0, *(float(row[3]) for row in rows))


def _queue(name: str, running: int, *, per_minute: float, bad: int) -> QueueStatus:
    waiting = "job WHERE queue = %s AND state = 'queued' AND run_at"
    return QueueStatus(
        name=name,
        due=paging.count(f"{waiting} <= (SELECT {{now}})", name, most=DEEP),
        later=paging.count(f"{waiting} > (SELECT {{now}})", name, most=DEEP),
        running=running,
        oldest_s=_oldest_s(name),
        per_minute=per_minute,
        bad=bad,
    )


def _oldest_s(queue: str) -> float | None:
    rows = connection.execute(
        f"SELECT {_age('run_at')} FROM job WHERE queue = %s AND state = 'queued' AND run_at <= (SELECT {{now}})"  # noqa: S608
        " ORDER BY run_at LIMIT 1",
        queue,
    )
    return float(rows[0][0]) if rows else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """A worker process. ``job_ids`` are some of those that it runs."""

    id: str
    host: str
    pid: int
    queues: tuple[str, ...]
    started_at: datetime
    silent_s: float
    ended_at: datetime | None
    ended_how: str | None
    running: int = 0
    job_ids: tuple[int, ...] = field(default=())

    @property
    def word(self) -> str:
        """What it is: alive, silent or ended."""
        if self.ended_at is not None:
            return "ended"
        return "alive" if self.silent_s < job_lists.SILENT_S else "silent"


_WORKER = "SELECT id, host, pid, queues, started_at, {age}, ended_at, ended_how FROM worker"


def workers() -> list[Worker]:
    """Return the processes that have not ended, the longest-lived first, with what they run."""
    held: defaultdict[str, list[int]] = defaultdict(list)
    for worker_id, job_id in sorted(connection.execute("SELECT worker_id, id FROM job WHERE state = 'running'")):
        held[worker_id].append(job_id)
    rows = connection.execute(f"{_worker_query()} WHERE ended_at IS NULL ORDER BY started_at LIMIT 500")
    return [_worker(row, held[row[0]]) for row in rows]


def ended_workers() -> list[Worker]:
    """Return the processes that ended last."""
    rows = connection.execute(
        f"{_worker_query()} WHERE ended_at IS NOT NULL ORDER BY ended_at DESC LIMIT %s", _ENDED_WORKERS
    )
    return [_worker(row, []) for row in rows]


def _worker_query() -> str:
    return _WORKER.replace("{age}", _age("beat_at"))


def _worker(row: tuple[Any, ...], held: list[int]) -> Worker:
    worker_id, host, pid, names, started_at, silent_s, ended_at, ended_how = row
    return Worker(
        id=worker_id,
        host=host,
        pid=pid,
        queues=tuple(json.loads(names) if isinstance(names, str) else names),
        started_at=sure(started_at),
        silent_s=float(silent_s),
        ended_at=moment(ended_at),
        ended_how=ended_how,
        running=len(held),
        job_ids=tuple(held[:5]),
    )


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
    def ended(self) -> int:
        return self.total - self.counts.get(JobState.QUEUED, 0) - self.counts.get(JobState.RUNNING, 0)

    @property
    def bad(self) -> int:
        return sum(self.counts.get(state, 0) for state in job_lists.LOOKED_AFTER)

    @property
    def word(self) -> str:
        if self.finished_at is None:
            return "running"
        return "with failures" if self.bad else "done"


def runs(
    *, task: str | None = None, only_open: bool = False, after: str | None = None, size: int = paging.ROWS
) -> Page[Run]:
    """Return runs, newest first. Raises ``BadCursor``."""
    conditions, params = (["task = %s"], [task]) if task else (["TRUE"], list[object]())
    if only_open:
        conditions.append("finished_at IS NULL")
    key = paging.decode(after, int)
    if key is not None:
        conditions, params = [*conditions, "id < %s"], [*params, *key]
    rows = connection.execute(
        f"{_run_query()} WHERE {' AND '.join(conditions)} ORDER BY id DESC LIMIT %s", *params, size + 1
    )
    return paging.cut(_runs(rows), lambda run: (run.id,), size=size)


def run(run_id: int) -> Run:
    """Return a run. Raises ``LookupError``."""
    for found in _runs(connection.execute(f"{_run_query()} WHERE id = %s", run_id)):
        return found
    raise LookupError(f"no run has the id {run_id}")


def seconds_of_run(task: str) -> float | None:
    """Return what each job added to the length of a task's newest finished run, in seconds; None without a run."""
    rows = connection.execute(
        f"{_run_query()} WHERE task = %s AND finished_at IS NOT NULL AND retry_of_id IS NULL ORDER BY id DESC LIMIT 1",
        task,
    )
    return next((found.took_s / max(1, found.total) for found in _runs(rows)), None)


def seconds_of_job(task: str) -> float | None:
    """Return how long the newest jobs of a task that are done ran on average, in seconds; None without one."""
    rows = connection.execute(
        f"SELECT AVG(ran_s) FROM (SELECT {_age('claimed_at').replace('{now}', 'finished_at')} AS ran_s FROM job"  # noqa: S608
        " WHERE task = %s AND state = 'done' AND claimed_at IS NOT NULL ORDER BY id DESC LIMIT %s) AS newest",
        task,
        _NEWEST,
    )
    return None if rows[0][0] is None else float(rows[0][0])


def _run_query() -> str:
    since = "EXTRACT(EPOCH FROM (COALESCE(finished_at, {now}) - created_at))"
    if connection.dialect().name == "sqlite":
        since = "(julianday(COALESCE(finished_at, {now})) - julianday(created_at)) * 86400"
    return f'SELECT id, task, root_id, "then", retry_of_id, created_at, finished_at, {since}, counts FROM run'  # noqa: S608


def _runs(rows: list[tuple[Any, ...]]) -> list[Run]:
    counted = _counted([row[0] for row in rows if row[8] is None])
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
            counts=counted[row[0]] if row[8] is None else (json.loads(row[8]) if isinstance(row[8], str) else row[8]),
        )
        for row in rows
    ]


def _counted(run_ids: list[int]) -> dict[int, dict[str, int]]:
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


@dataclass(frozen=True, slots=True)
class Firing:
    """What became of one due moment of a schedule."""

    schedule: str
    due_at: datetime
    outcome: str
    reason: str | None
    job_id: int | None
    run_id: int | None


_FIRING = "SELECT schedule, due_at, outcome, reason, job_id, run_id FROM firing"


def _firing(row: tuple[Any, ...]) -> Firing:
    return Firing(row[0], sure(row[1]), *row[2:])


def last_firings(names: Sequence[str]) -> dict[str, Firing]:
    """Return the newest firing of each schedule, each found at its place in the index."""
    one = f"SELECT * FROM ({_FIRING} WHERE schedule = %s ORDER BY due_at DESC LIMIT 1) AS newest"  # noqa: S608
    rows = connection.execute(" UNION ALL ".join(one for _ in names), *names) if names else []
    return {row[0]: _firing(row) for row in rows}


def firings(name: str, *, after: str | None = None, size: int = paging.ROWS) -> Page[Firing]:
    """Return a schedule's firings, newest first. Raises ``BadCursor``."""
    key = paging.decode(after, datetime)
    behind, params = ("", ()) if key is None else ("AND due_at < %s", key)
    rows = connection.execute(
        f"{_FIRING} WHERE schedule = %s {behind} ORDER BY due_at DESC LIMIT %s", name, *params, size + 1
    )
    return paging.cut([_firing(row) for row in rows], lambda firing: (firing.due_at,), size=size)


@dataclass(frozen=True, slots=True)
class Service:
    """How calls of an outside service went. ``mean_s`` is seconds for each."""

    name: str
    outcome: str
    calls: int
    mean_s: float


def services(*, minutes: int = 60) -> list[Service]:
    """Return the calls of the last minutes by service and outcome."""
    # Grouped by an expression, so that nobody walks over the whole index by service instead of the last minutes.
    rows = connection.execute(
        "SELECT MIN(service), outcome, SUM(calls), SUM(seconds) / SUM(calls) FROM measurement"
        " WHERE minute > (SELECT {later(%s)}) GROUP BY service || '', outcome ORDER BY 1, 2",
        -60.0 * minutes,
    )
    return [Service(row[0], row[1], int(row[2]), float(row[3])) for row in rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """Whether work gets done: who lives, who leads, and what waits longest."""

    workers: int
    silent: int
    scheduler: str | None
    """Where the leading scheduler runs; None: nowhere."""
    oldest_s: float | None
    calls: int
    failed_calls: int

    @property
    def well(self) -> bool:
        return bool(self.workers) and self.scheduler is not None


def health(queue_names: Sequence[str]) -> Health:
    """Look at the whole."""
    alive = connection.execute(f"SELECT {_age('beat_at')} FROM worker WHERE ended_at IS NULL")  # noqa: S608
    leader = connection.execute("SELECT holder FROM lease WHERE name = 'scheduler' AND expires_at > {now}")
    calls = services()
    silent = sum(float(row[0]) >= job_lists.SILENT_S for row in alive)
    return Health(
        workers=len(alive) - silent,
        silent=silent,
        scheduler=leader[0][0] if leader else None,
        oldest_s=max((age for age in map(_oldest_s, queue_names) if age is not None), default=None),
        calls=sum(one.calls for one in calls),
        failed_calls=sum(one.calls for one in calls if one.outcome != "ok"),
    )
