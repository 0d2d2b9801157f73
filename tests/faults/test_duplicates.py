"""Redis may deliver a message any number of times, and anybody may push there (F23): the claim decides what runs."""

import pytest
from dramatiq import Message
from dramatiq.brokers.redis import RedisBroker

from db import connection
from db.ledger import transitions
from rules.jobs import AttemptOutcome, JobState
from tasks.engine.task import Queue
from tasks.transport.redis_queue import RedisQueue
from tests.faults.marks import on_postgres, postgres_first
from tests.support import tasks
from tests.support.crowds import at_once
from tests.support.eventually import eventually
from tests.support.system import System

pytestmark = pytest.mark.fault

_TIMES = 50
_PATIENT = {"NOLAPSE_CLAIM_S": "20", "NOLAPSE_LOG_LEVEL": "debug"}


@postgres_first
def test_a_message_that_is_delivered_fifty_times_at_once_runs_once(system: System) -> None:
    pool = system.pool(NOLAPSE_WORKER_PROCESSES="2", **_PATIENT)
    system.await_workers(2)
    job_id = _inserted_but_not_announced("once")

    _push_at_once(system, [_message("tasks.write", job_id) for _ in range(_TIMES)])

    system.await_state(job_id, JobState.DONE)
    _await_silence(system)
    assert system.effects() == {"once": 1}
    assert system.outcomes(job_id) == [AttemptOutcome.DONE]
    assert not pool.logged("claim_lost")


@on_postgres
def test_a_message_of_a_job_that_runs_or_has_ended_does_nothing(system: System) -> None:
    system.start(NOLAPSE_WORKER_PROCESSES="2", **_PATIENT)
    ticket = tasks.wait_for.enqueue(name="once", path=str(system.folder / "go"))
    system.await_state(ticket.job_id, JobState.RUNNING)

    _push_at_once(system, [_message("tasks.wait_for", ticket.job_id) for _ in range(_TIMES)])
    _await_silence(system)
    (system.folder / "go").touch()
    system.await_ended(ticket)
    _push_at_once(system, [_message("tasks.wait_for", ticket.job_id) for _ in range(_TIMES)])
    _await_silence(system)

    assert system.outcomes(ticket.job_id) == [AttemptOutcome.DONE]


@on_postgres
def test_what_is_forged_or_garbled_runs_nothing_and_stops_nothing(system: System) -> None:
    system.pool(**_PATIENT)
    system.await_workers()
    job_id = _inserted_but_not_announced("as the ledger says")
    with system.redis.client() as client:
        for number, data in enumerate((b"", b"\xff\xfe", b"{}", b"[1]", b"null", b'{"args": []}')):
            client.hset("dramatiq:default.msgs", f"garbage {number}", data)
            client.rpush("dramatiq:default", f"garbage {number}")
        client.rpush("dramatiq:default", "an id without a message")
    _push_at_once(system, [_message("tasks.write", 10**6), _message("tasks.poison", job_id)])

    system.await_state(job_id, JobState.DONE)
    _await_silence(system)
    assert system.effects() == {"as the ledger says": 1}
    assert system.states() == {"done": 1}


def _inserted_but_not_announced(name: str) -> int:
    with connection.session(), connection.transaction():
        kind = transitions.JobSpec("tasks.write", Queue.DEFAULT)
        return transitions.insert(kind, [transitions.JobRequest({"name": name})], announced_for_s=3600)[0]


def _message(task: str, job_id: int) -> Message:
    return Message(str(Queue.DEFAULT), task, (job_id,), {}, {})


def _push_at_once(system: System, messages: list[Message]) -> None:
    """Push as Dramatiq itself does, each from a thread of its own, all at the same time."""
    broker = RedisBroker(url=system.redis.url)
    at_once(len(messages), lambda one: broker.enqueue(messages[one]))
    broker.close()
    broker.client.close()


def _await_silence(system: System) -> None:
    """Wait until all that was pushed has been taken."""
    with system.redis.client() as client:
        eventually(lambda: RedisQueue(client).depth(Queue.DEFAULT) == 0, what="the queue is empty")
