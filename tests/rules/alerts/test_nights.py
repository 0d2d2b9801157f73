"""The last night, in zones whose clocks change."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from rules.alerts.nights import last_night

BERLIN = ZoneInfo("Europe/Berlin")


def test_at_noon_the_last_night_is_over() -> None:
    began, ends = last_night(datetime(2026, 6, 10, 10, tzinfo=UTC), BERLIN)
    assert (began.isoformat(), ends.isoformat()) == ("2026-06-09T20:00:00+02:00", "2026-06-10T08:00:00+02:00")


def test_before_the_morning_the_night_goes_on() -> None:
    now = datetime(2026, 6, 9, 23, tzinfo=UTC)  # 01:00 there
    began, ends = last_night(now, BERLIN)
    assert began < now < ends
    assert began.date() == datetime(2026, 6, 9).date()  # noqa: DTZ001 - a day


def test_the_day_is_that_of_the_zone() -> None:
    now = datetime(2026, 6, 9, 23, tzinfo=UTC)
    assert last_night(now, ZoneInfo("UTC"))[1].date() != last_night(now, BERLIN)[1].date()


def test_a_night_in_which_the_clocks_change_is_longer_or_shorter() -> None:
    for day, hours in (((2026, 3, 29), 11), ((2026, 10, 25), 13)):
        began, ends = last_night(datetime(*day, 12, tzinfo=UTC), BERLIN)
        assert ends.astimezone(UTC) - began.astimezone(UTC) == timedelta(hours=hours)
