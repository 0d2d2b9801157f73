"""Days as WHOIS servers write them: ISO and compact, day or month first, by number or by name, with or without a zone.

A written day is first a ``Written``: three numbers, of which the order may be open. What decides the order is the
registry's own rule, the server's note ("DD/MM/YYYY"), or the other dates of the same answer.
"""

import re
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import NamedTuple, Self

from rules.domains.registry_facts import Order
from rules.whois.characters import folded
from rules.whois.date_names import DAYS, MONTHS, offset

LONGEST_VALUE = 120
EARLIEST = 1980
"""No domain has an earlier year: 0000-00-00 and 1970-01-01 mean "not set", and 1402 is of another calendar."""

PIVOT = 70
"""Two-digit years from here on are of the last century: the first domain is of 1985."""

_ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.\d{1,9})?)?)? ?(Z|UTC|GMT|[+-]\d\d(?::?\d\d)?)?",
    re.ASCII | re.IGNORECASE,
)
ZONE_NAME = re.compile(r"(?:\[[^\[\]]{1,60}\])+$")
"""The name of a zone in brackets behind the offset: "2027-02-03T00:00:00+01:00[Europe/Paris]" (RFC 9557)."""

_CLOCK = re.compile(r"(?<!\d)(\d{1,2}):(\d\d)(?::(\d\d)(?:[.,]\d{1,9})?)? ?([ap]\.?m\b)?", re.ASCII | re.IGNORECASE)
_ZONE = re.compile(r"\(?(?:UTC|GMT)? ?([+-])(\d{1,2}):?(\d\d)?\)?$|\b(Z|[A-Z]{2,5})\b", re.ASCII)
_COMPACT = re.compile(r"(?<!\d)(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)(\d\d)?)?(?!\d)", re.ASCII)
_DOTTED = re.compile(r"(?<!\d)\d\d?\. ?\d\d?\. ?\d")
_PADDED = re.compile(r"\b0\d")
_PARTS = re.compile(r"\d+|(?:[^\W\d_]|[\u0e30-\u0e4e])+")  # vowels of Thai are no letters
_SPAN = re.compile(
    r"\s+(?:to|until|till|through|thru|bis|au|al|ate|até|hasta|tot|do|по|до|-|\u2013|/)\s+", re.IGNORECASE
)
"""What stands between the beginning of a span and its end."""

_BOUND = re.compile(r"\s*(before|prior to|vor|avant|antes de|pred)\b", re.IGNORECASE)
_NUMERALS = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")
_ROMAN = re.compile(rf"\b(\d{{1,2}})\.? ?({'|'.join(reversed(_NUMERALS))})\.? ?(\d{{4}})\b", re.ASCII)
_DIGITS_OF_YEAR = 4
_DIGITS_OF_SECONDS = frozenset({10, 13})  # since 1970, or thousandths of them
_COMPACT_HOUR = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:[01]\d|2[0-3])", re.ASCII)
_BUDDHIST, _BUDDHIST_ERA = range(2500, 2650), 543
_NUMBERS_OF_A_DATE = 3
_UNITS = frozenset({*"年月日년월일", "thang", "nam", "ngay"})
"""Words between the numbers of a date: "13 tháng 4 năm 2027"."""


class Stated(NamedTuple):
    """A day in the zone of the answer that states it, with the time of day and the offset from UTC where it has one."""

    day: date
    clock: time | None = None
    zone: timedelta | None = None

    @property
    def at(self) -> datetime | None:
        """The moment in UTC, None where the answer does not state the time or its zone."""
        if self.clock is None or self.zone is None:
            return None
        try:
            return datetime.combine(self.day, self.clock, timezone(self.zone)).astimezone(UTC)
        except OverflowError:  # the last day of the calendar, which means never
            return None

    def moment(self) -> datetime:
        """Return an aware moment in UTC; UTC stands in for a zone that is not stated, midnight for a time."""
        return self.at or datetime.combine(self.day, self.clock or time.min, UTC)


class Written(NamedTuple):
    """Three numbers; ``order`` is None where the first two can be either way round."""

    numbers: tuple[int, int, int]  # year last; in the order of ``order``
    order: Order | None
    clock: tuple[int, int, int] | None = None
    zone: timedelta | None = None
    by_number: bool = False  # "03/02/2020": the order of one such date shows that of the others

    def of_thailand(self) -> Self:
        """Return the same day where a year like 2570 counts from the Buddha."""
        first, second, year = self.numbers
        return self._replace(numbers=(first, second, year - _BUDDHIST_ERA)) if year in _BUDDHIST else self

    def stated(self, order: Order | None) -> Stated | None:
        """Return the day, read in ``order`` where the text leaves it open; None where there is no such day.

        Where neither gives an order, only a day that is the same both ways counts.
        """
        first, second, year = self.numbers
        if self.order is None and order is None and first != second:
            return None
        day, month = (first, second) if (self.order or order) == "dmy" else (second, first)
        try:
            return Stated(date(year, month, day), time(*self.clock) if self.clock else None, self.zone)
        except (ValueError, OverflowError):
            return None


def written(value: str) -> Written | None:
    """Return the first date in a value, None where there is none. Takes time in proportion to ``LONGEST_VALUE``."""
    if value[-1:] == "]":
        value = ZONE_NAME.sub("", value[:LONGEST_VALUE])
    if value.isdecimal() and len(value) in _DIGITS_OF_SECONDS:
        return _of_seconds(value)
    iso = _ISO.match(value)
    if iso and len(value) == iso.end():
        return _iso(iso)
    if _BOUND.match(value):
        return None
    return _loose(value[:LONGEST_VALUE])


def _of_seconds(digits: str) -> Written | None:
    """Return the moment of so many seconds since 1970; None for digits that may as well be a day and an hour."""
    if not digits.isascii() or _COMPACT_HOUR.fullmatch(digits):
        return None
    at = datetime.fromtimestamp(int(digits[:10]), UTC)
    return _dated(at.day, at.month, at.year, (at.hour, at.minute, at.second), timedelta())


def span(value: str) -> tuple[Written, Written] | None:
    """Return the beginning and the end of a span, "2009-09-29 to 2027-09-29"; None where a value is none."""
    parts = _SPAN.split(value[:LONGEST_VALUE])
    if len(parts) != 2:  # noqa: PLR2004  its beginning and its end
        return None
    begins, ends = map(written, parts)
    return (begins, ends) if begins and ends else None


def _iso(found: re.Match[str]) -> Written | None:
    year, month, day, hour, minute, second, zone = found.groups()
    return _dated(int(day), int(month), int(year), _clock(hour, minute, second), offset(zone) if zone else None)


def _dated(
    day: int, month: int, year: int, clock: tuple[int, int, int] | None = None, zone: timedelta | None = None
) -> Written | None:
    return Written((day, month, year), "dmy", clock, zone) if year >= EARLIEST else None


def _loose(value: str) -> Written | None:
    compact = _COMPACT.search(value)
    if compact:
        return _compact(compact)
    if roman := _ROMAN.search(value):
        return _dated(int(roman[1]), _NUMERALS.index(roman[2]) + 1, int(roman[3]))
    clock = _CLOCK.search(value)
    rest = value if clock is None else f"{value[: clock.start()].rstrip('T')} {value[clock.end() :]}"
    found = _numbers(_PARTS.findall(folded(rest)))
    if found and found.order is None and _DOTTED.search(rest):
        found = found._replace(order="dmy")  # nobody who puts the month first writes dots
    if found is None or clock is None:
        return found
    if clock[4] and found.order is None and not _PADDED.search(rest):
        found = found._replace(order="mdy")  # "2/3/2027 4:05 PM" is how American clocks write, and nobody else's
    zone = _ZONE.search(value, clock.end())
    return found._replace(clock=_clock(*clock.groups()), zone=_offset(zone) if zone else None)


def _compact(found: re.Match[str]) -> Written | None:
    year, month, day, hour, minute, second = found.groups()
    return _dated(int(day), int(month), int(year), _clock(hour, minute, second))


def _clock(hour: str | None, minute: str, second: str | None, half: str | None = None) -> tuple[int, int, int] | None:
    """Return a time of day; None where there is none, or it is 24:00: then only the date counts."""
    if not hour:
        return None
    number = int(hour)
    if half and number <= 12:  # noqa: PLR2004  13:00 PM is 13:00
        number = number % 12 + (12 if half.lower().startswith("p") else 0)
    clock = (number, int(minute), min(int(second or 0), 59))
    return clock if number <= 23 and clock[1] <= 59 else None  # noqa: PLR2004  the last hour and minute


def _offset(found: re.Match[str]) -> timedelta | None:
    sign, hours, minutes, name = found.groups()
    return offset(name or f"{sign}{hours:0>2}{minutes or '00'}")


def _numbers(parts: list[str]) -> Written | None:
    """Return the date among numbers and words: by a month's name, or else by three numbers."""
    for position, part in enumerate(parts):
        if part in MONTHS:
            found = _around(parts, position)
            if found:
                return found
    return _three(_row(parts))


def _row(parts: list[str]) -> list[str]:
    """Return the first three numbers in a row: with a word between them they are no date."""
    row: list[str] = []
    for part in parts:
        if part.isdecimal():
            row.append(part)
            if len(row) == _NUMBERS_OF_A_DATE:
                break
        elif part not in _UNITS:
            row.clear()
    return row


def _around(parts: list[str], position: int) -> Written | None:
    """Return the date around a month's name: "Aug 03 GMT 2006", "2. lipca 2006", "2006-Aug-03"."""
    month = MONTHS[parts[position]]
    after = [part for part in parts[position + 1 : position + 6] if part.isdecimal()]
    ahead = [part for part in parts[max(0, position - 3) : position] if part.isdecimal()]
    before = ahead[-1] if ahead else ""
    if len(ahead) > 1 and len(ahead[0]) == _DIGITS_OF_YEAR and not after:  # "2027. gada 13. aprīlis"
        return _dated(int(before), month, int(ahead[0])) if len(before) <= 2 else None  # noqa: PLR2004  a day
    if len(before) == _DIGITS_OF_YEAR:
        return _dated(int(after[0]), month, int(before)) if after else None
    if before and after:
        return _dated(int(before), month, _year(after[0]))
    if len(after) > 1 and len(after[0]) <= 2:  # noqa: PLR2004  a day
        return _dated(int(after[0]), month, _year(after[1]))
    return None


def _three(numbers: list[str]) -> Written | None:
    if len(numbers) < _NUMBERS_OF_A_DATE:
        return None
    first, second, third = numbers
    if len(first) == _DIGITS_OF_YEAR:
        return _dated(int(third[:2]), int(second[:2]), int(first))
    if len(first) > 2 or len(second) > 2 or len(third) not in {2, 4}:  # noqa: PLR2004  digits
        return None
    one, two, year = int(first), int(second), _year(third)
    if year < EARLIEST:
        return None
    order: Order | None = "dmy" if one > 12 else "mdy" if two > 12 else None  # noqa: PLR2004  months
    return Written((one, two, year), order, by_number=True)


def _year(digits: str) -> int:
    number = int(digits[:_DIGITS_OF_YEAR])
    if len(digits) >= 3:  # noqa: PLR2004  a whole year
        return number
    return number + (1900 if number >= PIVOT else 2000)


def is_weekday(word: str) -> bool:
    """Return whether a lower-case word names a day of the week or a month, as may stand before a date's number."""
    return word in DAYS or word in MONTHS
