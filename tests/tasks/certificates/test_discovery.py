"""Mail hosts become endpoints: those of a client's own domains, and those of others only where that is wanted."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from db.access import audit
from db.portfolio import endpoint_lists
from rules.jobs import JobState
from sandbox.dns import Trick
from sandbox.world import World
from tasks import certificates
from tests.support.worker import Worker
from tests.tasks.domains.test_checks import start, truth

# What the databases do with it is tested in tests/db.
pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
Sandbox = Callable[..., World]


def mail_goes(world: World, *records: str) -> None:
    """Have the zone of bakery.test name these mail hosts."""
    (own,) = (zone for zone in world.dns.zones if zone.name == "bakery.test")
    world.dns.zones.remove(own)
    lines = [line for line in own.text.splitlines() if " MX " not in line]
    world.dns.zones.append(replace(own, text="\n".join([*lines, *(f"@ IN MX {one}" for one in records)])))


def discovered(worker: Worker, domain_id: int, *, everywhere: bool = False) -> list[tuple[str, int, str]]:
    job = worker.perform(certificates.discover, domain_id=domain_id, everywhere=everywhere)
    assert job.state is JobState.DONE
    return [(one.host, one.port, one.protocol) for one in endpoint_lists.LIST.every()]


def test_the_mail_host_of_a_domain_is_watched_from_then_on(sandbox: Sandbox, worker: Worker) -> None:
    _, (domain_id,) = start(sandbox, worker, truth())
    for _ in range(2):
        assert discovered(worker, domain_id) == [("mail.bakery.test", 25, "smtp")]
    (entry,) = [one for one in audit.LIST.page("-id").rows if one.action == "endpoint add"]
    assert (entry.actor, entry.details["mail host of"]) == ("certificates.discover", "bakery.test")
    assert next(endpoint_lists.LIST.every()).client_name == "Bakery"


def test_who_is_asked_to_deliver_elsewhere_watches_that_himself(sandbox: Sandbox, worker: Worker) -> None:
    world, (domain_id,) = start(sandbox, worker, truth())
    mail_goes(world, "10 mx.bakery.test.", "20 mx1.mail-provider.example.", "30 com.")
    assert discovered(worker, domain_id) == [("mx.bakery.test", 25, "smtp")]
    everywhere = discovered(worker, domain_id, everywhere=True)
    assert ("mx1.mail-provider.example", 25, "smtp") in everywhere


def test_a_domain_that_takes_no_mail_has_no_mail_host(sandbox: Sandbox, worker: Worker) -> None:
    world, (domain_id,) = start(sandbox, worker, truth())
    mail_goes(world, "0 .")
    assert discovered(worker, domain_id) == []


def test_where_nobody_answers_it_is_tried_again(sandbox: Sandbox, worker: Worker) -> None:
    world, (domain_id,) = start(sandbox, worker, truth())
    world.dns.play(Trick.SERVFAIL, "bakery.test", "MX")
    job = worker.perform(certificates.discover, domain_id=domain_id)
    assert (job.state, job.failures) == (JobState.QUEUED, 1)
