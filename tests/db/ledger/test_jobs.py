"""The ledger: each way in which a job's row changes, and that whoever comes with an old claim changes nothing."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from db import connection
from db.ledger import endings, jobs, staff_actions, transitions
from db.ledger.endings import EndedJob
from db.ledger.transitions import DONE, ClaimLost, JobOutcome, JobRequest, JobSpec
from rules.jobs import AttemptOutcome, JobState, Priority
from tests.support import ledger as do

pytestmark = pytest.mark.usefixtures("ledger")

RETRY = JobOutcome(
    JobState.QUEUED, AttemptOutcome.RETRIED, "TimeoutError: late", delay_s=30, failures=1, waits_for="its next try"
)
PARKED = JobOutcome(JobState.QUEUED, AttemptOutcome.PARKED, delay_s=600, waits_for="no slot in the lane", uncounted=1)
WHOIS = JobSpec("domains.check", "lookup", Priority.BULK)


class TestInsert:
    def test_a_new_job_is_queued_and_due_and_has_been_tried_by_nobody(self) -> None:
        with connection.transaction():
            job_id, new = transitions.insert_one(WHOIS, JobRequest({"domain_id": 7}))
        job = jobs.require(job_id)
        assert new
        assert (job.task, job.queue, job.args, job.state) == (
            "domains.check",
            "lookup",
            {"domain_id": 7},
            JobState.QUEUED,
        )
        assert (job.attempts, job.failures, job.crashes, job.suspect, job.error) == (0, 0, 0, False, None)
        assert do.seconds_until(job_id, "run_at") <= 0
        assert do.columns(job_id, "priority, token, worker_id") == (2, None, None)
        assert do.claim(job_id)

    @pytest.mark.parametrize("value", ["ü 🦊 ' \" \\ %s {now}", "a\0b", 2**62, 1.5, True, None, ["a", {"b": []}]])
    def test_arguments_come_back_as_they_were_given(self, value: object) -> None:
        job_id = do.queue(args={"value": value, "ключ": 1})
        assert jobs.require(job_id).args == {"value": value, "ключ": 1}
        assert do.claimed(job_id).args == {"value": value, "ключ": 1}

    def test_a_delayed_job_is_neither_claimed_nor_announced_before_its_time(self) -> None:
        job_id = do.queue(delay_s=90)
        assert 89 < do.seconds_until(job_id, "run_at") <= 90
        assert 89 < do.seconds_until(job_id, "announce_at") <= 90
        assert do.claim(job_id) == []
        do.make_due(job_id)
        assert do.claim(job_id)

    def test_one_who_announces_it_itself_keeps_others_from_doing_so_for_a_while(self) -> None:
        with connection.transaction():
            (job_id,) = transitions.insert(WHOIS, [JobRequest({})], announced_for_s=3)
        assert do.seconds_until(job_id, "run_at") <= 0
        assert 2 < do.seconds_until(job_id, "announce_at") <= 3

    def test_many_are_inserted_at_once_each_with_its_own_arguments(self) -> None:
        with connection.transaction():
            ids = transitions.insert(WHOIS, [JobRequest({"number": number}) for number in range(2500)])
        assert len(set(ids)) == 2500
        assert {jobs.require(one).args["number"] for one in ids[::500]} == {0, 500, 1000, 1500, 2000}

    def test_nobody_asked_for_is_nothing_inserted(self) -> None:
        with connection.transaction():
            assert transitions.insert(WHOIS, []) == []

    def test_what_is_rolled_back_was_never_queued(self) -> None:
        with do.undone():
            do.queue()
        assert jobs.newest() == []


class TestUniqueWork:
    def test_asking_again_while_it_is_queued_returns_the_queued_one(self) -> None:
        with connection.transaction():
            first, first_new = transitions.insert_one(WHOIS, JobRequest({"domain_id": 1}, "check:1"))
            again, again_new = transitions.insert_one(WHOIS, JobRequest({"domain_id": 1}, "check:1"))
        assert (again, first_new, again_new) == (first, True, False)

    @pytest.mark.parametrize("ended", [False, True])
    def test_one_that_runs_or_has_ended_does_not_swallow_a_later_change(self, *, ended: bool) -> None:
        running = do.running(key="check:1")
        if ended:
            do.end(running)
        assert do.queue(key="check:1") != running.job_id

    def test_of_many_only_those_are_inserted_that_are_not_queued(self) -> None:
        waiting = do.queue(key="check:2")
        with connection.transaction():
            new = transitions.insert(WHOIS, [JobRequest({"domain_id": one}, f"check:{one}") for one in (1, 2, 3)])
        assert len(new) == 2
        assert waiting not in new
        assert connection.execute("SELECT COUNT(*) FROM job WHERE key = 'check:2'") == [(1,)]

    def test_the_same_key_twice_in_one_batch_is_one_job(self) -> None:
        with connection.transaction():
            assert len(transitions.insert(WHOIS, [JobRequest({}, "same"), JobRequest({}, "same")])) == 1

    def test_jobs_without_a_key_never_stand_for_one_another(self) -> None:
        assert do.queue() != do.queue()

    def test_however_many_ask_at_once_one_job_is_queued(self) -> None:
        for number in range(5):
            ids = do.at_once(6, lambda _, key=f"check:{number}": do.queue(key=key))
            assert len(set(ids)) == 1


class TestClaim:
    def test_a_claim_takes_what_is_due_and_counts_an_attempt(self) -> None:
        job_id = do.queue(args={"name": "b"})
        claim = do.claimed(job_id, worker="w")
        assert (claim.job_id, claim.task, claim.args, claim.queue) == (job_id, do.TASK, {"name": "b"}, do.QUEUE)
        assert (claim.attempts, claim.failures, claim.run_id) == (1, 0, None)
        job = jobs.require(job_id)
        assert (job.state, job.attempts, job.worker_id) == (JobState.RUNNING, 1, "w")
        assert 58 < do.seconds_until(job_id, "claim_expires_at") <= 60

    def test_what_runs_has_ended_or_is_nobodys_is_not_claimed(self) -> None:
        ended = do.running()
        do.end(ended)
        assert do.claim(do.running().job_id, ended.job_id, 987654, do.queue(delay_s=60)) == []

    def test_however_often_a_job_is_announced_one_worker_claims_it(self) -> None:
        with connection.transaction():
            ids = transitions.insert(WHOIS, [JobRequest({})] * 60)
        taken = do.at_once(6, lambda number: do.claim(*ids, worker=f"w{number}"))
        claims = Counter(one.job_id for part in taken for one in part)
        assert claims == Counter(ids)
        assert {jobs.require(one).attempts for one in ids} == {1}

    def test_a_job_waits_while_another_with_its_key_runs(self) -> None:
        running = do.running(key="check:1")
        later = do.queue(key="check:1")
        other = do.queue(key="check:2")
        assert [one.job_id for one in do.claim(later, other)] == [other]
        do.end(running)
        assert [one.job_id for one in do.claim(later, other)] == [later]

    def test_a_suspect_is_claimed_by_those_alone_that_run_one_at_a_time(self) -> None:
        suspect, other = do.queue(), do.queue()
        connection.changed("UPDATE job SET suspect = TRUE WHERE id = %s", suspect)
        assert [one.job_id for one in do.claim(suspect, other, alone=True)] == [suspect]
        assert [one.job_id for one in do.claim(suspect, other)] == [other]

    def test_a_claim_forgets_why_the_job_waited(self) -> None:
        claim = do.running()
        do.end(claim, RETRY)
        assert jobs.require(claim.job_id).waits_for == "its next try"
        do.make_due(claim.job_id)
        do.claimed(claim.job_id)
        assert jobs.require(claim.job_id).waits_for is None


class TestEnd:
    @pytest.mark.parametrize(
        ("state", "outcome"),
        [
            (JobState.DONE, AttemptOutcome.DONE),
            (JobState.FAILED, AttemptOutcome.FAILED),
            (JobState.DEAD, AttemptOutcome.DEAD),
            (JobState.UNKNOWN, AttemptOutcome.UNKNOWN),
        ],
    )
    def test_an_end_is_final_and_leaves_its_attempt(self, state: JobState, outcome: AttemptOutcome) -> None:
        claim = do.running(worker="w")
        assert do.end(claim, JobOutcome(state, outcome, "why", failures=1)) is state
        job, (attempt,) = jobs.require(claim.job_id), jobs.attempts(claim.job_id)
        assert (job.state, job.error, job.failures) == (state, "why", 1)
        assert (attempt.number, attempt.outcome, attempt.error, attempt.worker_id) == (1, outcome, "why", "w")
        assert job.finished_at
        assert attempt.started_at
        assert attempt.ended_at
        assert attempt.started_at <= attempt.ended_at
        assert attempt.ended_at - job.finished_at < timedelta(seconds=2)
        assert do.claim(claim.job_id) == []

    def test_how_long_it_ran_is_told_by_its_own_clock(self) -> None:
        claim = do.running()
        with connection.transaction():
            transitions.end(claim, DONE, ran_s=42.5)
        (attempt,) = jobs.attempts(claim.job_id)
        assert attempt.started_at
        assert attempt.ended_at
        assert abs((attempt.ended_at - attempt.started_at).total_seconds() - 42.5) < 0.1

    def test_a_retry_waits_for_its_time_and_says_why(self) -> None:
        claim = do.running()
        assert do.end(claim, RETRY) is JobState.QUEUED
        job = jobs.require(claim.job_id)
        assert (job.attempts, job.failures, job.waits_for, job.error) == (1, 1, "its next try", "TimeoutError: late")
        assert 28 < do.seconds_until(job.id, "run_at") <= 30
        assert 28 < do.seconds_until(job.id, "announce_at") <= 30
        assert do.claim(job.id) == []
        do.make_due(job.id)
        assert do.claimed(job.id).attempts == 2
        assert [one.outcome for one in jobs.attempts(job.id)] == [AttemptOutcome.RETRIED]

    def test_parking_uses_no_attempt(self) -> None:
        claim = do.running()
        assert do.end(claim, PARKED) is JobState.QUEUED
        job = jobs.require(claim.job_id)
        assert (job.attempts, job.failures, job.waits_for) == (0, 0, "no slot in the lane")
        assert jobs.attempts(job.id) == []
        assert 598 < do.seconds_until(job.id, "run_at") <= 600

    def test_what_went_wrong_before_stays_known_while_it_is_parked(self) -> None:
        claim = do.running()
        do.end(claim, RETRY)
        do.make_due(claim.job_id)
        do.end(do.claimed(claim.job_id), PARKED)
        job = jobs.require(claim.job_id)
        assert (job.attempts, job.failures, job.error) == (1, 1, "TimeoutError: late")

    @pytest.mark.parametrize("ending", [DONE, RETRY, PARKED])
    def test_whoever_comes_with_an_old_claim_changes_nothing(self, ending: JobOutcome) -> None:
        old = do.running(worker="frozen")
        connection.changed("UPDATE job SET state = 'queued', token = NULL WHERE id = %s", old.job_id)
        new = do.claimed(old.job_id, worker="other")
        with pytest.raises(ClaimLost):
            do.end(old, ending)
        assert jobs.require(old.job_id).worker_id == "other"
        assert jobs.attempts(old.job_id) == []
        assert do.end(new) is JobState.DONE
        with pytest.raises(ClaimLost):
            do.end(new, ending)
        assert len(jobs.attempts(old.job_id)) == 1

    def test_whoever_lost_its_claim_tells_nobody_how_the_job_ended(self) -> None:
        told: list[EndedJob] = []
        endings.listen(told.append)
        claim, bad = do.running(), JobOutcome(JobState.DEAD, AttemptOutcome.DEAD, "no")
        do.end(claim, bad)
        with pytest.raises(ClaimLost):
            do.end(claim, bad)
        assert [one.job_id for one in told] == [claim.job_id]

    def test_an_error_is_capped_and_loses_its_nul(self) -> None:
        claim = do.running()
        do.end(claim, JobOutcome(JobState.DEAD, AttemptOutcome.DEAD, "a\0b" + "x" * 9000))
        error = jobs.require(claim.job_id).error
        assert error
        assert error.startswith("abx")
        assert len(error) == 2000
        assert jobs.attempts(claim.job_id)[0].error == error

    def test_one_that_finds_its_key_queued_leaves_the_work_to_the_newer(self) -> None:
        older = do.running(key="check:1")
        newer = do.queue(key="check:1")
        assert do.end(older, RETRY) is JobState.CANCELLED
        assert do.state(older.job_id) is JobState.CANCELLED
        assert jobs.require(older.job_id).finished_at
        assert do.state(newer) is JobState.QUEUED
        assert do.claim(newer)

    def test_one_that_was_asked_to_end_is_cancelled_instead_of_tried_again(self) -> None:
        claim = do.running()
        staff_actions.cancel(claim.job_id)
        assert do.end(claim, RETRY) is JobState.CANCELLED
        assert do.claim(claim.job_id) == []

    def test_one_that_was_asked_to_end_and_succeeded_is_done(self) -> None:
        claim = do.running()
        staff_actions.cancel(claim.job_id)
        assert do.end(claim) is JobState.DONE


class TestHold:
    def test_a_renewed_claim_holds_for_longer_from_now(self) -> None:
        claim = do.running()
        with connection.transaction():
            assert transitions.renew([claim], claim_s=600) == {claim.job_id}
        assert 598 < do.seconds_until(claim.job_id, "claim_expires_at") <= 600

    def test_renewing_tells_which_claims_are_lost_and_touches_nobody_elses(self) -> None:
        ours, lost, ended = do.running(), do.running(), do.running()
        do.end(ended)
        connection.changed("UPDATE job SET token = 'another', claim_expires_at = {now} WHERE id = %s", lost.job_id)
        with connection.transaction():
            assert transitions.renew([ours, lost, ended], claim_s=600) == {ours.job_id}
        assert do.seconds_until(lost.job_id, "claim_expires_at") < 1

    def test_a_step_of_a_lost_job_is_refused(self) -> None:
        claim = do.running()
        with connection.transaction():
            transitions.hold(claim)
        do.end(claim)
        with pytest.raises(ClaimLost), connection.transaction():
            transitions.hold(claim)


class TestShown:
    def test_the_newest_come_first_and_can_be_asked_for_by_state_and_task(self) -> None:
        first, second = do.queue(task="a.b"), do.queue(task="c.d")
        third = do.queue(task="a.b")
        do.claimed(third)
        assert [one.id for one in jobs.newest()] == [third, second, first]
        assert [one.id for one in jobs.newest(task="a.b")] == [third, first]
        assert [one.id for one in jobs.newest(task="a.b", state=JobState.QUEUED)] == [first]
        assert [one.id for one in jobs.newest(limit=1)] == [third]

    def test_times_are_utc(self) -> None:
        created = jobs.require(do.queue()).created_at
        assert created
        assert created.tzinfo is UTC
        assert abs(datetime.now(UTC) - created) < timedelta(seconds=30)

    def test_a_job_that_does_not_exist_is_named(self) -> None:
        assert jobs.get(41) is None
        with pytest.raises(LookupError, match="41"):
            jobs.require(41)
