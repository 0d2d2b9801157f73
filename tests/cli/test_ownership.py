"""``nolapse ownership``: what to place where, and how a domain's verification stands."""

from datetime import UTC, datetime

from db.access import audit
from db.portfolio import clients, domains, ownership
from db.portfolio.clients import Client
from rules.domains import ownership as rules
from rules.domains.ownership import OwnershipMethod, Sighting, SightingKind
from tests.cli.test_commands import Shell, shell  # noqa: F401 - a fixture
from tests.faults.marks import on_sqlite

pytestmark = on_sqlite


def entered() -> int:
    client_id, _ = clients.add(Client(name="Bakery", email="a@b.test"))
    return domains.add("bakery.test", client_id=client_id)[0]


def test_it_begins_and_says_what_to_place_where(shell: Shell) -> None:  # noqa: F811
    domain_id = entered()
    said = shell("ownership", "https://www.bakery.test/")
    known = ownership.get(domain_id)
    assert known
    assert said.code == 1, "it is not verified yet"
    assert f"nolapse-verification={known.token}" in said.out
    assert "_nolapse-challenge.bakery.test" in said.out
    assert audit.LIST.page("-id").rows[0].action == "domain verification"


def test_a_verified_one_ends_with_zero_and_another_token_with_one(shell: Shell) -> None:  # noqa: F811
    domain_id = entered()
    shell("ownership", "bakery.test")
    known, now = ownership.get(domain_id), datetime.now(UTC)
    assert known
    seen = [Sighting(OwnershipMethod.TXT, SightingKind.FOUND)]
    ownership.save(domain_id, rules.assess(known, seen, jitter=0.0, now=now).ownership)
    verified = shell("ownership", "bakery.test", "--json")
    assert (verified.code, verified.json["state"], verified.json["method"]) == (0, "verified", "txt")
    renewed = shell("ownership", "bakery.test", "--renew", "--json")
    assert (renewed.code, renewed.json["state"]) == (1, "pending")


def test_a_domain_of_nobody_is_refused(shell: Shell) -> None:  # noqa: F811
    said = shell("ownership", "other.test")
    assert (said.code, said.out) == (2, "")
    assert "other.test is not in the portfolio" in said.error
