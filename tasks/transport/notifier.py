"""Announces jobs after their commit, in a thread of its own: whoever enqueues never waits for Redis.

What it cannot announce, because Redis is away or the process dies, the dispatcher in the scheduler finds in the ledger.
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
    """Announces after commit, in a thread of its own, so that whoever enqueues never waits for Redis."""

    def __init__(self, redis_queue: RedisQueue) -> None:
        self._queue = redis_queue
        self._waiting: queue.SimpleQueue[Sequence[Dispatch] | threading.Event] = queue.SimpleQueue()
        self._away = False
        threading.Thread(target=self._run, name="notifier", daemon=True).start()

    def notify(self, dispatches: Sequence[Dispatch]) -> None:
        """Have these announced soon. Never blocks, never raises."""
        self._waiting.put(dispatches)

    def flush(self, timeout_s: float) -> bool:
        """Wait until all that was handed in before has been tried."""
        done = threading.Event()
        self._waiting.put(done)
        return done.wait(timeout_s)

    def _run(self) -> None:
        while True:
            batch, flushed = [*self._next()], []
            announcements = [one for part in batch if not isinstance(part, threading.Event) for one in part]
            flushed = [part for part in batch if isinstance(part, threading.Event)]
            if announcements:
                self._try(announcements)
            for event in flushed:
                event.set()

    def _next(self) -> list[Sequence[Dispatch] | threading.Event]:
        """Wait for one, then take all that is there."""
        batch = [self._waiting.get()]
        while not self._waiting.empty():
            batch.append(self._waiting.get())
        return batch

    def _try(self, announcements: Sequence[Dispatch]) -> None:
        try:
            self._queue.push(announcements, window=settings.current().window)
            self._away = False
        except Exception as error:  # noqa: BLE001 - this thread must live
            # Not lost: their leases run out and the announcer tells Redis again.
            if not self._away:
                log.warning("redis_away", error=str(error), announcements=len(announcements))
            self._away = True
