"""Imports write set-wise what is new, also when two of them run at once."""

from collections import Counter

import pytest

from db.portfolio import clients, domains, endpoints, imports
from rules import portfolio
from rules.portfolio import PortfolioEntry
from rules.portfolio.portfolio_plan import Plan, Planner
from tests.support import ledger as do

pytestmark = pytest.mark.usefixtures("ledger")


def entries(first: int, last: int) -> list[PortfolioEntry]:
    lines = [f"Client {n // 3},c@client.test,d{n}.example,www.d{n}.example" for n in range(first, last)]
    read = portfolio.read([f"{line}\n" for line in ("client,email,domain,host", *lines)])
    return [one for one in read if isinstance(one, PortfolioEntry)]


def planned(given: list[PortfolioEntry]) -> Plan:
    planner = Planner(edits=False)
    planner.add(given, imports.existing(given))
    return planner.plan()


def test_what_is_new_is_written_once_and_known_the_next_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports, "ROWS", 20)
    seen: list[int] = []
    plan = planned(entries(0, 60))
    assert imports.save(plan, progress=seen.append) == Counter(clients=20, domains=60, endpoints=60)
    assert seen == [20] * 7, "in chunks"
    assert planned(entries(0, 60)) == Plan()
    assert (clients.count(), domains.count(), endpoints.count()) == (20, 60, 60)


def test_two_imports_at_once_add_what_both_have_once() -> None:
    plans = [planned(entries(0, 40)), planned(list(reversed(entries(20, 60))))]
    added = do.at_once(2, lambda place: imports.save(plans[place]))
    assert sum(added, Counter()) == Counter(clients=20, domains=60, endpoints=60)
    assert (clients.count(), domains.count(), endpoints.count()) == (20, 60, 60)


def test_what_is_there_is_told_with_its_owner_and_columns() -> None:
    imports.save(planned(entries(0, 1)))
    there = imports.existing(entries(0, 3))
    assert there.clients["Client 0"].values["email"] == "c@client.test"
    assert list(there.domains) == ["d0.example"]
    assert (there.domains["d0.example"].client, there.domains["d0.example"].values["decision"]) == (
        "Client 0",
        "undecided",
    )
    assert list(there.endpoints) == [("www.d0.example", 443, "tls", "")]
