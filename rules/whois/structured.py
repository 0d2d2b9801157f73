"""Answers that are documents rather than text: JSON, XML and tables with a head, written out as labels and values.

    {"domain": {"expires": "2027-01-31"}}     <domain><expires>2027-01-31</expires></domain>     domain;expires;...
                                                                                                 example.test;2027-01-31

Nothing is parsed by a library that follows references: an answer is a stranger's.
"""

import csv
import json
import re
from collections.abc import Iterator
from typing import cast

from rules.whois.labels import DATES, LabelKind, classify

MOST_TABLE_LINES = 200
"""Lines that are searched for the head of a table."""

_FEWEST_COLUMNS = 3
_PAIRS = (("eventaction", "eventdate"), ("name", "value"), ("key", "value"), ("label", "value"), ("field", "value"))
"""Objects that are one field each: RDAP's events, and lists of properties."""

_NAMES, _DOMAIN = frozenset({"ldhname"}), "domain"
"""Keys that hold the name of their own object, which is a name server or the domain."""

_ELEMENT = re.compile(r"<(/?)([A-Za-z_][\w:.-]{0,60})([^<>]{0,1000})>([^<]{0,1000})")
_ATTRIBUTE = re.compile(r"([A-Za-z_][\w:.-]{0,40})\s*=\s*[\"']([^\"'<>]{0,300})[\"']")
_MARKED_UP = re.compile(
    r"\s*(?:<\?xml\b[^<>]{0,200}\?>|<(?!!|/?(?:html|body|pre|p|b|br|font)\b)[A-Za-z][\w:.-]{0,60}[ >/])"
)
_APART = (";", "|", "\t", ",")
_GAP = re.compile(r"\t+|\s{2,}")
_AROUND_CELL = " \t\"'"
_OF_TABLES = frozenset({LabelKind.DOMAIN, LabelKind.NAMESERVER, LabelKind.STATUS, LabelKind.REGISTRAR, *DATES})
_RULER = re.compile(r"[-=+|_ ;,\t]*")


def written_out(text: str) -> Iterator[str] | None:
    """Return the lines of a document, None where the text is no document."""
    bare = text.lstrip()
    if bare[:1] in {"{", "["} and (found := _json(bare)) is not None:
        return _flat(found)
    if bare[:1] == "<" and _MARKED_UP.match(bare):
        return _elements(bare)
    return None


def with_tables_written_out(rows: list[str]) -> list[str]:
    """Return the lines; each row of a table with a head becomes lines of its own, with labels and values."""
    for at, row in enumerate(rows[:MOST_TABLE_LINES]):
        if ":" not in row and (head := _head(row)):
            apart, labels = head
            return [*rows[:at], *_rows_below(rows[at + 1 :], apart, labels)]
    return rows


def _json(text: str) -> object | None:
    try:
        found = cast("object", json.loads(text))
    except (ValueError, RecursionError):
        return None
    return cast("object", found) if isinstance(found, dict | list) else None


def _flat(document: object, label: str = "") -> Iterator[str]:
    """Yield a line for each value of JSON, behind its key."""
    match document:
        case dict():
            entries = cast("dict[str, object]", document)
            field = _field(entries)
            if field is not None:
                yield field
                return
            for key, value in entries.items():
                yield from _flat(value, (label or _DOMAIN) if key.lower() in _NAMES else key)
        case list():
            for value in cast("list[object]", document):
                yield from _flat(value, label)
        case None:
            pass
        case _:
            yield f"{label}: {str(document).replace(chr(10), ' ')}"


def _field(entries: dict[str, object]) -> str | None:
    """Return the line of an object that is one field: ``{"eventAction": "expiration", "eventDate": ...}``."""
    lowered = {key.lower(): value for key, value in entries.items()}
    for name, value in _PAIRS:
        if isinstance(lowered.get(name), str) and isinstance(lowered.get(value), str):
            return f"{lowered[name]}: {lowered[value]}"
    return None


def _elements(text: str) -> Iterator[str]:
    """Yield a line for each attribute and each text of XML, behind the name of its attribute or element."""
    for closes, name, attributes, inside in _ELEMENT.findall(text):
        if closes:
            continue
        for key, value in _ATTRIBUTE.findall(attributes):
            yield f"{name if key in {'name', 'value', 'id'} else key}: {value}"
        value = " ".join(inside.split())
        if value:
            yield f"{name.rpartition(':')[2]}: {value}"


def _head(row: str) -> tuple[str, list[str]] | None:
    """Return the separator and the labels of a table's columns, None where a line is no head of a table."""
    if len(row) > 500 or row[:1] in {"", "%", "#"}:  # noqa: PLR2004  longer than any head
        return None
    for apart in _APART:
        if row.count(apart) >= _FEWEST_COLUMNS - 1 and _are_labels(labels := _cells(row, apart)):
            return apart, labels
    if ("  " in row or "\t" in row or not row.isascii()) and _are_labels(labels := _cells(row, "")):
        return "", labels
    return None


def _are_labels(cells: list[str]) -> bool:
    if len(cells) < _FEWEST_COLUMNS:
        return False
    kinds = [label.kind for label in map(classify, cells) if label.kind in _OF_TABLES and not label.unsure]
    return LabelKind.DOMAIN in kinds and len(kinds) >= _FEWEST_COLUMNS and 2 * len(kinds) >= len(cells)


def _cells(row: str, apart: str) -> list[str]:
    bare = row.strip("| ")
    if '"' in bare and apart:
        parts = next(csv.reader([bare], delimiter=apart), list[str]())
    else:
        parts = bare.split(apart) if apart else _GAP.split(bare)
    return [part.strip(_AROUND_CELL) for part in parts]


def _rows_below(rows: list[str], apart: str, labels: list[str]) -> Iterator[str]:
    for row in rows:
        cells = _cells(row, apart)
        if _RULER.fullmatch(row):
            yield ""
        elif len(cells) == len(labels):
            yield ""
            yield from (f"{label}: {cell}" for label, cell in zip(labels, cells, strict=True))
        else:
            yield row
