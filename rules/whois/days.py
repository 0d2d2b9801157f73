"""Which of the days that an answer writes are the domain's: those of its own part before those of a contact's."""

from datetime import date
from typing import NamedTuple

from rules.whois.dates import Order, Stated, Written
from rules.whois.labels import LabelKind

DOUBTFUL = 5
"""Days of this rank and above stand among a contact's data: they count only where the domain's own part has none."""


class Day(NamedTuple):
    """A day as one line claims it; the smaller the rank, the surer."""

    rank: int
    kind: LabelKind
    written: Written
    number: int
    block: int = 0


def _believed(days: list[Day], kind: LabelKind, order: Order) -> tuple[Stated, int] | None:
    """Return the surest day and its line. Of the changes that one block lists it is the last that counts."""
    if len(days) == 1:
        stated = days[0].written.stated(order)
        return (stated, days[0].number) if stated else None
    read = [(day, stated) for day in days if (stated := day.written.stated(order))]
    if not read:
        return None
    best = min((day for day, _ in read), key=_surest)
    alike = [(stated, day.number) for day, stated in read if (day.rank, day.block) == (best.rank, best.block)]
    return max(alike, key=_latest) if kind is LabelKind.UPDATED else alike[0]


def _firm(days: list[Day]) -> list[Day]:
    return [day for day in days if day.rank < DOUBTFUL]


def _surest(day: Day) -> tuple[int, int]:
    return day.rank, day.number


def _latest(change: tuple[Stated, int]) -> date:
    return change[0].day


def believed(days: list[Day], order: Order, *, publishes_expiry: bool) -> list[tuple[LabelKind, Stated, int]]:
    """Return the day that is believed of each kind, and the number of its line.

    A doubtful day counts only where no day is sure, for contacts are created and changed as domains are. They never
    expire, so that an expiry counts wherever it stands, but at a registry that publishes none.
    """
    own: dict[LabelKind, list[Day]] = {}
    firm = False
    for day in days:
        own.setdefault(day.kind, []).append(day)
        firm = firm or day.rank < DOUBTFUL
    found: list[tuple[LabelKind, Stated, int]] = []
    for kind, claimed in own.items():
        may = publishes_expiry if kind is LabelKind.EXPIRES else not firm
        best = _believed(claimed if may else _firm(claimed), kind, order)
        if best:
            found.append((kind, *best))
    return found
