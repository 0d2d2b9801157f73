"""When a refusal lets us come back, said as a moment: "quota resets at 2026-12-01 00:00 UTC", "blocked until 12:30".

A zone that is not stated, or not known, counts as UTC. A moment that is over gives no wait; a day is the longest one.
"""

import re
from datetime import UTC, datetime, time, timedelta

from rules.domains.registry_facts import Order
from rules.whois import dates
from rules.whois.date_names import offset

_DAY = timedelta(days=1)
_JUST_OVER = timedelta(minutes=15)
"""A time of day that passed less than this ago is over; an older one is tomorrow's."""

_ORDERS: tuple[Order, ...] = ("dmy", "mdy")
_EPOCH = re.compile(r"(?<![\d.])([12]\d{9})(?:\d{3})?(?![\d.])")  # since 1970, or thousandths
_MIDNIGHT = re.compile(r"\b(?:midnight|mitternacht|minuit|medianoche|mezzanotte|meia[- ]noite|polnoc\w*|полноч\w*)\b")
_AT = r"at|until|till|before|from|um|ab|bis|gegen|a|à|las|alle|ore|as|kl|om|tot|godz\w*|в|до|saat"
_TIME = re.compile(
    rf"(?P<at>\b(?:{_AT})\.? )?(?<![\d:.])(?P<hour>\d{{1,2}})(?:[:.h](?P<minute>\d\d)(?::(?P<second>\d\d))?)?(?![\d:])"
    r" ?(?P<half>[ap]\.?m\b)?(?P<uhr> ?uhr\b)? ?\(?(?P<zone>(?:utc|gmt)? ?[+-]\d\d?(?::?\d\d)?\b|z\b|[a-z]{3,4}\b)?"
)
_ZONE = re.compile(r"(?:utc|gmt)? ?([+-])(\d\d?):?(\d\d)?")
_LAST_HOUR, _LAST_MINUTE, _HALF_A_DAY = 23, 59, 12


def wait(said: str, now: datetime, *, until: bool) -> float | None:
    """Return the seconds until the moment in a few folded words, None where none is ahead.

    ``now`` is aware; ``until`` says that a word such as "until" stood before the words.
    """
    found = [moment - now for moment in _moments(said, now, until=until) if moment > now]
    return min(*found, _DAY).total_seconds() if found else None


def is_stated(said: str, now: datetime, *, until: bool) -> bool:
    """Tell whether a few words state a moment, whether it is over or not."""
    return bool(_moments(said, now, until=until))


def _moments(said: str, now: datetime, *, until: bool) -> list[datetime]:
    """Return the moment that is stated; two where a date can be read both ways."""
    if epoch := _EPOCH.search(said):
        return [datetime.fromtimestamp(int(epoch[1]), UTC)]
    written = dates.written(said.upper())  # as zones are written
    if written:
        days = [written.stated(order) for order in _ORDERS]
        return [day.moment() for day in days if day]
    if midnight := _MIDNIGHT.search(said):
        zone = next((each for word in said[midnight.end() :].split() if (each := _zone(word.strip("(),")))), None)
        return [_next(time.min, zone or timedelta(), now)]
    for clock in _TIME.finditer(said):
        zone = _zone(clock["zone"] or "")
        is_of_day = clock["half"] or clock["uhr"] or (clock["minute"] and (until or clock["at"] or zone is not None))
        if is_of_day and (at := _time(clock)):
            return [_next(at, zone or timedelta(), now)]
    return []


def _time(clock: re.Match[str]) -> time | None:
    hour, minute = int(clock["hour"]), int(clock["minute"] or 0)
    if clock["half"] and hour <= _HALF_A_DAY:
        hour = hour % _HALF_A_DAY + (_HALF_A_DAY if clock["half"].startswith("p") else 0)
    if hour > _LAST_HOUR or minute > _LAST_MINUTE:
        return None
    return time(hour, minute, min(int(clock["second"] or 0), 59))


def _zone(written: str) -> timedelta | None:
    if numbers := _ZONE.fullmatch(written):
        return offset(f"{numbers[1]}{numbers[2]:0>2}{numbers[3] or '00'}")
    return offset(written) if written.isalpha() else None


def _next(at: time, zone: timedelta, now: datetime) -> datetime:
    """Return when it is that time of day in a zone, today or tomorrow."""
    moment = datetime.combine((now + zone).date(), at, UTC) - zone
    return moment + _DAY if moment < now - _JUST_OVER else moment
