"""Hours of the day in twenty zones, over every change of their clocks."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rules.alerts import local_times
from rules.alerts.local_times import DAY, BadTimeOfDay

ZONES = (
    "UTC", "Europe/Berlin", "Europe/London", "Europe/Lisbon", "Europe/Moscow", "Africa/Cairo", "Africa/Casablanca",
    "Asia/Beirut", "Asia/Gaza", "Asia/Kolkata", "Asia/Kathmandu", "Pacific/Apia", "Pacific/Chatham",
    "Australia/Lord_Howe", "Australia/Adelaide", "America/New_York", "America/St_Johns", "America/Santiago",
    "America/Havana", "Antarctica/Troll",
)  # fmt: skip
"""Among them: half and quarter hours, a change of half an hour and of two, changes at midnight, and a day left out."""

zones = st.sampled_from(ZONES).map(ZoneInfo)
minutes = st.integers(0, DAY - 1)
moments = st.integers(1_322_697_600, 1_925_000_000).map(lambda at: datetime.fromtimestamp(at, UTC))
HOUR = timedelta(hours=1)
LONGEST_DAY = timedelta(hours=26)  # Troll sets its clocks back by two hours
BERLIN, HOWE, APIA = ZoneInfo("Europe/Berlin"), ZoneInfo("Australia/Lord_Howe"), ZoneInfo("Pacific/Apia")


def changes(zone: ZoneInfo, year: int) -> list[datetime]:
    """Return the hours of a year in which a zone's clocks change."""
    hours = [datetime(year, 1, 1, tzinfo=UTC) + timedelta(hours=number) for number in range(366 * 24)]
    offsets = [hour.astimezone(zone).utcoffset() for hour in hours]
    return [hour for hour, before, after in zip(hours, offsets, offsets[1:], strict=False) if before != after]


CHANGES = [(zone, change) for zone in map(ZoneInfo, ZONES) for change in changes(zone, 2026)]
near_changes = st.builds(
    lambda pair, seconds: (pair[0], pair[1] + timedelta(seconds=seconds)),
    st.sampled_from(CHANGES),
    st.integers(-26 * 3600, 26 * 3600),
)
places = near_changes | st.tuples(zones, moments)


def shown(at: datetime, zone: ZoneInfo) -> int:
    return local_times.minute_of_day(at, zone)


def test_the_zones_have_changes_of_the_clocks_to_look_at():
    assert len({zone.key for zone, _ in CHANGES}) >= 10
    assert len(ZONES) == 20


@given(places, minutes)
@example((BERLIN, datetime(2026, 3, 29, 0, tzinfo=UTC)), 150)
@example((HOWE, datetime(2026, 10, 3, 15, tzinfo=UTC)), 135)
@example((APIA, datetime(2011, 12, 30, 9, tzinfo=UTC)), 480)
def test_the_next_time_of_day_is_ahead_near_and_shown_by_the_clocks_unless_they_skip_it(place, minute: int):
    zone, at = place
    due = local_times.next_at(minute, zone, at=at)
    assert at < due <= at + 2 * LONGEST_DAY
    local = due.astimezone(zone)
    if shown(due, zone) != minute or local.second:
        just_before = (due - timedelta(seconds=1)).astimezone(zone)
        assert just_before.utcoffset() != local.utcoffset(), "they show something else only where they jump"


@given(near_changes, minutes)
def test_a_daily_time_comes_once_for_each_day_of_the_calendar(place, minute: int):
    zone, at = place
    due, found = at, []
    while due < at + timedelta(days=6):
        due = local_times.next_at(minute, zone, at=due)
        found.append(due)
    days = [due.astimezone(zone).date() for due in found]
    assert len(set(days)) == len(days)
    assert all((later - sooner).days == 1 for sooner, later in pairwise(days))


@given(places, minutes, minutes)
@example((BERLIN, datetime(2026, 10, 25, 1, 15, tzinfo=UTC)), 22 * 60, 150)
@example((BERLIN, datetime(2026, 3, 29, 0, 59, tzinfo=UTC)), 22 * 60, 150)
def test_quiet_hours_hold_nobody_up_for_longer_than_they_last_and_end_outside_of_themselves(
    place, begin: int, end: int
):
    zone, at = place
    if begin == end:
        return
    until = local_times.quiet_until(begin, end, zone, at=at)
    if until is None:
        assert not local_times.is_between(shown(at, zone), begin, end)
        return
    assert local_times.is_between(shown(at, zone), begin, end)
    assert at < until <= at + timedelta(minutes=(end - begin) % DAY) + timedelta(hours=2)
    assert (
        shown(until, zone) == end
        or (until - timedelta(seconds=1)).astimezone(zone).utcoffset() != until.astimezone(zone).utcoffset()
    )


@given(places, st.integers(1, 60), minutes)
def test_a_snooze_ends_so_many_days_later_at_its_time(place, days: int, minute: int):
    zone, at = place
    until = local_times.morning_after(days, minute, zone, at=at)
    gone = until - at
    assert timedelta(days=days - 2) < gone < timedelta(days=days + 1) + 3 * HOUR
    assert gone > timedelta() or days == 1


def test_berlin_in_spring_and_autumn_by_hand():
    spring = local_times.next_at(150, BERLIN, at=datetime(2026, 3, 28, 12, tzinfo=UTC))
    assert spring == datetime(2026, 3, 29, 1, tzinfo=UTC)
    autumn = local_times.next_at(150, BERLIN, at=datetime(2026, 10, 24, 12, tzinfo=UTC))
    assert autumn == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    second = local_times.quiet_until(22 * 60, 150, BERLIN, at=datetime(2026, 10, 25, 1, 15, tzinfo=UTC))
    assert second == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize(("text", "minute"), [("07:30", 450), ("0:00", 0), (" 23:59 ", 1439)])
def test_a_time_of_day_is_read(text: str, minute: int):
    assert local_times.parse(text) == minute
    assert local_times.parse(local_times.written(minute)) == minute


@pytest.mark.parametrize(
    "text", ["", "7", "24:00", "12:60", "12:5", "-1:00", "aa:bb", "1\N{SUPERSCRIPT TWO}:00", "7:30:00"]
)
def test_what_is_no_time_of_day_is_named(text: str):
    with pytest.raises(BadTimeOfDay, match="07:30"):
        local_times.parse(text)
