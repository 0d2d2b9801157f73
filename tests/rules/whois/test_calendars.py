"""Days of other calendars: stated as ours where the script or the zone tells the calendar, and not at all elsewhere."""

from datetime import date
from itertools import pairwise

import pytest

from rules.whois import calendars
from rules.whois.reader import read


def expiry(domain: str, line: str) -> date | None:
    expires = read(domain, f"Domain: {domain}\nName server: ns1.example.net\n{line}\n").expires
    return expires.day if expires else None


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ((1405, 5, 12), date(2026, 8, 3)),
        ((1399, 12, 30), date(2021, 3, 20)),  # a leap year's last day
        ((1400, 1, 1), date(2021, 3, 21)),
        ((1403, 12, 30), date(2025, 3, 20)),
        ((1393, 2, 31), date(2014, 5, 21)),
        ((1357, 11, 22), date(1979, 2, 11)),
        ((1400, 12, 30), None),
        ((1405, 7, 31), None),
        ((1405, 13, 1), None),
        ((1405, 1, 0), None),
        ((1600, 1, 1), None),
    ],
)
def test_a_day_of_irans_calendar_is_one_of_ours(written, day):
    assert calendars.persian(*written) == day


def test_each_day_of_irans_years_follows_the_one_before():
    days = [
        day
        for year in range(1343, 1473)
        for month in range(1, 13)
        for number in range(1, 32)
        if (day := calendars.persian(year, month, number))
    ]
    assert {(later - day).days for day, later in pairwise(days)} == {1}


@pytest.mark.parametrize(
    ("domain", "line", "day"),
    [
        ("example.ir", "expire-date: 1405/05/12", date(2026, 8, 3)),
        ("example.ir", "expire-date: 2026-08-03", date(2026, 8, 3)),
        ("example.test", "تاریخ انقضا: ۱۲ مرداد ۱۴۰۵", date(2026, 8, 3)),
        ("example.test", "Expires: 1405/05/12", None),
        ("example.test", "تاريخ الانتهاء: 1448/05/12", None),  # the lunar year differs by country
        ("example.test", "تاريخ الانتهاء: ٢٠٢٧-٠٤-١٣", date(2027, 4, 13)),
        ("example.test", "有効期限: 令和9年4月13日", date(2027, 4, 13)),
        ("example.test", "有効期限: 令和元年5月1日", date(2019, 5, 1)),
        ("example.tw", "到期日期: 民國116年4月13日", date(2027, 4, 13)),
        ("example.tw", "到期日期: 中華民國116/04/13", date(2027, 4, 13)),
        ("example.test", "วันหมดอายุ: 13 เมษายน 2570", date(2027, 4, 13)),
        ("example.test", "วันหมดอายุ: 13 เมษายน พ.ศ. ๒๕๗๐", date(2027, 4, 13)),
        ("example.hr", "Istječe: 13. listopada 2027.", date(2027, 10, 13)),
        ("example.test", "Datum isteka: 13. listopada 2027.", date(2027, 10, 13)),
        ("example.pl", "Wygasa: 13 listopada 2027", date(2027, 11, 13)),
        ("example.test", "Data wygaśnięcia: 13 listopada 2027", date(2027, 11, 13)),
        ("example.cz", "Datum expirace: 13. listopadu 2027", date(2027, 11, 13)),
        ("example.test", "Expires: 13 listopada 2027", None),
        ("example.np", "Expiry date: 2084-01-02", None),  # of Nepal's own calendar
        ("example.np", "Expiry date: 2027-04-13", date(2027, 4, 13)),
    ],
)
def test_a_line_states_a_day_where_its_calendar_is_told(domain, line, day):
    assert expiry(domain, line) == day


def test_the_line_itself_is_what_is_shown_as_evidence():
    line = "expire-date: 1405/05/12"
    reading = read("example.ir", f"domain: example.ir\nnserver: ns1.example.net\n{line}\n")
    assert line in {one.line.strip() for one in reading.evidence}
