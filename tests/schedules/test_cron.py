"""When schedules are due: real zones, real changes of their clocks, and what holds for all of them."""

from datetime import UTC, date, datetime, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schedules.cron import BadSchedule, Cron

BERLIN, NEW_YORK, LORD_HOWE, APIA = "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia"
ZONES = (BERLIN, NEW_YORK, LORD_HOWE, "America/Sao_Paulo", "Africa/Casablanca", "Asia/Kolkata", "UTC")


def hourly(rest: str, first: int, end: int = 24, step: int = 1) -> list[str]:
    return [f"{hour:02}{rest}" for hour in range(first, end, step)]


# Expression, zone, a local day, and the clock readings at which it is due on that day, with their UTC offsets.
DUE = [
    # Spring in Berlin, 2026-03-29: 02:00 becomes 03:00.
    ("30 1 * * *", BERLIN, "2026-03-29", ["01:30+01:00"]),
    ("30 2 * * *", BERLIN, "2026-03-29", ["03:00+02:00"]),
    ("0 2 * * *", BERLIN, "2026-03-29", ["03:00+02:00"]),
    ("0 3 * * *", BERLIN, "2026-03-29", ["03:00+02:00"]),
    ("0,20,40 2 * * *", BERLIN, "2026-03-29", ["03:00+02:00"]),
    ("0 2,3 * * *", BERLIN, "2026-03-29", ["03:00+02:00"]),
    ("0 */6,2 * * *", BERLIN, "2026-03-29", ["00:00+01:00", "03:00+02:00", *hourly(":00+02:00", 6, 24, 6)]),
    ("30 * * * *", BERLIN, "2026-03-29", [*hourly(":30+01:00", 0, 2), *hourly(":30+02:00", 3)]),
    # Autumn in Berlin, 2026-10-25: 03:00 becomes 02:00.
    ("30 2 * * *", BERLIN, "2026-10-25", ["02:30+02:00"]),
    ("0 3 * * *", BERLIN, "2026-10-25", ["03:00+01:00"]),
    ("0,30 2 * * *", BERLIN, "2026-10-25", ["02:00+02:00", "02:30+02:00"]),
    ("30 * * * *", BERLIN, "2026-10-25", [*hourly(":30+02:00", 0, 3), *hourly(":30+01:00", 2)]),
    # New York, 2026-03-08 and 2026-11-01.
    ("15 2 * * *", NEW_YORK, "2026-03-08", ["03:00-04:00"]),
    ("15 1 * * *", NEW_YORK, "2026-11-01", ["01:15-04:00"]),
    # Lord Howe Island moves by half an hour: 02:00 becomes 02:30 on 2026-10-04 and 01:30 on 2026-04-05.
    ("15 2 * * *", LORD_HOWE, "2026-10-04", ["02:30+11:00"]),
    ("45 1 * * *", LORD_HOWE, "2026-04-05", ["01:45+11:00"]),
    ("0 * * * *", LORD_HOWE, "2026-10-04", [*hourly(":00+10:30", 0, 2), "02:30+11:00", *hourly(":00+11:00", 3)]),
    ("30 * * * *", LORD_HOWE, "2026-04-05", [*hourly(":30+11:00", 0, 2), *hourly(":30+10:30", 1)]),
    # Samoa had no 30 December 2011.
    ("0 9 * * *", APIA, "2011-12-29", ["09:00-10:00"]),
    ("0 9 * * *", APIA, "2011-12-31", ["09:00+14:00"]),
    ("0 9 30 * *", APIA, "2011-12-31", []),
    ("0 */12 * * *", APIA, "2011-12-31", ["00:00+14:00", "12:00+14:00"]),
    # Midnight itself is skipped (São Paulo, 2018-11-04).
    ("0 0 * * *", "America/Sao_Paulo", "2018-11-04", ["01:00-02:00"]),
    # The ends of months, and leap days.
    ("0 9 31 * *", "UTC", "2026-04-30", []),
    ("0 9 28-31 2 *", "UTC", "2028-02-29", ["09:00+00:00"]),
    ("0 9 29 2 *", BERLIN, "2028-02-29", ["09:00+01:00"]),
    ("0 9 29 2 *", BERLIN, "2027-03-01", []),
]

# The days of the week from Sunday, 2026-02-01, to Saturday, 2026-02-07, on which an expression is due.
WEEKDAYS = [
    ("0", "1"), ("7", "1"), ("sun", "1"), ("1", "2"), ("MON", "2"), ("6", "7"), ("1-5", "23456"), ("mon-fri", "23456"),
    ("5-7", "167"), ("fri-mon", "1267"), ("5-1", "1267"), ("7-1", "12"), ("0-7", "1234567"), ("*/2", "1357"),
    ("1-5/2", "246"), ("sat-tue/2", "27"), ("0,3", "14"), ("*", "1234567"),
]  # fmt: skip

BAD = [
    ("* * * *", "UTC", "expression"),
    ("0 0 * * * *", "UTC", "expression"),
    ("@daily", "UTC", "expression"),
    ("60 * * * *", "UTC", "minute: '60'"),
    ("5/15 * * * *", "UTC", "minute: '5/15'"),
    ("*/0 * * * *", "UTC", "minute"),
    ("*/60 * * * *", "UTC", "minute"),
    ("1,,2 * * * *", "UTC", "minute"),
    ("0 24 * * *", "UTC", "hour: '24'"),
    ("0 22-5 * * *", "UTC", "hour: '22-5'"),
    ("0 0 0 * *", "UTC", "day of month"),
    ("0 0 * 13 *", "UTC", "month: '13'"),
    ("0 0 * jon *", "UTC", "month: 'jon'"),
    ("0 0 * * 8", "UTC", "day of week: '8'"),
    ("0 0 * * mon-", "UTC", "day of week"),
    ("0 0 31 2 *", "UTC", "day of month: 31"),
    ("0 0 31 4,6 mon", "UTC", "day of month: 31"),
    ("0 0 * * *", "Europe/Atlantis", "zone: 'Europe/Atlantis'"),
    ("0 0 * * *", "Europe", "zone"),
    ("0 0 * * *", "../../etc/passwd", "zone"),
    ("0 0 * * *", "", "zone"),
]


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def due_on(cron: Cron, day: date) -> list[datetime]:
    """List the due moments of a local day, shown in local time."""
    zone = ZoneInfo(cron.zone)
    midnight = datetime.combine(day, datetime.min.time(), UTC)
    around = cron.between(midnight - timedelta(days=2), midnight + timedelta(days=3))
    return [local for due in around if (local := due.astimezone(zone)).date() == day]


@pytest.mark.parametrize(("expression", "zone", "day", "readings"), DUE)
def test_a_day_has_these_due_readings(expression: str, zone: str, day: str, readings: list[str]) -> None:
    due = due_on(Cron(expression, zone), date.fromisoformat(day))
    assert [f"{each:%H:%M}{each.isoformat()[-6:]}" for each in due] == readings


@pytest.mark.parametrize(("field", "days"), WEEKDAYS)
def test_weekdays_count_from_sunday_and_may_run_over_the_weeks_end(field: str, days: str) -> None:
    due = Cron(f"0 12 * * {field}", "UTC").between(moment("2026-02-01"), moment("2026-02-08"))
    assert "".join(str(each.day) for each in due) == days


@pytest.mark.parametrize(("expression", "zone", "part"), BAD)
def test_what_cannot_be_used_is_refused_by_name(expression: str, zone: str, part: str) -> None:
    with pytest.raises(BadSchedule, match="^" + part):
        Cron(expression, zone)


def test_two_restricted_days_mean_either() -> None:
    due = Cron("0 12 13 * fri", "UTC").between(moment("2026-03-01"), moment("2026-04-01"))
    assert [each.day for each in due] == [6, 13, 20, 27]  # the 13th is a Friday, and due once
    due = Cron("0 12 15 * fri", "UTC").between(moment("2026-03-01"), moment("2026-04-01"))
    assert [each.day for each in due] == [6, 13, 15, 20, 27]


def test_a_day_with_a_star_must_match_together_with_the_other() -> None:
    due = Cron("0 12 1 * */2", "UTC").between(moment("2026-01-01"), moment("2026-07-01"))
    assert [(each.month, f"{each:%a}") for each in due] == [(1, "Thu"), (2, "Sun"), (3, "Sun")]


def test_minutes_follow_elapsed_time_through_both_changes() -> None:
    for start in ("2026-03-28T20:00", "2026-10-24T20:00"):
        due = list(Cron("*/10 * * * *", BERLIN).between(moment(start), moment(start) + timedelta(hours=12)))
        assert len(due) == 72
        assert {later - earlier for earlier, later in pairwise(due)} == {timedelta(minutes=10)}


def test_a_leap_day_is_found_years_ahead() -> None:
    assert Cron("0 0 29 2 *", "UTC").after(moment("2096-03-01")) == moment("2104-02-29")


def test_after_is_strict_to_the_microsecond() -> None:
    cron = Cron("0 12 * * *", "UTC")
    noon = moment("2026-05-05T12:00")
    assert cron.after(noon - timedelta(microseconds=1)) == noon
    assert cron.after(noon) == noon + timedelta(days=1)


def test_the_moment_may_be_in_any_zone_but_must_have_one() -> None:
    cron = Cron("0 12 * * *", BERLIN)
    tokyo = moment("2026-05-05T09:59").astimezone(ZoneInfo("Asia/Tokyo"))
    assert cron.after(tokyo) == moment("2026-05-05T10:00")
    assert cron.after(tokyo).tzinfo is UTC
    with pytest.raises(ValueError, match="no time zone"):
        cron.after(datetime(2026, 5, 5))  # noqa: DTZ001 - the point of the test


def test_a_long_span_costs_only_what_is_taken_from_it() -> None:
    century = Cron("* * * * *", NEW_YORK).between(moment("2026-01-01"), moment("2126-01-01"))
    assert list(islice(century, 2)) == [moment("2026-01-01T00:01"), moment("2026-01-01T00:02")]


def test_a_missed_year_of_minutes_is_counted_without_being_walked() -> None:
    year = moment("2026-01-01T00:00:30"), moment("2027-01-01T00:00:30")
    kept, skipped = Cron("* * * * *", BERLIN).latest(*year, at_most=2)
    assert kept == [moment("2026-12-31T23:59"), moment("2027-01-01")]
    assert skipped == 365 * 24 * 60 - 2


def test_a_span_given_in_local_time_is_measured_in_real_time() -> None:
    local = ZoneInfo(BERLIN)
    night = datetime(2026, 10, 25, tzinfo=local), datetime(2026, 10, 25, 4, tzinfo=local)
    kept, skipped = Cron("0 * * * *", BERLIN).latest(*night, at_most=2)
    assert (kept, skipped) == ([moment("2026-10-25T02:00"), moment("2026-10-25T03:00")], 3)


def test_latest_of_nothing_is_nothing() -> None:
    cron = Cron("0 0 29 2 *", "UTC")
    assert cron.latest(moment("2025-01-01"), moment("2028-01-01"), at_most=3) == ([], 0)
    assert cron.latest(moment("2024-01-01"), moment("2029-01-01"), at_most=0) == ([], 2)


def test_equal_text_is_an_equal_schedule() -> None:
    assert Cron("0 1 * * *", "UTC") == Cron("0 1 * * *", "UTC") != Cron("0 1 * * *", BERLIN)
    assert repr(Cron("0 1 * * *", "UTC")) == "Cron(expression='0 1 * * *', zone='UTC')"


minutes = st.sampled_from(["*", "0", "30", "*/7", "5,50", "10-20/5"])
hours = st.sampled_from(["*", "*/1", "*/3", "0", "1", "2", "0-4", "23", "1,2,3"])
dates = st.sampled_from(["* * *", "* * *", "* * 0", "1,31 * *", "* 3,4,10,11 *", "25-31 3,10 sun", "* * sat-mon"])
expressions = st.tuples(minutes, hours, dates).map(" ".join)
crons = st.builds(Cron, expressions, st.sampled_from([*ZONES, APIA]))
moments = st.datetimes(datetime(2009, 1, 1), datetime(2031, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - as it asks


@st.composite
def spans(draw: st.DrawFn) -> tuple[Cron, datetime, datetime]:
    """Draw a schedule and some days, as often as not around a change of its zone's clocks."""
    cron = draw(crons)
    changes = {
        BERLIN: "2026-03-29T01", NEW_YORK: "2026-11-01T06", LORD_HOWE: "2026-10-03T15:30", APIA: "2011-12-30T10",
        "America/Sao_Paulo": "2018-11-04T03", "Africa/Casablanca": "2026-03-22T02",
    }  # fmt: skip
    middle = draw(moments | st.just(moment(changes.get(cron.zone, "2024-02-29"))))
    minutes = st.integers(0, 2 * 24 * 60).map(lambda count: timedelta(minutes=count))
    return cron, middle - draw(minutes), middle + draw(minutes)


@settings(deadline=None)
@given(spans())
def test_due_moments_ascend_and_are_those_that_after_finds(span: tuple[Cron, datetime, datetime]) -> None:
    cron, start, end = span
    due = list(islice(cron.between(start, end), 400))
    assert all(earlier < later for earlier, later in pairwise(due))
    assert all(start < each <= end and each.tzinfo is UTC for each in due)
    for earlier, later in islice(pairwise([start, *due]), 30):
        halfway = earlier + (later - earlier) / 2
        assert cron.after(earlier) == cron.after(halfway) == cron.after(later - timedelta(microseconds=1)) == later


@settings(deadline=None)
@given(spans(), st.integers(0, 5))
def test_latest_agrees_with_walking(span: tuple[Cron, datetime, datetime], at_most: int) -> None:
    cron, start, end = span
    walked = list(cron.between(start, end))
    kept, skipped = cron.latest(start, end, at_most)
    assert kept == walked[len(walked) - len(kept) :]
    assert (len(kept), skipped) == (min(at_most, len(walked)), max(len(walked) - at_most, 0))


@settings(deadline=None, max_examples=40)
@given(st.sampled_from(ZONES), st.integers(2012, 2030), st.integers(0, 23), st.integers(0, 59))
def test_a_daily_schedule_is_due_once_on_each_local_day(zone: str, year: int, hour: int, minute: int) -> None:
    start = datetime(year, 1, 1, tzinfo=ZoneInfo(zone)) - timedelta(microseconds=1)
    end = datetime(year + 1, 1, 1, tzinfo=ZoneInfo(zone)) - timedelta(microseconds=1)
    days = [due.astimezone(ZoneInfo(zone)).date() for due in Cron(f"{minute} {hour} * * *", zone).between(start, end)]
    length = (date(year + 1, 1, 1) - date(year, 1, 1)).days
    assert days == [date(year, 1, 1) + timedelta(days=count) for count in range(length)]


@settings(deadline=None, max_examples=40)
@given(st.sampled_from([BERLIN, NEW_YORK, "UTC"]), moments, st.integers(0, 59))
def test_an_hourly_schedule_is_due_once_in_each_real_hour(zone: str, start: datetime, minute: int) -> None:
    due = list(islice(Cron(f"{minute} * * * *", zone).between(start, start + timedelta(days=400)), 400))
    assert {later - earlier for earlier, later in pairwise(due)} == {timedelta(hours=1)}


@settings(deadline=None, max_examples=5)
@given(moments, st.integers(0, 59))
def test_an_hourly_schedule_misses_no_hour_where_clocks_move_by_half_of_one(start: datetime, minute: int) -> None:
    due = list(islice(Cron(f"{minute} * * * *", LORD_HOWE).between(start, start + timedelta(days=400)), 9000))
    shown = [each.astimezone(ZoneInfo(LORD_HOWE)).replace(minute=0, tzinfo=None) for each in due]
    assert {later - earlier for earlier, later in pairwise(shown)} <= {timedelta(0), timedelta(hours=1)}
    # In autumn an hour lasts for one and a half, and a minute of its first half is shown once in it.
    assert max(later - earlier for earlier, later in pairwise(due)) <= timedelta(hours=1.5)
