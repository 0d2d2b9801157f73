"""Lookups asked for at once, against the sandbox: answered as the command line does, refused where nobody may call."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

import settings
from db.access import lookups as store
from db.access import users
from db.access.lookups import AskedLookup, FailureKind
from rules import lookups as questions
from rules.access import Role
from rules.jobs import JobState
from rules.lookups import LookupQuestion
from sandbox.behaviour import Behaviour
from sandbox.truth import Chain, Endpoint
from sandbox.world import World
from tasks import domains, lookups, outside
from tests.faults.marks import on_sqlite
from tests.support.worker import Worker
from tests.tasks.domains.test_checks import truth

pytestmark = on_sqlite

Sandbox = Callable[..., World]


def asked(*written: LookupQuestion) -> list[int]:
    ada = users.add("ada", Role.OPERATOR)
    return [lookups.ask(ada, one) for one in written]


def answered(worker: Worker, *written: LookupQuestion) -> list[AskedLookup]:
    """Ask, have the jobs run, and return what came."""
    ids = asked(*written)
    worker.drain(lookups.domain, lookups.endpoint)
    return [store.get(one, user_id=1) for one in ids]


def test_a_domain_of_nobody_we_know_is_answered(sandbox: Sandbox, worker: Worker) -> None:
    bakery = truth()
    sandbox(domains=[bakery])
    worker.perform(domains.refresh_servers)
    (found,) = answered(worker, questions.about_domain("https://www.bakery.test/"))
    assert found.answer
    assert (found.answer["answer"], found.answer["registrar"]) == ("registered", bakery.registrar)
    assert found.answer["said"]["registrar"]["source"] == "rdap"


def test_an_endpoint_is_answered_with_its_faults_and_how_they_are_mended(sandbox: Sandbox, worker: Worker) -> None:
    now = datetime.now(UTC)
    shop = Endpoint(
        host="www.bakery.test",
        client="Bakery",
        chain=Chain.EXPIRED,
        not_before=now - timedelta(days=90),
        not_after=now - timedelta(days=1),
    )
    world = sandbox(endpoints=[shop])
    port = world.tls.port
    (found,) = answered(worker, questions.about_endpoint("www.bakery.test", port=port))
    assert found.answer
    assert (found.answer["grade"], found.answer["ok"]) == ("F", False)
    assert "expired" in {one["fault"] for one in found.answer["faults"]}
    assert all(one["how"] and one["severity"] in ("critical", "warning", "note") for one in found.answer["faults"])


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "[::1]", "[::ffff:127.0.0.1]", "localhost"]
)
def test_an_address_that_is_not_public_is_refused_by_name(worker: Worker, host: str) -> None:
    outside.guard.cache_clear()
    (found,) = answered(worker, questions.about_endpoint(host))
    assert found.failure_kind is FailureKind.REFUSED
    assert "is not a public address" in (found.failure or "")


def test_a_registry_that_nobody_reaches_is_told_at_once(sandbox: Sandbox, worker: Worker) -> None:
    world = sandbox(domains=[truth()])
    worker.perform(domains.refresh_servers)
    world.rdap.conduct.default = world.whois._registry.conduct.default = Behaviour.HANG_UP
    (found,) = answered(worker, questions.about_domain("bakery.test"))
    assert found.failure_kind is FailureKind.UNAVAILABLE
    assert found.failure


def test_who_asks_the_same_while_it_is_queued_shares_the_answer(sandbox: Sandbox, worker: Worker) -> None:
    world = sandbox(domains=[truth()])
    worker.perform(domains.refresh_servers)
    world.rdap.requests.clear()
    first, second = answered(worker, *(questions.about_domain("bakery.test") for _ in range(2)))
    assert first.job_id == second.job_id
    assert first.answer == second.answer
    assert world.rdap.requests.total() == 1


def test_what_nobody_waits_for_asks_nobody(sandbox: Sandbox, worker: Worker) -> None:
    world = sandbox(domains=[truth()])
    worker.perform(domains.refresh_servers)
    world.rdap.requests.clear()
    assert worker.perform(lookups.domain, name="bakery.test").state is JobState.DONE
    assert worker.perform(lookups.endpoint, host="a\r\nb", port=1, protocol="none").state is JobState.DONE
    assert not world.rdap.requests


def test_a_lane_that_is_full_is_waited_for(sandbox: Sandbox, worker: Worker) -> None:
    """The lookup parks as a check does, and is answered when its turn comes."""
    world = sandbox(domains=[truth(), truth("garden.test")])
    worker.perform(domains.refresh_servers)
    with settings.override(lanes={world.rdap.address: 1}):
        ids = asked(questions.about_domain("bakery.test"), questions.about_domain("garden.test"))
        jobs = worker.drain(lookups.domain)
        assert sorted(one.state for one in jobs) == [JobState.DONE, JobState.QUEUED]
        states = [store.get(one, user_id=1).is_open for one in ids]
    assert sorted(states) == [False, True]
