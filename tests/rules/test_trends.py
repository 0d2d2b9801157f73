"""Spans and percentiles: whatever minutes are added up, a percentile is near the truth."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules import trends
from rules.trends import WINDOWS


@given(st.lists(st.floats(0.011, 80_000), min_size=1, max_size=50), st.sampled_from([0.5, 0.95, 1.0]))
def test_a_percentile_of_classes_is_at_most_half_above_the_truth(durations: list[float], share: float) -> None:
    counted = Counter(map(trends.class_of, durations))
    ordered = sorted(durations)
    true = next(one for at, one in enumerate(ordered, start=1) if at >= share * len(ordered))
    found = trends.percentile(counted, share)
    assert found is not None
    assert true <= found * 1.0001
    assert found <= true * 1.5001


def test_of_nothing_there_is_no_percentile() -> None:
    assert trends.percentile({}, 0.5) is None
    assert trends.percentile({0: 3}, 0.5) == 0.01
    assert trends.class_of(10**9) == trends.LAST_CLASS


@pytest.mark.parametrize("window", WINDOWS, ids=lambda one: one.name)
def test_a_window_ends_with_the_span_that_is_going_on(window: trends.TrendWindow) -> None:
    now = datetime(2026, 3, 29, 1, 59, 59, 999, UTC)
    starts = window.starts(now)
    assert len(starts) == window.spans
    assert starts[-1] <= now < starts[-1] + timedelta(seconds=window.span_s)
    assert {later - sooner for sooner, later in pairwise(starts)} == {timedelta(seconds=window.span_s)}
    assert window.span_s * window.spans <= trends.SPANS[window.span_s] * 86400, "it is kept for so long"
