"""Checks by day and hour: counted by the reader's clocks, also on days on which these change."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from dashboard.rendering import heat_map
from db.trends.time_sums import TimeSum

BERLIN = ZoneInfo("Europe/Berlin")


def test_each_check_is_in_the_hour_of_the_reader_and_what_is_no_check_is_not() -> None:
    at = datetime(2026, 6, 9, 23, tzinfo=UTC)  # 01:00 of the tenth there
    sums = [
        TimeSum("rdap ok", at, 3, 40),
        TimeSum("tls unavailable", at, 3, 10),
        TimeSum("smtp unavailable", at, 3, 999),
        TimeSum("dns ok", at - timedelta(hours=2), 3, 5),
    ]
    (today, cells), (yesterday, before) = heat_map.rows(sums, 2, today=date(2026, 6, 10), zone=BERLIN)
    assert (today, yesterday) == (date(2026, 6, 10), date(2026, 6, 9))
    assert (cells[1].well, cells[1].failed, cells[1].shade, cells[1].opacity) == (40, 10, "bad", 1.0)
    assert (before[23].number, before[23].shade) == (5, "good")
    assert sum(one.number for one in (*cells, *before)) == 55


def test_an_hour_that_comes_twice_is_one_cell_and_one_that_is_left_out_is_empty() -> None:
    for day, hour, number in ((date(2026, 10, 25), 2, 2), (date(2026, 3, 29), 2, 0)):
        midnight = datetime(day.year, day.month, day.day, tzinfo=BERLIN).astimezone(UTC)
        every = [TimeSum("dns ok", midnight + timedelta(hours=at), -1, 1) for at in range(23 + number)]
        ((_, cells),) = heat_map.rows(
            [one for one in every if one.at.astimezone(BERLIN).date() == day], 1, today=day, zone=BERLIN
        )
        assert cells[hour].number == number
        assert sum(one.number for one in cells) == 23 + number


def test_nothing_is_nothing() -> None:
    ((_, cells),) = heat_map.rows([], 1, today=date(2024, 2, 29), zone=BERLIN)
    assert not any(one.number or one.opacity for one in cells)
