"""Plans: places one after the other, slots left free, and a sentence that names the slowest lane."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.jobs import pacing
from rules.jobs.pacing import PLANNED, LaneShare, RunPlan
from rules.rate_limits.circuit_breaker import BreakerState
from rules.rate_limits.lanes import Lane

NOW = datetime(2026, 11, 23, 2, 17, tzinfo=UTC)
LANE = Lane("whois.denic.de", 1.8, 1, "a test")


def line(jobs: int, state: BreakerState = BreakerState(), planned_until: datetime | None = None) -> pacing.LaneBacklog:  # noqa: B008 - frozen
    return pacing.line(LANE, jobs, state=state, planned_until=planned_until, now=NOW)


class TestLine:
    def test_an_empty_line_begins_now_and_gives_away_nine_slots_of_ten(self) -> None:
        found = line(10)
        assert (found.first_s, found.step_s) == (0.0, 2.0)
        assert found.until == NOW + timedelta(seconds=20)

    def test_who_comes_later_stands_behind(self) -> None:
        assert line(1, planned_until=NOW + timedelta(hours=2)).first_s == 7200

    def test_a_line_that_ended_in_the_past_is_empty(self) -> None:
        assert line(1, planned_until=NOW - timedelta(hours=2)).first_s == 0

    def test_nobody_has_a_place_while_the_server_is_shut(self) -> None:
        assert line(1, BreakerState(throttles=1, shut_until=NOW + timedelta(minutes=5))).first_s == 300

    def test_a_slowed_server_has_a_slower_line(self) -> None:
        assert line(1, BreakerState(slowness=4.0, slowed_at=NOW)).step_s == 8.0

    @given(st.lists(st.integers(1, 500), min_size=1, max_size=20))
    def test_however_it_is_chunked_no_two_jobs_have_one_place(self, chunks: list[int]) -> None:
        until, places = None, []
        for jobs in chunks:
            found = line(jobs, planned_until=until)
            places += [found.first_s + place * found.step_s for place in range(jobs)]
            until = found.until
        gaps = [later - sooner for sooner, later in pairwise(places)]
        assert all(gap > LANE.period_s for gap in gaps)
        assert len(places) * LANE.period_s / PLANNED == pytest.approx(places[-1] + 2.0, rel=1e-6)


class TestPlan:
    def test_chunks_of_a_run_are_joined_lane_by_lane(self) -> None:
        plan = RunPlan().joined([LaneShare("a", 10, 20.0), LaneShare("b", 5, 500.0)]).joined([LaneShare("a", 10, 40.0)])
        assert plan.lanes == (LaneShare("b", 5, 500.0), LaneShare("a", 20, 40.0))
        assert plan.seconds == 500.0

    def test_the_slowest_are_named_and_the_rest_is_summed_up(self) -> None:
        plan = RunPlan().joined([LaneShare(f"{number:02}", 2, float(number)) for number in range(30)]).capped()
        assert [one.lane for one in plan.lanes[:2]] == ["29", "28"]
        assert (len(plan.lanes), plan.rest_lanes, plan.rest.jobs, plan.rest.seconds) == (20, 10, 20, 9.0)
        assert plan.capped() == plan

    def test_a_short_plan_has_no_rest(self) -> None:
        plan = RunPlan().joined([LaneShare("a", 1, 1.0)])
        assert plan.capped() == plan

    @pytest.mark.parametrize(
        ("share", "words"),
        [
            (
                LaneShare("whois.denic.de", 12_000, 24_000.0),
                "slowest lane: whois.denic.de, 12,000 look-ups, about 6 h 40 min",
            ),
            (LaneShare("whois.eu", 1, 5.0), "slowest lane: whois.eu, 1 look-up, under a minute"),
        ],
    )
    def test_it_is_said_in_a_sentence(self, share: LaneShare, words: str) -> None:
        assert RunPlan((share,)).words() == words

    def test_without_lanes_it_says_nothing(self) -> None:
        assert RunPlan().words() == ""

    @pytest.mark.parametrize(
        ("seconds", "words"),
        [
            (59, "under a minute"),
            (60, "about 1 min"),
            (3600, "about 1 h"),
            (3660, "about 1 h 1 min"),
            (86_400 + 59, "about 1 d"),
            (2 * 86_400 + 3 * 3600 + 1000, "about 2 d 3 h"),
        ],
    )
    def test_a_length_is_said_in_its_two_largest_units(self, seconds: float, words: str) -> None:
        assert pacing.about(seconds) == words
