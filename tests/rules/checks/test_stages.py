from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.checks import stages
from rules.checks.stages import LAPSED, BadStages

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAYS = st.lists(st.integers(1, 3650), min_size=1, max_size=12, unique=True).map(lambda days: tuple(sorted(days)[::-1]))


@pytest.mark.parametrize(
    ("days", "stage"),
    [
        (61, None), (60.01, None), (60, 60), (31, 60), (30, 30), (14.01, 30), (14, 14), (8, 14), (7, 7), (3.5, 7),
        (3, 3), (1.5, 3), (1, 1), (0.001, 1), (0, LAPSED), (-0.001, LAPSED), (-400, LAPSED),
    ],
)  # fmt: skip
def test_the_stage_is_the_smallest_that_covers_what_is_left(days, stage):
    assert stages.stage(NOW + timedelta(days=days), now=NOW) == stage


def test_stages_of_ones_own_are_kept_to():
    assert [stages.stage(NOW + timedelta(days=days), now=NOW, stages=(90, 5)) for days in (91, 90, 6, 5, 0)] == [
        None, 90, 90, 5, LAPSED,
    ]  # fmt: skip


@given(DAYS, st.integers(0, 100_000), st.integers(0, 100_000))
def test_the_stage_never_goes_up_as_time_passes(own, hours, later):
    first, second = (
        stages.stage(NOW + timedelta(days=900), now=NOW + timedelta(hours=passed), stages=own)
        for passed in (hours, hours + later)
    )
    assert first is None or (second is not None and second <= first)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("60,30,7", (60, 30, 7)),
        (" 7 , 60,30 ", (60, 30, 7)),
        ("7;1", (7, 1)),
        ("90", (90,)),
        ("3650,1,", (3650, 1)),
        ("007", (7,)),
    ],
)
def test_stages_are_read_as_people_write_them(text, days):
    assert stages.parse(text) == days


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "no stage is named"),
        (" , ,", "no stage is named"),
        ("60,3O", "'3O' is no stage"),
        ("0", "'0' is no stage"),
        ("-7", "'-7' is no stage"),
        ("3651", "'3651' is no stage"),
        ("7.5", "'7.5' is no stage"),
        ("\u0667", "is no stage"),  # a digit, but not one of ours
        ("7,7", "7 is named twice"),
        ("7,007", "7 is named twice"),
        (",".join(map(str, range(1, 14))), "more than 12"),
        ("9" * 5000, "is no stage"),
        ("60," + " " * 5000 + "30", "more than 12"),
    ],
)
def test_what_names_no_stages_is_refused_with_the_reason(text, complaint):
    with pytest.raises(BadStages, match=complaint) as refused:
        stages.parse(text)
    assert len(str(refused.value)) < 400


@given(DAYS)
def test_what_is_written_is_read_back(own):
    assert stages.parse(stages.written(own)) == own


@given(st.text())
def test_any_text_is_read_or_refused(text):
    try:
        days = stages.parse(text)
    except BadStages:
        return
    assert days == tuple(sorted(set(days), reverse=True))
    assert days
