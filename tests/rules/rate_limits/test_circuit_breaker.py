"""Circuit breakers: penalties grow while a server complains and always end; one probe goes through at a time."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.rate_limits import circuit_breaker
from rules.rate_limits.circuit_breaker import FAILURES, HALF_LIFE, PROBE, SLOWEST, BreakerState

NOW = datetime(2026, 11, 23, 2, 17, tzinfo=UTC)
DAY_S = 86400.0


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def open_s(state: BreakerState, seconds: float = 0.0) -> float:
    return circuit_breaker.open_s(state, after(seconds))


def failing(times: int) -> BreakerState:
    state = BreakerState()
    for _ in range(times):
        state = circuit_breaker.failed(state, NOW, retry_after=None)
    return state


class TestThrottled:
    @pytest.mark.parametrize(
        ("retry_after", "shut"), [(None, 60.0), (0.0, 1.0), (300.0, 300.0), (1e9, DAY_S), (-5.0, 1.0)]
    )
    def test_the_server_is_left_alone_for_as_long_as_it_said(self, retry_after: float | None, shut: float) -> None:
        state = circuit_breaker.throttled(BreakerState(), NOW, retry_after=retry_after)
        assert open_s(state) == shut
        assert open_s(state, shut) == 0

    def test_and_for_twice_as_long_each_time_it_says_so_without_an_answer_between(self) -> None:
        state, at, penalties = BreakerState(), 0.0, []
        for _ in range(15):
            state = circuit_breaker.throttled(state, after(at), retry_after=None)
            penalties.append(open_s(state, at))
            at += penalties[-1]
        assert penalties[:4] == [60, 120, 240, 480]
        assert penalties[-1] == DAY_S

    def test_an_answer_between_begins_anew(self) -> None:
        state = circuit_breaker.throttled(BreakerState(), NOW, retry_after=None)
        state = circuit_breaker.answered(state, after(61))
        state = circuit_breaker.throttled(state, after(62), retry_after=None)
        assert open_s(state, 62) == 60

    def test_the_eight_that_were_under_way_count_as_one(self) -> None:
        once = circuit_breaker.throttled(BreakerState(), NOW, retry_after=30)
        state = once
        for _ in range(7):
            state = circuit_breaker.throttled(state, after(1), retry_after=30)
        assert (state.throttles, state.slowness) == (once.throttles, once.slowness)
        assert open_s(state, 1) == 30

    def test_an_answer_that_was_under_way_does_not_lift_the_penalty(self) -> None:
        state = circuit_breaker.throttled(BreakerState(), NOW, retry_after=600)
        assert circuit_breaker.answered(state, after(5)) == state

    def test_afterwards_it_is_asked_at_half_the_pace_and_that_fades(self) -> None:
        state = circuit_breaker.throttled(BreakerState(), NOW, retry_after=60)
        state = circuit_breaker.answered(state, after(61))
        assert circuit_breaker.slowness(state, after(60)) == 2.0
        assert circuit_breaker.slowness(state, after(60) + HALF_LIFE) == 1.5
        assert circuit_breaker.slowness(state, after(60) + 10 * HALF_LIFE) == 1.0

    def test_it_is_never_asked_more_slowly_than_is_sensible(self) -> None:
        state = BreakerState()
        for number in range(20):
            state = circuit_breaker.throttled(state, NOW + timedelta(days=2 * number), retry_after=None)
        assert state.slowness <= SLOWEST

    def test_it_says_what_a_job_waits_for(self) -> None:
        state = circuit_breaker.throttled(BreakerState(), NOW, retry_after=60)
        assert (
            circuit_breaker.reason("whois.eu", state) == "whois.eu to let us ask again: it said that we asked too often"
        )


class TestBreaker:
    def test_a_few_failures_shut_nothing(self) -> None:
        state = failing(FAILURES - 1)
        assert open_s(state) == 0
        assert not circuit_breaker.wants_probe(state)

    def test_failures_in_a_row_shut_the_server_and_then_one_probe_is_wanted(self) -> None:
        state = failing(FAILURES)
        assert open_s(state) == 30
        assert open_s(state, 30) == 0
        assert circuit_breaker.wants_probe(state)
        assert circuit_breaker.reason("rdap.x", state) == "rdap.x to answer again: its last 5 calls failed"

    def test_while_a_probe_is_under_way_all_others_wait(self) -> None:
        state = failing(FAILURES)
        probed = BreakerState(failures=5, openings=1, shut_until=state.shut_until, probe_until=after(31) + PROBE)
        assert open_s(probed, 31) == 60
        assert open_s(probed, 91) == 0

    def test_a_probe_that_fails_shuts_it_for_longer(self) -> None:
        state, at, rests = failing(FAILURES), 0.0, []
        for _ in range(9):
            rests.append(open_s(state, at))
            at += rests[-1]
            state = circuit_breaker.failed(state, after(at), retry_after=None)
        assert rests == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]

    def test_a_probe_that_is_answered_opens_it(self) -> None:
        assert circuit_breaker.answered(failing(FAILURES), after(40)) == BreakerState()

    def test_what_failed_after_it_was_shut_counts_no_more(self) -> None:
        state = failing(FAILURES)
        assert circuit_breaker.failed(state, after(1), retry_after=None) == state

    def test_a_success_between_begins_the_row_anew(self) -> None:
        state = circuit_breaker.answered(failing(FAILURES - 1), NOW)
        assert circuit_breaker.failed(state, NOW, retry_after=None).openings == 0

    def test_a_server_that_asks_for_a_pause_gets_it_at_once(self) -> None:
        state = circuit_breaker.failed(BreakerState(), NOW, retry_after=120)
        assert open_s(state) == 120
        assert not circuit_breaker.wants_probe(state)
        assert "asked us to come back later" in circuit_breaker.reason("rdap.x", state)

    def test_a_throttled_probe_is_an_answer_and_a_penalty(self) -> None:
        state = circuit_breaker.throttled(failing(FAILURES), after(31), retry_after=90)
        assert not circuit_breaker.wants_probe(state)
        assert open_s(state, 31) == 90


events = st.lists(
    st.tuples(
        st.sampled_from(["throttled", "failed", "answered"]),
        st.floats(0, 100_000),
        st.none() | st.floats(0, 1e10, allow_nan=False),
    ),
    max_size=60,
)


@given(events)
def test_whatever_happened_a_server_is_shut_for_a_day_at_the_most_and_all_is_forgiven_in_a_week(given_: list) -> None:
    state, now = BreakerState(), NOW
    for what, wait, retry_after in given_:
        now += timedelta(seconds=wait)
        if what == "answered":
            state = circuit_breaker.answered(state, now)
        else:
            state = getattr(circuit_breaker, what)(state, now, retry_after=retry_after)
        assert 0 <= circuit_breaker.open_s(state, now) <= DAY_S
        assert 1 <= circuit_breaker.slowness(state, now) <= SLOWEST
        assert circuit_breaker.troubled(state) or circuit_breaker.answered(state, now) == state
    assert circuit_breaker.open_s(state, now + timedelta(days=1)) == 0
    assert circuit_breaker.slowness(state, now + timedelta(days=7)) == 1


@given(events, st.floats(0, 1e9))
def test_a_clock_that_is_set_back_keeps_no_circuit_open_for_longer_than_a_day(given_: list, back: float) -> None:
    state = BreakerState()
    for what, wait, retry_after in given_:
        if what != "answered":
            state = getattr(circuit_breaker, what)(state, after(wait), retry_after=retry_after)
    assert circuit_breaker.open_s(state, NOW - timedelta(seconds=back)) <= DAY_S
