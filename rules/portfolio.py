"""Reads a portfolio from CSV: what is good as entries, what is not as complaints that name line and column.

Columns, in any order, with a head line: ``client`` and at least one of ``domain`` and ``host``; optional are ``email``,
``port``, ``protocol``, ``language``, ``currency`` and ``zone``. A line may give a domain, an endpoint, or both.
"""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from zoneinfo import available_timezones

from babel import Locale, UnknownLocaleError
from babel.numbers import is_currency

from rules import names

COLUMNS = ("client", "email", "domain", "host", "port", "protocol", "language", "currency", "zone")
LONGEST_CELL = 2048
_PORTS = range(1, 65536)
_PROTOCOLS = ("tls",)


class BadFile(ValueError):
    """Raised when the file as a whole cannot be read: no head line, unknown or missing columns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One good line: a client with a domain, an endpoint, or both. Names are A-labels in lower case."""

    line: int
    client: str
    email: str = ""
    domain: str | None = None
    host: str | None = None
    port: int = 443
    protocol: str = "tls"
    language: str = "en"
    currency: str = "EUR"
    zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Complaint:
    """What is wrong with one cell. ``line`` counts from 1, the head line included."""

    line: int
    column: str
    message: str

    def __str__(self) -> str:
        return f"line {self.line}, {self.column}: {self.message}"


def read(lines: Iterable[str]) -> Iterator[Entry | Complaint]:
    """Read CSV lines. Raises ``BadFile``."""
    reader = csv.reader(lines, strict=True)
    try:
        head = [cell.strip().lower().removeprefix("\ufeff") for cell in next(reader, list[str]())]
        _require_columns(head)
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield from _line(reader.line_num, head, cells)
    except csv.Error as error:
        raise BadFile(f"line {reader.line_num} is not CSV: {error}") from None


def _require_columns(head: list[str]) -> None:
    unknown = [name for name in head if name not in COLUMNS]
    if unknown:
        raise BadFile(f"the head line has unknown columns: {', '.join(unknown[:5])}; known are {', '.join(COLUMNS)}")
    if "client" not in head or not {"domain", "host"} & set(head):
        raise BadFile("the head line needs the column client and one of domain and host")
    if len(set(head)) < len(head):
        raise BadFile("the head line names a column twice")


def _line(number: int, head: list[str], cells: list[str]) -> Iterator[Entry | Complaint]:
    if len(cells) > len(head):
        yield Complaint(number, f"column {len(head) + 1}", f"there are {len(cells)} cells for {len(head)} columns")
        return
    given = {name: cell.strip() for name, cell in zip(head, cells, strict=False) if cell.strip()}
    found: dict[str, str | int] = {}
    complaints: list[Complaint] = []
    for column in head:
        try:
            if column in given:
                found[column] = _value(column, given[column])
        except ValueError as error:
            complaints.append(Complaint(number, column, str(error)))
    if "client" not in given:
        complaints.append(Complaint(number, "client", "is empty; name the client who owns this"))
    if not {"domain", "host"} & given.keys():
        complaints.append(Complaint(number, "domain", "is empty, and so is host; give at least one"))
    if complaints:
        yield from complaints
    else:
        yield Entry(line=number, **found)  # type: ignore[arg-type] - _value gives each column its type


def _value(column: str, cell: str) -> str | int:
    if len(cell) > LONGEST_CELL:
        raise ValueError(f"is longer than {LONGEST_CELL} characters")
    match column:
        case "domain":
            return names.registrable(cell)
        case "host":
            return names.host(cell)
        case "port":
            return _port(cell)
        case _:
            return _word(column, cell)


def _port(cell: str) -> int:
    if not (cell.isascii() and cell.isdigit() and int(cell[:6]) in _PORTS):
        raise ValueError(f"{cell[:20]!r} is no port; give a number from 1 to 65535")
    return int(cell)


def _word(column: str, cell: str) -> str:
    if not cell.isprintable():
        raise ValueError("holds control characters")
    checked = {
        "client": len(cell) <= 200,  # noqa: PLR2004 - as long as the column in the database
        "email": "@" in cell[1:-1] and " " not in cell,
        "protocol": cell.lower() in _PROTOCOLS,
        "language": _is_language(cell),
        "currency": is_currency(cell.upper()),
        "zone": cell in available_timezones(),
    }
    if not checked[column]:
        raise ValueError(f"{cell[:60]!r} is no {column} that can be used here")
    return {"protocol": cell.lower(), "currency": cell.upper()}.get(column, cell)


def _is_language(cell: str) -> bool:
    try:
        Locale.parse(cell, sep="-")
    except (UnknownLocaleError, ValueError):
        return False
    return True
