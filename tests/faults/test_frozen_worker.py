"""A worker that is frozen for longer than its claim holds (F7) finds its job in other hands when it wakes."""

import os
import signal

import pytest

from rules.jobs import AttemptOutcome, JobState
from tests.faults.marks import postgres_first
from tests.support import tasks
from tests.support.eventually import eventually
from tests.support.system import System

pytestmark = pytest.mark.fault


@postgres_first
def test_a_frozen_worker_that_wakes_writes_nothing(system: System) -> None:
    pool = system.start(NOLAPSE_WORKER_PROCESSES="2")
    system.await_workers(2)
    ticket = tasks.wait_for.enqueue(name="once", path=str(system.folder / "go"))
    system.await_state(ticket.job_id, JobState.RUNNING)
    frozen = _worker_of(system, ticket.job_id)

    os.kill(frozen, signal.SIGSTOP)
    try:
        eventually(lambda: _worker_of(system, ticket.job_id) != frozen, what="another worker has the job")
        assert system.job(ticket.job_id).state == JobState.RUNNING
        (system.folder / "go").touch()
        system.await_ended(ticket)
    finally:
        os.kill(frozen, signal.SIGCONT)

    eventually(lambda: pool.logged("claim_lost"))
    assert system.effects() == {"once": 1}
    assert system.outcomes(ticket.job_id) == [AttemptOutcome.LOST, AttemptOutcome.DONE]


def _worker_of(system: System, job_id: int) -> int:
    """Return the pid of the worker that last held a job."""
    return system.rows("SELECT pid FROM worker JOIN job ON job.worker_id = worker.id WHERE job.id = %s", job_id)[0][0]
