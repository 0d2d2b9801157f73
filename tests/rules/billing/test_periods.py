"""Periods: every day is in one of them, and the anchor comes back, whatever the calendar and the clocks do."""

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.billing.periods import MAX_CATCH_UP, BillingCycle, Interval, Period, begins

ZONES = [
    "UTC",
    "Africa/Cairo", "Africa/Casablanca", "Africa/Johannesburg", "Africa/Lagos",
    "America/Adak", "America/Argentina/Buenos_Aires", "America/Asuncion", "America/Bogota", "America/Caracas",
    "America/Chicago", "America/Denver", "America/Godthab", "America/Halifax", "America/Havana",
    "America/Los_Angeles", "America/Mexico_City", "America/New_York", "America/Santiago", "America/Sao_Paulo",
    "America/St_Johns",
    "Asia/Amman", "Asia/Beirut", "Asia/Dhaka", "Asia/Gaza", "Asia/Jerusalem", "Asia/Kathmandu", "Asia/Kolkata",
    "Asia/Pyongyang", "Asia/Tehran", "Asia/Tokyo",
    "Australia/Eucla", "Australia/Lord_Howe", "Australia/Sydney",
    "Europe/Berlin", "Europe/Lisbon", "Europe/London",
    "Pacific/Apia", "Pacific/Chatham", "Pacific/Kiritimati",
]  # fmt: skip
FIFTY_YEARS = (date(2026, 1, 1), date(2076, 1, 1))

anchors = st.dates(min_value=date(1990, 1, 1), max_value=date(2100, 12, 31))
by_months = st.builds(Interval, months=st.integers(min_value=1, max_value=36))
by_days = st.builds(Interval, days=st.integers(min_value=1, max_value=400))
intervals = by_months | by_days
indexes = st.integers(min_value=0, max_value=100)


def monthly(anchor: date, until: date | None = None) -> BillingCycle:
    return BillingCycle(anchor, Interval(months=1), until)


def test_forty_zones_are_looked_at() -> None:
    assert len(set(ZONES)) == 40


def test_the_anchor_day_comes_back_after_a_short_month() -> None:
    starts = [monthly(date(2026, 1, 31)).period(index).start for index in range(4)]
    assert starts == [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30)]


def test_a_year_from_29_february_ends_on_the_28th() -> None:
    cycle = BillingCycle(date(2024, 2, 29), Interval.parse("P1Y"))
    assert cycle.period(0) == Period(date(2024, 2, 29), date(2025, 2, 28))
    assert cycle.period(4).start == date(2028, 2, 29)


def test_weeks_keep_their_day() -> None:
    cycle = BillingCycle(date(2026, 3, 27), Interval.parse("P2W"))
    assert [cycle.period(index).start for index in range(3)] == [
        date(2026, 3, 27),
        date(2026, 4, 10),
        date(2026, 4, 24),
    ]


@given(anchors, intervals, indexes)
def test_periods_neither_overlap_nor_leave_a_gap(anchor: date, interval: Interval, index: int) -> None:
    cycle = BillingCycle(anchor, interval)
    assert cycle.period(index).end == cycle.period(index + 1).start


@given(anchors, by_months, indexes)
def test_a_period_starts_on_the_anchors_day_or_on_the_last_of_a_shorter_month(
    anchor: date, interval: Interval, index: int
) -> None:
    start = BillingCycle(anchor, interval).period(index).start
    assert start.day == min(anchor.day, monthrange(start.year, start.month)[1])


@given(anchors, intervals, st.integers(min_value=-2000, max_value=20_000))
def test_each_day_is_in_the_period_that_has_its_number(anchor: date, interval: Interval, days: int) -> None:
    cycle, day = BillingCycle(anchor, interval), anchor + timedelta(days=days)
    period = cycle.period(cycle.index_of(day))
    assert period.start <= day < period.end


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("interval", ["P1M", "P13W"])
def test_for_fifty_years_the_next_period_begins_when_the_last_one_ends(zone: str, interval: str) -> None:
    cycle, info = BillingCycle(date(2026, 1, 31), Interval.parse(interval)), ZoneInfo(zone)
    day, index = cycle.anchor, 0
    while day < FIFTY_YEARS[1]:
        period = cycle.period(index)
        moment = begins(period.start, info)
        assert period.start == day
        assert moment.astimezone(info).date() == day
        assert (moment - timedelta(seconds=1)).astimezone(info).date() < day
        assert moment < begins(period.end, info)
        day, index = period.end, index + 1


def test_where_midnight_is_skipped_a_day_begins_at_the_end_of_the_gap() -> None:
    assert begins(date(2018, 11, 4), ZoneInfo("America/Sao_Paulo")) == datetime(2018, 11, 4, 3, tzinfo=UTC)


def test_where_midnight_comes_twice_a_day_begins_with_the_first() -> None:
    assert begins(date(2026, 11, 1), ZoneInfo("America/Havana")) == datetime(2026, 11, 1, 4, tzinfo=UTC)


def test_a_day_that_a_zone_never_had_begins_with_the_next() -> None:
    apia = ZoneInfo("Pacific/Apia")
    assert begins(date(2011, 12, 30), apia) == begins(date(2011, 12, 31), apia)


@pytest.mark.parametrize(
    ("text", "interval", "again"),
    [
        ("P1M", Interval(months=1), "P1M"),
        ("p1y", Interval(months=12), "P1Y"),
        ("P24M", Interval(months=24), "P2Y"),
        ("P2W", Interval(days=14), "P2W"),
        ("P10D", Interval(days=10), "P10D"),
        ("P10Y", Interval(months=120), "P10Y"),
    ],
)
def test_an_interval_is_a_duration_of_iso_8601(text: str, interval: Interval, again: str) -> None:
    assert Interval.parse(text) == interval
    assert str(interval) == again


@pytest.mark.parametrize("text", ["", "monthly", "P0M", "P1Y6M", "PT1H", "-P1M", "P11Y", "P99999D", "P1.5M"])
def test_what_is_no_interval_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="interval"):
        Interval.parse(text)


@pytest.mark.parametrize(("months", "days"), [(0, 0), (-1, 0), (1, 1), (0, -7), (121, 0)])
def test_an_interval_is_some_months_or_some_days(months: int, days: int) -> None:
    with pytest.raises(ValueError, match="in months or in days"):
        Interval(months=months, days=days)


def test_a_period_is_due_on_its_first_day() -> None:
    due = monthly(date(2026, 1, 15)).due(0, on=date(2026, 1, 15))
    assert due == [Period(date(2026, 1, 15), date(2026, 2, 15))]


def test_nothing_is_due_before_the_anchor() -> None:
    assert monthly(date(2026, 1, 15)).due(0, on=date(2026, 1, 14)) == []


def test_missed_months_are_caught_up_oldest_first() -> None:
    due = monthly(date(2026, 1, 31)).due(1, on=date(2026, 4, 1))
    assert [period.start for period in due] == [date(2026, 2, 28), date(2026, 3, 31)]


def test_nothing_starts_on_or_after_the_day_that_the_subscription_ends() -> None:
    due = monthly(date(2026, 1, 1), until=date(2026, 3, 1)).due(0, on=date(2026, 12, 1))
    assert [period.start for period in due] == [date(2026, 1, 1), date(2026, 2, 1)]


def test_one_run_catches_up_no_more_than_the_limit() -> None:
    cycle = monthly(date(1990, 1, 1))
    assert len(cycle.due(0, on=date(2026, 1, 1))) == MAX_CATCH_UP
    assert cycle.due(MAX_CATCH_UP, on=date(2026, 1, 1), limit=1) == [cycle.period(MAX_CATCH_UP)]


@given(anchors, intervals, st.integers(min_value=0, max_value=5), st.integers(min_value=0, max_value=1500))
def test_billing_in_two_runs_bills_what_one_run_would(anchor: date, interval: Interval, billed: int, days: int) -> None:
    cycle = BillingCycle(anchor, interval)
    later, earlier = anchor + timedelta(days=days), anchor + timedelta(days=days // 2)
    at_once = cycle.due(billed, on=later, limit=2000)
    first = cycle.due(billed, on=earlier, limit=2000)
    assert first + cycle.due(billed + len(first), on=later, limit=2000) == at_once
