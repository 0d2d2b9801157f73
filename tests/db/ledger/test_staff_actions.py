"""What staff do to jobs: cancel one, retry or discard what ended badly; none of it undoes what others were told."""

from dataclasses import replace

import pytest

from db import connection
from db.ledger import effects, failures, jobs, runs, staff_actions, transitions
from db.ledger.failures import FailureKey
from db.ledger.transitions import JobOutcome
from db.portfolio import alerts
from db.portfolio.alerts import Notice, Standing
from rules.checks.subjects import Subject
from rules.jobs import AttemptOutcome, JobState
from tests.support import ledger as do

pytestmark = pytest.mark.usefixtures("ledger")

BAD = {
    JobState.FAILED: JobOutcome(JobState.FAILED, AttemptOutcome.FAILED, "no", failures=1),
    JobState.DEAD: JobOutcome(JobState.DEAD, AttemptOutcome.DEAD, "no", failures=5),
    JobState.UNKNOWN: JobOutcome(JobState.UNKNOWN, AttemptOutcome.UNKNOWN, "no", failures=1),
}


def dead(*, key: str | None = None, run_id: int | None = None) -> int:
    claim = do.running(key=key, run_id=run_id)
    do.end(claim, BAD[JobState.DEAD])
    return claim.job_id


class TestCancel:
    def test_a_queued_job_ends_at_once(self) -> None:
        job_id = do.queue(key="check:1")
        assert staff_actions.cancel(job_id) is JobState.CANCELLED
        job = jobs.require(job_id)
        assert job.state is JobState.CANCELLED
        assert job.finished_at
        assert do.claim(job_id) == []
        assert do.queue(key="check:1") != job_id

    def test_a_running_job_is_asked_to_end_and_ends_when_it_would_be_tried_again(self) -> None:
        claim = do.running()
        assert staff_actions.cancel(claim.job_id) is JobState.RUNNING
        assert do.state(claim.job_id) is JobState.RUNNING
        assert do.end(claim, JobOutcome(JobState.QUEUED, AttemptOutcome.RETRIED, "late")) is JobState.CANCELLED

    @pytest.mark.parametrize("ending", [transitions.DONE, *BAD.values()])
    def test_one_that_has_ended_is_refused(self, ending: JobOutcome) -> None:
        claim = do.running()
        do.end(claim, ending)
        with pytest.raises(staff_actions.NotPossible, match=f"job {claim.job_id} .*has ended"):
            staff_actions.cancel(claim.job_id)
        assert do.state(claim.job_id) is ending.state

    def test_one_that_does_not_exist_is_refused(self) -> None:
        with pytest.raises(staff_actions.NotPossible, match="job 41"):
            staff_actions.cancel(41)

    def test_a_run_whose_last_job_is_cancelled_is_closed(self) -> None:
        with connection.transaction():
            run_id = runs.open_("domains.check_all", then=None)
            root = do.queue(run_id=run_id)
            runs.root(run_id, root)
        staff_actions.cancel(root)
        with connection.transaction():
            (closed,) = runs.close_finished()
        assert closed.id == run_id


class TestRetry:
    @pytest.mark.parametrize("state", BAD)
    def test_one_that_ended_badly_is_queued_again_with_its_counts_at_zero(self, state: JobState) -> None:
        claim = do.running()
        do.end(claim, BAD[state])
        assert staff_actions.retry(claim.job_id) == claim.job_id
        job = jobs.require(claim.job_id)
        assert (job.state, job.failures, job.crashes, job.suspect) == (JobState.QUEUED, 0, 0, False)
        assert (job.finished_at, job.waits_for) == (None, None)
        assert do.seconds_until(job.id, "announce_at") <= 0
        assert do.end(do.claimed(job.id)) is JobState.DONE
        assert len(jobs.attempts(job.id)) == 2, "what was tried before stays to be seen"

    def test_a_cancelled_one_is_no_longer_asked_to_end(self) -> None:
        job_id = do.queue()
        staff_actions.cancel(job_id)
        staff_actions.retry(job_id)
        assert (
            do.end(do.claimed(job_id), JobOutcome(JobState.QUEUED, AttemptOutcome.RETRIED, "late")) is JobState.QUEUED
        )

    def test_one_that_is_done_waits_or_runs_is_refused(self) -> None:
        done, waiting, running = do.running(), do.queue(), do.running()
        do.end(done)
        for job_id, state in ((done.job_id, "done"), (waiting, "queued"), (running.job_id, "running")):
            with pytest.raises(
                staff_actions.NotPossible, match=f"job {job_id} is {state}: only failed, dead, cancelled"
            ):
                staff_actions.retry(job_id)
        assert do.state(done.job_id) is JobState.DONE

    def test_one_that_does_not_exist_is_refused(self) -> None:
        with pytest.raises(staff_actions.NotPossible, match="job 41 does not exist"):
            staff_actions.retry(41)

    def test_one_whose_work_is_queued_already_is_refused_and_stays_as_it_is(self) -> None:
        old = dead(key="check:1")
        newer = do.queue(key="check:1")
        with pytest.raises(staff_actions.NotPossible, match=f"job {old}.*queued already"):
            staff_actions.retry(old)
        assert (do.state(old), do.state(newer)) == (JobState.DEAD, JobState.QUEUED)

    def test_two_who_retry_at_once_queue_it_once(self) -> None:
        job_id = dead()

        def retry(_place: int) -> bool:
            try:
                staff_actions.retry(job_id)
            except staff_actions.NotPossible:
                return False
            return True

        assert do.at_once(4, retry).count(True) == 1
        assert do.state(job_id) is JobState.QUEUED

    def test_what_an_earlier_attempt_may_have_done_no_longer_holds_it_back(self) -> None:
        job_id, other = dead(), dead()
        effects.begin("mail:1", "smtp.data", job_id=job_id)
        effects.begin("mail:2", "smtp.data", job_id=job_id)
        effects.record_outcome("mail:2", "unknown")
        effects.begin("mail:3", "smtp.data", job_id=job_id)
        effects.record_outcome("mail:3", "done")
        effects.begin("mail:4", "smtp.data", job_id=other)
        staff_actions.retry(job_id)
        assert [effects.begin(f"mail:{number}", "smtp.data", job_id=job_id) for number in (1, 2, 3, 4)] == [
            True, True, False, False,
        ]  # fmt: skip


class TestDiscard:
    def test_the_last_one_of_a_task_takes_the_alert_with_it(self) -> None:
        alarm = Notice(kind=f"jobs_dead:{do.TASK}", headline="Jobs died", momentary=True)
        alerts.reconcile([Standing(subject=Subject("task", 0), notices=(alarm,))])
        key = FailureKey(do.TASK, "unnamed")
        dead()
        other = do.running()
        do.end(other, JobOutcome(JobState.DEAD, AttemptOutcome.DEAD, "ValueError: a bug"))

        failures.discard(JobState.DEAD, key, because="known", by="ada")
        assert [one.kind for one in alerts.open_()] == [alarm.kind], "another one is left"
        failures.discard(JobState.DEAD, replace(key, kind="ValueError"), because="known", by="ada")
        assert alerts.open_() == []


class TestRetryInARun:
    def run_with_a_dead_job(self, *, closed: bool) -> tuple[int, int]:
        with connection.transaction():
            run_id = runs.open_("domains.check_all", then="alerts.tell_of_run")
            root = do.queue(run_id=run_id)
            runs.root(run_id, root)
        do.end(do.claimed(root))
        job_id = dead(run_id=run_id)
        if closed:
            with connection.transaction():
                assert [one.id for one in runs.close_finished()] == [run_id]
        return run_id, job_id

    def test_in_an_open_run_it_is_one_of_its_jobs_again(self) -> None:
        run_id, job_id = self.run_with_a_dead_job(closed=False)
        staff_actions.retry(job_id)
        assert jobs.require(job_id).run_id == run_id
        assert runs.open_ids() == [run_id]

    def test_in_a_closed_run_it_opens_a_new_one_and_the_old_counts_stand(self) -> None:
        run_id, job_id = self.run_with_a_dead_job(closed=True)
        before = runs.get(run_id)
        staff_actions.retry(job_id)
        new_id = jobs.require(job_id).run_id
        assert new_id not in (None, run_id)
        assert runs.open_ids() == [new_id]
        assert runs.get(run_id) == before
        assert before
        assert before.counts == {"done": 1, "dead": 1}
        do.end(do.claimed(job_id))
        with connection.transaction():
            (closed,) = runs.close_finished()
        assert closed == runs.ClosedRun(new_id, "domains.check_all", "alerts.tell_of_run")
        assert runs.get(run_id) == before

    def test_its_claim_belongs_to_the_new_run(self) -> None:
        run_id, job_id = self.run_with_a_dead_job(closed=True)
        staff_actions.retry(job_id)
        assert do.claimed(job_id).run_id == jobs.require(job_id).run_id != run_id

    def test_a_refused_retry_opens_no_run(self) -> None:
        _, job_id = self.run_with_a_dead_job(closed=True)
        staff_actions.retry(job_id)
        with pytest.raises(staff_actions.NotPossible):
            staff_actions.retry(job_id)
        assert len(runs.newest()) == 2
