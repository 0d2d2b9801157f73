"""Notifies Redis of jobs after their commit, in a thread of its own: enqueueing never waits for Redis.

What it cannot pass on, because Redis is away or the process dies, the dispatcher in the scheduler finds in the ledger.
"""

import queue
import threading
from collections.abc import Sequence
from functools import cache

import structlog

import settings
from db.ledger.dispatch import Dispatch
from tasks.transport.redis_queue import RedisQueue, client

log = structlog.get_logger()


@cache
def current() -> "Notifier":
    """Return this process's notifier, on the Redis that the settings name."""
    return Notifier(RedisQueue(client(settings.current().redis_url)))


class Notifier:
    """A thread that puts dispatches into the Redis queue."""

    def __init__(self, redis_queue: RedisQueue) -> None:
        self._queue = redis_queue
        self._waiting: queue.SimpleQueue[Sequence[Dispatch] | threading.Event] = queue.SimpleQueue()
        self._away = False
        threading.Thread(target=self._run, name="notifier", daemon=True).start()

    def notify(self, dispatches: Sequence[Dispatch]) -> None:
        """Have Redis told of these soon. Never blocks, never raises."""
        self._waiting.put(dispatches)

    def flush(self, timeout_s: float) -> bool:
        """Wait until all that was given before has been tried."""
        done = threading.Event()
        self._waiting.put(done)
        return done.wait(timeout_s)

    def _run(self) -> None:
        while True:
            batch = self._next()
            dispatches = [one for part in batch if not isinstance(part, threading.Event) for one in part]
            flushed = [part for part in batch if isinstance(part, threading.Event)]
            if dispatches:
                self._push(dispatches)
            for event in flushed:
                event.set()

    def _next(self) -> list[Sequence[Dispatch] | threading.Event]:
        """Wait for one, then take all that is there."""
        batch = [self._waiting.get()]
        while not self._waiting.empty():
            batch.append(self._waiting.get())
        return batch

    def _push(self, dispatches: Sequence[Dispatch]) -> None:
        try:
            self._queue.push(dispatches, window=settings.current().window)
            self._away = False
        except Exception as error:  # noqa: BLE001 - this thread must live
            # Not lost: their leases run out and the dispatcher tells Redis again.
            if not self._away:
                log.warning("redis_away", error=str(error), dispatches=len(dispatches))
            self._away = True
