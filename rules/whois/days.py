"""Which of the days that an answer writes are the domain's, and whether they are written day first or month first."""

import re
from datetime import date
from typing import NamedTuple

from rules.domains.registry_facts import RegistryFacts
from rules.whois.dates import Order, Stated, Written
from rules.whois.labels import LabelKind, is_foreign

USUAL: Order = "dmy"
"""The order where nothing tells: registries of countries put the day first, except those in the registry facts."""

_MONTH_FIRST_TOO = frozenset({"us", "pr", "vi", "gu", "as", "mp", "fm", "mh", "pw", "ph"})
"""Countries in which people write the month first, and computers may do either."""

_IN_NUMBERS = re.compile(r"(?<![\d/.-])(\d\d?)([/-])(\d\d?)\2(?:19|20)\d\d(?!\d)", re.ASCII)
_WITH_HYPHENS = re.compile(r"(?<!\d)\d\d? ?- ?\d\d? ?- ?\d{4}", re.ASCII)
_DIGIT = re.compile(r"[\d(]")
_MONTHS = 12
_COUNTRY = 2  # letters

_NOTE = re.compile(r"\b(dd?|mm?)[-/. ](dd?|mm?)[-/. ]yy", re.IGNORECASE)
DOUBTFUL = 5
"""Days of this rank and above stand among a contact's data: they count only where the domain's own part has none."""


class Day(NamedTuple):
    """A day as one line claims it; the smaller the rank, the surer."""

    rank: int
    kind: LabelKind
    written: Written
    number: int
    block: int = 0


def _believed(days: list[Day], kind: LabelKind, order: Order | None) -> tuple[Stated, int] | None:
    """Return the surest day and the number of its line. Of several updates in one block the latest counts."""
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


def believed(days: list[Day], order: Order | None, *, publishes_expiry: bool) -> list[tuple[LabelKind, Stated, int]]:
    """Return the day that is believed of each kind, and the number of its line.

    A doubtful day may be a contact's, because contacts are created and changed too: it counts only where no day is
    sure. Contacts never expire: so any expiry counts, unless the registry publishes none.
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


def order_of(known: RegistryFacts, days: list[Day], rows: list[str], *, tld: str) -> Order | None:
    """Return the order of an answer's days: the registry's own, or its note, or what its other days show.

    None where nothing tells, the answer is in English, and the registry is no country's: then 05/04/2027 is no day.
    """
    if known.order or all(day.written.order for day in days):
        return known.order or USUAL
    shown = _noted_order(rows) or _order_of_others([day.written for day in days]) or _order_of_rows(rows)
    return shown or (
        USUAL if _is_of_country(tld) or any(_puts_the_day_first(rows[day.number - 1]) for day in days) else None
    )


def _is_of_country(tld: str) -> bool:
    return (len(tld) == _COUNTRY or tld.startswith("xn--")) and tld not in _MONTH_FIRST_TOO


def _puts_the_day_first(row: str) -> bool:
    """Return whether a line is not in English, or parts the numbers of a date by hyphens."""
    return is_foreign(row[: 0 if (digit := _DIGIT.search(row)) is None else digit.start()]) or bool(
        _WITH_HYPHENS.search(row)
    )


def _noted_order(rows: list[str]) -> Order | None:
    for row in rows:
        note = _NOTE.search(row)
        if note and note[1][0].lower() != note[2][0].lower():
            return "dmy" if note[1][0] in "dD" else "mdy"
    return None


def _order_of_rows(rows: list[str]) -> Order | None:
    """Return the order that the dates of all lines show, whatever their labels; None where they do not agree."""
    orders: set[Order] = set()
    for row in rows:
        for first, _, second in _IN_NUMBERS.findall(row):
            if (int(first) > _MONTHS) is not (int(second) > _MONTHS):
                orders.add("dmy" if int(first) > _MONTHS else "mdy")
    return orders.pop() if len(orders) == 1 else None


def _order_of_others(days: list[Written]) -> Order | None:
    orders: set[Order] = {day.order for day in days if day.by_number and day.order}
    return orders.pop() if len(orders) == 1 else None
