"""A WHOIS answer taken apart into lines: how deep each stands, its label and its value.

Known ways of writing one field::

    Registrar: X    registrar......: X    [Registrar]  X    Registrar<tab>X    Registrar.... X    Record created on X
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from rules.whois import dates, structured
from rules.whois.characters import MOST_CHARACTERS, folded
from rules.whois.hosts import leads
from rules.whois.labels import DATES, LONGEST_LABEL, NOTHING, SECTIONS, Label, LabelKind, classify

MOST_LINES = 3000
LONGEST_LINE = 1000
"""What is read of an answer's lines."""

FOOTER = ">>> Last update of"
"""How ICANN's registries end a record; what follows are terms of use."""

_TAG = re.compile(
    r"<(?:/?(?:br|pre|p|html|head|title|body|b|h[1-6]|hr|ul|li|font|table|th|td|tr|div|span|center)\b[^<>\n]{0,80})>",
    re.IGNORECASE,
)
_BRACKETED = re.compile(r"(?:[a-z0-9]{1,2}\.? ?)?\[([^\[\]]{1,60})\]\s*(.*)", re.IGNORECASE)
_INNER = re.compile(r"([a-z][a-z -]{1,20}):(?:\s+(.*)|$)")
_NUMBERED = re.compile(r"\s*\[[^\[\]]{0,40}\]$")
_PAIR = re.compile(r"([^=|>\u2192]{1,80}?) ?(?:[-=]>|[=|>\u2192]) ?(\S.*)")
_PARTS_PAIRS = re.compile(r"[=|>\u2192]")
_OF_HOSTS = frozenset({LabelKind.HOST, LabelKind.NAMESERVER})
_HEAD_OF_ADDRESSES = re.compile(
    r"(?:ipv?[46]?[ -]?)?(?:address(?:es)?)?(?:[\t /]+ipv?[46][\w -]{0,20})*", re.IGNORECASE
)
_LEADER = re.compile(r"([^.:]{2,50}?) ?\.{3,} *:?\s*(.*)")
_SERVERS = Label(LabelKind.NAMESERVER)
_GAP = re.compile(r"\t+|\s{2,}")
_UNTIL_DIGIT = re.compile(r"([^\d:]{4,60}?)[\s(]+(?=\d)")
_DECORATION = "*>|=~ -_+"
_COMMENT_SIGNS = "%#"
_SIGNS_OF_LINES = frozenset(":*>|=~-_+" + _COMMENT_SIGNS)
_AROUND_VALUE = ': \t"'
_ODD_BEGINNINGS = frozenset("./!")
_LETTER = re.compile(r"\w")
_DIGIT = re.compile(r"\d")
_LONGEST_HEADING = 60
_SHORTEST_RECORD = 8  # characters: "NOT FOUND" stands before it too
_PROSE = 9  # blanks, and no field without a label has so many words
_MOST_WORDS_OF_HEADING = 6
_A_WHOLE_DATE = 6  # digits and signs that "1.2.03" has


@dataclass(slots=True)
class WhoisLine:
    """One line. ``label`` is None where it has none; ``first``: it begins its block; ``text`` has no blanks around."""

    number: int
    indent: int
    label: Label | None
    value: str
    first: bool
    text: str


def split(text: str) -> list[str]:
    """Return the lines that are read, none of them longer than ``LONGEST_LINE``."""
    kept = text[:MOST_CHARACTERS]
    if "\r" in kept:
        kept = kept.replace("\r\n", "\n").replace("\r", "\n")
    if "<" in kept and _TAG.search(kept):
        kept = _TAG.sub("\n", kept)
    end = kept.find(FOOTER)
    if end > _SHORTEST_RECORD:
        kept = kept[:end]
    document = structured.written_out(kept)
    if document is None:
        rows = structured.with_tables_written_out(kept.split("\n", MOST_LINES)[:MOST_LINES])
    else:
        rows = list(islice(document, MOST_LINES))
    return [row[:LONGEST_LINE] for row in rows] if max(map(len, rows), default=0) > LONGEST_LINE else rows


def read(rows: list[str]) -> Iterator[WhoisLine]:
    """Yield the lines that may say something.

    Comments, rulers and prose are left out, and of successive lines that no reader needs, such as a contact's data, all
    but the first: as a rule, half of an answer.
    """
    first = True
    idle = -1  # the indentation of the line before, where that was a line that no reader needs
    for number, row in enumerate(rows, start=1):
        text = row.strip()
        if not text:
            first, idle = True, -1
            continue
        if text[0] in _SIGNS_OF_LINES and not (text := _undecorated(text)):
            if row.strip() in _COMMENT_SIGNS:  # an empty comment parts blocks as an empty line does
                first, idle = True, -1
            continue
        head, colon, value = text.partition(":")
        label = classify(head) if colon and len(head) <= LONGEST_LABEL and text[0] != "[" else None
        if label is not NOTHING:
            label, value = _understood(text, label, head, value)
        indent = 0 if row[0] == text[0] else len(row) - len(row.lstrip())
        was_idle, idle = idle, indent if label is NOTHING else -1
        if was_idle != idle or idle < 0:
            if label is not None or not _is_prose(text):
                yield WhoisLine(number, indent, label, value, first, text)
            first = False


def _is_prose(text: str) -> bool:
    """Return whether a line without a label has too many words to be a field, and begins with no host.

    One sentence is no prose, because it stands in place of a registrar's name: "This domain is registered directly with
    the registry."
    """
    return text.count(" ") >= _PROSE and "." not in text.split(" ", 1)[0] and "registered directly" not in text


def _undecorated(text: str) -> str:
    """Return a line without the signs around it, empty where nothing else is in it.

    A comment becomes empty, and so does a server's word about its database: ">>> LAST UPDATE: 10/10/2013". A line that
    begins with a colon continues the field above.
    """
    if text[0] in "%#>":
        return ""
    if text[0] == ":":
        return text.lstrip(": ") or text
    bare = text.strip(_DECORATION)
    return bare.lstrip(": ") if _LETTER.search(bare) else ""


def _understood(text: str, label: Label | None, head: str, value: str) -> tuple[Label | None, str]:
    """Return a line's label and value; a heading has a label and no value, a bare line no label.

    ``label`` is what stands before the colon, where there is one.
    """
    if label is not None:
        if label.dated and head[-1:] == "]":
            label = classify(_NUMBERED.sub("", head))
        if not label.dated and not (value[:1].isdigit() and head[-1:].isdigit()):  # "on Mon Apr 19 21:47:14 2010"
            # The colon of a web address does not end a label.
            bare = value.strip(_AROUND_VALUE)
            return (label, bare) if bare[:1] not in _ODD_BEGINNINGS else _of_odd_value(label, value, bare)
    if "[" in text[:5] and (bracketed := _BRACKETED.match(text)):
        return _bracketed(bracketed[1], bracketed[2].lstrip(": "))
    if len(text) > _LONGEST_HEADING and "..." not in text and "\t" not in text and "  " not in text:
        return None, ""
    return _without_colon(text)


def _bracketed(head: str, value: str) -> tuple[Label | None, str]:
    """Return label and value of "[Registrar] X", or of "[owner-c] org: X", where the brackets say whose field it is."""
    inner = _INNER.match(value)
    return (classify(f"{head} {inner[1]}"), inner[2]) if inner else (classify(head), value)


def _of_odd_value(label: Label, value: str, bare: str) -> tuple[Label | None, str]:
    """Return a label and its value; YAML's "!Registrar" begins a section, and an address of the web has no label."""
    if value.startswith("//"):
        return None, ""
    if bare.startswith("..."):  # "Registrar:.........X"
        return label, bare.lstrip(". ")
    return label, "" if bare.startswith("!") else bare


def _without_colon(text: str) -> tuple[Label | None, str]:
    if "..." in text:
        leader = _LEADER.match(text)
        if leader:
            return classify(leader[1]), leader[2]
    if (
        _PARTS_PAIRS.search(text)
        and (pair := _PAIR.fullmatch(text))
        and (label := classify(pair[1])).kind is not LabelKind.OTHER
    ):
        return label, pair[2]
    column = _GAP.search(text)
    if column and column.start() <= LONGEST_LABEL and text[column.start() - 1] != ".":  # no end of a sentence
        label = classify(text[: column.start()])
        if label.kind in _OF_HOSTS and _HEAD_OF_ADDRESSES.fullmatch(text[column.end() :]):
            return Label(LabelKind.NAMESERVER), ""  # the head of a table
        if label.kind is not LabelKind.OTHER and not label.unsure:
            return label, text[column.end() :].lstrip("| ")
    if "." in text and (led := _led_by_servers(text)):
        return _SERVERS, led
    return _sentence(text) if _DIGIT.search(text) else (_heading(text), "")


def _led_by_servers(text: str) -> str:
    """Return the host behind a label without a colon, "nameserver ns1.example.net"; empty where there is none."""
    label, *behind = text.split(None, 1)
    return behind[0] if behind and "." in behind[0] and classify(label) == _SERVERS and leads(behind[0]) else ""


def _heading(text: str) -> Label | None:
    if len(text) > _LONGEST_HEADING or text.count(" ") >= _MOST_WORDS_OF_HEADING:
        return None
    if text[-1] in ".,;!" or '","' in text:  # the head of a table of CSV
        return None
    label = classify(text)
    return label if (label.kind in SECTIONS or label.kind is LabelKind.ORGANISATION) and not label.unsure else None


def _sentence(text: str) -> tuple[Label | None, str]:
    """Return label and value of "Record created on 2018-02-05 22:59" or "Registered on Thursday 2nd August 2000"."""
    head = _UNTIL_DIGIT.match(text)
    if head is None or len(text) - head.end() < _A_WHOLE_DATE:
        return None, ""
    words = head[1].split()
    while words and dates.is_weekday(folded(words[-1]).strip(".,")):
        words.pop()
    label = classify(" ".join(words))
    if label.kind not in DATES or label.unsure or len(words) > _MOST_WORDS_OF_HEADING:
        return None, ""
    if label.kind is LabelKind.UPDATED and not label.of_domain:  # "Last updated on ...": the whole database was
        return None, ""
    return label, text[sum(map(len, words)) + len(words) - 1 :].strip()
