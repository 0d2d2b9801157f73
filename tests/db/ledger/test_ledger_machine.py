"""Whatever happens to jobs, and in whatever order, the ledger's rows are as a simple model of them says."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)

from db import connection
from db.ledger import batches, dispatch, recovery, staff_actions, transitions
from rules.jobs import CRASHES_ALLOWED, AttemptOutcome, JobState, Priority

_KIND = transitions.JobSpec("tasks.write", "default")
_KEYS = st.sampled_from([None, "a", "b"])
_ALONE = "alone"
_FOR_EVER_S = 3600.0
_LIMIT = 100
_HEALTHY = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]

_ENDINGS = [
    transitions.DONE,
    transitions.JobOutcome(JobState.FAILED, AttemptOutcome.FAILED, failures=1),
    transitions.JobOutcome(JobState.DEAD, AttemptOutcome.DEAD, failures=1),
    transitions.JobOutcome(JobState.UNKNOWN, AttemptOutcome.UNKNOWN, failures=1),
    transitions.JobOutcome(JobState.QUEUED, AttemptOutcome.RETRIED, failures=1),
    transitions.JobOutcome(JobState.QUEUED, AttemptOutcome.RETRIED, failures=1, delay_s=600),
    transitions.JobOutcome(JobState.QUEUED, AttemptOutcome.PARKED, uncounted=1, delay_s=600),
]
_THEN = [
    "all goes on", "is renewed", "ends", "ends", "ends in a batch", "is released", "is lost",
    "its process dies", "its process dies",
]  # fmt: skip


@dataclass
class Job:
    """What a job must be."""

    id: int
    key: str | None
    state: JobState = JobState.QUEUED
    announced: bool = False
    due: bool = True
    suspect: bool = False
    cancelled: bool = False
    attempts: int = 0
    failures: int = 0
    crashes: int = 0
    claim: transitions.Claim | None = None
    worker: str = ""
    outcomes: list[AttemptOutcome] = field(default_factory=list)

    @property
    def row(self) -> tuple[object, ...]:
        """The columns in which the model is compared with the table."""
        token = self.claim.token if self.claim else None
        return self.state, self.suspect, self.cancelled, self.attempts, self.failures, self.crashes, token

    def over(self, state: JobState, outcome: AttemptOutcome, *, counted: bool = True) -> None:
        """The attempt has ended."""
        self.state, self.claim, self.announced = state, None, False
        if counted:
            self.outcomes.append(outcome)
        else:
            self.attempts -= 1


class Ledger(RuleBasedStateMachine):
    """Does to the ledger all that workers, schedulers and people do, and to the model what should come of it."""

    stale = Bundle("stale")
    """Claims that are over, though their holders may not know it yet."""

    def __init__(self) -> None:
        super().__init__()
        self.jobs: dict[int, Job] = {}
        self.ended: dict[int, tuple[object, ...]] = {}

    def of(self, *states: JobState) -> list[Job]:
        return [one for one in self.jobs.values() if one.state in states]

    def drawn(self, data: st.DataObject, *states: JobState) -> Job:
        return data.draw(st.sampled_from(self.of(*states)))

    # Jobs are queued and announced.

    @initialize(keys=st.lists(_KEYS, min_size=2, max_size=6))
    def begin(self, keys: list[str | None]) -> None:
        with connection.transaction():
            connection.execute("DELETE FROM attempt")
            connection.execute("DELETE FROM job")
        for key in keys:
            self.enqueue(key)

    @rule(key=_KEYS)
    def enqueue(self, key: str | None) -> None:
        """Queue a job, or find the queued one of this key."""
        with connection.transaction():
            job_id, new = transitions.insert_one(_KIND, transitions.JobRequest({"name": "a"}, key))
        same = [one.id for one in self.of(JobState.QUEUED) if key and one.key == key]
        assert same == [job_id] if same else new
        assert new == (not same)
        self.jobs.setdefault(job_id, Job(job_id, key))

    @rule(after=st.sampled_from(["nothing", "redis was emptied", "time has passed"]))
    def announce(self, after: str) -> None:
        """What was announced is not announced again while its lease lasts, unless Redis was emptied."""
        if after == "redis was emptied":
            dispatch.void_leases()
        elif after == "time has passed":
            _pass_time()
        for job in self.of(JobState.QUEUED):
            job.announced &= after != "redis was emptied"
            job.due |= after == "time has passed"
        taken = dispatch.take_due("default", Priority.NORMAL, limit=_LIMIT, lease_s=_FOR_EVER_S)
        wanted = [one for one in self.of(JobState.QUEUED) if one.due and not one.announced]
        assert {one.job_id: one.alone for one in taken} == {one.id: one.suspect for one in wanted}
        for job in wanted:
            job.announced = True

    # Jobs are worked on.

    # Each worker has a rule of its own, because Hypothesis leaves out some rules in each of its examples.

    @precondition(lambda self: self.of(JobState.QUEUED, JobState.RUNNING))
    @rule(target=stale, then=st.sampled_from(_THEN), data=st.data())
    def a_worker_works(self, then: str, data: st.DataObject) -> MultipleResults[transitions.Claim]:
        return self.work("worker-1", then, data)

    @precondition(lambda self: self.of(JobState.QUEUED, JobState.RUNNING))
    @rule(target=stale, then=st.sampled_from(_THEN), data=st.data())
    def another_worker_works(self, then: str, data: st.DataObject) -> MultipleResults[transitions.Claim]:
        return self.work("worker-2", then, data)

    @precondition(lambda self: any(one.suspect for one in self.of(JobState.QUEUED, JobState.RUNNING)))
    @rule(target=stale, then=st.sampled_from(_THEN), data=st.data())
    def the_lone_worker_works(self, then: str, data: st.DataObject) -> MultipleResults[transitions.Claim]:
        return self.work(_ALONE, then, data)

    def work(self, worker: str, then: str, data: st.DataObject) -> MultipleResults[transitions.Claim]:
        """A worker claims what it can; then something happens to a job that runs, or to the whole process."""
        if self.of(JobState.QUEUED):
            self.claim(worker, data)
        if then == "all goes on" or not self.of(JobState.RUNNING):
            return multiple()
        job = self.drawn(data, JobState.RUNNING)
        gone = {one.id: one.claim for one in self.of(JobState.RUNNING) if one.claim}
        getattr(self, then.replace(" ", "_"))(job, gone[job.id], data)
        return multiple(*(claim for job_id, claim in gone.items() if self.jobs[job_id].claim is not claim))

    def claim(self, worker: str, data: st.DataObject) -> None:
        """Whichever messages a worker popped, it gets what is due, and neither held nor kept back by its key."""
        queued = st.sampled_from([one.id for one in self.of(JobState.QUEUED)])
        popped = data.draw(st.lists(queued, min_size=1)) + data.draw(st.lists(st.sampled_from(list(self.jobs))))
        alone = worker == _ALONE
        with connection.transaction():
            claims = transitions.claim(
                popped, token=uuid.uuid4().hex, worker_id=worker, claim_s=_FOR_EVER_S, alone=alone
            )
        running = {one.key for one in self.of(JobState.RUNNING) if one.key}
        free = [one for one in self.of(JobState.QUEUED) if one.due and one.suspect == alone and one.key not in running]
        assert {one.job_id for one in claims} == {one.id for one in free if one.id in popped}
        for claim in claims:
            job = self.jobs[claim.job_id]
            job.state, job.claim, job.worker, job.attempts = JobState.RUNNING, claim, worker, job.attempts + 1

    def is_renewed(self, _job: Job, _claim: transitions.Claim, data: st.DataObject) -> None:
        held = [one.claim for one in self.of(JobState.RUNNING) if one.claim]
        kept = data.draw(st.lists(st.sampled_from(held), min_size=1))
        with connection.transaction():
            assert transitions.renew(kept, claim_s=_FOR_EVER_S) == {one.job_id for one in kept}

    def ends(self, job: Job, claim: transitions.Claim, data: st.DataObject) -> None:
        ending = data.draw(st.sampled_from(_ENDINGS))
        with connection.transaction():
            ended = transitions.end(claim, ending)
        job.over(self.next_state(job, ending.state), ending.outcome, counted=not ending.uncounted)
        job.failures += ending.failures
        job.due = not ending.delay_s
        job.suspect &= ending.state is not JobState.QUEUED  # it ran to an end of its own
        assert ended == job.state

    def ends_in_a_batch(self, job: Job, claim: transitions.Claim, data: st.DataObject) -> None:
        """Several end together, which ran one after the other."""
        others = [one.claim for one in self.of(JobState.RUNNING) if one.claim and one is not job]
        held = [
            claim,
            *(data.draw(st.lists(st.sampled_from(others), unique_by=lambda one: one.job_id)) if others else ()),
        ]
        with connection.transaction():
            batches.end(held)
            batches.log([batches.Try(one, 2.0, 1.0) for one in held], worker_id=job.worker)
        for one in held:
            self.jobs[one.job_id].over(JobState.DONE, AttemptOutcome.DONE)

    def next_state(self, job: Job, wanted: JobState) -> JobState:
        """A job that would be queued again is cancelled if that was asked for, or if a newer one does the work."""
        newer = job.key is not None and any(one.key == job.key for one in self.of(JobState.QUEUED))
        return JobState.CANCELLED if wanted is JobState.QUEUED and (job.cancelled or newer) else wanted

    def is_released(self, job: Job, claim: transitions.Claim, data: st.DataObject) -> None:
        begun = data.draw(st.booleans())
        recovery.release([claim], begun=begun)
        job.over(self.next_state(job, JobState.QUEUED), AttemptOutcome.RELEASED, counted=begun)

    def is_lost(self, job: Job, _claim: transitions.Claim, _data: st.DataObject) -> None:
        with connection.transaction():
            connection.changed("UPDATE job SET claim_expires_at = {later(-1)} WHERE id = %s", job.id)
        assert recovery.expire() == [job.id]
        assert recovery.expire() == []
        job.over(self.next_state(job, JobState.QUEUED), AttemptOutcome.LOST)

    def its_process_dies(self, job: Job, _claim: transitions.Claim, data: st.DataObject) -> None:
        """The flight record shows what had begun, also what has just ended."""
        worker = job.worker
        its = [one for one in self.jobs.values() if one.worker == worker]
        held = [one for one in its if one.state is JobState.RUNNING]
        begun = data.draw(st.sets(st.sampled_from([one.id for one in its])))
        settled = recovery.crashed(worker, begun=sorted(begun), alone=worker == _ALONE, how="SIGKILL")

        suspects = [one for one in held if one.id in begun]
        for suspect in suspects:
            self.blame(suspect, alone=worker == _ALONE)
        for unharmed in [one for one in held if one.id not in begun]:
            unharmed.over(self.next_state(unharmed, JobState.QUEUED), AttemptOutcome.RELEASED, counted=False)
        assert {one.job_id: one.state for one in settled} == {one.id: one.state for one in suspects}

    def blame(self, job: Job, *, alone: bool) -> None:
        """Suspect a job, or bury it: only its deaths in a process of its own count against it."""
        job.suspect = True
        job.crashes += alone
        wanted = JobState.DEAD if job.crashes == CRASHES_ALLOWED else JobState.QUEUED
        job.over(self.next_state(job, wanted), AttemptOutcome.CRASHED)

    @precondition(lambda self: len(self.of(JobState.QUEUED, JobState.RUNNING)) > 2)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        """One that is queued ends at once, one that runs when it would be queued again."""
        job = self.drawn(data, JobState.QUEUED, JobState.RUNNING)
        job.cancelled = True
        job.state = JobState.CANCELLED if job.state is JobState.QUEUED else JobState.RUNNING
        assert staff_actions.cancel(job.id) == job.state

    # Whoever held a claim once comes too late.

    @rule(claim=stale, ending=st.sampled_from(_ENDINGS), begun=st.booleans())
    def come_too_late(self, claim: transitions.Claim, ending: transitions.JobOutcome, *, begun: bool) -> None:
        _refused(lambda: transitions.end(claim, ending))
        _refused(lambda: transitions.hold(claim))
        _refused(lambda: batches.end([claim, *(one.claim for one in self.of(JobState.RUNNING) if one.claim)]))
        with connection.transaction():
            assert transitions.renew([claim], claim_s=_FOR_EVER_S) == set()
        recovery.release([claim], begun=begun)

    # What must hold after each step.

    @invariant()
    def the_rows_are_as_the_model_says(self) -> None:
        rows = connection.execute("SELECT id, state, suspect, cancelled, attempts, failures, crashes, token FROM job")
        assert {row[0]: tuple(row[1:]) for row in rows} == {one.id: one.row for one in self.jobs.values()}

    @invariant()
    def every_attempt_that_counts_is_recorded(self) -> None:
        rows = connection.execute("SELECT job_id, outcome FROM attempt")
        assert sorted(rows) == sorted((one.id, outcome) for one in self.jobs.values() for outcome in one.outcomes)

    @invariant()
    def one_job_of_a_key_is_queued_and_one_runs(self) -> None:
        assert not connection.execute(
            "SELECT key, state FROM job WHERE key IS NOT NULL AND state IN ('queued', 'running')"
            " GROUP BY key, state HAVING COUNT(*) > 1"
        )

    @invariant()
    def what_has_ended_never_changes(self) -> None:
        rows = connection.execute("SELECT * FROM job WHERE state NOT IN ('queued', 'running')")
        now = {row[0]: tuple(row) for row in rows}
        assert {job_id: now.get(job_id) for job_id in self.ended} == self.ended
        self.ended = now


def _pass_time() -> None:
    with connection.transaction():
        connection.changed(
            "UPDATE job SET run_at = {now}, announce_at = {now} WHERE state = 'queued' AND run_at > {now}"
        )


def _refused(act: Callable[[], object]) -> None:
    with pytest.raises(transitions.ClaimLost), connection.transaction():
        act()


@pytest.mark.usefixtures("ledger")
@pytest.mark.parametrize(
    ("database", "examples"),
    [
        ("sqlite", 100),
        ("postgres", 50),
        pytest.param("sqlite", 1500, marks=pytest.mark.slow),
        pytest.param("postgres", 1500, marks=pytest.mark.slow),
    ],
    indirect=["database"],
)
def test_the_ledger_does_what_its_model_says(examples: int) -> None:
    if connection.dialect().name == "sqlite":
        connection.execute("PRAGMA synchronous = OFF")  # nothing here outlives the test
    run_state_machine_as_test(
        Ledger,
        settings=settings(max_examples=examples, stateful_step_count=40, deadline=None, suppress_health_check=_HEALTHY),
    )
