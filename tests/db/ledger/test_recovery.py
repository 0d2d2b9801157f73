"""Recovery: what becomes of jobs whose process is gone, and that a neighbour is never blamed for it."""

import pytest

from db import connection
from db.ledger import jobs, recovery, staff_actions, transitions
from db.ledger.transitions import Claim, ClaimLost
from rules.jobs import CRASHES_ALLOWED, AttemptOutcome, JobState
from tests.support import ledger as do

pytestmark = pytest.mark.usefixtures("ledger")


def outcomes(job_id: int) -> list[AttemptOutcome]:
    return [one.outcome for one in jobs.attempts(job_id)]


def die(worker: str, *begun: Claim, alone: bool = False) -> dict[int, JobState]:
    """Let a worker process die while it had begun some of its jobs."""
    settled = recovery.crashed(worker, begun=[one.job_id for one in begun], alone=alone, how="SIGKILL")
    return {one.job_id: one.state for one in settled}


class TestExpire:
    def test_a_claim_that_nobody_renewed_is_lost_and_its_job_is_queued_again_at_once(self) -> None:
        claim = do.running(worker="gone")
        do.let_claim_run_out(claim.job_id)
        assert recovery.expire() == [claim.job_id]
        job = jobs.require(claim.job_id)
        assert (job.state, job.attempts, job.failures, job.suspect) == (JobState.QUEUED, 1, 0, False)
        assert outcomes(job.id) == [AttemptOutcome.LOST]
        assert do.seconds_until(job.id, "announce_at") <= 0
        assert do.claimed(job.id, worker="other")

    def test_a_claim_that_holds_is_left_alone(self) -> None:
        claim = do.running()
        assert recovery.expire() == []
        assert do.end(claim) is JobState.DONE

    def test_a_frozen_worker_that_thaws_after_it_is_fenced_off(self) -> None:
        frozen = do.running(worker="frozen")
        do.let_claim_run_out(frozen.job_id)
        recovery.expire()
        other = do.claimed(frozen.job_id, worker="other")
        with pytest.raises(ClaimLost):
            do.end(frozen)
        assert do.end(other) is JobState.DONE
        assert outcomes(frozen.job_id) == [AttemptOutcome.LOST, AttemptOutcome.DONE]

    def test_a_claim_is_expired_by_one_however_many_look(self) -> None:
        claims = [do.running() for _ in range(20)]
        for one in claims:
            do.let_claim_run_out(one.job_id)
        found = do.at_once(4, lambda _: recovery.expire())
        assert sorted(job_id for part in found for job_id in part) == sorted(one.job_id for one in claims)
        assert {tuple(outcomes(one.job_id)) for one in claims} == {(AttemptOutcome.LOST,)}

    def test_it_goes_by_batches(self) -> None:
        for _ in range(5):
            do.let_claim_run_out(do.running().job_id)
        assert [len(recovery.expire(limit=3)) for _ in range(3)] == [3, 2, 0]

    def test_a_lost_job_leaves_the_work_to_a_newer_one_with_its_key(self) -> None:
        older = do.running(key="check:1")
        newer = do.queue(key="check:1")
        do.let_claim_run_out(older.job_id)
        recovery.expire()
        assert (do.state(older.job_id), do.state(newer)) == (JobState.CANCELLED, JobState.QUEUED)


class TestRelease:
    def test_what_had_not_begun_is_given_back_as_if_nobody_had_claimed_it(self) -> None:
        claim = do.running()
        recovery.release([claim], begun=False)
        job = jobs.require(claim.job_id)
        assert (job.state, job.attempts, outcomes(job.id)) == (JobState.QUEUED, 0, [])
        assert do.claimed(job.id)

    def test_what_had_begun_is_given_back_with_its_attempt(self) -> None:
        claim = do.running()
        recovery.release([claim], begun=True)
        job = jobs.require(claim.job_id)
        assert (job.state, job.attempts, job.failures) == (JobState.QUEUED, 1, 0)
        assert outcomes(job.id) == [AttemptOutcome.RELEASED]

    def test_what_is_no_longer_ours_is_not_given_back(self) -> None:
        ours, lost = do.running(worker="slow"), do.running(worker="slow")
        do.let_claim_run_out(lost.job_id)
        recovery.expire()
        do.claimed(lost.job_id, worker="other")
        recovery.release([ours, lost], begun=True)
        assert do.state(ours.job_id) is JobState.QUEUED
        assert jobs.require(lost.job_id).worker_id == "other"
        assert do.state(lost.job_id) is JobState.RUNNING


class TestCrashed:
    def test_what_had_begun_is_suspect_and_what_had_not_is_given_back_unharmed(self) -> None:
        begun, waiting = do.running(worker="w"), do.running(worker="w")
        elsewhere = do.running(worker="another")
        assert die("w", begun) == {begun.job_id: JobState.QUEUED}
        suspect, unharmed = jobs.require(begun.job_id), jobs.require(waiting.job_id)
        assert (suspect.suspect, suspect.attempts, suspect.crashes, suspect.failures) == (True, 1, 0, 0)
        assert outcomes(suspect.id) == [AttemptOutcome.CRASHED]
        assert suspect.error == "its process died (SIGKILL)"
        assert suspect.waits_for
        assert (unharmed.suspect, unharmed.attempts, unharmed.state) == (False, 0, JobState.QUEUED)
        assert outcomes(unharmed.id) == []
        assert do.state(elsewhere.job_id) is JobState.RUNNING

    def test_a_suspect_runs_alone_until_an_attempt_ends_by_itself(self) -> None:
        begun = do.running(worker="w")
        die("w", begun)
        assert do.claim(begun.job_id) == []
        alone = do.claimed(begun.job_id, worker="single", alone=True)
        do.end(alone, transitions.JobOutcome(JobState.QUEUED, AttemptOutcome.RETRIED, "late"))
        assert do.end(do.claimed(begun.job_id)) is JobState.DONE
        assert not recovery.suspects_wait()

    def test_deaths_in_company_blame_nobody_however_many(self) -> None:
        job_id = do.queue()
        for _ in range(CRASHES_ALLOWED + 2):
            connection.changed("UPDATE job SET suspect = FALSE WHERE id = %s", job_id)
            die("w", do.claimed(job_id, worker="w"))
        assert (do.state(job_id), jobs.require(job_id).crashes) == (JobState.QUEUED, 0)

    def test_who_dies_alone_is_to_blame_and_dead_after_three_such_deaths(self) -> None:
        begun = do.running(worker="w")
        die("w", begun)
        seen: list[JobState] = []
        for _ in range(CRASHES_ALLOWED):
            alone = do.claimed(begun.job_id, worker="single", alone=True)
            seen += die("single", alone, alone=True).values()
        assert seen == [JobState.QUEUED] * (CRASHES_ALLOWED - 1) + [JobState.DEAD]
        job = jobs.require(begun.job_id)
        assert (job.state, job.crashes, job.error) == (JobState.DEAD, CRASHES_ALLOWED, "its process died (SIGKILL)")
        assert outcomes(job.id) == [AttemptOutcome.CRASHED] * (CRASHES_ALLOWED + 1)
        assert job.finished_at

    def test_a_dead_one_that_a_person_retries_has_all_its_chances_again(self) -> None:
        self.test_who_dies_alone_is_to_blame_and_dead_after_three_such_deaths()
        (dead,) = jobs.newest(state=JobState.DEAD)
        staff_actions.retry(dead.id)
        job = jobs.require(dead.id)
        assert (job.crashes, job.suspect, job.failures) == (0, False, 0)
        assert do.claimed(job.id)

    def test_a_suspect_that_was_asked_to_end_is_cancelled(self) -> None:
        begun = do.running(worker="w")
        staff_actions.cancel(begun.job_id)
        assert die("w", begun) == {begun.job_id: JobState.CANCELLED}

    def test_a_worker_that_held_nothing_leaves_nothing_to_settle(self) -> None:
        other = do.running(worker="another")
        assert die("w") == {}
        assert do.state(other.job_id) is JobState.RUNNING

    def test_what_had_ended_before_its_worker_died_stays_ended(self) -> None:
        begun = do.running(worker="w")
        do.end(begun)
        assert die("w", begun) == {}
        assert do.state(begun.job_id) is JobState.DONE

    def test_what_was_lost_and_taken_by_another_before_its_worker_died_is_the_others(self) -> None:
        begun = do.running(worker="w")
        do.let_claim_run_out(begun.job_id)
        recovery.expire()
        do.claimed(begun.job_id, worker="other")
        assert die("w", begun) == {}
        assert do.state(begun.job_id) is JobState.RUNNING


class TestSuspectsWait:
    def test_a_suspect_that_is_due_or_runs_needs_its_own_process(self) -> None:
        assert not recovery.suspects_wait()
        begun = do.running(worker="w")
        assert not recovery.suspects_wait()
        die("w", begun)
        assert recovery.suspects_wait()
        alone = do.claimed(begun.job_id, alone=True)
        assert recovery.suspects_wait()
        do.end(alone, transitions.JobOutcome(JobState.QUEUED, AttemptOutcome.RETRIED, "late"))
        assert not recovery.suspects_wait()
