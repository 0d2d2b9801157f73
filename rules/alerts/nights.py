"""The night, as the clocks of a zone show it: when nobody watches, and most of the timetable runs."""

from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

EVENING: Final = time(20)
MORNING: Final = time(8)


def last_night(now: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return when last night began in a zone, and when it ends; before the morning, that is the night in progress.

    Both are wall times of the zone, so a night in which the clocks change has an hour more or less.
    """
    today = now.astimezone(zone).date()
    return (
        datetime.combine(today - timedelta(days=1), EVENING, zone),
        datetime.combine(today, MORNING, zone),
    )
