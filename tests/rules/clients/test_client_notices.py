"""Notices to clients: each stage of an end once, a later one for all before it."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from rules.clients import client_notices
from rules.clients.client_notices import EndingThing, Sent

STAGES = (30, 7, 1)
ENDS = date(2026, 3, 31)
SHOP = EndingThing(subject_id=1, name="shop.example", ends_on=ENDS)


def told(on: date, sent: list[Sent]) -> list[int]:
    return [one.days for one in client_notices.due([SHOP], stages=STAGES, sent=sent, on=on)]


def test_what_is_far_or_over_is_not_told() -> None:
    assert told(ENDS - timedelta(days=31), []) == []
    assert told(ENDS + timedelta(days=1), []) == []
    assert told(ENDS, []) == [1]


def test_who_was_not_told_at_first_is_told_the_last_stage_alone() -> None:
    assert told(ENDS - timedelta(days=5), []) == [7]


def test_another_end_is_told_anew() -> None:
    assert told(ENDS - timedelta(days=5), [(1, ENDS - timedelta(days=365), 7)]) == [7]


@given(st.lists(st.integers(0, 40), max_size=60))
def test_however_often_it_is_asked_each_stage_is_told_once_in_order(days: list[int]) -> None:
    sent: list[Sent] = []
    for left in sorted(days, reverse=True):
        sent += [(1, ENDS, stage) for stage in told(ENDS - timedelta(days=left), sent)]
    stages = [stage for _, _, stage in sent]
    assert stages == sorted(set(stages), reverse=True)
    assert set(stages) == {min(one for one in STAGES if left <= one) for left in days if left <= STAGES[0]}


def test_the_soonest_comes_first_and_it_is_told_by_day() -> None:
    sooner = EndingThing(subject_id=2, name="mill.example", ends_on=ENDS - timedelta(days=3))
    due = client_notices.due([SHOP, sooner], stages=STAGES, sent=[], on=ENDS - timedelta(days=7))
    assert [one.thing.name for one in due] == ["mill.example", "shop.example"]
    assert [client_notices.in_hours(datetime(2026, 3, 1, hour, tzinfo=UTC)) for hour in (7, 8, 17, 18)] == [
        False,
        True,
        True,
        False,
    ]
