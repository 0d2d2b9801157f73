"""Redis stopped, killed, emptied, stalled, without memory, and telling twice (F10 to F13, F15, F23)."""

import random
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import redis
from dramatiq import Message
from dramatiq.brokers.redis import RedisBroker

from tasks.engine.task import Queue
from tests.nemesis.installation import Installation

_TIMES = 20


@contextmanager
def down(target: Installation, _dice: random.Random) -> Iterator[None]:
    """Kill it; it comes back with what it had written."""
    if target.redis.process:
        target.redis.kill()
    yield
    if not target.redis.process:
        target.redis.start()


@contextmanager
def back_empty(target: Installation, _dice: random.Random) -> Iterator[None]:
    with suppress(redis.RedisError):
        target.redis.empty()
    if target.redis.process:
        target.redis.kill()
    yield
    if not target.redis.process:
        target.redis.start()


@contextmanager
def emptied(target: Installation, _dice: random.Random) -> Iterator[None]:
    """Empty it, and forget its scripts."""
    with suppress(redis.RedisError), target.redis.client() as client:
        client.flushall()
        client.script_flush()
    yield


@contextmanager
def stalled(target: Installation, _dice: random.Random) -> Iterator[None]:
    process = target.redis.process
    if process:
        target.redis.freeze()
    yield
    if process and target.redis.process is process:
        target.redis.thaw()


@contextmanager
def no_memory(target: Installation, _dice: random.Random) -> Iterator[None]:
    with suppress(redis.RedisError), target.redis.client() as client:
        client.config_set("maxmemory", 1)
    yield
    with suppress(redis.RedisError), target.redis.client() as client:
        client.config_set("maxmemory", 0)


@contextmanager
def told_again(target: Installation, _dice: random.Random) -> Iterator[None]:
    """Announce each of the newest jobs many times, with no regard to what they are."""
    broker = RedisBroker(url=target.redis.url)
    with suppress(redis.RedisError, *_away()):
        for job_id, task, queue in target.system.rows("SELECT id, task, queue FROM job ORDER BY id DESC LIMIT 20"):
            for _ in range(_TIMES):
                broker.enqueue(Message(str(Queue(queue)), task, (job_id,), {}, {}))
    broker.close()
    yield


def _away() -> tuple[type[Exception], ...]:
    from dramatiq.errors import ConnectionError as BrokerAway

    return (BrokerAway,)
