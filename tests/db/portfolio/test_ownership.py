"""The verification of domains, stored: read as it was written, due when it says so, and the client's for whom it is."""

from datetime import UTC, datetime, timedelta

import pytest

from db import connection
from db.portfolio import clients, domains, ownership
from db.portfolio.clients import Client
from rules.domains import ownership as rules
from rules.domains.ownership import OwnershipMethod, OwnershipState, Sighting, SightingKind

pytestmark = pytest.mark.usefixtures("ledger")

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def entered(name: str = "bakery.test", *, client: str = "Bakery") -> tuple[int, int]:
    """Enter a domain; returns its id and its client's."""
    client_id, _ = clients.add(Client(name=client, email="a@b.test"))
    return domains.add(name, client_id=client_id)[0], client_id


def verified(domain_id: int, client_id: int) -> None:
    begun = ownership.begin(domain_id, client_id=client_id, token="ab", at=NOW)
    found = rules.assess(begun, [Sighting(OwnershipMethod.TXT, SightingKind.FOUND)], jitter=0.0, now=NOW)
    ownership.save(domain_id, found.ownership)


def test_it_is_read_as_it_was_written() -> None:
    domain_id, client_id = entered()
    assert ownership.get(domain_id) is None
    begun = ownership.begin(domain_id, client_id=client_id, token="ab", at=NOW)
    assert ownership.get(domain_id) == begun
    hostile = [Sighting(OwnershipMethod.FILE, SightingKind.UNSEEN, "\0\ud800\u202e<b>")]
    found = rules.assess(begun, hostile, jitter=0.0, now=NOW).ownership
    ownership.save(domain_id, found)
    assert ownership.get(domain_id) == found


def test_what_a_stranger_said_is_cut() -> None:
    domain_id, client_id = entered()
    begun = ownership.begin(domain_id, client_id=client_id, token="ab", at=NOW)
    said = [Sighting(OwnershipMethod.FILE, SightingKind.UNSEEN, "x" * 10_000)]
    ownership.save(domain_id, rules.assess(begun, said, jitter=0.0, now=NOW).ownership)
    found = ownership.get(domain_id)
    assert found
    assert len(found.sightings[0].detail) == 200


def test_begun_anew_nothing_of_before_is_left() -> None:
    domain_id, client_id = entered()
    verified(domain_id, client_id)
    ownership.begin(domain_id, client_id=client_id, token="cd", at=NOW)
    found = ownership.get(domain_id)
    assert found
    assert (found.token, found.state, found.method, found.verified_at, found.sightings) == (
        "cd", OwnershipState.PENDING, None, None, (),
    )  # fmt: skip


def test_those_that_are_due_come_in_order_and_are_counted() -> None:
    ids = [entered(f"bakery-{number}.test") for number in range(3)]
    for number, (domain_id, client_id) in enumerate(ids):
        ownership.begin(domain_id, client_id=client_id, token="ab", at=NOW + timedelta(hours=number))
    soon = NOW + timedelta(hours=1)
    assert ownership.due_after(0, 10, now=soon) == [domain_id for domain_id, _ in ids[:2]]
    assert ownership.due_after(ids[0][0], 10, now=soon) == [ids[1][0]]
    assert ownership.count_due(now=soon) == 2


def test_a_domain_that_is_another_clients_now_is_not_verified() -> None:
    domain_id, client_id = entered()
    verified(domain_id, client_id)
    assert ownership.verified(["bakery.test", "other.test"]) == {("bakery.test", client_id)}
    other, _ = clients.add(Client(name="Forge", email="a@b.test"))
    domains.change(domain_id, {"client_id": other})
    assert ownership.get(domain_id) is None
    assert ownership.verified(["bakery.test"]) == set()
    assert ownership.due_after(0, 10, now=NOW + timedelta(days=9)) == []
    assert ownership.count_due(now=NOW + timedelta(days=9)) == 0
    domains.change(domain_id, {"client_id": client_id})
    assert ownership.verified(["bakery.test"]) == {("bakery.test", client_id)}


def test_it_goes_with_its_domain() -> None:
    domain_id, client_id = entered()
    verified(domain_id, client_id)
    domains.remove(domain_id)
    assert connection.execute("SELECT COUNT(*) FROM domain_ownership") == [(0,)]
