"""However much is queued, Redis holds a bounded window of it (F13, F45)."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from db import connection
from db.ledger import transitions
from rules.jobs import Priority
from tasks.engine.task import Queue
from tasks.transport import notifier
from tasks.transport.redis_queue import RedisQueue
from tests.faults.marks import sqlite_first
from tests.support import tasks
from tests.support.servers import RedisServer
from tests.support.system import System
from workers.dispatcher import Dispatcher

pytestmark = pytest.mark.fault

_JOBS = 100_000
_CHUNK = 5_000
_WINDOW = 2000  # the default
_TICKS = 25
_TAKEN = 500


@sqlite_first
def test_a_hundred_thousand_jobs_never_fill_redis_past_its_window(system: System) -> None:
    _queue_a_hundred_thousand()
    with system.redis.client() as client:
        queue = RedisQueue(client)
        announcer, announced = Dispatcher(queue), 0
        with _watched(system.redis) as looks:
            for tick in range(_TICKS):
                with connection.session():
                    announced += announcer.tick()
                tasks.write.enqueue(name=f"one more {tick}")  # its announcement competes for the same window
                queue.pop(Queue.DEFAULT, _TAKEN)
            assert notifier.current().flush(10)

    assert len(looks) > _TICKS
    assert max(looks) <= _WINDOW
    assert max(looks) > _WINDOW // 2, "the window is used"
    assert announced >= _TICKS // 2 * _TAKEN
    with connection.session(), connection.transaction():
        connection.changed("UPDATE job SET state = 'cancelled', finished_at = {now}")


def _queue_a_hundred_thousand() -> None:
    kind = transitions.JobSpec(tasks.write.name, Queue.DEFAULT, Priority.BULK)
    asked = [transitions.JobRequest({"name": "bulk"})] * _CHUNK
    for _ in range(0, _JOBS, _CHUNK):
        with connection.session(), connection.transaction():
            transitions.insert(kind, asked)


@contextmanager
def _watched(server: RedisServer) -> Iterator[list[int]]:
    """Look again and again, from another connection, how many messages Redis holds: the list's, or the hash's."""
    looks: list[int] = []
    over = threading.Event()

    def look() -> None:
        with server.client() as client:
            while not over.is_set():
                looks.append(max(client.llen("dramatiq:default"), client.hlen("dramatiq:default.msgs")))

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield looks
    finally:
        over.set()
        watcher.join()
