"""Worker processes as the ledger knows them."""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from db import connection

SILENT_S = 20.0
"""After so many seconds without a beat a process no longer counts as alive."""

GONE_S = 300.0
"""After so many seconds without a beat it is entered as ended."""

_FELL_SILENT = "fell silent"
_NEWEST_ENDED = 20
_MOST = 500
_JOBS_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """A worker process. ``silent_s`` is how long ago it was last heard of, on the database's clock."""

    id: str
    host: str
    pid: int
    queues: tuple[str, ...]
    started_at: datetime
    silent_s: float
    ended_at: datetime | None
    ended_how: str | None
    version: str | None
    load: float | None
    """Of its host, over a minute."""
    memory_bytes: int | None
    stop_asked_at: datetime | None
    stop_asked_by: str | None
    replaced: bool | None

    @property
    def word(self) -> str:
        """What it is: alive, stopping, silent or ended."""
        if self.ended_at is not None:
            return "ended"
        if self.stop_asked_at is not None and self.silent_s < SILENT_S:
            return "stopping"
        return "alive" if self.silent_s < SILENT_S else "silent"


_WORKER = (
    "SELECT id, host, pid, queues, started_at, {seconds(beat_at, {now})} AS silent_s, ended_at, ended_how, version,"
    " load, memory_bytes, stop_asked_at, stop_asked_by, replaced FROM worker"
)


def started(worker_id: str, *, host: str, pid: int, queues: Sequence[str], version: str | None = None) -> None:
    """Enter a process that begins to work."""
    with connection.transaction():
        connection.changed(
            "INSERT INTO worker (id, host, pid, queues, version, started_at, beat_at)"
            " VALUES (%s, %s, %s, %s, %s, {now}, {now})",
            worker_id,
            host,
            pid,
            json.dumps(tuple(queues)),
            version,
        )


class StopOrder(StrEnum):
    """What somebody asked of a process: to end, or to end so that another takes its place."""

    STOP = "stop"
    REPLACE = "replace"


def beat(worker_id: str, *, load: float | None = None, memory_bytes: int | None = None) -> StopOrder | None:
    """Note that a process lives, also one that was frozen for so long that it was entered as ended.

    Returns what somebody asked of it, if anything.
    """
    with connection.transaction():
        rows = connection.execute(
            "UPDATE worker SET beat_at = {now}, ended_at = NULL, ended_how = NULL, load = %s, memory_bytes = %s"
            " WHERE id = %s AND (ended_at IS NULL OR ended_how = %s) RETURNING stop_asked_at, replaced",
            load,
            memory_bytes,
            worker_id,
            _FELL_SILENT,
        )
    if not rows or rows[0][0] is None:
        return None
    return StopOrder.REPLACE if rows[0][1] else StopOrder.STOP


def ask_to_stop(worker_id: str, *, by: str, replaced: bool) -> Worker | None:
    """Ask a process to end once it has finished what it runs; None where it has ended or was asked before."""
    with connection.transaction():
        asked = connection.changed(
            "UPDATE worker SET stop_asked_at = {now}, stop_asked_by = %s, replaced = %s"
            " WHERE id = %s AND ended_at IS NULL AND stop_asked_at IS NULL",
            by,
            replaced,
            worker_id,
        )
        return next(iter(connection.rows(Worker, f"{_WORKER} WHERE id = %s", worker_id)), None) if asked else None


def bury() -> int:
    """Enter as ended the processes that nobody has heard of for ``GONE_S``: they died with their machine, or frozen.

    Returns how many.
    """
    with connection.transaction():
        return connection.changed(
            "UPDATE worker SET ended_at = {now}, ended_how = %s WHERE ended_at IS NULL AND beat_at < {later(%s)}",
            _FELL_SILENT,
            -GONE_S,
        )


def ended(worker_id: str, how: str) -> None:
    """Enter how the process ended."""
    with connection.transaction():
        connection.changed(
            "UPDATE worker SET ended_at = {now}, ended_how = %s WHERE id = %s AND ended_at IS NULL", how[:64], worker_id
        )


def alive() -> list[Worker]:
    """Return the processes that have not ended, so far as anybody knows, the longest-lived first."""
    return connection.rows(Worker, f"{_WORKER} WHERE ended_at IS NULL ORDER BY started_at LIMIT %s", _MOST)


def ended_last() -> list[Worker]:
    """Return the processes that ended last."""
    return connection.rows(
        Worker, f"{_WORKER} WHERE ended_at IS NOT NULL ORDER BY ended_at DESC LIMIT %s", _NEWEST_ENDED
    )


@dataclass(frozen=True, slots=True)
class Load:
    """What a process runs: how many jobs, and some of their ids."""

    running: int = 0
    job_ids: tuple[int, ...] = ()


def loads() -> dict[str, Load]:
    """Return what each process runs, by its id; those without a job are left out."""
    held: defaultdict[str, list[int]] = defaultdict(list)
    for worker_id, job_id in sorted(connection.execute("SELECT worker_id, id FROM job WHERE state = 'running'")):
        held[worker_id].append(job_id)
    return {worker_id: Load(len(ids), tuple(ids[:_JOBS_SHOWN])) for worker_id, ids in held.items()}


def serving(queue: str) -> int:
    """Count the processes that live and serve a queue."""
    return sum(queue in one.queues and one.silent_s < SILENT_S for one in alive())
