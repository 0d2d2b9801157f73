"""Redis may forget everything at any moment (F11): the ledger announces what is due again."""

import random

import pytest

from db.ledger import runs
from tests.faults.marks import on_postgres, sqlite_first
from tests.support import tasks
from tests.support.eventually import eventually
from tests.support.system import System

pytestmark = pytest.mark.fault

_JOBS = 2000
_TIMES = 8
_LONG = {"NOLAPSE_ANNOUNCE_LEASE_S": "60"}
"""So that what Redis forgot is announced again by who notices that it was emptied."""


@sqlite_first
def test_a_run_ends_with_each_effect_once_however_often_redis_is_emptied(system: System, chance: random.Random) -> None:
    moments = sorted(chance.choices(range(_JOBS), k=_TIMES))
    scheduler, _pool = system.scheduler(**_LONG), system.pool(**_LONG)
    run = tasks.write_many.enqueue(number=_JOBS)
    assert run.run_id

    for moment in moments:
        system.await_effects(moment)
        system.redis.empty()
    system.await_ended(run)

    assert any(line["voided"] for line in scheduler.logged("redis_new")), "that it was emptied was noticed"
    assert system.effects() == {**{str(number): 1 for number in range(1, _JOBS + 1)}, f"run:{run.run_id}": 1}
    finished = system.ask(lambda: runs.get(run.run_id or 0))
    assert finished
    assert finished.counts == {"done": _JOBS + 1}


@on_postgres
def test_an_announcement_that_vanishes_without_a_trace_is_repeated(system: System) -> None:
    scheduler = system.scheduler()
    eventually(lambda: scheduler.logged("redis_new"))  # from now on Redis does not look emptied
    ticket = tasks.write.enqueue(name="announced until somebody comes")
    for _ in range(2):  # the announcement of who enqueued, and the announcer's first
        eventually(lambda: _vanished(system), what="it was announced")

    system.pool()
    system.await_ended(ticket)


def _vanished(system: System) -> int:
    with system.redis.client() as client:
        return client.delete("dramatiq:default", "dramatiq:default.msgs", "dramatiq:default.bell")


@on_postgres
def test_an_idle_worker_starts_work_after_redis_was_emptied_though_no_dispatcher_repeats_it(system: System) -> None:
    system.pool()
    system.await_ended(tasks.write.enqueue(name="before"))
    system.redis.empty()

    system.await_ended(tasks.write.enqueue(name="after"))
