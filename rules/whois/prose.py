"""What whole sentences about the name state.

    "example.test was registered on 12 May 2009 and will expire on 12 May 2027."

Only sentences that name the name, or go on about it, are read. A sentence about what may happen ("if", "unless") states
nothing.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from rules.whois import dates
from rules.whois.characters import folded
from rules.whois.dates import Written
from rules.whois.hosts import hosts
from rules.whois.labels import DATES, LabelKind, classify

_LONGEST = 300
_MOST_ROWS = 200
_NEAR = 4
"""How many words before a day are searched for what happens on it: "registered until", "expire on the"."""

_GOES_ON = re.compile(r"\s*(?:[*%#-]\s*)?(?:it|the domain|this domain|the name|this name)\b", re.IGNORECASE)
_OF_ANOTHER_END = r"restor\w*|redeem\w*|reclaim\w*|cancel\w*|delet\w*|purged?|releas\w*|dropp?\w*"
"""Other things that a day may be the last day for."""

_OPEN = re.compile(
    rf"\b(?:{_OF_ANOTHER_END}|if|unless|when|should|(?<!\d )may(?! \d)|might|before|after|prior|not|never)\b",
    re.IGNORECASE,
)
_DIGIT = re.compile(r"\d")
_NTH = r"(?:st|nd|rd|th|er|\.|º|°)?"
_DAY = re.compile(
    r"\d{4}[-/.]\d\d?[-/.]\d\d?|\d\d?[-/.](?:\d\d?|[A-Za-z]{3,9})[-/.](?:\d{4}|\d\d)\b"
    rf"|\d{{1,2}}{_NTH} (?:of |de |d')?[^\W\d_]{{3,12}},? (?:de )?\d{{4}}|[^\W\d_]{{3,12}} \d{{1,2}}{_NTH},? \d{{4}}"
)
_WORD = re.compile(r"[^\W\d_]+")
_DELEGATES = re.compile(r"\b(?:delegated|name ?servers?|served|hosted|hosts)\b", re.IGNORECASE)


class StatedDay(NamedTuple):
    """A day that a sentence states, and the number of its line."""

    kind: LabelKind
    written: Written
    number: int


def days(sentences: list[tuple[int, str]]) -> list[StatedDay]:
    """Return the days that sentences ``about`` a name state."""
    return [
        StatedDay(kind, written, number)
        for number, row in sentences
        if _DIGIT.search(row) and not _OPEN.search(row)
        for kind, written in _of_sentence(row)
    ]


def nameservers(sentences: list[tuple[int, str]], domain: str) -> dict[str, int]:
    """Return the hosts to which sentences ``about`` a name say that it is delegated, with their lines."""
    found: dict[str, int] = {}
    for number, row in sentences:
        said = _DELEGATES.search(row)
        if said and not _OPEN.search(row):
            for name in hosts(row[said.end() :]):
                if name != domain:
                    found.setdefault(name, number)
    return found


def about(rows: list[str], domain: str) -> list[tuple[int, str]]:
    """Return the sentences about a name and their lines: those that name it, and those that go on from one that did."""
    found: list[tuple[int, str]] = []
    goes_on = False
    for number, row in enumerate(rows[:_MOST_ROWS], start=1):
        goes_on = domain in row.lower() or (goes_on and bool(_GOES_ON.match(row)))
        if goes_on and len(row) <= _LONGEST:
            found.append((number, row))
    return found


def _of_sentence(row: str) -> Iterator[tuple[LabelKind, Written]]:
    """Yield each day with what happens on it: words before the day or, as in German, right behind it say that."""
    begins = 0
    for found in _DAY.finditer(row):
        words = _WORD.findall(folded(row[begins : found.start()]))[-_NEAR:]
        behind = _WORD.findall(folded(row[found.end() :]))[:1]
        begins = found.end()
        written = dates.written(found[0])
        kinds = [kind for word in (*reversed(words), *behind) if (kind := classify(word).kind) in DATES]
        if written is not None and kinds:
            yield kinds[0], written
