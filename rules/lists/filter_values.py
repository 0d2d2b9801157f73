"""What the values of a filter mean: one of some words, a number, yes or no, a moment, a side of a moment.

state:dead   run:3000   failing:yes   since:2h   since:2026-11-01   ends:<30d   ends:>2026-12-24
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from typing import Any, Final

from rules.lists.filter_text import BadFilter

Reader = Callable[[str, datetime], Any]
"""Returns what a value means at a moment. Raises ``BadFilter``, whose text follows the key's name."""

BIGGEST: Final = 2**63 - 1
_SPAN: Final = re.compile(r"(\d{1,4})(m|h|d|w)", re.ASCII)
_SECONDS: Final[Mapping[str, int]] = {"m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
_LONGEST_NAMED: Final = 40
_MOST_NAMED: Final = 8


@dataclass(frozen=True, slots=True)
class Side:
    """The time before or after a moment."""

    before: bool
    at: datetime


def text(value: str, _now: datetime) -> str:
    """Return a text without surrounding blanks, and with ``?`` for each character that cannot be printed."""
    return _printable(value.strip())


def number(value: str, _now: datetime) -> int:
    """Return an id or another positive number."""
    if not (value.isascii() and value.isdigit() and 0 < int(value[:20]) <= BIGGEST):
        raise BadFilter("{value} is no number such as 17", value=named(value))
    return int(value)


def yes_or_no(value: str, _now: datetime) -> bool:
    """Return True for ``yes`` and False for ``no``, in any case."""
    if value.lower() not in {"yes", "no"}:
        raise BadFilter("{value} is neither yes nor no", value=named(value))
    return value.lower() == "yes"


def one_of(words: Iterable[str]) -> Reader:
    """Return a reader that takes one of these words, in any case."""
    known = {one.lower(): one for one in words}

    def read(value: str, _now: datetime) -> str:
        found = known.get(value.lower())
        if found is None:
            raise _none_of(value, known.values())
        return found

    return read


def since(value: str, now: datetime) -> datetime:
    """Return the moment that lies a span before ``now``, or at which a day begins in UTC."""
    return now - _span(value) if _SPAN.fullmatch(value) else _day(value, "1h, 2d, 2026-11-01")


def side(value: str, now: datetime) -> Side:
    """Return which side of a coming moment is meant: ``<30d``, ``>30d``, ``<2026-12-24``."""
    sign, rest = value[:1], value[1:]
    if sign not in {"<", ">"}:
        raise BadFilter(
            "{value} begins with neither {before} nor {behind}: write {example} for what ends within 30 days",
            value=named(value),
            before="<",
            behind=">",
            example="<30d",
        )
    return Side(sign == "<", now + _span(rest) if _SPAN.fullmatch(rest) else _day(rest, "<30d, <2026-12-24"))


def _span(value: str) -> timedelta:
    digits, unit = value[:-1], value[-1]
    return timedelta(seconds=int(digits) * _SECONDS[unit])


def _day(value: str, such_as: str) -> datetime:
    try:
        # Days at the edges of the calendar have no day before, or behind, them.
        if re.fullmatch(r"(19|2\d)\d\d-\d\d-\d\d", value, re.ASCII):
            return datetime.fromisoformat(value).replace(tzinfo=UTC)
    except ValueError:
        raise BadFilter("{value} is no day of the calendar", value=named(value)) from None
    raise BadFilter("{value} is neither a time nor a day; write {example}", value=named(value), example=such_as)


def _printable(value: str) -> str:
    return "".join(one if one.isprintable() else "?" for one in value)


def named(value: str) -> str:
    """Return a value as errors show it: in quotes, and cut where it is long."""
    shown = _printable(value)
    return repr(shown if len(shown) <= _LONGEST_NAMED else shown[:_LONGEST_NAMED] + "\N{HORIZONTAL ELLIPSIS}")


def _none_of(value: str, known: Iterable[str]) -> BadFilter:
    words = list(known)
    if near := nearest(value, words):
        return BadFilter("{value} is none of these; did you mean {near}?", value=named(value), near=near)
    return BadFilter("{value} is none of these; there are {known}", value=named(value), known=listed(words))


def nearest(value: str, known: Iterable[str]) -> str | None:
    """Return the word that was probably meant; None where none is similar."""
    words = {one.lower(): one for one in known}
    near = get_close_matches(value[:_LONGEST_NAMED].lower(), words, n=1)
    return words[near[0]] if near else None


def listed(known: Iterable[str]) -> str:
    """Return the known words for an error, or the first of them where there are many."""
    words = list(known)
    more = ", \N{HORIZONTAL ELLIPSIS}" if len(words) > _MOST_NAMED else ""
    return f"{', '.join(words[:_MOST_NAMED])}{more}"
