"""Parts of sentences: moments, lengths of time, and strangers' texts made safe to quote."""

from datetime import datetime, timedelta

LONGEST = 200
"""Characters that are kept of a sentence, where nothing else is said."""

_DAY, _HOUR = timedelta(days=1), timedelta(hours=1)


def clean(text: str, longest: int = LONGEST) -> str:
    """Return ``text`` without what does not print: controls, bidi overrides, lone surrogates, line separators."""
    if len(text) <= longest and text.isprintable():
        return text
    kept = "".join(filter(str.isprintable, text[: 4 * longest]))
    return kept if len(kept) <= longest else kept[: longest - 1] + "…"


def moment(at: datetime) -> str:
    """Return an aware moment in UTC as the dashboard knows it: ``2026-11-21 12:00 UTC``."""
    return f"{at:%Y-%m-%d %H:%M} UTC"


def length(of: timedelta) -> str:
    """Return a length of time, not negative, in whole days or hours."""
    whole = of // _DAY
    if whole:
        return "1 day" if whole == 1 else f"{whole} days"
    hours = of // _HOUR
    return {0: "less than an hour", 1: "1 hour"}.get(hours, f"{hours} hours")


def lifetime(of: timedelta) -> str:
    """Return how a certificate of this lifetime is called: ``90-day``, or ``36-hour`` below two days."""
    if of < 2 * _DAY:
        return f"{max(1, round(of / _HOUR))}-hour"
    return f"{round(of / _DAY)}-day"


def reason(text: str) -> str:
    """Return a reason so that it can end a sentence: without a full stop."""
    return text.strip().rstrip(".") or "no reason is known"


def capitalized(sentence: str) -> str:
    """Return words with their first letter in upper case, the others as they are."""
    return sentence[:1].upper() + sentence[1:]
