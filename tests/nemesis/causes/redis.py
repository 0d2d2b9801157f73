"""Redis stopped, killed, emptied, stalled, without memory, evicting, replaced, telling twice (F10 to F16, F23)."""

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import redis
from dramatiq import Message
from dramatiq.brokers.redis import RedisBroker

from tasks.engine.task import Queue
from tests.nemesis.installation import Installation, free_port
from tests.support.servers import RedisServer

_TIMES = 20
_FOLLOWS_WITHIN_S = 3.0


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
def may_evict(target: Installation, _dice: random.Random) -> Iterator[None]:
    """Have it forget what it likes once it needs room, of which it has none to spare."""
    with suppress(redis.RedisError), target.redis.client() as client:
        client.config_set("maxmemory-policy", "allkeys-lru")
        client.config_set("maxmemory", client.info("memory")["used_memory"])
    yield
    with suppress(redis.RedisError), target.redis.client() as client:
        client.config_set("maxmemory", 0)
        client.config_set("maxmemory-policy", "noeviction")


@contextmanager
def failover(target: Installation, _dice: random.Random) -> Iterator[None]:
    """Have a replica take over that knows nothing of what was written since the fault began."""
    replica = RedisServer(keeps=True)
    replica.start()
    with suppress(redis.RedisError):
        _follow(replica, target.redis)
    replica.freeze()
    yield
    replica.thaw()
    with suppress(redis.RedisError), replica.client() as client:
        client.replicaof("NO", "ONE")
    target.fail_over(replica)


def _follow(replica: RedisServer, leader: RedisServer) -> None:
    """Make one the replica of the other, over a port of its own, and give it a moment to have all."""
    port, until = free_port(), time.monotonic() + _FOLLOWS_WITHIN_S
    with leader.client() as client:
        client.config_set("port", port)
    with replica.client() as client:
        client.replicaof("127.0.0.1", port)
        while client.info("replication").get("master_link_status") != "up" and time.monotonic() < until:
            time.sleep(0.05)


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
