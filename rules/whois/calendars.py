"""Days of other calendars than ours, written anew as ISO 8601 before a line is read.

    平成26年10月13日   2014-10-13        ۱۲ مرداد ۱۴۰۵     2026-08-03
    民國116年10月13日  2027-10-13        13 ตุลาคม 2570    13 ตุลาคม 2027

A year tells its calendar only together with its script or its zone: 1405 is of Iran's calendar in .ir, and means
nothing elsewhere. A day that may be of two calendars, as "listopad" is October in Croatia and November in Poland, is
rewritten only where the zone or the label tells; else it becomes ``UNREAD``. Years of the Islamic lunar calendar stay
as they are and are not read, because their days differ by country.
"""

import re
from datetime import date, timedelta
from unicodedata import decimal

from rules.whois.characters import folded

UNREAD = "(day of an unknown calendar)"
"""Stands in place of a day that cannot be read for certain."""

_LONGEST = 400
_IRANS = frozenset({"ir", "xn--mgba3a4f16a", "af"})
_NEPALS = "np"
_ZONES = _IRANS | {_NEPALS}

_ERAS = {"令和": 2018, "平成": 1988, "昭和": 1925, "民國": 1911, "民国": 1911}
"""The year before the first of each era, of Japan and of the Republic of China."""

_ERA = re.compile(rf"({'|'.join(_ERAS)}) ?(\d{{1,3}}|元) ?[年/.-] ?(\d\d?) ?[月/.-] ?(\d\d?) ?日?")
_THAI = re.compile(r"[\u0e01-\u0e4e]")
_BUDDHIST_YEAR, _BUDDHIST = re.compile(r"(?<!\d)2[56]\d\d(?!\d)"), 543

_PERSIAN_MONTHS = (
    "فروردین", "اردیبهشت", "خرداد", "تیر", "مرداد", "شهریور", "مهر", "آبان", "آذر", "دی", "بهمن", "اسفند",
)  # fmt: skip
_PERSIAN = re.compile(rf"(?<!\d)(\d\d?) ({'|'.join(_PERSIAN_MONTHS)})(?: ماه)?،? (1[34]\d\d)(?!\d)")
_PERSIAN_NUMBERS = re.compile(r"(?<!\d)(1[34]\d\d)([/.-])(\d\d?)\2(\d\d?)(?!\d)")
_FIRST_YEAR, _FIRST_DAY = 1396, date(2017, 3, 21)
_CYCLE, _LEAPS_OF_CYCLE = 33, frozenset({1, 5, 9, 13, 17, 22, 26, 30})
_KNOWN_CYCLES = range(1343, 1473)
_LONG_MONTHS = 6

_NEPALI_YEAR = re.compile(r"(?<!\d)20[6-9]\d(?=[/.-]\d)")

_LISTOPAD = re.compile(r"\blistopada?\b", re.IGNORECASE)
_CROATIAN_ZONES, _POLISH_ZONES = frozenset({"hr", "ba"}), frozenset({"pl"})
_POLISH = re.compile(r"\b(?:data|utworz|rejestr|wygas|wazn|zmian|modyf|oplac|koniec|ostatni)")
_CROATIAN = re.compile(r"\b(?:datum|istj|istek|istic|vrijedi|vazi|registrir|registracij|kreiran|izmjen|domena je)")


def rewritten(rows: list[str], tld: str) -> list[str]:
    """Return lines with the days of other calendars as days of ours; ``tld`` is that of the name asked for."""
    text = "\n".join(rows)
    if text.isascii() and "listopad" not in text.lower() and tld not in _ZONES:
        return rows  # as nearly all answers are
    return [_rewritten(row, tld) for row in rows]


def _rewritten(row: str, tld: str) -> str:
    if len(row) > _LONGEST:
        return row
    if "listopad" in row.lower():
        return _LISTOPAD.sub(_listopad(row, tld), row)
    if tld == _NEPALS and _NEPALI_YEAR.search(row):
        return _NEPALI_YEAR.sub(UNREAD, row)
    if not row.isascii():
        row = _digits(row)
        row = _ERA.sub(_of_era, row)
        row = _PERSIAN.sub(_by_name, row)
        if _THAI.search(row):
            row = _BUDDHIST_YEAR.sub(lambda found: str(int(found[0]) - _BUDDHIST), row)
    return _PERSIAN_NUMBERS.sub(_by_numbers, row) if tld in _IRANS else row


def persian(year: int, month: int, day: int) -> date | None:
    """Return a day of Iran's calendar as one of ours, None where there is no such day.

    Leap years are those of its cycle of 33 years, which agree with the observed equinox from 1343 to 1472 (1964 to
    2094); years beyond have no day here.
    """
    if year not in _KNOWN_CYCLES or not 1 <= month <= len(_PERSIAN_MONTHS) or not 1 <= day <= _days_of(year, month):
        return None
    first, last = sorted((year, _FIRST_YEAR))
    leaps = sum(map(_is_leap, range(first, last)))
    days = 365 * (year - _FIRST_YEAR) + (leaps if year > _FIRST_YEAR else -leaps)
    days += 30 * (month - 1) + min(month - 1, _LONG_MONTHS) + day - 1
    return _FIRST_DAY + timedelta(days=days)


def _is_leap(year: int) -> bool:
    return year % _CYCLE in _LEAPS_OF_CYCLE


def _days_of(year: int, month: int) -> int:
    if month <= _LONG_MONTHS:
        return 31
    return 30 if month < len(_PERSIAN_MONTHS) or _is_leap(year) else 29


def _digits(row: str) -> str:
    """Return a line with the digits of all scripts as 0 to 9."""
    return "".join(str(decimal(sign)) if sign.isdecimal() else sign for sign in row)


def _of_era(found: re.Match[str]) -> str:
    era, year, month, day = found.groups()
    return f"{_ERAS[era] + (1 if year == '元' else int(year))}-{int(month):02}-{int(day):02} "


def _by_name(found: re.Match[str]) -> str:
    day, month, year = found.groups()
    return _iso(persian(int(year), _PERSIAN_MONTHS.index(month) + 1, int(day)))


def _by_numbers(found: re.Match[str]) -> str:
    year, _, month, day = found.groups()
    return _iso(persian(int(year), int(month), int(day)))


def _iso(day: date | None) -> str:
    return UNREAD if day is None else day.isoformat()


def _listopad(row: str, tld: str) -> str:
    """Return the month of that name: October in Croatian, November in Polish; Czech has another form of it."""
    words = folded(row)
    if tld in _POLISH_ZONES or (tld not in _CROATIAN_ZONES and _POLISH.search(words)):
        return "november"
    if tld in _CROATIAN_ZONES or _CROATIAN.search(words):
        return "october"
    return UNREAD
