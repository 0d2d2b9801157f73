"""A worker's ways to PostgreSQL or Redis are cut, one-way, black, or half open (F22): another worker takes over."""

from collections.abc import Callable, Iterator

import pytest

from rules.jobs import JobState
from tests.faults.marks import on_mortal_postgres
from tests.support import tasks
from tests.support.eventually import eventually
from tests.support.proxy import BOTH, Proxy, Way
from tests.support.servers import PostgresServer, RedisServer
from tests.support.system import Process, System

pytestmark = pytest.mark.fault

TROUBLES: dict[str, Callable[[Proxy], None]] = {
    "answers": lambda proxy: proxy.hold(Way.TO_CLIENT),
    "questions": lambda proxy: proxy.hold(Way.TO_SERVER),
    "all": lambda proxy: proxy.hold(*BOTH),
    "half open": Proxy.half_open,
    "reset": lambda proxy: proxy.cut(refuse=True),
}


def slow(*names: str) -> list[object]:
    return [pytest.param(name, marks=pytest.mark.slow) for name in names]


@pytest.fixture
def way_to_postgres(postgres_server: PostgresServer) -> Iterator[Proxy]:
    with Proxy(postgres_server.folder / ".s.PGSQL.5432") as proxy:
        yield proxy


@pytest.fixture
def way_to_redis(redis_server: RedisServer) -> Iterator[Proxy]:
    with Proxy(redis_server.folder / "redis.sock") as proxy:
        yield proxy


@on_mortal_postgres
@pytest.mark.parametrize("trouble", ["questions", *slow("answers", "all", "half open", "reset")])
def test_what_a_worker_held_when_it_lost_the_database_another_one_does_once(
    trouble: str, mortal_postgres: str, way_to_postgres: Proxy, system: System
) -> None:
    name = mortal_postgres.partition("?")[0].rpartition("/")[2]
    system.scheduler()
    lost = system.pool(DATABASE_URL=f"postgresql://postgres@127.0.0.1:{way_to_postgres.port}/{name}")
    (away,) = system.await_workers()
    held = tasks.wait_for.enqueue(name="held", path=str(system.folder / "go"))
    system.await_state(held.job_id, JobState.RUNNING)
    TROUBLES[trouble](way_to_postgres)
    system.pool()
    system.await_workers(1, but=[away])
    eventually(lambda: _holder(system, held.job_id) not in (away, None), what="another worker has it")
    (system.folder / "go").touch()
    system.await_ended(held, *(tasks.write.enqueue(name=f"meanwhile {number}") for number in range(20)))

    way_to_postgres.heal()
    _works_again(system, lost)
    assert system.effects()["held"] == 1


@on_mortal_postgres
def test_a_worker_goes_on_by_fresh_connections_where_those_it_has_are_open_and_silent_for_good(
    mortal_postgres: str, way_to_postgres: Proxy, system: System
) -> None:
    system.scheduler()
    system.pool(**_through(way_to_postgres, mortal_postgres))
    system.await_workers()
    system.await_ended(tasks.write.enqueue(name="before"))
    way_to_postgres.hush()
    system.await_ended(*(tasks.write.enqueue(name=f"after {number}") for number in range(20)))


@on_mortal_postgres
@pytest.mark.parametrize("module", ["workers.pool", "tests.support.scheduler"])
def test_who_waits_for_a_silent_database_still_leaves_when_told_to(
    module: str, mortal_postgres: str, way_to_postgres: Proxy, system: System
) -> None:
    process = system.run(module, **_through(way_to_postgres, mortal_postgres))
    if "pool" in module:
        system.await_workers()
    else:
        eventually(lambda: process.logged("leading"), what="the scheduler leads")
    way_to_postgres.hold(*BOTH)
    eventually(lambda: way_to_postgres.held_back, what="somebody waits for an answer")
    process.signal(15)
    assert process.wait() == 0


def _through(way: Proxy, url: str) -> dict[str, str]:
    name = url.partition("?")[0].rpartition("/")[2]
    return {
        "DATABASE_URL": f"postgresql://postgres@127.0.0.1:{way.port}/{name}",
        "NOLAPSE_DATABASE_DEADLINE_S": "1",
    }


def _holder(system: System, job_id: int) -> int | None:
    rows = system.rows("SELECT pid FROM worker JOIN job ON job.worker_id = worker.id WHERE job.id = %s", job_id)
    return rows[0][0] if rows else None


def _works_again(system: System, lost: Process) -> None:
    """Wait until the pool that was cut off has done a job since: the others are asked to leave meanwhile."""
    for other in system.processes:
        if other is not lost and "pool" in other.name:
            other.signal(15)
            other.wait()
    system.await_ended(*(tasks.write.enqueue(name=f"afterwards {number}") for number in range(20)))


@on_mortal_postgres
@pytest.mark.parametrize("trouble", ["all", *slow("answers", "questions", "half open", "reset")])
def test_a_worker_that_lost_redis_leaves_the_work_to_another_one_and_comes_back(
    trouble: str, way_to_redis: Proxy, system: System
) -> None:
    system.scheduler()
    lost = system.pool(REDIS_URL=f"redis://127.0.0.1:{way_to_redis.port}/0")
    (away,) = system.await_workers()
    TROUBLES[trouble](way_to_redis)
    system.pool()
    system.await_workers(1, but=[away])
    system.await_ended(*(tasks.write.enqueue(name=f"meanwhile {number}") for number in range(50)))

    way_to_redis.heal()
    _works_again(system, lost)
    assert lost.runs
