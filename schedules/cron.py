"""Cron: when a schedule is due, as instants in UTC, across every change that a zone's clocks make.

The five fields are those of crontab(5). APScheduler's `CronTrigger` finds the next matching reading of an imaginary
clock that never changes; this file turns readings into instants:

- Fixed hours (`30 2 * * *`, `0 */6 * * *`): each reading is due once. One that the clocks skip is due at the end of the
  gap, one that they show twice is due the first time, and a date that the zone never had (Apia, 30 December 2011) is as
  absent as 31 April.
- Every hour (`*`, `*/1` or `0-23` in the hour field): elapsed time. Each real hour is served, also the one that a clock
  shows twice.
"""

import calendar
import re
from bisect import bisect_left
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger

WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

_ITEM = re.compile(r"(?:\*|(?P<first>\w+)(?:-(?P<last>\w+))?)(?:/(?P<step>\d+))?", re.ASCII)
_INSTANT = timedelta(microseconds=1)
_LEAP_YEAR = 2024


class BadSchedule(ValueError):
    """Raised when an expression or a zone cannot be used; the message names the wrong part and how to mend it."""


class _Field(NamedTuple):
    """One of the five fields: its bounds, and the names that may stand for its numbers."""

    name: str
    low: int
    high: int
    numbers: dict[str, int]

    def parse(self, text: str) -> frozenset[int]:
        """List the values that `text` stands for, such as `1-5,7` or `*/15`."""
        return frozenset(value for item in text.split(",") for value in self._item(item))

    def _item(self, item: str) -> range:
        found = _ITEM.fullmatch(item)
        if found is None:
            raise self._wrong(item, f"write *, a number from {self.low} to {self.high}, a range a-b, or a step */n")
        step = int(found["step"] or 1)
        first, last = self._bounds(found)
        if found["step"] and not 1 <= step <= last - first:
            raise self._wrong(item, "a step goes over * or a range a-b, and is at least 1 and at most its length")
        return range(first, last + 1, step)

    def _bounds(self, found: re.Match[str]) -> tuple[int, int]:
        if found["first"] is None:
            return self.low, self.high
        first = self._number(found["first"])
        last = self._number(found["last"]) if found["last"] else first
        if first > last:
            raise self._wrong(found[0], "a range runs upwards: write it as two, such as 22-23,0-5")
        return first, last

    def _number(self, text: str) -> int:
        number = self.numbers.get(text.lower(), int(text) if text.isdecimal() else -1)
        if not self.low <= number <= self.high:
            names = f" or one of {', '.join(self.numbers)}" if self.numbers else ""
            raise self._wrong(text, f"write a number from {self.low} to {self.high}{names}")
        return number

    def _wrong(self, text: str, remedy: str) -> BadSchedule:
        return BadSchedule(f"{self.name}: {text!r} cannot be read; {remedy}")


class _WeekdayField(_Field):
    """The day of the week, 0 to 6 from Sunday; 7 is Sunday too, and a range may run over the end of the week."""

    def parse(self, text: str) -> frozenset[int]:
        return frozenset(number % 7 for number in super().parse(text))

    def _bounds(self, found: re.Match[str]) -> tuple[int, int]:
        if found["first"] is None:
            return 0, 6
        first = self._number(found["first"])
        last = self._number(found["last"]) if found["last"] else first
        return first, last if first <= last else last + 7


_MINUTE = _Field("minute", 0, 59, {})
_HOUR = _Field("hour", 0, 23, {})
_DAY = _Field("day of month", 1, 31, {})
_MONTH = _Field("month", 1, 12, {name: number for number, name in enumerate(MONTHS, start=1)})
_WEEKDAY = _WeekdayField("day of week", 0, 7, {name: number for number, name in enumerate(WEEKDAYS)})


class _Timetable:
    """The readings of an imaginary clock without zone at which an expression is due."""

    def __init__(self, expression: str) -> None:
        parts = expression.split()
        if len(parts) != 5:  # noqa: PLR2004 - crontab(5) has five fields
            five = "minute hour day-of-month month day-of-week"
            raise BadSchedule(f"expression: {expression!r} has {len(parts)} fields; write five: {five}")
        minute, hour, day, month, weekday = parts
        self._minutes = _MINUTE.parse(minute)
        self._hours = _HOUR.parse(hour)
        days, months, weekdays = _DAY.parse(day), _MONTH.parse(month), _WEEKDAY.parse(weekday)
        _refuse_never(days, months)
        self._month = _listed(months, _MONTH)
        by_date = _listed(days, _DAY)
        by_weekday = ",".join(WEEKDAYS[number] for number in sorted(weekdays))
        # crontab(5): "If both fields are restricted (i.e., do not contain the "*" character), the command will be run
        # when either field matches". CronTrigger wants both to match, so each then gets a trigger of its own.
        if "*" in day or "*" in weekday:
            self._triggers = [self._trigger(by_date, by_weekday)]
        else:
            self._triggers = [self._trigger(by_date, "*"), self._trigger("*", by_weekday)]

    @property
    def every_hour(self) -> bool:
        return len(self._hours) == 24  # noqa: PLR2004 - a day has 24 hours

    @property
    def per_day(self) -> int:
        """The number of times that the expression is due on a date that it matches."""
        return len(self._hours) * len(self._minutes)

    def after(self, reading: datetime) -> datetime:
        """Find the next due reading strictly after `reading`; raises OverflowError past the year 9999."""
        start = reading.replace(tzinfo=UTC, fold=0) + _INSTANT
        found = [due for trigger in self._triggers if (due := trigger.get_next_fire_time(None, start))]
        if not found:
            raise OverflowError(f"no due moment after {reading} within the calendar")
        return min(found).replace(tzinfo=None)

    def _trigger(self, day: str, weekday: str) -> CronTrigger:
        minute, hour = _listed(self._minutes, _MINUTE), _listed(self._hours, _HOUR)
        return CronTrigger(
            minute=minute, hour=hour, day=day, month=self._month, day_of_week=weekday, second=0, timezone=UTC
        )


def _listed(values: frozenset[int], of: _Field) -> str:
    """Write the values in CronTrigger's form; `*` is several times faster than a list of them all."""
    full = len(values) == of.high - of.low + 1
    return "*" if full else ",".join(str(value) for value in sorted(values))


def _refuse_never(days: frozenset[int], months: frozenset[int]) -> None:
    """Refuse a date that no year has: the search for it would run to the end of the calendar."""
    longest = max(calendar.monthrange(_LEAP_YEAR, month)[1] for month in months)
    if min(days) > longest:
        raise BadSchedule(f"day of month: {min(days)} never comes in the months given; write a day up to {longest}")


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:  # not found, not a valid key, a folder such as "Europe"
        raise BadSchedule(f"zone: {name!r} is not known; write an IANA name such as Europe/Berlin or UTC") from error


def _utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()} has no time zone")
    return moment.astimezone(UTC)


@dataclass(frozen=True)
class Cron:
    """A cron expression in an IANA time zone; raises BadSchedule when either cannot be used or it is never due."""

    expression: str
    zone: str
    _timetable: _Timetable = field(init=False, repr=False, compare=False)
    _tz: ZoneInfo = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_timetable", _Timetable(self.expression))
        object.__setattr__(self, "_tz", _zone(self.zone))

    def after(self, moment: datetime) -> datetime:
        """Find the next due moment strictly after `moment`, in UTC; raises ValueError when `moment` has no zone."""
        moment = _utc(moment)
        return self._elapsed_after(moment) if self._timetable.every_hour else self._fixed_after(moment)

    def between(self, after: datetime, until: datetime) -> Iterator[datetime]:
        """Yield each due moment in (after, until], ascending, in UTC, found as it is asked for."""
        until = _utc(until)
        moment = self.after(after)
        while moment <= until:
            yield moment
            moment = self.after(moment)

    def latest(self, after: datetime, until: datetime, at_most: int) -> tuple[list[datetime], int]:
        """Return the last `at_most` due moments in (after, until], ascending, and the exact count of those before them.

        The work grows with the days between, not with the due moments: a year of `* * * * *` takes well under a second.
        """
        after, until = _utc(after), _utc(until)
        window = timedelta(hours=1)
        while True:
            start = after if until - after <= window else until - window
            kept, found = deque[datetime](maxlen=at_most), 0
            for found, moment in enumerate(self.between(start, until), start=1):  # noqa: B007 - the count is used below
                kept.append(moment)
            if found >= at_most or start == after:
                return list(kept), self._count(after, start) + found - len(kept)
            window *= 2

    def _fixed_after(self, moment: datetime) -> datetime:
        """Find the next due moment of a schedule with fixed hours.

        An instant never decreases as its reading grows, so the search can start at what the clock shows at `moment`.
        """
        reading = self._reading(moment)
        while True:
            reading = self._timetable.after(reading)
            due = self._instant(reading)
            if due > moment and not self._date_is_absent(reading, due):
                return due

    def _elapsed_after(self, moment: datetime) -> datetime:
        """Find the next due moment of a schedule for every hour, stretch by stretch between changes of the clocks."""
        reading = self._reading(moment)
        while True:
            due = max(moment, (self._timetable.after(reading) - self._offset(moment)).replace(tzinfo=UTC))
            change = self._first_change(moment, due)
            if change is None:
                return due
            moment, reading = change, self._resumed_at(change) - _INSTANT

    def _resumed_at(self, change: datetime) -> datetime:
        """Return the reading from which a schedule for every hour goes on when the clocks change.

        It is what they show then, except where they skip only a part of the hour (Lord Howe Island: 02:00 becomes
        02:30). That hour still happens, so what it lost is due at once.
        """
        shown = self._reading(change)
        skipped_from = self._reading(change - _INSTANT) + _INSTANT
        return min(shown, max(skipped_from, shown.replace(minute=0)))

    def _count(self, after: datetime, until: datetime) -> int:
        """Count the due moments in (after, until]: ordinary days are multiplied, the others are walked through."""
        total = 0
        while after < until and (due := self.after(after)) <= until:
            start, end = self._day_of(due)
            # No change of the clocks from just before the day to its end makes it one of 24 hours, each shown once.
            ordinary = self._offset(start) == self._offset(end + _INSTANT)
            if ordinary and after <= start and end <= until:
                total += self._timetable.per_day
            else:
                total += sum(1 for _ in self.between(after, min(end, until)))
            after = end
        return total

    def _day_of(self, moment: datetime) -> tuple[datetime, datetime]:
        """Return the local day of `moment` as (start, end], both one microsecond before a midnight."""
        midnight = datetime.combine(self._reading(moment), time.min)
        return self._instant(midnight) - _INSTANT, self._instant(midnight + timedelta(days=1)) - _INSTANT

    def _reading(self, moment: datetime) -> datetime:
        """Read the zone's clocks at `moment`, without a zone."""
        return moment.astimezone(self._tz).replace(tzinfo=None, fold=0)

    def _offset(self, moment: datetime) -> timedelta:
        return self._reading(moment) - moment.replace(tzinfo=None)

    def _instant(self, reading: datetime) -> datetime:
        """Return the first instant at which the clocks show `reading`; the end of the gap when they skip it."""
        instant = reading.replace(tzinfo=self._tz).astimezone(UTC)
        if self._reading(instant) == reading:
            return instant
        # PEP 495: in a gap, fold 1 reads with the offset after it and lands before it; fold 0 does the opposite.
        return self._change(reading.replace(tzinfo=self._tz, fold=1).astimezone(UTC), instant)

    def _date_is_absent(self, reading: datetime, due: datetime) -> bool:
        return self._reading(due - _INSTANT).date() < reading.date() < self._reading(due).date()

    def _first_change(self, after: datetime, until: datetime) -> datetime | None:
        """Find the first change of the clocks in (after, until], a day at a time: no zone changes twice in one."""
        while after < until:
            end = min(after + timedelta(days=1), until)
            if self._offset(after) != self._offset(end):
                return self._change(after, end)
            after = end
        return None

    def _change(self, after: datetime, until: datetime) -> datetime:
        """Find the only change of the clocks in (after, until]; zones change on whole seconds."""
        before = self._offset(after)
        seconds = range(int(after.timestamp()) + 1, int(until.timestamp()) + 1)

        def changed(second: int) -> bool:
            return self._offset(datetime.fromtimestamp(second, UTC)) != before

        return datetime.fromtimestamp(seconds[bisect_left(seconds, x=True, key=changed)], UTC)
