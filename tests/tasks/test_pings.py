"""What the world outside hears of schedules: that they began and how they ended, each once."""

from collections.abc import Iterator
from datetime import timedelta
from ipaddress import ip_network

import pytest
from pydantic import SecretStr

import settings
from db import connection
from db.ledger import leases, schedules
from rules.jobs import JobState
from rules.jobs.pings import PingWord, due
from sandbox.behaviour import Behaviour
from sandbox.channels import ChannelServer
from tasks import outside, pings
from tests.faults.marks import on_sqlite
from tests.support import ledger as do
from tests.support.worker import Worker

SCHEDULE = "invoices"


@pytest.fixture
def server(ledger: str) -> Iterator[ChannelServer]:
    with ChannelServer() as running:
        urls = {SCHEDULE: SecretStr(f"http://{running.address}/uuid")}
        with settings.override(ping_urls=urls, allowed_networks=(ip_network("127.0.0.0/8"),)):
            outside.guard.cache_clear()
            yield running
            outside.guard.cache_clear()


def fired() -> int:
    """Fire the schedule once and return the job that it led to, which is one of no run."""
    job_id = do.queue()
    due_at = schedules.now() - timedelta(minutes=1)
    with connection.transaction():
        firing_id = schedules.decide(SCHEDULE, due_at, "fired", None)
        assert firing_id
        schedules.fired(firing_id, job_id=job_id, run_id=None)
    return job_id


def paths(server: ChannelServer) -> list[str]:
    return [one.path for one in server.posted]


def ended(job_id: int, state: JobState) -> None:
    connection.changed("UPDATE job SET state = %s, finished_at = {now} WHERE id = %s", str(state), job_id)


def test_it_tells_that_one_began_and_ended_once_each(server: ChannelServer, worker: Worker) -> None:
    job_id = fired()
    for _ in range(2):
        worker.perform(pings.tell_all)
    assert paths(server) == ["/uuid/start"]
    ended(job_id, JobState.DONE)
    for _ in range(2):
        worker.perform(pings.tell_all)
    assert paths(server) == ["/uuid/start", "/uuid"]


@on_sqlite
def test_a_bad_end_is_told_as_such_and_a_good_one_after_it(server: ChannelServer, worker: Worker) -> None:
    job_id = fired()
    ended(job_id, JobState.DEAD)
    worker.perform(pings.tell_all)
    ended(job_id, JobState.DONE)
    worker.perform(pings.tell_all)
    assert paths(server) == ["/uuid/fail", "/uuid"]


@on_sqlite
def test_what_was_not_heard_is_told_again_and_no_secret_is_kept(server: ChannelServer, worker: Worker) -> None:
    fired()
    server.conduct.by_name["/uuid/start"] = Behaviour.GARBAGE
    assert worker.perform(pings.tell_all).state is JobState.DONE
    assert leases.remembered(f"ping {SCHEDULE}") is None
    server.conduct.by_name.clear()
    worker.perform(pings.tell_all)
    assert paths(server) == ["/uuid/start"]


def test_what_began_and_ended_between_two_looks_is_told_as_ended() -> None:
    assert due(ended=True, bad=False, told=None) is PingWord.SUCCESS
    assert due(ended=False, bad=False, told=PingWord.START) is None
