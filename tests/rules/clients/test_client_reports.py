"""Of which month a report is due, over every day of leap years and the changes of the clocks."""

from datetime import UTC, date, timedelta
from zoneinfo import ZoneInfo

from rules.clients import client_reports
from rules.clients.client_reports import ReportMonth


def test_a_report_is_due_in_the_first_ten_days_and_is_that_of_the_month_before() -> None:
    day = date(2023, 12, 1)
    while day < date(2025, 2, 1):  # with a leap year
        due = client_reports.due(day)
        assert (due is not None) == (day.day <= 10)
        if due:
            assert due.first.day == 1
            assert due.last + timedelta(days=1) == day.replace(day=1)
        day += timedelta(days=1)
    assert client_reports.before(date(2024, 3, 31)) == ReportMonth(date(2024, 2, 1))
    assert ReportMonth(date(2024, 2, 1)).last == date(2024, 2, 29)


def test_a_month_in_which_the_clocks_change_has_an_hour_less_or_more() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    for month, hours in ((3, 31 * 24 - 1), (10, 31 * 24 + 1)):
        began, ended = ReportMonth(date(2026, month, 1)).bounds(berlin)
        assert ended.astimezone(UTC) - began.astimezone(UTC) == timedelta(hours=hours)
        assert (began.hour, ended.hour) == (0, 0)
