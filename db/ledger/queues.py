"""Queues now: what is due, what runs, how fast jobs end."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from db import connection, paging
from db.ledger import queue_pauses
from db.ledger.queue_pauses import QueuePause
from db.paging import Count
from rules.jobs import NEED_A_PERSON

DEEP = 10_000
"""Where counting a queue's jobs stops."""

_RECENT_S = 300.0
_SAMPLE = 5000


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
    pause: QueuePause | None = None

    @property
    def drained_s(self) -> float | None:
        """Return in how many seconds what is due will have run, at this rate; None if nothing ends, or it is paused."""
        return self.due.number * 60 / self.per_minute if self.per_minute and not self.pause else None


def all_(names: Sequence[str]) -> list[QueueStatus]:
    """Return the queues, with what ended in the last five minutes."""
    running = dict(connection.execute("SELECT queue, COUNT(*) FROM job WHERE state = 'running' GROUP BY queue"))
    lately, seconds = _lately()
    pauses = queue_pauses.all_()
    found = [
        _status(name, running.get(name, 0), per_minute=lately[name][0] * 60 / seconds, bad=lately[name][1])
        for name in names
    ]
    return [replace(one, pause=pauses.get(one.name)) for one in found]


def _lately() -> tuple[dict[str, tuple[int, int]], float]:
    """Return how many jobs of each queue ended lately, how many of them badly, and in how many seconds.

    Where very many ended, only the newest of them are looked at, and the time that those took.
    """
    rows = connection.execute(
        """
        SELECT queue, state, COUNT(*), MAX({seconds(finished_at, {now})}) FROM (
            SELECT queue, state, finished_at FROM job
            WHERE finished_at IS NOT NULL AND finished_at > {later(%s)}
            ORDER BY finished_at DESC LIMIT %s) AS newest
        GROUP BY queue, state
        """,
        -_RECENT_S,
        _SAMPLE,
    )
    found: defaultdict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for queue, state, number, _ in rows:
        ended, bad = found[queue]
        found[queue] = (ended + number, bad + (number if state in NEED_A_PERSON else 0))
    whole = sum(row[2] for row in rows) < _SAMPLE
    return found, _RECENT_S if whole else max(1.0, *(float(row[3]) for row in rows))


def _status(name: str, running: int, *, per_minute: float, bad: int) -> QueueStatus:
    waiting = "job WHERE queue = %s AND state = 'queued' AND run_at"
    return QueueStatus(
        name=name,
        due=paging.count(f"{waiting} <= {{now}}", name, most=DEEP),
        later=paging.count(f"{waiting} > {{now}}", name, most=DEEP),
        running=running,
        oldest_s=oldest_s(name),
        per_minute=per_minute,
        bad=bad,
    )


def oldest_s(queue: str) -> float | None:
    """Return how many seconds a queue's oldest due job has waited; None where none is due."""
    rows = connection.execute(
        "SELECT {seconds(run_at, {now})} FROM job WHERE queue = %s AND state = 'queued' AND run_at <= {now}"
        " ORDER BY run_at LIMIT 1",
        queue,
    )
    return float(rows[0][0]) if rows else None
