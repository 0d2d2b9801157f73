"""Checks: always ahead, never farther than a week, the nearer the end the sooner."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.checks.next_check import jitter
from rules.domains import next_check
from rules.domains.next_check import LONGEST, CheckReason, NextDomainCheck
from rules.domains.records import Answer

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


def planned(**facts: Any) -> NextDomainCheck:
    return next_check.next_check(**{**QUIET, **facts}, now=NOW)


def wait(**facts: Any) -> timedelta:
    return planned(**facts).at - NOW


@pytest.mark.parametrize(
    ("facts", "expected", "reason", "number"),
    [
        ({}, 7 * DAY, CheckReason.QUIET, 0),
        ({"expires": NOW + 119 * DAY}, 3 * DAY, CheckReason.END_NEAR, 119),
        ({"expires": NOW + 60 * DAY}, DAY, CheckReason.END_NEAR, 60),
        ({"expires": NOW + 14 * DAY}, 12 * HOUR, CheckReason.END_NEAR, 14),
        ({"expires": NOW + DAY}, 6 * HOUR, CheckReason.END_NEAR, 1),
        ({"expires": NOW + HOUR}, HOUR + timedelta(minutes=10), CheckReason.END_PASSED, 0),
        ({"expires": NOW - 10 * DAY}, 6 * HOUR, CheckReason.ENDED, 10),
        ({"expires": NOW - 100 * DAY}, DAY, CheckReason.ENDED, 100),
        ({"expires": None}, 3 * DAY, CheckReason.UNDATED, 0),
        ({"statuses": ("redemptionPeriod",)}, 6 * HOUR, CheckReason.RESTORABLE, 0),
        ({"statuses": ("pendingDelete", "inactive")}, 6 * HOUR, CheckReason.BEING_DELETED, 0),
        ({"statuses": ("serverHold",)}, 6 * HOUR, CheckReason.ON_HOLD, 0),
        ({"changed_at": NOW - 2 * DAY}, DAY, CheckReason.CHANGED, 0),
        ({"changed_at": NOW - 8 * DAY}, 7 * DAY, CheckReason.QUIET, 0),
        ({"failures": 1}, HOUR, CheckReason.UNANSWERED, 1),
        ({"failures": 3}, 4 * HOUR, CheckReason.UNANSWERED, 3),
        ({"failures": 900}, DAY, CheckReason.UNANSWERED, 900),
        ({"answer": None, "failures": 2, "expires": None}, 2 * HOUR, CheckReason.UNANSWERED, 2),
        ({"answer": None, "expires": None}, timedelta(minutes=1), CheckReason.NEVER_ASKED, 0),
        ({"doubted": True}, HOUR, CheckReason.DOUBTED, 0),
        ({"answer": Answer.AVAILABLE, "expires": None}, DAY, CheckReason.NOT_REGISTERED, 0),
        ({"answer": Answer.RESERVED, "expires": None}, 7 * DAY, CheckReason.RESERVED, 0),
        ({"expires": NOW + 14 * DAY, "failures": 1}, HOUR, CheckReason.UNANSWERED, 1),
    ],
)
def test_the_soonest_reason_decides(
    facts: dict[str, Any], expected: timedelta, reason: CheckReason, number: int
) -> None:
    assert planned(**facts) == NextDomainCheck(NOW + expected, reason, number)


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
def test_the_next_check_is_ahead_and_within_a_week(given_: dict[str, Any]) -> None:
    assert timedelta(0) < wait(**given_) <= LONGEST
    assert planned(**given_).reason


@given(facts, st.floats(0, 4000), st.floats(0, 4000))
def test_the_nearer_the_end_the_sooner(given_: dict[str, Any], one: float, other: float) -> None:
    near, far = sorted((one, other))
    soon, late = (wait(**{**given_, "expires": NOW + timedelta(days=days, seconds=1)}) for days in (near, far))
    assert soon <= late


@given(facts)
def test_trouble_never_puts_a_check_off(given_: dict[str, Any]) -> None:
    calm = wait(**{**given_, "answer": Answer.REGISTERED, "failures": 0, "doubted": False})
    assert wait(**{**given_, "answer": Answer.REGISTERED, "doubted": True}) <= calm
    assert wait(**{**given_, "answer": Answer.REGISTERED, "failures": 1, "doubted": False}) <= calm


def test_domains_of_one_portfolio_are_spread_evenly_and_always_alike() -> None:
    tenths = Counter(int(jitter(domain_id) * 10) for domain_id in range(1, 10_001))
    assert sorted(tenths) == list(range(10))
    assert all(900 < number < 1100 for number in tenths.values())
    assert jitter(7) == jitter(7) != jitter(8)


def test_jitter_brings_a_check_forward_by_an_eighth_at_the_most() -> None:
    waits = {wait(jitter=jitter(domain_id)) for domain_id in range(1, 200)}
    assert len(waits) == 199
    assert all(7 * DAY * 7 / 8 <= one <= 7 * DAY for one in waits)
