"""The dispatcher: tells Redis which jobs are due, takes back claims that are not renewed, closes finished runs.

Runs in the scheduler process, on the leader alone; two at once would be harmless, only wasteful.
"""

import time

import redis
import structlog

import settings
from db import connection
from db.ledger import dispatch, leases, recovery, runs
from rules.jobs import Priority
from settings.failpoints import failpoint
from tasks.engine.task import Queue, declared, find
from tasks.transport.redis_queue import RedisQueue

log = structlog.get_logger()

_BATCH = 1000
_DRAIN_S = 1.0
_EPOCH = "redis-epoch"
_GAP_S = 2.0


class Dispatcher:
    """What tells Redis which jobs are due, as far as the windows allow."""

    def __init__(self, queue: RedisQueue) -> None:
        self._queue = queue
        self._away = False
        self._epoch = ""

    def tick(self) -> int:
        """Dispatch until nothing is due, the windows are full, or a second has passed. Returns how many."""
        try:
            dispatched = self._drain()
            if self._away:
                log.info("redis_back")
            self._away = False
        except (redis.RedisError, OSError) as error:
            if not self._away:
                log.warning("redis_away", error=str(error))
            self._away, dispatched = True, 0
        return dispatched

    def _drain(self) -> int:
        self._notice_emptied()
        until, total = time.monotonic() + _DRAIN_S, 0
        while time.monotonic() < until:
            dispatched = sum(self._dispatch(queue, priority) for queue, priority in dispatch.due_queues(list(Queue)))
            total += dispatched
            if not dispatched:
                break
        return total

    def _dispatch(self, queue: str, priority: Priority) -> int:
        room = self._queue.room(queue, priority, window=settings.current().window)
        if not room and priority is not Priority.URGENT:
            return 0
        due = dispatch.take_due(
            queue, priority, limit=min(max(room, 1), _BATCH), lease_s=settings.current().announce_lease_s
        )
        failpoint("dispatcher.before_push")
        return self._queue.push(due, window=settings.current().window)

    def _notice_emptied(self) -> None:
        epoch = self._queue.epoch()
        if epoch == self._epoch:
            return
        if leases.remembered(_EPOCH) != epoch:
            voided = dispatch.void_leases()
            leases.remember(_EPOCH, epoch)
            log.info("redis_new", voided=voided)
        self._epoch = epoch


class Recovery:
    """What takes back claims that are not renewed, once the database was healthy for as long as a claim holds."""

    def __init__(self) -> None:
        self._healthy_since = self._last = time.monotonic()

    def tick(self) -> list[int]:
        """Expire claims, if that is safe now. Returns the jobs."""
        connection.execute("SELECT 1")
        now = time.monotonic()  # once it has answered: a long wait for that is an absence too
        if now - self._last > _GAP_S:  # the database, or this process, was away: workers could not renew
            self._healthy_since = now
        self._last = now
        if now - self._healthy_since < settings.current().claim_s:
            return []
        expired = recovery.expire()
        if expired:
            log.warning("claims_expired", jobs=expired[:20], number=len(expired))
        return expired


def close_runs() -> int:
    """Close the runs that are finished and enqueue their finishing tasks, in one transaction. Returns how many."""
    with connection.transaction():
        closed = runs.close_finished(list(declared()))
        for run in closed:
            if run.then:
                find(run.then).enqueue(run_id=run.id)
    for run in closed:
        log.info("run_finished", run_id=run.id, task=run.task)
    return len(closed)
