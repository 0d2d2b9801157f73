"""Hours of the day where a person lives: quiet hours, the morning's digest, until when something is snoozed.

A time of day is given in minutes after midnight. Where the clocks skip it, it is the moment at which they go on; where
they show it twice, it is the first of the two (PEP 495).
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

DAY: Final = 24 * 60
"""Minutes of a day."""

_FEW_DAYS: Final = 3
"""The days that are searched for a time of day: a zone may leave out one, and its clocks may show the time twice."""


class BadTimeOfDay(ValueError):
    """Raised when a text is no time of day; the message says how to mend it."""


def parse(text: str) -> int:
    """Return a time of day such as ``07:30`` in minutes after midnight. Raises ``BadTimeOfDay``."""
    hours, _, minutes = text.strip().partition(":")
    digits = hours + minutes
    if digits.isascii() and digits.isdigit() and 0 < len(hours) <= 2 == len(minutes):  # noqa: PLR2004 - two digits
        minute = int(hours) * 60 + int(minutes)
        if int(minutes) < 60 and minute < DAY:  # noqa: PLR2004 - of an hour
            return minute
    raise BadTimeOfDay(f"{text[:20]!r} is no time of day; give hours and minutes from 00:00 to 23:59, such as 07:30")


def written(minute: int) -> str:
    """Return a time of day as ``parse`` reads it."""
    return f"{minute // 60:02}:{minute % 60:02}"


def minute_of_day(at: datetime, zone: ZoneInfo) -> int:
    """Return what the clocks of a zone show, in minutes after midnight."""
    local = at.astimezone(zone)
    return local.hour * 60 + local.minute


def weekday(at: datetime, zone: ZoneInfo) -> int:
    """Return the day of the week in a zone: 0 is Monday."""
    return at.astimezone(zone).weekday()


def is_between(minute: int, begin: int, end: int) -> bool:
    """Tell whether a time of day lies in [begin, end), which may go over midnight; equal ends are the whole day."""
    return begin <= minute < end if begin < end else minute >= begin or minute < end


def next_at(minute: int, zone: ZoneInfo, *, at: datetime) -> datetime:
    """Return the first moment after ``at``, in UTC, at which a time of day has come; a day has one such moment."""
    today = at.astimezone(zone).date()
    moments = (_moment(today + timedelta(days=days), minute, zone) for days in range(_FEW_DAYS))
    return next(moment for moment in moments if moment > at)


def quiet_until(begin: int, end: int, zone: ZoneInfo, *, at: datetime) -> datetime | None:
    """Return the end, in UTC, of the quiet hours that ``at`` lies in; None where it lies in none."""
    if not is_between(minute_of_day(at, zone), begin, end):
        return None
    first = next_at(end, zone, at=at)
    # Clocks that are set back show the end twice. Between the two, the quiet hours last until the second.
    again = _again(at.astimezone(zone).date(), end, zone)
    return again if again is not None and at < again < first else first


def morning_after(days: int, minute: int, zone: ZoneInfo, *, at: datetime) -> datetime:
    """Return the moment, in UTC, at a time of day that is ``days`` days (at least one) after the day of ``at``."""
    return _moment(at.astimezone(zone).date() + timedelta(days=days), minute, zone)


def _moment(day: date, minute: int, zone: ZoneInfo) -> datetime:
    """Return the first moment at which clocks show a time or, where they skip it, the moment at which they skip."""
    reading = datetime.combine(day, time(minute // 60, minute % 60), tzinfo=zone)
    moment = reading.astimezone(UTC)
    if _shows(moment, reading, zone):
        return moment
    # In a gap, fold=0 reads the time with the offset from before the gap. The result lies as far after the gap's end as
    # the time lies after the gap's beginning.
    before, behind = (reading.replace(fold=fold).astimezone(UTC) for fold in (1, 0))
    return _gap_end(before, behind, zone)


def _again(day: date, minute: int, zone: ZoneInfo) -> datetime | None:
    """Return the second moment of a day at which clocks show a time, where there are two."""
    first, second = (
        datetime.combine(day, time(minute // 60, minute % 60), tzinfo=zone).replace(fold=fold) for fold in (0, 1)
    )
    moment = second.astimezone(UTC)
    return moment if moment > first.astimezone(UTC) and _shows(moment, second, zone) else None


def _shows(moment: datetime, reading: datetime, zone: ZoneInfo) -> bool:
    return moment.astimezone(zone).replace(tzinfo=None, fold=0) == reading.replace(tzinfo=None, fold=0)


def _gap_end(before: datetime, behind: datetime, zone: ZoneInfo) -> datetime:
    """Return the moment in (before, behind] at which the zone's offset changes, to the second."""
    offset = before.astimezone(zone).utcoffset()
    low, high = before, behind
    while high - low > timedelta(seconds=1):
        middle = (low + (high - low) / 2).replace(microsecond=0)
        low, high = (middle, high) if middle.astimezone(zone).utcoffset() == offset else (low, middle)
    return high
