"""A worker that is told to stop under load (F8, F9) leaves in time, with nothing lost, doubled or left claimed."""

import os
import signal

import pytest

from rules.jobs import AttemptOutcome, JobState
from tasks.engine.task import EnqueuedJob
from tests.faults.marks import on_postgres, on_sqlite, postgres_first
from tests.support import tasks
from tests.support.eventually import eventually, throughout
from tests.support.system import Process, System

pytestmark = pytest.mark.fault

_JOBS = 300
_GRACE_S = 1
_LONG = {"NOLAPSE_GRACE_S": "3600", "NOLAPSE_CLAIM_S": "60"}
"""A grace that no test waits for: whoever leaves has another reason."""

_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT)


def _signals(*in_ci: signal.Signals) -> pytest.MarkDecorator:
    """Run a test for each signal, in CI for some of them; between them the tests use them all."""
    return pytest.mark.parametrize(
        "number",
        [pytest.param(one, marks=() if one in in_ci else pytest.mark.slow, id=one.name) for one in _SIGNALS],
    )


@postgres_first
@_signals(signal.SIGTERM)
def test_a_pool_that_is_told_to_stop_under_load_leaves_in_time_and_gives_back_what_it_held(
    system: System, number: signal.Signals
) -> None:
    pool = system.start(NOLAPSE_CLAIM_S="60", NOLAPSE_GRACE_S=str(_GRACE_S))
    endless = _running(system, "longer than the grace")
    run = tasks.write_many.enqueue(number=_JOBS)
    system.await_effects(20)

    pool.signal(number)
    assert pool.wait() == 0, "it leaves, though one of its jobs would never end"
    assert JobState.RUNNING not in system.states(), "claims are given back at once, not when they run out"
    assert system.outcomes(endless.job_id) == [AttemptOutcome.RELEASED]
    assert system.worker_pids() == set()

    (system.folder / "go").touch()
    system.pool()
    system.await_ended(run, endless)
    assert system.effects().total() == _JOBS + 2
    assert set(system.all_outcomes()) <= {AttemptOutcome.DONE, AttemptOutcome.RELEASED}


@on_postgres
@_signals(signal.SIGINT, signal.SIGQUIT)
def test_a_pool_that_is_told_twice_does_not_wait_for_its_jobs(system: System, number: signal.Signals) -> None:
    pool = system.start(**_LONG)
    endless = _running(system, "released")

    pool.signal(number)
    eventually(lambda: pool.logged("worker_stopping"))
    pool.signal(number)

    assert pool.wait() == 0
    assert system.job(endless.job_id).state == JobState.QUEUED
    _finish(system, endless)


@on_postgres
def test_a_signal_to_the_whole_group_as_from_a_terminal_counts_once(system: System) -> None:
    pool = system.start(**_LONG)
    ticket = _running(system, "finished within the grace")

    os.killpg(pool.pid, signal.SIGINT)
    eventually(lambda: pool.logged("worker_stopping"))
    throughout(lambda: system.job(ticket.job_id).state == JobState.RUNNING, for_s=1, what="it may finish")
    (system.folder / "go").touch()

    assert pool.wait() == 0
    assert system.outcomes(ticket.job_id) == [AttemptOutcome.DONE]


@on_postgres
def test_workers_whose_pool_was_killed_leave_by_themselves_and_give_back_what_they_held(system: System) -> None:
    pool = system.start(NOLAPSE_GRACE_S="0", NOLAPSE_CLAIM_S="60")
    endless = _running(system, "orphaned")
    pool.kill()

    eventually(lambda: not system.worker_pids(), what="the workers have left")
    assert system.outcomes(endless.job_id) == [AttemptOutcome.RELEASED]
    _finish(system, endless)


@postgres_first
def test_all_processes_and_redis_killed_at_once_come_back_to_the_same_work(system: System) -> None:
    scheduler, pool = system.scheduler(), system.pool()
    endless = _running(system, "cut short")
    run = tasks.write_many.enqueue(number=_JOBS)
    system.await_effects(20)

    workers = system.worker_pids()
    scheduler.kill()
    pool.kill()
    for pid in workers:
        os.kill(pid, signal.SIGKILL)
    system.redis.kill()
    (system.folder / "go").touch()
    system.redis.start()
    system.start()

    system.await_ended(run, endless)
    assert system.outcomes(endless.job_id) == [AttemptOutcome.LOST, AttemptOutcome.DONE]
    assert system.effects().total() == _JOBS + 2


@on_postgres
@_signals(signal.SIGHUP)
def test_a_scheduler_that_is_told_to_stop_twice_ends_in_order(system: System, number: signal.Signals) -> None:
    scheduler = system.scheduler()
    eventually(lambda: scheduler.logged("leading"))

    scheduler.signal(number)
    scheduler.signal(signal.SIGTERM)

    assert scheduler.wait() == 0
    assert "Traceback" not in scheduler.log.read_text()
    assert system.rows("SELECT holder FROM lease WHERE name = 'scheduler'") == [], "a standby need not wait"


def _running(system: System, name: str) -> EnqueuedJob:
    """Start a job that runs until there is a file named go."""
    ticket = tasks.wait_for.enqueue(name=name, path=str(system.folder / "go"))
    system.await_state(ticket.job_id, JobState.RUNNING)
    return ticket


def _finish(system: System, ticket: EnqueuedJob) -> Process:
    (system.folder / "go").touch()
    pool = system.pool()
    system.await_ended(ticket)
    return pool


@on_sqlite
def test_everything_on_one_machine_ends_where_its_parent_is_gone(system: System) -> None:
    """A demo that is killed leaves nothing running."""
    everything = system.run("workers.up", "--parent", "1", NOLAPSE_WEB_PORT="0")
    assert everything.wait() == 0
    assert system.worker_pids() == set()
