"""A registry that throttles is left alone, whatever becomes of Redis, and no job pays for it with an attempt."""

from collections.abc import Iterator

import pytest

import settings
from db import connection
from db.outside import lanes as store
from rules.rate_limits import circuit_breaker
from tests.faults.marks import on_postgres, sqlite_first
from tests.support import lane_tasks
from tests.support.eventually import eventually
from tests.support.system import System

pytestmark = pytest.mark.fault

_JOBS = 120
_QUICK = {
    "NOLAPSE_TASK_MODULES": "tests.support.tasks,tests.support.lane_tasks",
    "NOLAPSE_LANES": f'{{"{lane_tasks.SERVER}": 6000}}',
}


@pytest.fixture(autouse=True)
def home(system: System) -> Iterator[None]:
    """Look for the server's files where the system's processes do."""
    folder = system.folder / "home"
    folder.mkdir()
    with settings.override(home=folder, lanes={lane_tasks.SERVER: 6000}):
        yield


@sqlite_first
def test_an_emptied_redis_leads_nobody_to_a_server_that_is_shut(system: System) -> None:
    system.start(**_QUICK)
    run = lane_tasks.ask_all.enqueue(many=_JOBS)
    assert run.run_id
    eventually(lambda: _asked() > lane_tasks.PATIENT, what="the server has had enough")
    for _ in range(5):
        system.redis.empty()
        _try_all_again(system)

    assert _asked() == lane_tasks.PATIENT + 1, "one call more than the server liked, by the one lookup thread"
    assert system.rows(
        "SELECT DISTINCT failures, state FROM job WHERE task = 'lane_tasks.ask' AND state = 'queued'"
    ) == [(0, "queued")]
    _forgive(system)
    system.await_ended(run)
    assert _asked() == _JOBS + 1


@on_postgres
def test_nor_does_a_redis_that_was_stopped_and_comes_back_empty(system: System) -> None:
    system.start(**_QUICK)
    run = lane_tasks.ask_all.enqueue(many=_JOBS)
    eventually(lambda: _asked() > lane_tasks.PATIENT, what="the server has had enough")
    system.redis.stop()
    system.redis.start()
    _try_all_again(system)

    assert _asked() == lane_tasks.PATIENT + 1
    _forgive(system)
    system.await_ended(run)


def _asked() -> int:
    return lane_tasks.calls().stat().st_size if lane_tasks.calls().exists() else 0


def _try_all_again(system: System) -> None:
    """Let the time pass until every job is due, and wait until each has been at the gate and is parked."""
    with connection.session(), connection.transaction():
        connection.changed(
            "UPDATE job SET run_at = {now}, announce_at = {now}, waits_for = NULL"
            " WHERE task = 'lane_tasks.ask' AND state = 'queued'"
        )
    eventually(lambda: _all_parked(system), what="every job is parked")


def _all_parked(system: System) -> bool:
    rows = system.rows("SELECT state, waits_for FROM job WHERE task = 'lane_tasks.ask' AND state <> 'done'")
    return all(state == "queued" and said and "asked too often" in said for state, said in rows)


def _forgive(system: System) -> None:
    """Let the penalty end and the server be patient again, and let the time pass until the jobs are due."""
    lane_tasks.calm().touch()
    seen = system.ask(lambda: store.get(lane_tasks.SERVER))
    assert circuit_breaker.open_s(seen.state, seen.now) > 3000
    with connection.session(), connection.transaction():
        connection.changed("UPDATE lane SET shut_until = {now}, slowness = 1")
        connection.changed("UPDATE job SET run_at = {now}, announce_at = {now} WHERE state = 'queued'")
