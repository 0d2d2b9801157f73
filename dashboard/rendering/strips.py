"""Strips: the results of a row's last checks, scans, runs or firings, as small bars beside one sentence. Pure.

A strip is one drawing with a path for each colour, because a list has many strips. A bar's height repeats its colour.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from dashboard.rendering.formatting import shade
from db.ledger.schedules import PastFiring
from rules.domains.recent_checks import RecentCheck
from wording.messages import _

MOST: Final = 30
STEP: Final = 3
HEIGHT: Final = 16
_WIDTH: Final = 2
_EMPTY: Final = "none"
_TALL: Final = {"bad": 7, "warn": 11}


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: a moment, and the word for the result."""

    at: datetime
    word: str


@dataclass(frozen=True, slots=True)
class Strip:
    """The bars of a row, the oldest first."""

    bars: Sequence[Bar]

    @property
    def width(self) -> int:
        return STEP * MOST

    @property
    def height(self) -> int:
        return HEIGHT

    def paths(self) -> list[tuple[str, str]]:
        """Return each colour with the data of its path; the newest bar is at the right."""
        drawn: dict[str, list[str]] = {}
        for back, one in enumerate(reversed(self.bars[-MOST:]), 1):
            colour = shade(one.word)
            drawn.setdefault(colour, []).append(self._bar(back, _TALL.get(colour, HEIGHT)))
        empty = [self._bar(back, HEIGHT) for back in range(len(self.bars) + 1, MOST + 1)]
        return [(colour, "".join(bars)) for colour, bars in {**drawn, _EMPTY: empty}.items() if bars]

    def _bar(self, back: int, tall: int) -> str:
        return f"M{self.width - back * STEP} {HEIGHT - tall}h{_WIDTH}v{tall}h-{_WIDTH}z"

    def said(self) -> str:
        """Return the bars in words, for readers who do not see them."""
        if not self.bars:
            return _("Nothing yet")
        if len(self.bars) == 1:
            return _("One so far: {word}", word=_(self.bars[0].word))
        counted = Counter(one.word for one in self.bars)
        words = ", ".join(f"{number} {_(word)}" for word, number in counted.most_common())
        newest = _(self.bars[-1].word)
        return _("The last {number}: {words}. The newest: {newest}", number=len(self.bars), words=words, newest=newest)


def of_checks(checks: Iterable[RecentCheck]) -> Strip:
    """Return the strip of a domain."""
    return Strip([Bar(one.at, one.word) for one in checks])


def of_firings(firings: Iterable[PastFiring]) -> Strip:
    """Return the strip of a schedule."""
    return Strip([Bar(one.due_at, one.outcome) for one in firings])


def of_runs(runs: Iterable[tuple[datetime, str]]) -> Strip:
    """Return the strip of a run: the moment and the word of it and of earlier runs of its task."""
    return Strip([Bar(at, word) for at, word in runs])


def of_scans(scans: Iterable[tuple[datetime, bool]]) -> Strip:
    """Return the strip of an endpoint: when it was scanned, and whether all was well."""
    return Strip([Bar(at, "ok" if ok else "fault") for at, ok in scans])
