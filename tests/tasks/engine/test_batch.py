"""Jobs in a batch: one transaction while all goes well, and each by itself as soon as anything does not."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime

import pytest

from db import connection
from db.fields import moment
from db.ledger import jobs, recovery, transitions
from integrations.errors import Rejected, Unavailable
from rules.jobs import AttemptOutcome, JobState
from tasks.engine import runner
from tasks.engine.context import completing, current, fenced, intend
from tasks.engine.errors import Parked
from tasks.engine.task import Queue, task
from tasks.outside import calls
from tasks.transport.batch_sizes import MOST, BatchSizes
from tests.support import ledger as do
from tests.support import tasks as samples
from tests.support.worker import Worker

Act = Callable[[], None]


@pytest.fixture
def worker(ledger: str, tmp_path) -> Worker:
    samples.make_table()
    return Worker(tmp_path)


def note(name: str) -> None:
    connection.execute("INSERT INTO effect_seen (name, job_id) VALUES (%s, 1)", name)


def noted() -> list[str]:
    return sorted(row[0] for row in connection.execute("SELECT name FROM effect_seen"))


def transactions_of_effects() -> int:
    """Return how many transactions wrote the effects: PostgreSQL keeps in each row which one did."""
    return connection.execute("SELECT COUNT(DISTINCT xmin::text) FROM effect_seen")[0][0]


def _fail(error: BaseException) -> Act:
    def act() -> None:
        raise error

    return act


def _end_twice() -> None:
    for _ in range(2):
        with completing():
            pass


def _step() -> None:
    with fenced():
        note("a step")


def _end_otherwise() -> None:
    with completing(transitions.JobOutcome(JobState.UNKNOWN, AttemptOutcome.UNKNOWN, "who knows", failures=1)):
        note("otherwise")


def _intend() -> None:
    intend("an effect", "step")


CALLED: list[str] = []
WAITED: list[threading.Event] = []


def _wait() -> None:
    """Wait for a lock that is held until this job runs by itself."""
    job = current()
    if job and not job.in_batch:
        WAITED[0].set()
    with completing():
        connection.execute("SELECT pg_advisory_xact_lock(1)")


def _call() -> None:
    with calls.measured("somebody"):
        CALLED.append("called")


def _swallow() -> None:
    with suppress(connection.Conflict):
        note(None)  # pyright: ignore[reportArgumentType] - what the database refuses


def _cut() -> None:
    connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")


def _lead_on() -> None:
    with completing():
        follow.enqueue()


ACTS: dict[str, Act] = {
    "a bug": _fail(ZeroDivisionError("a bug")),
    "exit": _fail(SystemExit(3)),
    "unavailable": _fail(Unavailable("not now")),
    "rejected": _fail(Rejected("never")),
    "parked": _fail(Parked("no slot", delay_s=60)),
    "swallows": _swallow,
    "ends twice": _end_twice,
    "ends otherwise": _end_otherwise,
    "a step": _step,
    "an intent": _intend,
    "a call": _call,
    "leads on": _lead_on,
    "waits": _wait,
}


@task(Queue.DEFAULT, in_batches=True)
def work(*, name: str) -> None:
    """Do what is named, or write one row."""
    if name in ACTS:
        ACTS[name]()
        return
    with completing():
        note(name)


@task(Queue.DEFAULT, in_batches=True)
def cut(*, name: str) -> None:
    """Lose the connection, where nobody has lost it before, or write one row."""
    job = current()
    if name == "cut" and job and job.in_batch:
        _cut()
    with completing():
        note(name)


@task(Queue.DEFAULT)
def follow() -> None:
    """What a job of a batch led to."""


def together(worker: Worker, *names: str, of=work) -> list[jobs.Job]:
    """Enqueue jobs, claim them, run them as one batch, and return what became of them."""
    ids = [of.enqueue(name=name).job_id for name in names]
    assert len(worker.claims.claim(ids)) == len(ids)
    runner.run(worker.claims, *ids)
    return [jobs.require(one) for one in ids]


def outcomes(job: jobs.Job) -> list[AttemptOutcome]:
    return [one.outcome for one in jobs.attempts(job.id)]


def test_jobs_that_run_together_end_together_each_with_its_own_attempt(worker: Worker) -> None:
    before = datetime.now(UTC)
    ended = together(worker, "a", "b", "c")
    assert [one.state for one in ended] == [JobState.DONE] * 3
    assert noted() == ["a", "b", "c"]
    for one in ended:
        (attempt,) = connection.execute(
            "SELECT number, worker_id, outcome, started_at, ended_at FROM attempt WHERE job_id = %s", one.id
        )
        assert attempt[:3] == (1, worker.id, AttemptOutcome.DONE)
        began, over = moment(attempt[3]), moment(attempt[4])
        assert began
        assert over
        assert began <= over
        assert (began - before).total_seconds() > -1


@pytest.mark.parametrize("database", ["postgres"], indirect=True)
def test_a_batch_is_one_transaction(worker: Worker) -> None:
    together(worker, "a", "b", "c")
    assert transactions_of_effects() == 1
    together(worker, "d", "a bug", "e")
    assert transactions_of_effects() == 3, "one for the batch, one for each job that ran by itself"


@pytest.mark.parametrize("name", [one for one in ACTS if one not in ("leads on", "waits")])
def test_what_a_job_does_in_a_batch_ends_as_it_does_alone_and_its_neighbours_never_pay(
    worker: Worker, name: str
) -> None:
    alone = worker.perform(work, name=name)
    own, rows = outcomes(alone), noted()
    connection.execute("DELETE FROM effect_seen")
    connection.execute("DELETE FROM effect")
    before, it, after = together(worker, "before", name, "after")
    assert (it.state, it.failures, it.error, outcomes(it)) == (alone.state, alone.failures, alone.error, own)
    assert noted() == sorted(["after", "before", *rows])
    for one in (before, after):
        assert (one.state, one.failures, outcomes(one)) == (JobState.DONE, 0, [AttemptOutcome.DONE])


def test_a_lost_claim_undoes_the_batch_and_the_others_run_by_themselves(worker: Worker) -> None:
    ids = [work.enqueue(name=name).job_id for name in ("a", "b", "c")]
    worker.claims.claim(ids)
    do.let_claim_run_out(ids[1])
    assert recovery.expire() == [ids[1]]
    runner.run(worker.claims, *ids)
    assert [do.state(one) for one in ids] == [JobState.DONE, JobState.QUEUED, JobState.DONE]
    assert noted() == ["a", "c"]
    assert [one.outcome for one in jobs.attempts(ids[1])] == [AttemptOutcome.LOST]


def test_a_claim_that_a_renewal_found_lost_does_not_even_begin(worker: Worker) -> None:
    ids = [work.enqueue(name=name).job_id for name in ("a", "b")]
    held = worker.claims.claim(ids)
    with worker.claims.taken(ids):
        do.let_claim_run_out(ids[0])
        recovery.expire()
        worker.claims.renew()
        assert [worker.claims.is_taken(one) for one in held] == [False, True]


def test_what_a_batch_led_to_exists_once_also_where_it_was_undone(worker: Worker) -> None:
    together(worker, "leads on", "leads on", "a bug")
    assert len(jobs.newest(task=follow.name)) == 2


@pytest.mark.parametrize("database", ["postgres"], indirect=True)
def test_a_batch_whose_connection_dies_is_run_job_by_job(worker: Worker) -> None:
    with ThreadPoolExecutor(1) as thread:  # with a connection of its own, which dies
        ended = thread.submit(together, worker, "a", "cut", "b", of=cut).result()
    assert [one.state for one in ended] == [JobState.DONE] * 3
    assert noted() == ["a", "b", "cut"]


@pytest.mark.parametrize("database", ["postgres"], indirect=True)
def test_a_batch_that_waits_for_another_transaction_s_lock_gives_way(worker: Worker) -> None:
    held = threading.Event()
    over = threading.Event()

    def hold() -> None:
        with connection.session(), connection.transaction():
            connection.execute("SELECT pg_advisory_xact_lock(1)")
            held.set()
            over.wait(60)

    with ThreadPoolExecutor(1) as thread:
        holding = thread.submit(hold)
        held.wait(60)
        WAITED.clear()
        WAITED.append(over)
        ended = together(worker, "a", "waits", "b")
        holding.result()
    assert [one.state for one in ended] == [JobState.DONE] * 3


def test_nobody_outside_is_called_by_a_batch(worker: Worker) -> None:
    CALLED.clear()
    together(worker, "before", "a call", "after")
    assert CALLED == ["called"], "once, by the job that ran by itself"


def test_a_fan_out_commits_step_by_step_and_cannot_run_in_a_batch() -> None:
    with pytest.raises(TypeError, match="cannot run in batches"):

        @task(Queue.DEFAULT, fans_out=True, in_batches=True)
        def both() -> None:
            """Fan out, in batches."""


def test_sizes_follow_what_becomes_of_batches() -> None:
    sizes = BatchSizes()
    for expected in (1, 2, 4, 8, 16, 32, MOST, MOST):
        assert sizes.of("quick") == expected
        sizes.took("quick", jobs=expected, seconds=0.01)
    sizes.took("quick", jobs=3, seconds=0.01)
    assert sizes.of("quick") == MOST, "few jobs were there: that says nothing of a large batch"
    sizes.took("quick", jobs=MOST, seconds=0.3)
    assert sizes.of("quick") == MOST // 2
    sizes.undone("quick")
    assert (sizes.of("quick"), sizes.of("another")) == (1, 1)
