"""What an answer that is no record amounts to: by its status line, or by a line that says it in words.

A line is folded first: lower case, without names of hosts, signs and blanks in a row. Terms of use speak of limits,
reservations and availability too: the rest of a sentence that began in the line before is passed over.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from types import MappingProxyType

from rules.domains.records import Answer
from rules.whois import phrases
from rules.whois.letters import folded

LONGEST_VERDICT = 160
MOST_LINES = 400

_CONDITIONAL = r"(?!.*\b(?:if|when|unless|should|may|shall|must)\b)"
_ASKED = r"(?!.*\b(?:whether|check)\b)"
VERDICTS = (
    (Answer.THROTTLED, phrases.pattern(phrases.THROTTLED, before=_CONDITIONAL)),
    (Answer.RESERVED, phrases.pattern(phrases.KEPT, before="<subject><be>(?:a )?")),
    (Answer.RESERVED, phrases.pattern(phrases.RESERVED)),
    (Answer.AVAILABLE, phrases.pattern(phrases.AVAILABLE, before=f"{_ASKED}<subject>")),
    (Answer.AVAILABLE, phrases.pattern(phrases.AVAILABLE_WITHIN, before=_ASKED + r".{0,80}\b")),
    (Answer.UNAVAILABLE, phrases.pattern(phrases.UNAVAILABLE)),
    (Answer.REGISTERED, phrases.pattern(phrases.REGISTERED, before="<subject>")),
)
"""In the order of how little else their words can mean; a refusal often goes on to say that nothing was found."""

_CODE = re.compile(r"^(?:\d{2,4} |- ?\d+ )+")
_AROUND_A_ROW = " \t%#*>-"
_ENDS = frozenset(".:!?<")
_WRAPPED, _NO_VERDICT = 40, 64
_AROUND = ".,;:!\"'()[]<>%#*"
_SIGNS = re.compile(r"[\W_]+")
_STATUSES = MappingProxyType(
    {
        **dict.fromkeys(
            (
                *("available", "free", "not registered", "no object found", "not found", "unregistered", "notfound"),
                *("not exist", "does not exist", "no match", "none", "unassigned", "avail", "disponible", "libre"),
                *("disponivel", "frei", "not delegated", "no data found", "not active and available", "no such domain"),
                *("available for registration", "free for registration", "not in use", "open", "unknown domain"),
            ),
            Answer.AVAILABLE,
        ),
        **dict.fromkeys(
            (
                *("reserved", "blocked", "not allowed", "unassignable", "forbidden", "invalid", "prohibited", "banned"),
                *("restricted", "not available for registration", "unavailable for registration", "excluded"),
                *(
                    "registry reserved",
                    "premium name",
                    "reserved by registry",
                    "reservado",
                    "reserviert",
                    "invalid domain",
                ),
            ),
            Answer.RESERVED,
        ),
        **dict.fromkeys(
            ("registered", "not available", "unavailable", "active", "connect", "in use", "ok", "delegated", "taken"),
            Answer.REGISTERED,
        ),
        **dict.fromkeys(("request denied", "access denied", "throttled"), Answer.THROTTLED),
    }
)


@lru_cache(maxsize=1024)
def of_status(value: str) -> Answer | None:
    """Return what the value of a status line says by itself: "220 Available", "NOT ALLOWED"."""
    shortened = value[:LONGEST_VERDICT].partition("(")[0]
    plain = _CODE.sub("", " ".join(_SIGNS.sub(" ", folded(shortened)).split()))
    known = _STATUSES.get(plain)
    if known or not plain:
        return known
    return Answer.RESERVED if plain.startswith(("reserved ", "invalid ", "prohibited ")) else None


def of_lines(rows: Iterable[str]) -> tuple[Answer, int] | None:
    """Return what an answer that is no record amounts to, and the number of the line that says so."""
    best: tuple[int, int] | None = None
    read = 0
    before = ""
    for number, row in enumerate(rows, start=1):
        goes_on = _goes_on(before, row)
        before = row
        plain = "" if goes_on else _plain(row)
        if not plain:
            continue
        read += 1
        rank = next((at for at, (_, says) in enumerate(VERDICTS) if says.match(plain)), None)
        if rank is not None and (best is None or rank < best[0]):
            best = (rank, number)
        if read >= MOST_LINES:
            break
    return None if best is None else (VERDICTS[best[0]][0], best[1])


def _goes_on(before: str, row: str) -> bool:
    """Return whether a row is the rest of a sentence that the row before began: terms of use, not a verdict."""
    bare = row.lstrip(_AROUND_A_ROW)
    return len(before) > _WRAPPED and bare[:1].islower() and before.rstrip()[-1:] not in _ENDS


def _plain(row: str) -> str:
    """Return a line folded, without the names in it; empty where it is too long to be a verdict.

    A long row that begins in lower case is the rest of a sentence wherever it stands: a line may have been lost.
    """
    if len(row) > 4 * LONGEST_VERDICT:
        return ""
    bare = " ".join(word for word in folded(row).split() if "." not in word.strip(_AROUND))
    if len(bare) > _NO_VERDICT and row.lstrip(_AROUND_A_ROW)[:1].islower():
        return ""
    return _CODE.sub("", " ".join(_SIGNS.sub(" ", bare).split())[:LONGEST_VERDICT])
