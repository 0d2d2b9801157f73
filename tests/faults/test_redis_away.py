"""Redis may be stopped, killed, restarted or stalled (F10, F11, F12, F15): enqueueing goes on, and work is resumed."""

import os

import pytest

from tasks.transport import notifier
from tests.faults.marks import on_postgres, sqlite_first
from tests.support import tasks
from tests.support.eventually import throughout
from tests.support.system import Process, System

pytestmark = pytest.mark.fault

_AWAY_S = float(os.environ.get("FAULT_AWAY_S", "4"))  # noqa: TID251 - `make faults` takes longer than CI
_STALLED_S = max(_AWAY_S, 6)
"""Longer than the five seconds after which a client gives up on a reply."""
_JOBS = 500


@sqlite_first
def test_while_redis_is_stopped_enqueueing_goes_on_and_afterwards_all_runs(system: System) -> None:
    scheduler, pool = system.scheduler(), system.pool()
    workers = system.await_workers()
    system.redis.stop()

    tickets = [tasks.write.enqueue(name=f"{number}") for number in range(20)]
    logged = _lines(scheduler), _lines(pool)
    throughout(lambda: scheduler.runs and pool.runs, for_s=_AWAY_S)
    quiet = _AWAY_S * 1 + 10  # a line a second, and one from each queue that finds Redis gone
    assert _lines(scheduler) - logged[0] < quiet
    assert _lines(pool) - logged[1] < quiet

    system.redis.start()
    system.await_ended(*tickets)
    assert system.worker_pids() == workers, "no process left because of Redis"


@on_postgres
@pytest.mark.parametrize("redis_server", [{"keeps": True}], indirect=True)
def test_a_redis_that_was_killed_and_remembers_leads_to_no_second_effect(system: System) -> None:
    system.start()
    run = tasks.write_many.enqueue(number=_JOBS)
    for moment in (1, 100, 300):
        system.await_effects(moment)
        system.redis.kill()
        system.redis.start()

    system.await_ended(run)
    assert system.effects().total() == _JOBS + 1


@on_postgres
def test_a_redis_that_was_killed_and_is_empty_is_filled_again(system: System) -> None:
    system.start()
    run = tasks.write_many.enqueue(number=_JOBS)
    system.await_effects(1)
    system.redis.kill()
    system.redis.start()
    system.await_effects(100)
    with system.redis.client() as client:
        client.script_flush()

    system.await_ended(run)
    assert system.effects().total() == _JOBS + 1


@on_postgres
def test_a_redis_that_stalls_holds_nobody_up_for_longer_than_it_stalls(system: System) -> None:
    scheduler, pool = system.scheduler(), system.pool()
    workers = system.await_workers()
    system.await_ended(tasks.write.enqueue(name="before"))
    system.redis.freeze()

    tickets = [tasks.write.enqueue(name=f"{number}") for number in range(20)]
    assert not notifier.current().flush(0), "who enqueues has not waited for Redis, which has been told of nothing"
    throughout(lambda: scheduler.runs and pool.runs, for_s=_STALLED_S)

    system.redis.thaw()
    system.await_ended(*tickets)
    assert system.worker_pids() == workers, "no thread died, so no process left"


def _lines(process: Process) -> int:
    return process.log.read_text().count("\n")
