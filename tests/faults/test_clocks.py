"""Clocks that are wrong by hours or days (F24): the database's, which counts, and a worker's own, which does not."""

import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from db import connection
from db.ledger import schedules
from tests.faults.marks import on_postgres
from tests.support import tasks
from tests.support.eventually import eventually
from tests.support.fake_clock import FakeClock, fake_clock
from tests.support.servers import PostgresServer
from tests.support.system import System

pytestmark = pytest.mark.fault

_HOUR_S, _DAY_S = 3600, 86400
_JOBS = 60


@pytest.fixture
def clock(tmp_path: Path) -> FakeClock:
    """A clock that can be set wrong, for whoever is started under it."""
    made = fake_clock(tmp_path / "clock")
    if made is None:
        pytest.skip("needs Debian's faketime")
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(0o755)  # PostgreSQL is another user, and looks at it
    return made


@pytest.fixture
def clocked_postgres(clock: FakeClock) -> Iterator[str]:
    """The URL of an empty migrated database on a server that goes by that clock."""
    from tests.conftest import _migrate

    server = PostgresServer(clock=clock)
    try:
        server.start()
        url = server.databases.create()
        _migrate(url)
        yield url
    finally:
        connection.database.obj.close_all()
        server.close()


on_clocked_postgres = pytest.mark.parametrize("database", ["clocked_postgres"], indirect=True)


@on_clocked_postgres
@pytest.mark.parametrize(
    "wrong_by_s",
    [
        _HOUR_S,
        *(pytest.param(seconds, marks=pytest.mark.slow) for seconds in (-_HOUR_S, 3 * _DAY_S, -3 * _DAY_S)),
    ],
)
def test_while_the_databases_clock_is_wrong_and_afterwards_each_job_and_each_moment_comes_once(
    wrong_by_s: int, system: System, clock: FakeClock
) -> None:
    with connection.session():
        schedules.enter("each")
        schedules.edit("each", cron="*/10 * * * *", zone="UTC")
    system.start()
    workers = system.await_workers()
    run = tasks.write_many.enqueue(number=_JOBS)
    system.await_effects(10)
    clock.be_wrong_by(wrong_by_s)
    meanwhile = [tasks.write.enqueue(name=f"meanwhile {number}") for number in range(_JOBS)]
    system.await_ended(*meanwhile)
    clock.be_right()

    afterwards = [tasks.write.enqueue(name=f"afterwards {number}") for number in range(_JOBS)]
    system.await_ended(run, *afterwards)
    ahead = (
        "SELECT (SELECT COUNT(*) FROM firing WHERE due_at > {later(60)})"
        " + (SELECT COUNT(*) FROM schedule WHERE decided_until > {later(60)})"
    )
    eventually(lambda: system.rows(ahead) == [(0,)], what="nothing is decided of moments that have not come")
    assert workers == system.worker_pids()


@on_postgres
def test_a_worker_whose_own_clock_is_days_ahead_works_as_the_others_do(system: System) -> None:
    scheduler = system.scheduler()
    pool = system.run("tests.support.skewed_pool")
    system.await_workers()
    run = tasks.write_many.enqueue(number=_JOBS)
    system.await_ended(run)
    system.await_quiet()
    pool.signal(signal.SIGTERM)
    pool.wait()
    said_at = datetime.fromisoformat(str(pool.logged("worker_stopping")[0]["timestamp"]))
    assert said_at - datetime.now(UTC) > timedelta(days=2), "its clock was ahead"
    assert not scheduler.logged("claims_expired")
    assert not scheduler.logged("clock_was_ahead")
    assert system.states() == {"done": _JOBS + 2}
