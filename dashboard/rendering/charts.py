"""Charts as SVG that the server draws, each with the table of its numbers. Pure: values in, shapes out.

Bars are stacked; a line has a gap where nothing is known. Shapes have classes and no styles, because the content policy
would refuse styles.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from dashboard.rendering import formatting

WIDTH: Final = 600.0
HEIGHT: Final = 120.0
_GAP: Final = 0.2
_NICE: Final = (1, 2, 5, 10)


@dataclass(frozen=True, slots=True)
class Series:
    """The values of one colour in a chart: one for each span of time, None where nothing is known."""

    label: str
    shade: str
    values: Sequence[float | None]


@dataclass(frozen=True, slots=True)
class Shape:
    """A bar: its place, its colour, and its label."""

    x: float
    y: float
    width: float
    height: float
    shade: str
    at: datetime
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A chart of one unit, over spans that begin at ``starts``."""

    id: str
    title: str
    unit: str
    """The unit of the figures; empty where the title names it."""
    starts: Sequence[datetime]
    series: Sequence[Series]
    lines: bool = False

    @property
    def known(self) -> bool:
        """Tell whether any value is other than zero or unknown."""
        return any(value for one in self.series for value in one.values)

    @property
    def top(self) -> float:
        """The value at the upper edge: the next of 1, 2, 5, 10, 20, 50 ..."""
        if self.lines:
            highest = max((value for one in self.series for value in one.values if value), default=0.0)
        else:
            highest = max(sum(one.values[at] or 0 for one in self.series) for at in range(len(self.starts)))
        return _nice(highest)

    def bars(self) -> list[Shape]:
        """Return the bars, those of the first series at the bottom."""
        step, top = WIDTH / len(self.starts), self.top
        shapes: list[Shape] = []
        for at, start in enumerate(self.starts):
            below = 0.0
            for one in self.series:
                value = one.values[at] or 0
                tall = HEIGHT * max(0.0, value) / top
                if tall:
                    below += tall
                    x, width = at * step + step * _GAP / 2, step * (1 - _GAP)
                    shapes.append(Shape(x, HEIGHT - below, width, tall, one.shade, start, f"{said(value)} {one.label}"))
        return shapes

    def paths(self) -> list[tuple[str, str]]:
        """Return for each series its colour, and its line as the data of a path."""
        step, top = WIDTH / len(self.starts), self.top
        return [(one.shade, _path(one.values, step, top)) for one in self.series]


def _path(values: Sequence[float | None], step: float, top: float) -> str:
    """Return the data of a path. Each part begins a little before its first point, so that a lone point is visible."""
    drawn: list[str] = []
    follows = False
    for at, value in enumerate(values):
        if value is not None:
            x, y = (at + 0.5) * step, HEIGHT - HEIGHT * value / top
            drawn.append(f"L{x:.1f} {y:.1f}" if follows else f"M{x - step / 4:.1f} {y:.1f} L{x:.1f} {y:.1f}")
        follows = value is not None
    return " ".join(drawn)


def _nice(value: float) -> float:
    if value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(one * power for one in _NICE if value <= one * power * 1.0001)


def said(value: float | None) -> str:
    """Return a value with as many digits as mean something; an en dash where nothing is known."""
    if value is None:
        return "\N{EN DASH}"
    if value >= 100 or value == int(value):  # noqa: PLR2004 - three digits are enough
        return formatting.written(f"{value:,.0f}")
    return formatting.written(f"{value:.2g}" if value < 1 else f"{value:.1f}")
