"""Parts of sentences: moments, lengths of time, and texts from outside, made safe to quote."""

from datetime import datetime, timedelta

from rules.translatable import Translatable
from wording.messages import _

LONGEST = 200
"""The most characters of a sentence, unless a caller gives another limit."""

_DAY, _HOUR = timedelta(days=1), timedelta(hours=1)


def clean(text: str, longest: int = LONGEST) -> str:
    """Return a text without characters that do not print (controls, bidi overrides, lone surrogates, line separators).

    It is cut to ``longest`` characters.
    """
    if len(text) <= longest and text.isprintable():
        return text
    kept = "".join(filter(str.isprintable, text[: 4 * longest]))
    return kept if len(kept) <= longest else kept[: longest - 1] + "…"


def moment(at: datetime) -> str:
    """Return an aware moment, given in UTC, as the dashboard shows it: ``2026-11-21 12:00 UTC``."""
    return f"{at:%Y-%m-%d %H:%M} UTC"


def length(of: timedelta) -> Translatable:
    """Return a length of time, not negative, in whole days or hours."""
    if whole := of // _DAY:
        return Translatable.counted("{number} day", "{number} days", whole)
    if hours := of // _HOUR:
        return Translatable.counted("{number} hour", "{number} hours", hours)
    return Translatable("less than an hour")


def coming(ahead: timedelta) -> Translatable:
    """Return how far ahead a coming moment is: ``in 3 days``."""
    if whole := ahead // _DAY:
        return Translatable.counted("in {number} day", "in {number} days", whole)
    if hours := ahead // _HOUR:
        return Translatable.counted("in {number} hour", "in {number} hours", hours)
    return Translatable("in less than an hour")


def past(since: timedelta) -> Translatable:
    """Return how long ago a past moment was: ``3 days ago``."""
    if whole := since // _DAY:
        return Translatable.counted("{number} day ago", "{number} days ago", whole)
    if hours := since // _HOUR:
        return Translatable.counted("{number} hour ago", "{number} hours ago", hours)
    return Translatable("less than an hour ago")


def lifetime(of: timedelta) -> str:
    """Return a certificate's lifetime as an adjective: ``90-day``, or ``36-hour`` below two days."""
    if of < 2 * _DAY:
        return _("{number}-hour", number=max(1, round(of / _HOUR)))
    return _("{number}-day", number=round(of / _DAY))


def reason(text: str) -> str:
    """Return a reason that can end a sentence: without a full stop."""
    return text.strip().rstrip(".") or _("no reason is known")


def capitalized(sentence: str) -> str:
    """Return words with their first letter in upper case, the others as they are."""
    return sentence[:1].upper() + sentence[1:]
