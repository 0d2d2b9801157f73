"""A replica of Redis takes over that lacks what was written last (F16): what it does not know of comes back."""

import socket
from collections.abc import Iterator

import pytest

from tests.faults.marks import postgres_first
from tests.support import tasks
from tests.support.eventually import eventually
from tests.support.proxy import Proxy
from tests.support.servers import RedisServer
from tests.support.system import System

pytestmark = pytest.mark.fault

_JOBS = 500


@pytest.fixture
def replica() -> Iterator[RedisServer]:
    server = RedisServer()
    server.start()
    yield server
    server.close()


@pytest.fixture
def way(redis_server: RedisServer) -> Iterator[Proxy]:
    with Proxy(redis_server.folder / "redis.sock") as proxy:
        yield proxy


@postgres_first
def test_a_replica_that_lacks_the_last_seconds_leads_to_nothing_lost_and_nothing_doubled(
    replica: RedisServer, way: Proxy, system: System
) -> None:
    url = f"redis://127.0.0.1:{way.port}/0"
    system.start(REDIS_URL=url)
    workers = system.await_workers()
    _follow(replica, system.redis)
    run = tasks.write_many.enqueue(number=_JOBS)
    system.await_effects(20)
    replica.freeze()  # what is written from here on, it will not have
    system.await_effects(100)

    system.redis.kill()
    replica.thaw()
    with replica.client() as client:
        client.replicaof("NO", "ONE")
    system.redis, way.behind = replica, replica.folder / "redis.sock"
    system.await_ended(run)
    assert system.effects().total() == _JOBS + 1
    assert system.worker_pids() == workers, "no process left because of Redis"


def _follow(replica: RedisServer, leader: RedisServer) -> None:
    """Make one the replica of the other, over a port of its own, and wait until it has all."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with leader.client() as client:
        client.config_set("port", port)
    with replica.client() as client:
        client.replicaof("127.0.0.1", port)
        eventually(lambda: client.info("replication").get("master_link_status") == "up", what="it follows")
