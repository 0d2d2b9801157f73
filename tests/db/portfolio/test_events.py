"""The feed of events: nothing is missed, however late a transaction ends."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from db import connection
from db.portfolio import events
from db.portfolio import models as tables
from rules.checks.subjects import Subject


@pytest.fixture
def client(ledger: str) -> int:
    return tables.Client.create(name="Bakery", email="a@b.test").id


def read(after: str | None, **asked: Any) -> tuple[list[str | None], str | None]:
    """Return what events are new, as a reader does that goes on where it was."""
    rows = events.FEED.page("written", after=after, settled=True, **asked).rows
    return [one.after for one in rows], events.cursor(rows[-1]) if rows else after


def write(client: int, what: str) -> None:
    events.add(Subject("domain", 17, client), "nameservers_changed", None, what)


def test_an_event_of_a_transaction_that_ends_late_is_read_after_those_that_were_read(client: int) -> None:
    """The slow one takes the lower id, and on SQLite it lets nobody else write before it has ended."""
    begun, read_once = threading.Event(), threading.Event()

    def slow() -> None:
        with connection.session(), connection.transaction():
            write(client, "slow")
            begun.set()
            read_once.wait(20)

    write(client, "before")
    first, cursor = read(None)
    writer = threading.Thread(target=slow)
    writer.start()
    assert begun.wait(20)
    if connection.dialect().name == "postgresql":
        write(client, "quick")
    meanwhile, cursor = read(cursor)
    read_once.set()
    writer.join(20)
    late, _ = read(cursor)
    assert first == ["before"]
    assert "slow" not in meanwhile
    quick = ["quick"] if connection.dialect().name == "postgresql" else []
    assert sorted(filter(None, meanwhile + late)) == [*quick, "slow"]


class Early(threading.Thread):
    """A transaction that is begun first and writes last."""

    def __init__(self, client: int) -> None:
        super().__init__()
        self._client, self.begun, self.goes_on = client, threading.Event(), threading.Event()

    def run(self) -> None:
        with connection.session(), connection.transaction():
            connection.execute("SELECT pg_current_xact_id()")
            self.begun.set()
            self.goes_on.wait(20)
            write(self._client, "early")


def read_elsewhere() -> tuple[list[str | None], str | None]:
    """Read from the beginning over a connection of this thread."""
    with connection.session():
        return read(None)


def test_a_lower_id_of_a_later_transaction_comes_after_a_higher_one_of_an_earlier(client: int) -> None:
    """Two transactions whose numbers and ids are the other way round; the one with the higher id ends first."""
    if connection.dialect().name != "postgresql":
        pytest.skip("there is one writer")
    early = Early(client)
    early.start()
    assert early.begun.wait(20)
    with ThreadPoolExecutor(1) as reader, connection.transaction():
        write(client, "late")
        early.goes_on.set()
        early.join(20)
        seen, cursor = reader.submit(read_elsewhere).result(20)
    assert (seen, read(cursor)[0]) == (["early"], ["late"])
    ids = {one.after: one.id for one in tables.Event.select()}
    assert ids["late"] < ids["early"]


def test_the_feed_is_narrowed_and_limited_to_some_clients(client: int) -> None:
    other = tables.Client.create(name="Forge", email="a@b.test").id
    for number in range(3):
        write(client, f"own {number}")
        events.add(Subject("endpoint", 5, other), "grade_changed", None, f"other {number}")
    assert read(None, client=other)[0] == ["other 0", "other 1", "other 2"]
    assert read(None, kind="grade_changed")[0] == read(None, endpoint=5)[0] == read(None, client=other)[0]
    assert read(None, domain=17)[0] == read(None, within=frozenset({client}))[0] == ["own 0", "own 1", "own 2"]
    assert read(None, within=frozenset({client}), client=other)[0] == []
