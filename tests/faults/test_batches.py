"""Faults in the middle of a batch: whatever happens to one job of it, each of the others has its effect once."""

from pathlib import Path

import pytest

from rules.jobs import AttemptOutcome, JobState
from tasks.engine.task import EnqueuedJob
from tests.faults.marks import on_postgres, postgres_first, sqlite_first
from tests.support import tasks
from tests.support.eventually import eventually
from tests.support.system import System

pytestmark = pytest.mark.fault

_ROUND, _MOST = 50, 5_000
_PATIENT = {"NOLAPSE_CLAIM_S": "20", "NOLAPSE_THREADS_DEFAULT": "1"}
"""What is tested here must not be helped by claims that run out; what another thread has begun is suspect as well."""

POINTS = ("batch.begun", "batch.between", "batch.before_commit", "batch.committed", "batch.undone")


def _enqueued_until(happened: Path, go_wrong: Path | None = None) -> list[EnqueuedJob]:
    """Enqueue jobs, of which the first that runs in a batch goes wrong, until that has happened.

    They run in batches as soon as the process has seen how quick they are.
    """
    jobs: list[EnqueuedJob] = []

    def more() -> bool:
        if len(jobs) >= _MOST:
            return happened.exists()
        for _ in range(_ROUND):
            jobs.append(tasks.write_in_batch.enqueue(name=str(len(jobs)), go_wrong=str(go_wrong or "")))
        return happened.exists()

    eventually(more, what=f"{happened.name} has happened")
    return jobs


def _check(system: System, jobs: list[EnqueuedJob]) -> dict[str, int]:
    """Each job is done, with one effect; return how often each other outcome was written."""
    system.await_effects(len(jobs))
    system.await_ended(*jobs)
    assert {state for (state,) in system.rows("SELECT DISTINCT state FROM job")} == {JobState.DONE}
    assert system.effects() == {str(number): 1 for number in range(len(jobs))}
    return {outcome: number for outcome, number in system.all_outcomes().items() if outcome != AttemptOutcome.DONE}


@pytest.mark.parametrize(
    ("point", "database"),
    [
        *((point, "postgres") for point in POINTS),
        *(pytest.param(point, "sqlite", marks=pytest.mark.slow) for point in POINTS),
    ],
    indirect=["database"],
)
def test_a_worker_that_is_killed_in_a_batch_at(point: str, system: System) -> None:
    killed = system.folder / "killed"
    pool = system.start(NOLAPSE_FAILPOINTS=f"{point}=kill@{killed}", **_PATIENT)
    jobs = _enqueued_until(killed, system.folder / "fail" if point == "batch.undone" else None)
    _check(system, jobs)
    assert [line["how"] for line in pool.logged("worker_died")] == ["SIGKILL"]
    assert system.rows("SELECT COUNT(*) FROM job WHERE crashes > 0 OR suspect") == [(0,)]


@on_postgres
def test_a_job_that_fails_in_a_batch_costs_its_neighbours_nothing(system: System) -> None:
    pool = system.start(**_PATIENT)
    jobs = _enqueued_until(system.folder / "fail", system.folder / "fail")
    assert _check(system, jobs) == {}, "by itself it did not fail"
    assert pool.logged("batch_undone")


@postgres_first
def test_a_job_that_kills_its_process_in_a_batch_is_the_one_that_is_suspect(system: System) -> None:
    system.start(**_PATIENT)
    jobs = _enqueued_until(system.folder / "die", system.folder / "die")
    assert _check(system, jobs) == {AttemptOutcome.CRASHED: 1}


@sqlite_first
def test_a_job_that_hangs_in_a_batch_has_timed_out_though_its_thread_holds_the_rows(system: System) -> None:
    pool = system.start(**_PATIENT)
    jobs = _enqueued_until(system.folder / "hang", system.folder / "hang")
    assert _check(system, jobs) == {AttemptOutcome.TIMEOUT: 1}
    assert [line["how"] for line in pool.logged("worker_ended")] == ["exit 75"]
