"""One claimed job: what its task raises becomes its next state, and its end and its writes are one transaction."""

import errno
import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from db import connection
from db.ledger import jobs, recovery, staff_actions, transitions
from db.ledger.endings import EndedJob
from db.ledger.transitions import JobOutcome, JobRequest, JobSpec
from integrations.errors import Rejected, Throttled, Unavailable, Unsettled
from rules.jobs import AttemptOutcome, JobState
from tasks.engine import catalogue, runner, traces
from tasks.engine.context import completing, fenced
from tasks.engine.errors import Parked
from tasks.engine.outcomes import alert_staff
from tasks.engine.task import Queue, find, task
from tests.support import ledger as do
from tests.support import tasks as samples
from tests.support.worker import Worker

WAITED = JobOutcome(
    JobState.QUEUED, AttemptOutcome.RETRIED, "half done", delay_s=60, failures=1, waits_for="its other half"
)


@task(Queue.DEFAULT, attempts=10)
def break_down() -> None:
    """A bug in a task that may be tried ten times."""
    raise ZeroDivisionError("a bug")


def _fail(text: str) -> None:
    raise LookupError(text)


@task(Queue.DEFAULT, attempts=10)
def break_down_telling(*, text: str) -> None:
    """A bug while another error is handled, which says what it was given."""
    try:
        _fail(text)
    except LookupError as error:
        raise ZeroDivisionError("a bug") from error


@task(Queue.DEFAULT, attempts=2, backoff_s=100)
def be_late(*, retry_after: float | None = None) -> None:
    """Ask somebody who says when to come again."""
    raise Throttled("slow down", retry_after=retry_after)


@task(Queue.DEFAULT)
def end_twice() -> None:
    """Use completing() twice."""
    with completing():
        note("first")
    with completing():
        note("second")


@task(Queue.DEFAULT)
def write_and_break() -> None:
    """Break inside completing()."""
    with completing():
        note("inside")
        raise ZeroDivisionError("a bug")


@task(Queue.DEFAULT)
def write_then_break() -> None:
    """Break after completing()."""
    with completing():
        note("inside")
    raise ZeroDivisionError("a bug, too late")


@task(Queue.DEFAULT)
def lose_then_write() -> None:
    """Work for so long that the claim runs out and another takes it over."""
    lose_the_claim()
    with completing():
        note("by the loser")


@task(Queue.DEFAULT)
def step_lose_step() -> None:
    """Lose the claim between two steps."""
    with fenced():
        note("first step")
    lose_the_claim()
    with fenced():
        note("second step")


@task(Queue.DEFAULT)
def observe_and_wait() -> None:
    """Store what was seen, together with the retry."""
    with completing(WAITED):
        note("seen")


@task(Queue.DEFAULT)
def end_without_a_word() -> None:
    """Do nothing that has to be kept."""


@task(Queue.DEFAULT, attempts=1)
def cut_the_line() -> None:
    """Lose the connection to the database."""
    connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")


def _keep(job: EndedJob) -> None:
    note(f"{job.state} {job.args['name']}: {job.error}")


def _fail_to_keep(job: EndedJob) -> None:
    note(job.task)
    raise ZeroDivisionError("a bug")


@task(Queue.DEFAULT, on_ended=_keep)
def refuse(*, name: str) -> None:
    """Refuse for good."""
    raise Rejected(name)


@task(Queue.DEFAULT, on_ended=_fail_to_keep)
def refuse_and_lose() -> None:
    """Refuse for good, with a subject that cannot be written."""
    raise Rejected("never")


@task(Queue.DEFAULT, on_ended=_keep)
def refuse_by_itself(*, name: str) -> None:
    """End badly, and write what that means."""
    with completing(JobOutcome(JobState.FAILED, AttemptOutcome.FAILED, "as it says itself")):
        note(f"its own: {name}")


def note(name: str) -> None:
    connection.execute("INSERT INTO effect_seen (name) VALUES (%s)", name)


def noted() -> list[str]:
    return [row[0] for row in connection.execute("SELECT name FROM effect_seen ORDER BY name")]


def lose_the_claim() -> None:
    (running,) = jobs.newest(state=JobState.RUNNING)
    do.let_claim_run_out(running.id)
    recovery.expire()


def outcomes(job_id: int) -> list[AttemptOutcome]:
    return [one.outcome for one in jobs.attempts(job_id)]


def alerted() -> list[dict[str, object]]:
    """What staff are about to be alerted of: jobs that ended badly."""
    return [one.args for one in jobs.newest(task="alerts.ended_badly")]


@pytest.fixture(autouse=True)
def effects(ledger: str) -> None:
    samples.make_table()


class TestOnEnded:
    def test_a_bad_end_reaches_what_the_task_declares_in_the_same_transaction(self, worker: Worker) -> None:
        assert worker.perform(refuse, name="a").state is JobState.FAILED
        staff_actions.cancel(refuse.enqueue(name="b").job_id)
        assert noted() == ["cancelled b: its job was cancelled", "failed a: Rejected: a"]
        with do.undone():
            staff_actions.cancel(refuse.enqueue(name="c").job_id)
        assert len(noted()) == 2

    def test_what_a_task_ends_itself_it_writes_itself(self, worker: Worker) -> None:
        assert worker.perform(refuse_by_itself, name="a").state is JobState.FAILED
        assert noted() == ["its own: a"]

    def test_a_subject_that_cannot_be_written_does_not_keep_a_job_from_ending(self, worker: Worker) -> None:
        job = worker.perform(refuse_and_lose)
        assert (job.state, noted()) == (JobState.FAILED, [])

    def test_a_job_that_gave_way_to_a_newer_one_has_not_ended_its_work(self, worker: Worker) -> None:
        with connection.transaction():
            spec, request = JobSpec(refuse.name, "default"), JobRequest({"name": "a"}, "the same work")
            first = transitions.insert_one(spec, request)[0]
        (claim,) = worker.claims.claim([first])
        with connection.transaction():
            transitions.insert_one(spec, request)
        recovery.release([claim], begun=True)
        assert (do.state(first), noted()) == (JobState.CANCELLED, [])


class TestWell:
    def test_a_job_is_done_once_however_often_it_is_dispatched(self, worker: Worker) -> None:
        job = worker.perform(samples.write, name="a")
        runner.run(worker.claims, job.id)
        assert worker.claims.claim([job.id]) == []
        assert (job.state, job.error, outcomes(job.id), noted()) == (JobState.DONE, None, [AttemptOutcome.DONE], ["a"])

    def test_a_task_that_keeps_nothing_is_done_when_it_returns(self, worker: Worker) -> None:
        job = worker.perform(end_without_a_word)
        assert (job.state, outcomes(job.id)) == (JobState.DONE, [AttemptOutcome.DONE])

    def test_what_this_process_did_not_claim_it_does_not_run(self, worker: Worker) -> None:
        job_id = samples.write.enqueue(name="a").job_id
        runner.run(worker.claims, job_id)
        assert (do.state(job_id), noted()) == (JobState.QUEUED, [])

    def test_an_observation_can_be_kept_together_with_a_retry(self, worker: Worker) -> None:
        job = worker.perform(observe_and_wait)
        assert (job.state, job.failures, job.waits_for) == (JobState.QUEUED, 1, "its other half")
        assert 58 < do.seconds_until(job.id, "run_at") <= 60
        assert (outcomes(job.id), noted()) == ([AttemptOutcome.RETRIED], ["seen"])


class TestBadly:
    def test_unavailable_is_tried_again_until_its_attempts_are_used_up_and_staff_are_alerted_once(
        self, worker: Worker
    ) -> None:
        job = worker.perform(samples.fail, how="unavailable")
        assert (job.state, job.failures, job.error) == (JobState.QUEUED, 1, "Unavailable: not now")
        assert job.waits_for == "its next try: failure 1 of 3 was Unavailable: not now"
        assert alerted() == []
        worker.run(job.id)
        job = worker.run(job.id)
        assert (job.state, job.failures, job.attempts) == (JobState.DEAD, 3, 3)
        assert outcomes(job.id) == [AttemptOutcome.RETRIED, AttemptOutcome.RETRIED, AttemptOutcome.DEAD]
        assert alerted() == [{"task": "tasks.fail", "state": "dead"}]

    def test_the_wait_doubles_and_is_never_shorter_than_what_the_other_side_asked_for(self, worker: Worker) -> None:
        job = worker.perform(samples.fail, how="later")
        assert 598 < do.seconds_until(job.id, "run_at") <= 600
        short = worker.perform(be_late, retry_after=1)
        assert 49 < do.seconds_until(short.id, "run_at") <= 100, "half of the first wait at the least"

    def test_many_that_fail_together_do_not_return_together(self, worker: Worker) -> None:
        random.seed(20)
        waits = {round(do.seconds_until(worker.perform(be_late).id, "run_at"), 1) for _ in range(8)}
        assert len(waits) > 4
        assert all(49 < wait <= 100 for wait in waits)

    def test_rejected_is_failed_at_once(self, worker: Worker) -> None:
        job = worker.perform(samples.fail, how="rejected")
        assert (job.state, job.error, outcomes(job.id)) == (JobState.FAILED, "Rejected: never", [AttemptOutcome.FAILED])
        assert alerted() == []

    def test_unsettled_is_unknown_at_once_and_staff_are_alerted(self, worker: Worker) -> None:
        job = worker.perform(samples.fail, how="unsettled")
        assert (job.state, job.error, outcomes(job.id)) == (
            JobState.UNKNOWN,
            "Unsettled: who knows",
            [AttemptOutcome.UNKNOWN],
        )
        assert alerted() == [{"task": "tasks.fail", "state": "unknown"}]

    def test_parked_uses_no_attempt_however_often(self, worker: Worker) -> None:
        job = worker.perform(samples.fail, how="parked")
        for _ in range(5):
            job = worker.run(job.id)
        assert (job.state, job.attempts, job.failures, outcomes(job.id)) == (JobState.QUEUED, 0, 0, [])
        assert job.waits_for == "no slot in the lane"
        assert 598 < do.seconds_until(job.id, "run_at") <= 600

    @pytest.mark.parametrize(("how", "error"), [("bug", "ZeroDivisionError: a bug"), ("exit", "SystemExit: 3")])
    def test_a_bug_and_even_an_exit_end_the_try_and_not_the_worker(self, worker: Worker, how: str, error: str) -> None:
        job = worker.perform(samples.fail, how=how)
        assert (job.state, job.failures, job.error) == (JobState.QUEUED, 1, error)
        assert worker.perform(samples.write, name="after it").state is JobState.DONE

    def test_a_bug_is_tried_three_times_even_where_more_are_allowed(self, worker: Worker) -> None:
        job = worker.perform(break_down)
        worker.run(job.id)
        assert worker.run(job.id).state is JobState.DEAD
        assert alerted() == [{"task": "test_runner.break_down", "state": "dead"}]

    def test_the_traceback_of_a_bug_is_kept_for_each_try_without_secrets(self, worker: Worker) -> None:
        job = worker.perform(break_down_telling, text="user \0 token=abc")
        worker.run(job.id)
        kept = jobs.traces(job.id)
        assert list(kept) == [1, 2]
        assert kept[1].startswith("Traceback")
        assert "in break_down_telling" in kept[1]
        assert "LookupError: user  token=[redacted]" in kept[1], "what led to it is there too"
        assert kept[1].rstrip().endswith("ZeroDivisionError: a bug")

    def test_a_traceback_without_end_is_capped_at_its_beginning(self, worker: Worker) -> None:
        job = worker.perform(break_down_telling, text="a b " * 5_000)
        assert len(jobs.traces(job.id)[1]) == traces.MOST
        assert jobs.traces(job.id)[1].rstrip().endswith("ZeroDivisionError: a bug")

    @pytest.mark.parametrize("how", ["rejected", "unsettled", "parked"])
    def test_what_is_foreseen_leaves_no_traceback(self, worker: Worker, how: str) -> None:
        assert jobs.traces(worker.perform(samples.fail, how=how).id) == {}

    def test_arguments_that_the_function_does_not_take_are_a_bug(self, worker: Worker) -> None:
        job_id = do.queue(task="tasks.write", args={"nobody": "knows"})
        job = worker.run(job_id)
        assert job.state is JobState.QUEUED
        assert job.error
        assert "TypeError" in job.error

    def test_many_that_die_of_one_task_are_alerted_of_together(self, worker: Worker) -> None:
        for _ in range(4):
            worker.perform(samples.fail, how="unsettled")
        assert len(alerted()) == 1

    def test_one_that_was_asked_to_end_is_cancelled_when_it_fails(self, worker: Worker) -> None:
        job_id = samples.fail.enqueue(how="unavailable").job_id
        worker.claims.claim([job_id])
        staff_actions.cancel(job_id)
        runner.run(worker.claims, job_id)
        assert do.state(job_id) is JobState.CANCELLED


class TestOutcomeOf:
    """The table from error to outcome, without a database."""

    @pytest.mark.parametrize(
        ("error", "failures", "state", "outcome", "counted"),
        [
            (Unavailable("x"), 1, JobState.QUEUED, AttemptOutcome.RETRIED, 1),
            (Unavailable("x"), 3, JobState.DEAD, AttemptOutcome.DEAD, 1),
            (Throttled("x"), 1, JobState.QUEUED, AttemptOutcome.RETRIED, 1),
            (Rejected("x"), 1, JobState.FAILED, AttemptOutcome.FAILED, 1),
            (Unsettled("x"), 1, JobState.UNKNOWN, AttemptOutcome.UNKNOWN, 1),
            (Parked("x", delay_s=5), 9, JobState.QUEUED, AttemptOutcome.PARKED, 0),
            (ValueError("x"), 2, JobState.QUEUED, AttemptOutcome.RETRIED, 1),
            (ValueError("x"), 3, JobState.DEAD, AttemptOutcome.DEAD, 1),
            (SystemExit(), 1, JobState.QUEUED, AttemptOutcome.RETRIED, 1),
            (connection.Unreachable[0]("gone"), 1, JobState.QUEUED, AttemptOutcome.RETRIED, 1),
        ],
    )
    def test_the_type_of_the_error_decides(
        self, error: BaseException, failures: int, state: JobState, outcome: AttemptOutcome, counted: int
    ) -> None:
        found = runner.outcome_of(error, find("tasks.fail"), failures)
        assert (found.state, found.outcome, found.failures) == (state, outcome, counted)

    @pytest.mark.parametrize("number", [errno.EMFILE, errno.ENOSPC, errno.ENOMEM])
    def test_a_machine_that_is_short_of_something_is_no_bug(self, number: int) -> None:
        task = find("invoices.document")
        assert task.attempts > 3
        assert runner.outcome_of(OSError(number, "x"), task, 4).state is JobState.QUEUED
        assert runner.outcome_of(OSError(errno.ENOENT, "x"), task, 4).state is JobState.DEAD


class TestOneTransaction:
    def test_what_breaks_inside_undoes_the_writes_and_the_end(self, worker: Worker) -> None:
        job = worker.perform(write_and_break)
        assert (job.state, noted(), outcomes(job.id)) == (JobState.QUEUED, [], [AttemptOutcome.RETRIED])

    def test_what_breaks_afterwards_no_longer_changes_that_it_is_done(self, worker: Worker) -> None:
        job = worker.perform(write_then_break)
        assert (job.state, noted(), outcomes(job.id)) == (JobState.DONE, ["inside"], [AttemptOutcome.DONE])

    def test_a_job_ends_once_so_a_second_completing_is_refused(self, worker: Worker) -> None:
        job = worker.perform(end_twice)
        assert (job.state, noted()) == (JobState.DONE, ["first"])

    def test_outside_a_job_completing_is_a_plain_transaction(self) -> None:
        with pytest.raises(ZeroDivisionError):
            write_and_break()
        with completing():
            note("kept")
        assert noted() == ["kept"]

    def test_who_lost_the_claim_writes_nothing(self, worker: Worker, tmp_path: Path) -> None:
        job = worker.perform(lose_then_write)
        assert (job.state, noted(), outcomes(job.id)) == (JobState.QUEUED, [], [AttemptOutcome.LOST])
        other = Worker(tmp_path)
        assert other.claims.claim([job.id]), "another may do it"

    def test_who_loses_the_claim_half_way_does_not_take_the_next_step(self, worker: Worker) -> None:
        job = worker.perform(step_lose_step)
        assert (job.state, noted(), outcomes(job.id)) == (JobState.QUEUED, ["first step"], [AttemptOutcome.LOST])


class TestDatabaseAway:
    @pytest.mark.parametrize("database", ["postgres"], indirect=True)
    def test_a_job_whose_end_could_not_be_written_is_given_back_when_the_database_is_there_again(
        self, worker: Worker
    ) -> None:
        job_id = cut_the_line.enqueue().job_id
        worker.claims.claim([job_id])
        with ThreadPoolExecutor(1) as thread:  # with a connection of its own, which dies
            thread.submit(runner.run, worker.claims, job_id).result()
        assert do.state(job_id) is JobState.RUNNING
        worker.claims.renew()
        job = jobs.require(job_id)
        assert (job.state, job.failures, outcomes(job_id)) == (JobState.QUEUED, 0, [AttemptOutcome.RELEASED])
        worker.claims.renew()
        assert outcomes(job_id) == [AttemptOutcome.RELEASED]


def test_the_task_that_alerts_of_bad_ends_does_not_alert_of_its_own(ledger: str) -> None:
    catalogue.load()
    for name, number in (("alerts.ended_badly", 0), ("test_runner.break_down", 1)):
        with connection.transaction():
            alert_staff(name, JobState.DEAD)
        assert len(jobs.newest(task="alerts.ended_badly")) == number
