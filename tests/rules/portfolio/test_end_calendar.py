"""A year of months and days: leap years, the turn of the year, changes of the clocks; and calendars for programs."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from rules.portfolio import end_calendar, icalendar
from rules.portfolio.icalendar import CalendarEvent

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


@pytest.mark.parametrize("since", [date(2023, 3, 31), date(2024, 2, 29), date(2026, 11, 29), date(2027, 12, 31)])
def test_a_year_has_each_day_once_in_weeks_that_begin_on_mondays(since: date) -> None:
    days, months = end_calendar.days(since), end_calendar.months(since)
    assert len(months) == 12
    assert days[0] == since.replace(day=1)
    assert all(later - sooner == timedelta(days=1) for sooner, later in pairwise(days))
    laid_out = [day for month in months for week in month.weeks for day in week if day]
    assert laid_out == days
    for month in months:
        assert all(len(week) == 7 for week in month.weeks)
        assert all(day.weekday() == at for week in month.weeks for at, day in enumerate(week) if day)
    has_leap_day = any((day.month, day.day) == (2, 29) for day in days)
    assert len(days) == (366 if has_leap_day else 365)


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"])
def test_days_of_a_zone_meet_one_another_without_gap_or_double(zone: str) -> None:
    bounds = [end_calendar.bounds(day, ZoneInfo(zone)) for day in end_calendar.days(date(2026, 1, 1))]
    assert all(ends.astimezone(UTC) == begins.astimezone(UTC) for (_, ends), (begins, _) in pairwise(bounds))
    lengths = {(ends.astimezone(UTC) - begins.astimezone(UTC)) for begins, ends in bounds}
    assert timedelta(hours=24) in lengths
    assert lengths == {timedelta(hours=24)} if zone == "Asia/Kathmandu" else len(lengths) == 3


def unfolded(text: str) -> list[str]:
    return text.replace("\r\n ", "").split("\r\n")


def test_a_calendar_is_escaped_folded_and_ends_nowhere_else() -> None:
    evil = "Bäckerei; \\ DELUXE, \r\nEND:VCALENDAR\r\n" + "ü" * 90
    text = icalendar.written(evil, [CalendarEvent("a\r\nb", date(2024, 2, 29), evil)], now=NOW)
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    lines = unfolded(text)
    assert lines.count("END:VCALENDAR") == 1
    assert lines[-2:] == ["END:VCALENDAR", ""]
    assert "DTSTART;VALUE=DATE:20240229" in lines
    assert "DTEND;VALUE=DATE:20240301" in lines
    assert "DTSTAMP:20261129T120000Z" in lines
    (summary,) = [line for line in lines if line.startswith("SUMMARY:")]
    assert summary.startswith("SUMMARY:Bäckerei\\; \\\\ DELUXE\\, \\nEND:VCALENDAR\\n")
    assert summary.endswith("ü" * 90)
