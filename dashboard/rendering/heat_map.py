"""Checks by day and hour as a map: their number, and the share that failed. Pure: sums in, cells out."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from db.trends.time_sums import TimeSum

CHECKS: Final = frozenset({"rdap", "whois", "dns", "tls"})
"""The services whose calls are checks of the portfolio."""

HOURS: Final = range(24)
_BAD, _WARN = 0.2, 0.02
_FAINTEST: Final = 0.25


@dataclass(frozen=True, slots=True)
class HeatCell:
    """One hour of one day: how many checks ended well and how many failed."""

    day: date
    hour: int
    well: int
    failed: int
    opacity: float
    """The number of checks as a share of that in the busiest hour."""

    @property
    def number(self) -> int:
        return self.well + self.failed

    @property
    def shade(self) -> str:
        """Return the colour: bad from a fifth of failures on, warn from a fiftieth on, else good."""
        share = self.failed / self.number if self.number else 0.0
        return "bad" if share >= _BAD else "warn" if share >= _WARN else "good"


def rows(
    sums: Iterable[TimeSum], days: int, *, today: date, zone: ZoneInfo
) -> Sequence[tuple[date, Sequence[HeatCell]]]:
    """Return the last days, the newest first, each with its hours by the clocks of a zone.

    An hour that comes twice, because the clocks were set back, is one cell; an hour that the clocks skip is empty.
    """
    well: Counter[tuple[date, int]] = Counter()
    failed: Counter[tuple[date, int]] = Counter()
    for one in sums:
        service, _, outcome = one.subject.rpartition(" ")
        if service in CHECKS:
            at = one.at.astimezone(zone)
            (well if outcome == "ok" else failed)[at.date(), at.hour] += one.number
    most = max((well[key] + failed[key] for key in well.keys() | failed.keys()), default=0)
    return [
        (day, [_cell(day, hour, well[day, hour], failed[day, hour], most) for hour in HOURS])
        for day in (today - timedelta(days=back) for back in range(days))
    ]


def _cell(day: date, hour: int, well: int, failed: int, most: int) -> HeatCell:
    number = well + failed
    opacity = _FAINTEST + (1 - _FAINTEST) * number / most if number else 0.0
    return HeatCell(day, hour, well, failed, round(opacity, 2))
