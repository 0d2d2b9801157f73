"""Lanes in the database: shared by all, on the database's clock, and never two in one place."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import pytest

from db import connection
from db.outside import lanes
from rules.rate_limits import circuit_breaker
from rules.rate_limits.circuit_breaker import BreakerState
from rules.rate_limits.lanes import Lane
from tests.support import ledger as do

pytestmark = pytest.mark.usefixtures("ledger")

LANE = Lane("whois.denic.de", 1.8, 1, "a test")
OTHER = Lane("whois.eu", 3.6, 2, "a test")

throttled = partial(circuit_breaker.throttled, retry_after=600)
failed = partial(circuit_breaker.failed, retry_after=None)


def open_s(name: str = LANE.name) -> float:
    seen = lanes.get(name)
    return circuit_breaker.open_s(seen.state, seen.now)


def shut_down(name: str = LANE.name) -> None:
    """Let a server fail until its breaker opens, and let that time pass."""
    for _ in range(circuit_breaker.FAILURES):
        lanes.change(name, failed)
    move("shut_until", -1, name)


def move(column: str, seconds: float, name: str = LANE.name) -> None:
    with connection.transaction():
        connection.changed(f"UPDATE lane SET {column} = {{later(%s)}} WHERE name = %s", seconds, name)


def book(wanted: dict[Lane, int]) -> dict:
    with connection.transaction():
        return lanes.book(wanted)


class TestState:
    def test_of_a_server_that_made_no_trouble_nothing_is_remembered(self) -> None:
        assert lanes.get(LANE.name).state == BreakerState()
        assert connection.execute("SELECT COUNT(*) FROM lane")[0][0] == 0

    def test_what_was_learned_is_there_for_all(self) -> None:
        learned = lanes.change(LANE.name, throttled)
        assert lanes.get(LANE.name).state == learned.state
        assert 599 < open_s() <= 600
        assert open_s(OTHER.name) == 0

    def test_the_time_passes_on_the_databases_clock(self) -> None:
        lanes.change(LANE.name, throttled)
        move("shut_until", 0.0)
        assert open_s() == 0

    def test_an_answer_that_changes_nothing_is_not_written(self) -> None:
        lanes.change(LANE.name, throttled)
        before = connection.execute("SELECT changed_at FROM lane")
        lanes.change(LANE.name, circuit_breaker.answered)
        assert connection.execute("SELECT changed_at FROM lane") == before

    def test_failures_of_many_threads_are_all_counted(self) -> None:
        seen = do.at_once(4, lambda _place: lanes.change(LANE.name, failed).state.failures)
        assert sorted(seen) == [1, 2, 3, 4]

    def test_many_that_are_throttled_at_once_slow_the_lane_once(self) -> None:
        do.at_once(8, lambda _place: lanes.change(LANE.name, throttled))
        state = lanes.get(LANE.name).state
        assert (state.throttles, state.slowness) == (1, 2.0)

    def test_who_raises_changes_nothing(self) -> None:
        def broken(_state: BreakerState, _now: datetime) -> BreakerState:
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            lanes.change(LANE.name, broken)
        assert lanes.get(LANE.name).state == BreakerState()

    def test_those_in_trouble_are_listed(self) -> None:
        lanes.change(LANE.name, throttled)
        lanes.change(OTHER.name, failed)
        lanes.change(OTHER.name, circuit_breaker.answered)
        book({OTHER: 1})
        assert list(lanes.troubled()) == [LANE.name]


class TestProbe:
    def test_of_many_that_come_when_the_breaker_is_half_open_one_is_the_probe(self) -> None:
        shut_down()
        assert sorted(do.at_once(6, lambda _place: lanes.probe(LANE.name))) == [False] * 5 + [True]
        assert 0 < open_s() <= 60, "the others wait for it"

    def test_a_probe_that_never_came_back_makes_room_for_another(self) -> None:
        shut_down()
        assert lanes.probe(LANE.name)
        move("probe_until", -1)
        assert lanes.probe(LANE.name)

    def test_a_server_that_is_well_needs_none(self) -> None:
        assert not lanes.probe(LANE.name)


class TestTake:
    def test_many_at_once_get_no_more_than_the_burst(self) -> None:
        lane = Lane("whois.nic.uk", 3600.0, 3, "a test")
        waits = do.at_once(8, lambda _place: lanes.take(lane, patience_s=0.0))
        assert sum(wait == 0 for wait in waits) == 3
        assert all(3500 < wait <= 3600 for wait in waits if wait)

    def test_the_slot_comes_back_with_time(self) -> None:
        lane = Lane("whois.nic.uk", 60.0, 1, "a test")
        assert lanes.take(lane, patience_s=0.0) == 0
        assert lanes.take(lane, patience_s=0.0) > 0
        move("tat", -1, lane.name)
        assert lanes.take(lane, patience_s=0.0) == 0


class TestBook:
    def test_each_lane_has_a_line_of_its_own(self) -> None:
        lines = book({LANE: 10, OTHER: 5})
        assert {name: (round(line.first_s), line.step_s) for name, line in lines.items()} == {
            LANE.name: (0, 2.0),
            OTHER.name: (0, 4.0),
        }

    def test_who_books_later_stands_behind(self) -> None:
        book({LANE: 10})
        assert 2 < book({LANE: 10})[LANE.name].first_s <= 20

    def test_what_is_rolled_back_has_no_place(self) -> None:
        with do.undone():
            lanes.book({LANE: 1000})
        assert book({LANE: 1})[LANE.name].first_s < 1

    def test_many_that_book_at_once_get_places_behind_one_another(self) -> None:
        wanted: list[Callable[[], dict[Lane, int]]] = [lambda: {LANE: 10, OTHER: 10}, lambda: {OTHER: 10, LANE: 10}]
        book({LANE: 1, OTHER: 1})  # two that make the same new line share its beginning, on PostgreSQL
        lines = do.at_once(4, lambda place: book(wanted[place % 2]())[LANE.name].first_s)
        gaps = [later - sooner for sooner, later in zip(sorted(lines), sorted(lines)[1:], strict=False)]
        assert all(gap > 2 for gap in gaps), lines

    def test_nobody_has_a_place_before_a_penalty_ends_and_afterwards_the_line_is_slower(self) -> None:
        lanes.change(LANE.name, throttled)
        line = book({LANE: 1})[LANE.name]
        assert 300 < line.first_s <= 600
        assert line.step_s == pytest.approx(4.0)

    def test_a_line_ends_where_its_last_place_does(self) -> None:
        line = book({LANE: 100})[LANE.name]
        ends = connection.execute("SELECT planned_until > {later(100)}, planned_until < {later(202)} FROM lane")[0]
        assert [bool(cell) for cell in ends] == [True, True]
        assert line.until - lanes.get(LANE.name).now < timedelta(seconds=201)
