"""What a consumer claims: only tasks that this worker knows, and no more than its threads begin soon."""

import itertools
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

import settings
from db import connection
from db.ledger import jobs, transitions
from db.ledger.dispatch import Dispatch
from db.ledger.transitions import JobRequest, JobSpec
from rules.jobs import JobState, Priority
from tasks.transport import dramatiq_adapter, redis_queue
from tasks.transport.dramatiq_adapter import LedgerConsumer, Prefetch
from tests.support.servers import RedisServer
from tests.support.worker import Worker

QUEUE = "default"


@pytest.fixture
def consumer(ledger: str, redis_server: RedisServer, tmp_path: Path) -> Iterator[LedgerConsumer]:
    """A consumer of a worker that knows one task, on a private Redis."""
    with settings.override(redis_url_given=SecretStr(redis_server.url)):
        claims = Worker(tmp_path).claims
        broker = dramatiq_adapter.broker(claims, lambda _id: None, {"known.task": QUEUE}, closing=threading.Event())
        made = broker.consume(QUEUE)
        assert isinstance(made, LedgerConsumer)
        yield made
        made.close()


def redis_side() -> redis_queue.RedisQueue:
    return redis_queue.RedisQueue(redis_queue.client(settings.current().redis_url))


def dispatched(task: str, *, named: str = "") -> int:
    """Queue a job of a task, tell Redis of it, by another name where one is given, and return its id."""
    with connection.transaction():
        job_id, _ = transitions.insert_one(JobSpec(task, QUEUE), JobRequest({}))
    assert redis_side().push([Dispatch(job_id, named or task, QUEUE, Priority.NORMAL)], window=10) == 1
    return job_id


def test_a_task_that_this_worker_does_not_know_stays_queued_for_one_that_does(consumer: LedgerConsumer) -> None:
    strange, known = dispatched("strange.task"), dispatched("known.task")
    message = next(one for one in itertools.islice(consumer, 20) if one is not None)
    assert message.args == (known,)
    assert jobs.require(known).state is JobState.RUNNING
    assert jobs.require(strange).state is JobState.QUEUED
    assert redis_side().waiting(QUEUE) == [strange], "handed back at once: its lease would take most of a minute"


def test_a_message_that_names_another_task_than_its_job_has_claims_nothing(consumer: LedgerConsumer) -> None:
    strange = dispatched("strange.task", named="known.task")
    assert next(consumer) is None
    assert jobs.require(strange).state is JobState.QUEUED


def test_what_nobody_knows_is_not_handed_on_for_ever(consumer: LedgerConsumer) -> None:
    dispatched("strange.task")
    (message,) = redis_side().pop(QUEUE, 1)
    aged = json.loads(message)
    aged["message_timestamp"] -= 61_000
    redis_side().put_back(QUEUE, [json.dumps(aged).encode()], window=10)
    assert next(consumer) is None
    assert redis_side().waiting(QUEUE) == []


def test_what_was_never_a_message_is_dropped(consumer: LedgerConsumer) -> None:
    redis_side().put_back(QUEUE, [b"[]", b"{", b'{"args": ["x"]}'], window=10)
    assert redis_side().waiting(QUEUE) == []


def test_however_quick_the_jobs_are_no_more_than_a_bounded_number_is_held() -> None:
    prefetch = Prefetch(threads=2)
    assert prefetch.room() == 2, "one for each thread, as long as nobody knows how quick they are"
    for _ in range(100_000):
        prefetch.delivered()
        prefetch.ended()
    prefetch._since = time.monotonic() - 1.0  # all of them within a second
    assert prefetch.room() == dramatiq_adapter._MOST_HELD


def test_nothing_is_claimed_while_every_thread_has_work() -> None:
    prefetch = Prefetch(threads=2)
    prefetch.delivered()
    assert prefetch.room() == 1
    prefetch.delivered()
    assert prefetch.room() == 0
    prefetch.ended()
    assert prefetch.room() == 1


def test_a_backlog_of_quick_jobs_is_known_by_what_each_thread_has_ended_several_times() -> None:
    prefetch = Prefetch(threads=2)
    for _ in range(2 * dramatiq_adapter._MEASURED_JOBS - 1):
        prefetch.delivered()
        prefetch.ended()
    prefetch._since = time.monotonic() - dramatiq_adapter._MEASURED_S / 10
    assert prefetch.room() == 2, "so many may have ended at one moment by chance"
    prefetch.delivered()
    prefetch.ended()
    assert prefetch.room() > 2
