"""Values as text: times, rates, colours, and what strangers wrote. Pure, and given the time."""

import re
import unicodedata
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Final

from rules.certificates.finding import Grade
from rules.jobs.waiting import duration

_KEPT: Final = {"\n", "\t", "\u200c", "\u200d"}
"""Line ends and tabs, for what is shown as it is; the joiners that Persian and Indic names need."""

_HIDDEN: Final = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"
_MARKS_AT_ONCE: Final = 4


def visible(text: str) -> str:
    """Return a text without what would hide or reorder it: control characters, direction overrides, heaps of marks.

    Each such character is shown as U+FFFD, so that nobody reads a name which is not there.
    """
    if text.isascii() and text.isprintable():
        return text
    shown: list[str] = []
    marks = 0
    for character in text.replace("\r\n", "\n"):
        category = unicodedata.category(character)
        marks = marks + 1 if category in {"Mn", "Me"} else 0
        if marks > _MARKS_AT_ONCE:
            continue
        shown.append(_REPLACEMENT if category in _HIDDEN and character not in _KEPT else character)
    return "".join(shown)


def ago(at: datetime, *, now: datetime) -> str:
    """Return how far a moment is from now: "3 minutes ago", "in 2 days", "just now"."""
    seconds = (at - now).total_seconds()
    if abs(seconds) < 1:
        return "just now"
    return f"in {duration(seconds)}" if seconds > 0 else f"{duration(-seconds)} ago"


def full(at: datetime, zone: tzinfo = UTC) -> str:
    """Return a moment in full, as the clocks of a zone show it."""
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S %Z}"


def hover(at: datetime, zone: tzinfo) -> str:
    """Return a moment for those who hover: in their zone, where that is another, and in UTC."""
    return full(at) if full(at, zone) == full(at) else f"{full(at, zone)}, {full(at)}"


def days_left(end: datetime, *, now: datetime) -> int:
    """Return the whole days until ``end``; negative once it has passed."""
    return (end - now) // timedelta(days=1)


def left(end: datetime, *, now: datetime) -> str:
    """Return what is left until an end: "3 days", "5 hours", "2 days ago"."""
    days = days_left(end, now=now)
    if end <= now:
        over = (now - end) // timedelta(days=1)
        return "ended today" if over == 0 else f"{over} day{'s' if over > 1 else ''} ago"
    if days == 0:
        hours = (end - now) // timedelta(hours=1)
        return f"{hours} hour{'s' if hours > 1 else ''}" if hours else "less than an hour"
    return f"{days} day{'s' if days > 1 else ''}"


def urgency(end: datetime, *, now: datetime) -> str:
    """Return the class of what is left: lapsed, urgent (a week), soon (a month), well."""
    days = days_left(end, now=now)
    if end <= now:
        return "lapsed"
    return "urgent" if days < 7 else "soon" if days < 30 else "well"  # noqa: PLR2004 - a week, a month


def took(seconds: float) -> str:
    """Return how long something took, short: 0.4 s, 12 s, 3 min 5 s, 2 h 10 min."""
    if seconds < 10:  # noqa: PLR2004 - tenths matter below ten
        return f"{seconds:.1f} s"
    whole = int(seconds)
    if whole < 60:  # noqa: PLR2004 - a minute
        return f"{whole} s"
    if whole < 3600:  # noqa: PLR2004 - an hour
        return f"{whole // 60} min {whole % 60} s"
    if whole < 86400 * 2:
        return f"{whole // 3600} h {whole % 3600 // 60} min"
    return f"{whole // 86400} days"


def rate(per_minute: float) -> str:
    """Return a rate with as many digits as mean something."""
    if per_minute >= 100:  # noqa: PLR2004 - three digits are enough
        return f"{per_minute:,.0f}"
    return f"{per_minute:.1f}".removesuffix(".0")


def day(value: date) -> str:
    return f"{value:%Y-%m-%d}"


def long_day(value: date) -> str:
    """Return a day as a heading has it: Monday, 23 November 2026."""
    return f"{_DAYS[value.weekday()]}, {value.day} {_MONTHS[value.month - 1]} {value.year}"


_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June", "July", "August", "September", "October"),
    *("November", "December"),
)


def times(expression: str) -> str:
    """Return the commonest cron expressions as people say them, such as "daily at 02:17"; another one as it stands."""
    if every := _EVERY.fullmatch(expression):
        return f"every {every[1]} minutes"
    if hourly := _HOURLY.fullmatch(expression):
        return f"hourly at :{int(hourly[1]):02}"
    fixed = _FIXED.fullmatch(expression)
    if fixed is None:
        return expression
    clock = f"at {int(fixed[2]):02}:{int(fixed[1]):02}"
    return f"daily {clock}" if fixed[3] == "*" else f"{_day_named(fixed[3])}s {clock}"


_EVERY: Final = re.compile(r"\*/(2|3|4|5|6|10|12|15|20|30) \* \* \* \*")
_HOURLY: Final = re.compile(r"(\d{1,2}) \* \* \* \*")
_FIXED: Final = re.compile(r"(\d{1,2}) (\d{1,2}) \* \* (\*|mon|tue|wed|thu|fri|sat|sun)")


def _day_named(short: str) -> str:
    return next(name for name in _DAYS if name.lower().startswith(short))


def grade_shade(grade: Grade) -> str:
    """Return the colour of a grade, which is never shown without its letter."""
    return _GRADES.get(grade, "calm")


_GRADES: Final = {Grade.SOUND: "good", Grade.NOTED: "good", Grade.WARNED: "warn", Grade.REFUSED: "bad"}


_SHADES: Final = {
    "good": (
        "done",
        "sent",
        "delivered",
        "alive",
        "fired",
        "ok",
        "registered",
        "active",
        "resumed",
        "sound",
        "verified",
        "paid",
        "folded",
        "succeeded",
        "clean",
    ),
    "going": ("running", "queued", "sending", "received", "asked", "processing", "scanning"),
    "bad": (
        *("bounced", "complained", "suppressed"),
        *("dead", "failed", "silent", "crashed", "fault", "timeout", "refused", "quarantined", "critical"),
        *("expired", "redemption period", "pending delete", "not registered", "overdue", "disputed", "declined"),
    ),
    "warn": (
        "unknown",
        "with failures",
        *("paused", "stopping", "late", "skipped"),
        "parked",
        "lost",
        "retried",
        "expiring",
        "not paid yet",
        "partly paid",
        "needs payer",
        "pending restore",
        "available",
        "unavailable",
        "throttled",
        "warning",
    ),
}


def shade(word: str) -> str:
    """Return the colour that goes with a word, never without it: good, going, warn, bad or calm."""
    return next((name for name, known in _SHADES.items() if word in known), "calm")
