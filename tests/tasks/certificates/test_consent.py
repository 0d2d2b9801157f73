"""Scans of endpoints whose domain must be verified: refused and put off until it is."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import settings
from db.portfolio import clients, domains, endpoints, ownership
from db.portfolio.clients import Client
from rules.domains import ownership as rules
from rules.domains.ownership import OwnershipMethod, Sighting, SightingKind
from rules.jobs import JobState
from sandbox.truth import Chain
from sandbox.truth import Endpoint as Served
from sandbox.world import World
from tasks import certificates
from tests.faults.marks import on_sqlite
from tests.support.worker import Worker

pytestmark = on_sqlite

NOW = datetime.now(UTC)


def started(sandbox: Callable[..., World]) -> tuple[World, int, int]:
    """Serve a host of a domain; returns its port and the client's id."""
    shop = Served(
        host="www.bakery.test",
        client="Bakery",
        chain=Chain.VALID,
        not_before=NOW - timedelta(days=1),
        not_after=NOW + timedelta(days=89),
    )
    world = sandbox(endpoints=[shop])
    client_id, _ = clients.add(Client(name="Bakery", email="a@b.test"))
    return world, world.tls.port, client_id


def verify(name: str, client_id: int) -> None:
    domain_id, _ = domains.add(name, client_id=client_id)
    begun = ownership.begin(domain_id, client_id=client_id, token="ab", at=NOW)
    seen = [Sighting(OwnershipMethod.TXT, SightingKind.FOUND)]
    ownership.save(domain_id, rules.assess(begun, seen, jitter=0.0, now=NOW).ownership)


def test_what_is_not_verified_is_not_called_and_says_why(sandbox: Callable[..., World], worker: Worker) -> None:
    world, port, client_id = started(sandbox)
    endpoint_id, _ = endpoints.add("www.bakery.test", port, client_id=client_id)
    address, _ = endpoints.add("127.0.0.1", port, client_id=client_id)
    with settings.override(require_verified=("scans",)):
        for one in (endpoint_id, address):
            assert worker.perform(certificates.scan, endpoint_id=one).state is JobState.DONE
            found = endpoints.get(one)
            assert "NOLAPSE_REQUIRE_VERIFIED" in (found.failure or "")
            assert found.next_scan_at
            assert found.checked_at is None
    assert not world.tls.connections


def test_a_batch_scans_those_that_are_verified(sandbox: Callable[..., World], worker: Worker) -> None:
    _, port, client_id = started(sandbox)
    other, _ = clients.add(Client(name="Forge", email="a@b.test"))
    verify("bakery.test", client_id)
    theirs, _ = endpoints.add("www.bakery.test", port, client_id=client_id)
    not_theirs, _ = endpoints.add("shop.bakery.test", port, client_id=other)
    with settings.override(require_verified=("scans",)):
        job = worker.perform(certificates.scan_batch, endpoint_ids=[theirs, not_theirs])
    assert job.state is JobState.DONE
    assert endpoints.get(theirs).checked_at
    assert endpoints.get(not_theirs).failure


def test_without_the_setting_everything_is_scanned(sandbox: Callable[..., World], worker: Worker) -> None:
    _, port, client_id = started(sandbox)
    endpoint_id, _ = endpoints.add("www.bakery.test", port, client_id=client_id)
    assert worker.perform(certificates.scan, endpoint_id=endpoint_id).state is JobState.DONE
    assert endpoints.get(endpoint_id).checked_at
