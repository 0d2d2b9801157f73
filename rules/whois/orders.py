"""Whether an answer's days are written day first or month first."""

import re

from rules.registry_facts import RegistryFacts
from rules.whois.dates import Order, Written

USUAL: Order = "dmy"
"""Where nothing tells: all registries that write numbers alone put the day first, but for the few in the facts."""

_NOTE = re.compile(r"\b(dd?|mm?)[-/. ](dd?|mm?)[-/. ]yy", re.IGNORECASE)
_UNTIL = re.compile(r"until|till|connected|接続|\bok-", re.IGNORECASE)


def of(known: RegistryFacts, days: list[Written], rows: list[str]) -> Order:
    """Return the order of an answer's days: the registry's own, or its note, or what its other days show."""
    if known.order or all(day.order for day in days):
        return known.order or USUAL
    return _noted(rows) or _shown(days) or USUAL


def names_a_day(status: str) -> bool:
    """Return whether a status line goes on to say until when: "OK-UNTIL 20140903", "Connected (2022/05/31)"."""
    return bool(_UNTIL.search(status[:80]))


def _noted(rows: list[str]) -> Order | None:
    for row in rows:
        note = _NOTE.search(row)
        if note and note[1][0].lower() != note[2][0].lower():
            return "dmy" if note[1][0] in "dD" else "mdy"
    return None


def _shown(days: list[Written]) -> Order | None:
    shown: set[Order] = {day.order for day in days if day.by_number and day.order}
    return shown.pop() if len(shown) == 1 else None
