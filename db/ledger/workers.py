"""Worker processes as the ledger knows them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from db import connection
from db.fields import moment


@dataclass(frozen=True, slots=True)
class Worker:
    """A worker process. ``silent_s`` is how long ago it was last heard of, on the database's clock."""

    id: str
    host: str
    pid: int
    started_at: datetime | None
    silent_s: float


def started(worker_id: str, *, host: str, pid: int, queues: Sequence[str]) -> None:
    """Enter a process that begins to work."""
    with connection.transaction():
        connection.changed(
            "INSERT INTO worker (id, host, pid, queues, started_at, beat_at) VALUES (%s, %s, %s, %s, {now}, {now})",
            worker_id,
            host,
            pid,
            json.dumps(tuple(queues)),
        )


def beat(worker_id: str) -> None:
    """Say that the process lives."""
    with connection.transaction():
        connection.changed("UPDATE worker SET beat_at = {now} WHERE id = %s", worker_id)


def ended(worker_id: str, how: str) -> None:
    """Enter how the process ended."""
    with connection.transaction():
        connection.changed(
            "UPDATE worker SET ended_at = {now}, ended_how = %s WHERE id = %s AND ended_at IS NULL", how[:64], worker_id
        )


def alive() -> list[Worker]:
    """Return the processes that have not ended, so far as anybody knows."""
    age = (
        "EXTRACT(EPOCH FROM ({now} - beat_at))"
        if connection.dialect().name == "postgresql"
        else "(julianday({now}) - julianday(beat_at)) * 86400"
    )
    rows = connection.execute(
        f"SELECT id, host, pid, started_at, {age} FROM worker WHERE ended_at IS NULL ORDER BY started_at"  # noqa: S608
    )
    return [Worker(row[0], row[1], row[2], moment(row[3]), float(row[4])) for row in rows]
