"""Jobs that kill their process or never end (F5, F6): they are found out, and their neighbours are not blamed."""

import pytest

from rules.jobs import CRASHES_ALLOWED, AttemptOutcome, JobState
from tasks.engine.task import EnqueuedJob
from tests.faults.marks import postgres_first, sqlite_first
from tests.support import tasks
from tests.support.system import System

pytestmark = pytest.mark.fault

_PATIENT = {"NOLAPSE_CLAIM_S": "20"}
"""What is tested here must not be helped by claims that run out."""


@sqlite_first
def test_a_job_that_kills_its_process_is_dead_after_three_crashes_and_its_neighbours_are_not_blamed(
    system: System,
) -> None:
    system.start(**_PATIENT)
    innocents = _running_neighbours(system)
    poison = tasks.poison.enqueue()
    system.await_state(innocents[0].job_id, JobState.QUEUED)  # its process died
    others = [tasks.write.enqueue(name=f"other {number}") for number in range(20)]
    (system.folder / "go").touch()

    system.await_ended(*others, *innocents, poison)
    assert _summary(system, poison) == (
        JobState.DEAD,
        CRASHES_ALLOWED,
        [AttemptOutcome.CRASHED] * (1 + CRASHES_ALLOWED),
    )
    for innocent in innocents:
        assert _summary(system, innocent) == (JobState.DONE, 0, [AttemptOutcome.CRASHED, AttemptOutcome.DONE])
    for other in others:
        assert _summary(system, other) == (JobState.DONE, 0, [AttemptOutcome.DONE])
    system.await_alert("jobs_dead:tasks.poison")


@postgres_first
def test_a_job_that_hangs_makes_its_process_leave_and_its_neighbours_run_again(system: System) -> None:
    pool = system.start(**_PATIENT)
    neighbours = _running_neighbours(system)
    hang = tasks.hang.enqueue(name="for ever")
    system.await_ended(hang)
    (system.folder / "go").touch()

    system.await_ended(*neighbours)
    assert _summary(system, hang) == (JobState.DEAD, 0, [AttemptOutcome.TIMEOUT, AttemptOutcome.TIMEOUT])
    assert [line["how"] for line in pool.logged("worker_ended")] == ["exit 75", "exit 75"]
    for neighbour in neighbours:
        state, crashes, outcomes = _summary(system, neighbour)
        assert (state, crashes) == (JobState.DONE, 0)
        assert set(outcomes) == {AttemptOutcome.RELEASED, AttemptOutcome.DONE}
    system.await_alert("jobs_dead:tasks.hang")


def _running_neighbours(system: System) -> list[EnqueuedJob]:
    """Start three jobs that run until there is a file named go, and leave one thread free."""
    tickets = [
        tasks.wait_for.enqueue(name=f"neighbour {number}", path=str(system.folder / "go")) for number in range(3)
    ]
    for ticket in tickets:
        system.await_state(ticket.job_id, JobState.RUNNING)
    return tickets


def _summary(system: System, ticket: EnqueuedJob) -> tuple[JobState, int, list[AttemptOutcome]]:
    job = system.job(ticket.job_id)
    return job.state, job.crashes, system.outcomes(ticket.job_id)
