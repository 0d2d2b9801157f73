"""Values as text: times, rates, colours, and texts from outside. Pure: the time is a parameter."""

import re
import unicodedata
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Final

from babel.dates import format_date, get_day_names
from jinja2.filters import do_filesizeformat

from rules.certificates.finding import Grade
from wording import time_spans
from wording.messages import N_, _, language, ngettext

_KEPT: Final = {"\n", "\t", "\u200c", "\u200d"}
"""Control characters that stay: line ends and tabs, for preformatted text; joiners, for Persian and Indic names."""

_HIDDEN: Final = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"
_MARKS_AT_ONCE: Final = 4


def visible(text: str) -> str:
    """Return a text in which characters that hide or reorder it are replaced by U+FFFD.

    These are control characters, direction overrides and heaps of combining marks, which could fake another name.
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
    return time_spans.ago((at - now).total_seconds())


def full(at: datetime, zone: tzinfo = UTC) -> str:
    """Return a moment in full, as the clocks of a zone show it."""
    there = at.astimezone(zone)
    return f"{day(there)} {there:%H:%M:%S %Z}"


def hover(at: datetime, zone: tzinfo) -> str:
    """Return a moment for a tooltip: in the reader's zone and in UTC; once where both are the same."""
    return full(at) if full(at, zone) == full(at) else f"{full(at, zone)}, {full(at)}"


def days_left(end: datetime, *, now: datetime) -> int:
    """Return the whole days until ``end``; negative once it has passed."""
    return (end - now) // timedelta(days=1)


def left(end: datetime, *, now: datetime) -> str:
    """Return what is left until an end: "3 days", "5 hours", "2 days ago"."""
    days = days_left(end, now=now)
    if end <= now:
        over = (now - end) // timedelta(days=1)
        return ngettext("{number} day ago", "{number} days ago", over) if over else _("ended today")
    if days == 0:
        hours = (end - now) // timedelta(hours=1)
        return ngettext("{number} hour", "{number} hours", hours) if hours else _("less than an hour")
    return ngettext("{number} day", "{number} days", days)


def urgency(end: datetime, *, now: datetime) -> str:
    """Return the CSS class of the time left: lapsed, urgent (under 7 days), soon (under 30 days), well."""
    days = days_left(end, now=now)
    if end <= now:
        return "lapsed"
    return "urgent" if days < 7 else "soon" if days < 30 else "well"  # noqa: PLR2004 - a week, a month


def took(seconds: float) -> str:
    """Return a duration in seconds as a short text: 0.4 s, 12 s, 3 min 5 s, 2 h 10 min."""
    if seconds < 10:  # noqa: PLR2004 - tenths matter below ten
        return f"{decimal(seconds)} s"
    whole = int(seconds)
    if whole < 60:  # noqa: PLR2004 - a minute
        return f"{whole} s"
    if whole < 3600:  # noqa: PLR2004 - an hour
        return f"{whole // 60} min {whole % 60} s"
    if whole < 86400 * 2:
        return f"{whole // 3600} h {whole % 3600 // 60} min"
    return ngettext("{number} day", "{number} days", whole // 86400)


def rate(per_minute: float) -> str:
    """Return a rate: from 100 on as a whole number, below with one decimal, which is dropped where it is 0."""
    if per_minute >= 100:  # noqa: PLR2004 - three digits are enough
        return number(round(per_minute))
    return decimal(per_minute).removesuffix(_DECIMAL[language()] + "0")


def number(value: float) -> str:
    """Return a number with the reader's separator of thousands."""
    return written(f"{value:,}")


def counted(noun: str, count: int) -> str:
    """Return a count with its noun: "3 domains"."""
    shown = number(count)
    match noun:
        case "client":
            return ngettext("{number} client", "{number} clients", count, number=shown)
        case "domain":
            return ngettext("{number} domain", "{number} domains", count, number=shown)
        case "endpoint":
            return ngettext("{number} endpoint", "{number} endpoints", count, number=shown)
        case "certificate":
            return ngettext("{number} certificate", "{number} certificates", count, number=shown)
        case "subscription_due":
            return ngettext(
                "{number} subscription to be billed", "{number} subscriptions to be billed", count, number=shown
            )
        case "invoice_due":
            return ngettext("{number} invoice due", "{number} invoices due", count, number=shown)
        case _:
            raise ValueError(f"nobody counts {noun}")


def decimal(value: float) -> str:
    """Return a number with one digit after the decimal mark."""
    return written(f"{value:.1f}")


def plain(value: Decimal) -> str:
    """Return a quantity without trailing zeros."""
    return written(f"{value.normalize():f}")


def size(length: int) -> str:
    """Return a number of bytes in the largest unit of 1024: "25.0 MiB"."""
    return written(do_filesizeformat(length, binary=True))


def written(english: str) -> str:
    """Return an English number with the decimal mark and separator of the reader's language."""
    return english if _DECIMAL[language()] == "." else english.translate(_SWAPPED)


_DECIMAL: Final = {"en": ".", "de": ","}
_SWAPPED: Final = str.maketrans({",": ".", ".": ","})


def day(value: date) -> str:
    return value.strftime(_("%Y-%m-%d"))


def long_day(value: date) -> str:
    """Return a day as a heading has it: Monday, 23 November 2026."""
    return format_date(value, _("EEEE, d MMMM y"), locale=language())


def month(first: date) -> str:
    """Return a month as a heading has it: November 2026."""
    return format_date(first, _("LLLL y"), locale=language())


def weekdays() -> list[tuple[str, str]]:
    """Return the days of a week, short and whole, from Monday on."""
    short, whole = (get_day_names(width, "stand-alone", locale=language()) for width in ("short", "wide"))
    return [(short[day], whole[day]) for day in range(7)]


_DAYS: Final = (
    N_("Mondays at {time}"), N_("Tuesdays at {time}"), N_("Wednesdays at {time}"), N_("Thursdays at {time}"),
    N_("Fridays at {time}"), N_("Saturdays at {time}"), N_("Sundays at {time}"),
)  # fmt: skip


def times(expression: str) -> str:
    """Return a common cron expression in words, such as "daily at 02:17"; any other one unchanged."""
    return _often(expression) or _at_a_time(expression) or expression


def _often(expression: str) -> str:
    """Return the words for an expression that is due several times a day; empty for any other."""
    if expression == "* * * * *":
        return _("every minute")
    if every := _EVERY.fullmatch(expression):
        return _("every {number} minutes", number=every[1])
    if after := _EVERY_FROM.fullmatch(expression):
        return _("every {number} minutes from :{minute}", number=after[2], minute=f"{int(after[1]):02}")
    hourly = _HOURLY.fullmatch(expression)
    return _("hourly at :{minute}", minute=f"{int(hourly[1]):02}") if hourly else ""


def _at_a_time(expression: str) -> str:
    """Return the words for an expression that is due at one time of the day; empty for any other."""
    fixed = _FIXED.fullmatch(expression) or _MONTHLY.fullmatch(expression)
    if fixed is None:
        return ""
    clock, day = f"{int(fixed[2]):02}:{int(fixed[1]):02}", fixed[3]
    if day.isdecimal():
        return _("on day {day} of the month at {time}", day=day, time=clock)
    return _("daily at {time}", time=clock) if day == "*" else _(_day_named(day), time=clock)


_EVERY: Final = re.compile(r"\*/(2|3|4|5|6|10|12|15|20|30) \* \* \* \*")
_EVERY_FROM: Final = re.compile(r"(\d{1,2})-59/(2|3|4|5|6|10|12|15|20|30) \* \* \* \*")
_MONTHLY: Final = re.compile(r"(\d{1,2}) (\d{1,2}) (\d{1,2}) \* \*")
_HOURLY: Final = re.compile(r"(\d{1,2}) \* \* \* \*")
_FIXED: Final = re.compile(r"(\d{1,2}) (\d{1,2}) \* \* (\*|mon|tue|wed|thu|fri|sat|sun)")


def _day_named(short: str) -> str:
    return next(name for name in _DAYS if name.lower().startswith(short))


def grade_shade(grade: Grade) -> str:
    """Return the colour of a grade. Pages always show the grade's letter with it."""
    return _GRADES.get(grade, "calm")


_GRADES: Final = {Grade.SOUND: "good", Grade.NOTED: "good", Grade.WARNED: "warn", Grade.REFUSED: "bad"}


SHADES: Final = {
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
        "bounced", "complained", "suppressed",
        "dead", "failed", "silent", "crashed", "fault", "timeout", "refused", "quarantined", "critical",
        "expired", "redemption period", "pending delete", "not registered", "overdue", "disputed", "declined",
    ),
    "warn": (
        "unknown", "with failures",
        "paused", "stopping", "late", "skipped",
        "parked", "lost", "retried", "expiring", "not paid yet", "partly paid", "needs payer", "pending restore",
        "available", "unavailable", "throttled", "warning",
    ),
}  # fmt: skip


def shade(word: str) -> str:
    """Return the colour of a word: good, going, warn, bad or calm. Pages always show the word with it."""
    return _SHADE_OF.get(word, "calm")


_SHADE_OF: Final = {word: name for name, known in reversed(SHADES.items()) for word in known}
