"""A year of days on which something ends or falls due, as a calendar of months lays them out."""

import calendar
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

MONTHS: Final = 12


class EndKind(StrEnum):
    """What ends or falls due on a day."""

    DOMAIN = "domain"
    CERTIFICATE = "certificate"
    SUBSCRIPTION = "subscription"
    INVOICE = "invoice"


Ends = Mapping[date, Mapping[EndKind, int]]
"""How many things of each kind end on which day; days without any are left out."""


@dataclass(frozen=True, slots=True)
class CalendarMonth:
    """A month in weeks from Monday to Sunday; a day of another month is None."""

    first: date
    weeks: Sequence[Sequence[date | None]]


def months(since: date) -> list[CalendarMonth]:
    """Return twelve months, beginning with that of ``since``."""
    found: list[CalendarMonth] = []
    year, month = since.year, since.month
    for _ in range(MONTHS):
        weeks = [
            [day if day.month == month else None for day in week]
            for week in calendar.Calendar().monthdatescalendar(year, month)
        ]
        found.append(CalendarMonth(date(year, month, 1), weeks))
        year, month = (year + 1, 1) if month == MONTHS else (year, month + 1)
    return found


def days(since: date) -> list[date]:
    """Return every day of the twelve months that ``months`` returns."""
    first, last = months(since)[0].first, months(since)[-1].first
    end = (last + timedelta(days=31)).replace(day=1)
    return [first + timedelta(days=number) for number in range((end - first).days)]


def bounds(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return when a day begins in a zone, and when the next one does: 23 to 25 hours later."""
    return datetime.combine(day, time(), zone), datetime.combine(day + timedelta(days=1), time(), zone)
