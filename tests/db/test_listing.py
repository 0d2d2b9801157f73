"""Lists as they are declared: each row once and in order, however it is sorted and narrowed, and by an index."""

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from db import connection, paging
from db.access import api_tokens, audit, users
from db.billing import invoices
from db.fields import stored
from db.ledger import job_paths
from db.listing import Listing
from db.paging import BadCursor, Count
from db.payments import payments
from db.portfolio import alert_lists, clients, domain_lists, endpoint_lists
from db.portfolio import models as tables
from rules.domains.records import Answer
from tests.support.ledger import queue

pytestmark = pytest.mark.usefixtures("ledger")
NOW = datetime.now(UTC)
MINE = frozenset({1, 3})


def walk(listing: Listing[Any], sort: str = "id", size: int = 3, **asked: Any) -> list[int]:
    """Read a list to its end and return its ids."""
    page = listing.page(sort, size=size, **asked)
    ids = [one.id for one in page.rows]
    while page.after:
        page = listing.page(sort, size=size, after=page.after, **asked)
        assert page.rows, "a cursor leads to at least one row"
        ids += [one.id for one in page.rows]
    return ids


@pytest.fixture
def portfolio(ledger: str) -> None:
    """Three clients with four domains each: two ends are alike, two domains have none, and two nobody has checked."""
    with connection.transaction():
        for number in range(3):
            tables.Client.create(name=f"Client {number}", email="a@b.test")
        for number in range(12):
            domain = tables.Domain.create(name=f"name-{11 - number:02}.test", client=number % 3 + 1)
            if number >= 10:
                continue
            end = None if number % 5 == 4 else NOW + timedelta(days=(9 - number) // 2)
            answer = Answer.AVAILABLE if number == 7 else Answer.REGISTERED
            tables.DomainState.create(domain=domain, answer=answer, source="rdap", server="", expires=end)


@pytest.mark.usefixtures("portfolio")
@pytest.mark.parametrize("size", range(1, 6))
def test_a_client_s_first_domains_are_those_that_lapse_first(size: int) -> None:
    connection.changed("UPDATE domain_state SET expires = %s WHERE answer = 'available'", stored(NOW))
    for client in (1, 2, 3):
        shown = domain_lists.of_client(client, size=size)
        expected = domain_lists.LIST.page("lapses", client=client, size=size)
        assert [one.id for one in shown.rows] == [one.id for one in expected.rows]
        assert bool(shown.after) == bool(expected.after)


@pytest.mark.usefixtures("portfolio")
@pytest.mark.parametrize("asked", [{}, {"answer": Answer.REGISTERED}, {"within": MINE}])
def test_windows_count_what_ends_up_to_each_moment(asked: dict[str, Any]) -> None:
    domains, ends = domain_lists.LIST, [NOW + timedelta(days=days, hours=1) for days in (-1, 0, 1, 3, 60)]
    counted = domains.windows("expires", ends, **asked)
    assert counted == [domains.count(until=end, **asked) for end in ends]
    assert counted[0].number < counted[2].number < counted[4].number
    assert domains.windows("expires", ends, most=2, **asked)[-1] == Count(2, more=True)


@pytest.mark.usefixtures("portfolio")
@pytest.mark.parametrize("size", [1, 3, 50])
def test_each_row_comes_once_and_what_an_order_says_nothing_of_comes_last(size: int) -> None:
    domains = domain_lists.LIST
    assert walk(domains, size=size) == list(range(1, 13))
    assert walk(domains, "-id", size=size) == list(range(12, 0, -1))
    assert walk(domains, "name", size=size) == list(range(12, 0, -1))
    assert walk(domains, "expires", size=size) == [9, 7, 8, 6, 3, 4, 1, 2, 5, 10, 11, 12]
    assert walk(domains, "-expires", size=size) == [2, 1, 4, 3, 6, 8, 7, 9, 12, 11, 10, 5]
    assert walk(domains, "expires", size=size, rest=False) == [9, 7, 8, 6, 3, 4, 1, 2]


@pytest.mark.usefixtures("portfolio")
def test_what_is_not_within_somebodys_clients_is_neither_listed_nor_counted() -> None:
    domains = domain_lists.LIST
    mine = [number for number in range(1, 13) if number % 3 != 2]
    for sort in ("id", "-id", "name", "expires", "-expires"):
        assert sorted(walk(domains, sort, within=MINE)) == mine, sort
        assert walk(domains, sort, within=frozenset()) == []
        assert walk(domains, sort, within=MINE, client=2) == []
        assert sorted(walk(domains, sort, within=MINE, client=3)) == [3, 6, 9, 12]
    assert [one.id for one in domains.every(within=MINE)] == mine
    assert (domains.count(within=MINE), domains.count(within=frozenset())) == (Count(8), Count(0))
    assert walk(clients.LIST, "name", within=MINE) == [1, 3]


@pytest.mark.usefixtures("portfolio")
def test_filters_go_together_and_counting_stops() -> None:
    domains = domain_lists.LIST
    assert walk(domains, "expires", answer=Answer.AVAILABLE) == [8]
    assert walk(domains, client=2, answer=Answer.AVAILABLE) == [8]
    assert walk(domains, client=1, answer=Answer.AVAILABLE) == []
    assert walk(domains, answer=Answer.REGISTERED, ends=False) == [5, 10]
    assert walk(domains, "expires", until=NOW + timedelta(hours=1), since=NOW - timedelta(hours=1)) == [9]
    assert domains.count(most=11) == Count(11, more=True)
    assert domains.count(most=12) == Count(12)


@pytest.mark.usefixtures("portfolio")
def test_a_cursor_of_another_order_is_refused() -> None:
    names, ends = (domain_lists.LIST.page(sort, size=1).after for sort in ("name", "expires"))
    for sort, cursor in (
        ("expires", names),
        ("id", names),
        ("name", ends),
        ("id", "9" * 19),
        ("id", "\N{SUPERSCRIPT TWO}"),
        ("name", paging.encode(("\ud800",))),
    ):
        with pytest.raises(BadCursor):
            domain_lists.LIST.page(sort, after=cursor)


@dataclass(frozen=True)
class Case:
    """A reading of a list; ``sorts`` says that its few rows are sorted by themselves."""

    listing: Listing[Any]
    sort: str
    asked: dict[str, Any]
    sorts: bool = False


SOON = {"answer": Answer.REGISTERED, "until": NOW}
CASES = [
    *(Case(domain_lists.LIST, sort, {}) for sort in ("id", "-id", "name", "-name", "expires", "-expires")),
    *(Case(domain_lists.LIST, sort, {"answer": Answer.REGISTERED}) for sort in ("id", "expires", "-expires")),
    Case(domain_lists.LIST, "expires", SOON),
    Case(domain_lists.LIST, "id", {"answer": Answer.RESERVED, "ends": False}),
    Case(domain_lists.LIST, "-failed", {}),
    *(Case(domain_lists.LIST, sort, {}) for sort in ("stage", "-stage", "registrar", "-registrar")),
    *(Case(domain_lists.LIST, sort, {"registrar": "R"}, sorts=True) for sort in ("id", "expires")),
    *(Case(domain_lists.LIST, sort, {"failing": True}, sorts=True) for sort in ("failed", "-failed")),
    *(Case(domain_lists.LIST, sort, {"tld": "test"}, sorts=True) for sort in ("id", "name", "expires")),
    *(Case(invoices.LIST, sort, {}) for sort in ("id", "-id", "gross", "-gross")),
    *(Case(invoices.LIST, "-id", asked, sorts=True) for asked in ({"client": 7}, {"number": 17}, {"within": MINE})),
    Case(invoices.LIST, "-id", {"documented": False}),
    Case(invoices.LIST, "-gross", {"gross": [11900, 12000]}, sorts=True),
    Case(domain_lists.LIST, "stage", {"odd": True}, sorts=True),
    Case(domain_lists.LIST, "name", {"beginning": "a"}),
    *(Case(domain_lists.LIST, sort, {"client": 7}, sorts=True) for sort in ("id", "name", "lapses")),
    *(Case(domain_lists.LIST, sort, {"within": MINE}, sorts=True) for sort in ("id", "name", "-expires")),
    Case(domain_lists.LIST, "expires", {**SOON, "within": MINE}, sorts=True),
    *(Case(endpoint_lists.LIST, sort, {}) for sort in ("id", "host", "-host", "not_after", "-not_after")),
    Case(endpoint_lists.LIST, "id", {"faulty": True}),
    Case(endpoint_lists.LIST, "host", {"beginning": "www"}),
    Case(endpoint_lists.LIST, "id", {"host": "www.bakery.test"}, sorts=True),
    *(Case(endpoint_lists.LIST, "not_after", asked, sorts=True) for asked in ({"client": 7}, {"within": MINE})),
    *(Case(alert_lists.LIST, sort, {"kind": "k", "open": True}) for sort in ("stage", "-stage")),
    Case(alert_lists.LIST, "id", {}),
    Case(alert_lists.LIST, "id", {"kind": "k", "storm": "s", "open": True}),
    Case(alert_lists.LIST, "stage", {"kind": "k", "lapsed": True, "open": True}),
    Case(alert_lists.LIST, "stage", {"kind": "k", "but": ["s", "t"], "open": True}),
    Case(domain_lists.LIST, "-failed", {"failing": True}, sorts=True),
    *(Case(alert_lists.LIST, "stage", {name: 7}, sorts=True) for name in ("client", "domain", "endpoint")),
    *(Case(clients.LIST, sort, {}) for sort in ("id", "name", "-name")),
    *(Case(payments.LIST, sort, {}) for sort in ("id", "received_on", "-received_on")),
    *(Case(payments.LIST, "received_on", asked, sorts=True) for asked in ({"client": 7}, {"invoice": 7})),
    *(Case(audit.LIST, "-id", asked) for asked in ({}, {"actor": "ada"})),
    *(Case(users.LIST, sort, {}) for sort in ("id", "name", "-name")),
    *(Case(api_tokens.LIST, sort, {"user": 7, "holds": True}, sorts=True) for sort in ("-id", "name", "expires_at")),
]


@pytest.fixture
def planned(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """Peewee's log of statements; PostgreSQL takes an index wherever there is one, and sorts only where it must.

    To sort those again that are equal in what an index has sorted (an incremental sort) is no sort.
    """
    caplog.set_level(logging.DEBUG, "peewee")
    with connection.transaction():
        if connection.dialect().name == "postgresql":
            for way in ("seqscan", "sort", "bitmapscan", "hashjoin", "mergejoin"):
                connection.execute(f"SET LOCAL enable_{way} = off")
        yield caplog


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.listing.table}-{case.sort}-{[*case.asked]}")
def test_each_order_and_filter_has_an_index(planned: pytest.LogCaptureFixture, case: Case) -> None:
    planned.clear()
    case.listing.page(case.sort, **case.asked)
    stated = [record.msg for record in planned.records if "WITH listed" in str(record.msg)]
    assert stated
    for words, params in stated:
        plan = _plan(words, params)
        assert "Seq Scan" not in plan, plan
        if not case.sorts and "IS NULL" not in words:
            assert not re.search(r"(?<!Incremental )Sort  |TEMP B-TREE FOR ORDER BY", plan), plan
        if case.sorts:
            partial = "domain_state USING INDEX domain_state_odd"  # which has those alone
            assert not re.search(rf"SCAN (?!listed|json_each|{partial}|\w+ VIRTUAL TABLE INDEX 0:M)", plan), plan


def test_from_which_job_on_a_time_begins_is_found_without_reading_them(planned: pytest.LogCaptureFixture) -> None:
    queue()
    planned.clear()
    job_paths.first_made(NOW + timedelta(days=1))
    for words, params in [record.msg for record in planned.records]:
        assert not re.search("Seq Scan|SCAN job", plan := _plan(words, params)), plan


def _plan(words: str, params: Any) -> str:
    how = "EXPLAIN QUERY PLAN " if connection.dialect().name == "sqlite" else "EXPLAIN "
    rows = connection.database.execute_sql(how + words, params).fetchall()
    return "\n".join(str(row[-1]) for row in rows) + f"\n{words}"
