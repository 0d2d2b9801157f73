"""Looks: always ahead, never farther than a week, the nearer the end the sooner."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.domains import next_check
from rules.domains.next_check import LONGEST
from rules.domains.records import Answer
from rules.next_check import NextCheck, jitter

NOW = datetime(2026, 11, 23, 2, 17, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
QUIET: dict[str, Any] = {
    "answer": Answer.REGISTERED,
    "expires": NOW + 300 * DAY,
    "statuses": ("clientTransferProhibited",),
    "changed_at": None,
    "failures": 0,
    "doubted": False,
    "jitter": 0.0,
}


def look(**facts: Any) -> NextCheck:
    return next_check.next_check(**{**QUIET, **facts}, now=NOW)


def wait(**facts: Any) -> timedelta:
    return look(**facts).at - NOW


@pytest.mark.parametrize(
    ("facts", "expected", "reason"),
    [
        ({}, 7 * DAY, "it is quiet, and its end is far"),
        ({"expires": NOW + 119 * DAY}, 3 * DAY, "it ends in 119 days"),
        ({"expires": NOW + 60 * DAY}, DAY, "it ends in 60 days"),
        ({"expires": NOW + 14 * DAY}, 12 * HOUR, "it ends in 14 days"),
        ({"expires": NOW + DAY}, 6 * HOUR, "it ends in 1 day"),
        ({"expires": NOW + HOUR}, HOUR + timedelta(minutes=10), "its end will just have passed"),
        ({"expires": NOW - 10 * DAY}, 6 * HOUR, "it ended 10 days ago"),
        ({"expires": NOW - 100 * DAY}, DAY, "it ended 100 days ago"),
        ({"expires": None}, 3 * DAY, "nobody states when it ends"),
        ({"statuses": ("redemptionPeriod",)}, 6 * HOUR, "it can still be recovered"),
        ({"statuses": ("pendingDelete", "inactive")}, 6 * HOUR, "its registry is about to delete it"),
        ({"statuses": ("serverHold",)}, 6 * HOUR, "it is taken out of the DNS"),
        ({"changed_at": NOW - 2 * DAY}, DAY, "something changed within the last week"),
        ({"changed_at": NOW - 8 * DAY}, 7 * DAY, "it is quiet, and its end is far"),
        ({"failures": 1}, HOUR, "nobody answered the last time"),
        ({"failures": 3}, 4 * HOUR, "nobody answered the last 3 times"),
        ({"failures": 900}, DAY, "nobody answered the last 900 times"),
        ({"answer": None, "failures": 2, "expires": None}, 2 * HOUR, "nobody answered the last 2 times"),
        ({"answer": None, "expires": None}, timedelta(minutes=1), "nobody has been asked about it yet"),
        ({"doubted": True}, HOUR, "one source alone says that it is gone"),
        ({"answer": Answer.AVAILABLE, "expires": None}, DAY, "it is not registered"),
        ({"answer": Answer.RESERVED, "expires": None}, 7 * DAY, "its registry keeps it back"),
        ({"expires": NOW + 14 * DAY, "failures": 1}, HOUR, "nobody answered the last time"),
    ],
)
def test_the_soonest_reason_decides(facts: dict[str, Any], expected: timedelta, reason: str) -> None:
    assert look(**facts) == NextCheck(NOW + expected, reason)


facts = st.fixed_dictionaries(
    {
        "answer": st.none() | st.sampled_from([Answer.REGISTERED, Answer.AVAILABLE, Answer.RESERVED]),
        "expires": st.none() | st.datetimes(datetime(1985, 1, 1), datetime(2999, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
        "statuses": st.lists(st.sampled_from(["ok", "redemptionPeriod", "pendingDelete", "clientHold", "renewPeriod"])),
        "changed_at": st.none() | st.datetimes(datetime(1985, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
        "failures": st.integers(0, 10_000),
        "doubted": st.booleans(),
        "jitter": st.floats(0, 1, exclude_max=True),
    }
)


@given(facts)
def test_the_next_look_is_ahead_and_within_a_week(given_: dict[str, Any]) -> None:
    assert timedelta(0) < wait(**given_) <= LONGEST
    assert look(**given_).reason


@given(facts, st.floats(0, 4000), st.floats(0, 4000))
def test_the_nearer_the_end_the_sooner(given_: dict[str, Any], one: float, other: float) -> None:
    near, far = sorted((one, other))
    soon, late = (wait(**{**given_, "expires": NOW + timedelta(days=days, seconds=1)}) for days in (near, far))
    assert soon <= late


@given(facts)
def test_trouble_never_puts_a_look_off(given_: dict[str, Any]) -> None:
    calm = wait(**{**given_, "answer": Answer.REGISTERED, "failures": 0, "doubted": False})
    assert wait(**{**given_, "answer": Answer.REGISTERED, "doubted": True}) <= calm
    assert wait(**{**given_, "answer": Answer.REGISTERED, "failures": 1, "doubted": False}) <= calm


def test_domains_of_one_portfolio_are_spread_evenly_and_always_alike() -> None:
    tenths = Counter(int(jitter(domain_id) * 10) for domain_id in range(1, 10_001))
    assert sorted(tenths) == list(range(10))
    assert all(900 < number < 1100 for number in tenths.values())
    assert jitter(7) == jitter(7) != jitter(8)


def test_jitter_brings_a_look_forward_by_an_eighth_at_the_most() -> None:
    waits = {wait(jitter=jitter(domain_id)) for domain_id in range(1, 200)}
    assert len(waits) == 199
    assert all(7 * DAY * 7 / 8 <= one <= 7 * DAY for one in waits)
