"""Lengths of time in words: in their largest unit, rounded down, so that 90 seconds are "1 minute"."""

from collections.abc import Callable
from typing import Final

from wording.messages import _, ngettext

_MINUTE: Final = 60
_HOUR: Final = 3600
_DAY: Final = 86400
_TWICE: Final = 2

_Words = tuple[Callable[[int], str], Callable[[int], str], Callable[[int], str], Callable[[int], str]]


def duration(seconds: float) -> str:
    """Return a length of time: "3 days"."""
    return _largest(seconds, _LENGTHS)


def ago(seconds: float) -> str:
    """Return the distance of a moment from now: "in 3 days". ``seconds`` are negative for a moment that has passed."""
    if abs(seconds) < 1:
        return _("just now")
    return _largest(seconds, _COMING) if seconds > 0 else _largest(-seconds, _PAST)


def times(number: int) -> str:
    """Return a number of times in words."""
    if number == 1:
        return _("once")
    return _("twice") if number == _TWICE else ngettext("{number} time", "{number} times", number)


def _largest(seconds: float, words: _Words) -> str:
    for size, said in zip((_DAY, _HOUR, _MINUTE), words, strict=False):
        if seconds >= size:
            return said(int(seconds // size))
    return words[-1](max(1, int(seconds)))


_LENGTHS: Final[_Words] = (
    lambda number: ngettext("{number} day", "{number} days", number),
    lambda number: ngettext("{number} hour", "{number} hours", number),
    lambda number: ngettext("{number} minute", "{number} minutes", number),
    lambda number: ngettext("{number} second", "{number} seconds", number),
)
_COMING: Final[_Words] = (
    lambda number: ngettext("in {number} day", "in {number} days", number),
    lambda number: ngettext("in {number} hour", "in {number} hours", number),
    lambda number: ngettext("in {number} minute", "in {number} minutes", number),
    lambda number: ngettext("in {number} second", "in {number} seconds", number),
)
_PAST: Final[_Words] = (
    lambda number: ngettext("{number} day ago", "{number} days ago", number),
    lambda number: ngettext("{number} hour ago", "{number} hours ago", number),
    lambda number: ngettext("{number} minute ago", "{number} minutes ago", number),
    lambda number: ngettext("{number} second ago", "{number} seconds ago", number),
)
