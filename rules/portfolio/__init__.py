"""A portfolio as CSV: reads good lines as entries and bad ones as complaints (line and column), and writes such files.

Columns, in any order, with a head line: ``client`` and at least one of ``domain`` and ``host``; optional are ``email``,
``decision``, ``expires``, ``alert_days``, ``port``, ``protocol``, ``server_name``, ``language``, ``currency`` and
``zone``. A line may give a domain, an endpoint, or both; an endpoint without a port gets the default of its protocol. A
text that a spreadsheet would take for a formula is written with an apostrophe before it; reading removes it again.
"""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from sys import intern
from typing import cast
from zoneinfo import available_timezones

from babel import Locale, UnknownLocaleError
from babel.numbers import is_currency

from rules import names, spreadsheets, translatable
from rules.certificates.observation import PORTS, Protocol
from rules.checks import stages
from rules.domains.renewals import RenewalDecision
from rules.mail import mailboxes
from rules.translatable import Translatable, TranslatableError

COLUMNS = (
    "client", "email", "domain", "decision", "expires", "alert_days",
    "host", "port", "protocol", "server_name", "language", "currency", "zone",
)  # fmt: skip
_ABOUT = {"host": ("port", "protocol", "server_name"), "domain": ("decision", "expires", "alert_days")}
LONGEST_CELL = 2048
_PORTS = range(1, 65536)


class BadFile(ValueError):
    """Raised when the file as a whole cannot be read: no head line, unknown or missing columns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PortfolioEntry:
    """One good line: a client with a domain, an endpoint, or both. Names are A-labels in lower case."""

    line: int
    client: str
    email: str = ""
    domain: str | None = None
    decision: RenewalDecision = RenewalDecision.UNDECIDED
    expires: date | None = None
    """The end that a person entered, for registries that publish none."""
    alert_days: tuple[int, ...] | None = None
    host: str | None = None
    port: int = PORTS[Protocol.TLS]
    protocol: str = Protocol.TLS
    server_name: str = ""
    """The name sent by SNI in place of the host."""
    language: str = "en"
    currency: str = "EUR"
    zone: str = "UTC"
    given: frozenset[str] = frozenset()
    """The columns that the line fills in; the other fields hold defaults."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """What is wrong with one cell. ``line`` counts from 1, the head line included."""

    line: int
    column: str
    message: str

    def __str__(self) -> str:
        return f"line {self.line}, {self.column}: {self.message}"


def read(lines: Iterable[str]) -> Iterator[PortfolioEntry | Complaint]:
    """Read CSV lines. Raises ``BadFile``, which names the line at which the file stops being CSV."""
    reader = csv.reader(lines, strict=True)
    begun = 1
    try:
        head = [cell.strip().lower().removeprefix("\ufeff") for cell in next(reader, list[str]())]
        _require_columns(head)
        begun = reader.line_num + 1
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield from _line(begun, head, cells)
            begun = reader.line_num + 1
    except csv.Error as error:
        raise BadFile(_not_csv(str(error), begun)) from None


def _not_csv(error: str, begun: int) -> str:
    """Return why a line is not CSV; a quote that is not closed swallows all text up to the next quote."""
    if "unexpected end of data" in error or "expected after" in error:
        return f'line {begun} has a quote (") that is not closed where its cell ends; write a quote in a cell as ""'
    return f"line {begun} is not CSV: {error}"


def _require_columns(head: list[str]) -> None:
    separator = _other_separator(head)
    if separator:
        raise BadFile(f"line 1 separates its columns by {separator}; save the file as CSV with commas")
    if head and not head[-1]:
        empty = len(head) - max((place for place, name in enumerate(head, 1) if name), default=0)
        raise BadFile(
            f"line 1 ends with {empty} empty column{'s' if empty > 1 else ''}; remove what follows the last name"
        )
    if "" in head:
        raise BadFile(f"column {head.index('') + 1} has no name in line 1; name it or remove it")
    unknown = [name for name in head if name not in COLUMNS]
    if unknown:
        raise BadFile(f"the head line has unknown columns: {', '.join(unknown[:5])}; known are {', '.join(COLUMNS)}")
    if "client" not in head or not {"domain", "host"} & set(head):
        raise BadFile("the head line needs the column client and one of domain and host")
    if len(set(head)) < len(head):
        raise BadFile("the head line names a column twice")


def _other_separator(cells: list[str]) -> str | None:
    """Return the name of the separator that is there in place of a comma; spreadsheets use others in many countries."""
    return next(
        (
            name
            for sign, name in ((";", Translatable("semicolons")), ("\t", Translatable("tabs")))
            if any(sign in cell for cell in cells)
        ),
        None,
    )


def _line(number: int, head: list[str], cells: list[str]) -> Iterator[PortfolioEntry | Complaint]:
    fault = _fault_of_form(head, cells)
    if fault:
        yield Complaint(number, *fault)
        return
    given = {name: _bare(cell.strip()) for name, cell in zip(head, cells, strict=False) if cell.strip()}
    found: dict[str, object] = {}
    complaints: list[Complaint] = []
    for column in head:
        try:
            if column in given:
                found[column] = _value(column, given[column])
        except ValueError as error:
            complaints.append(Complaint(number, column, translatable.of_error(error)))
    if "client" not in given:
        complaints.append(Complaint(number, "client", Translatable("is empty; name the client who owns this")))
    if not {"domain", "host"} & given.keys():
        complaints.append(Complaint(number, "domain", Translatable("is empty, and so is host; give at least one")))
    complaints += [Complaint(number, column, words) for column, words in _without_subject(given)]
    if complaints:
        yield from complaints
    else:
        found.setdefault("port", PORTS[Protocol(str(found.get("protocol", Protocol.TLS)))])
        yield PortfolioEntry(line=number, given=_shared(frozenset(given)), **found)  # type: ignore[arg-type] - _value gives each column its type


@lru_cache(maxsize=256)
def _shared(columns: frozenset[str]) -> frozenset[str]:
    """Return one set for all lines that fill in the same columns, which saves 700 bytes for each line."""
    return columns


def _without_subject(given: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the columns that describe a host or a domain that the line does not name, each with the complaint."""
    for subject, columns in _ABOUT.items():
        if subject not in given and not _ABOUT.keys().isdisjoint(given):
            why = Translatable("there is no {subject} that it is of", subject=subject)
            yield from ((column, why) for column in columns if column in given)


def _fault_of_form(head: list[str], cells: list[str]) -> tuple[str, str] | None:
    """Return the column and the complaint where a line's shape does not fit the head line, whatever its cells hold."""
    broken = next((at for at, cell in enumerate(cells, start=1) if "\n" in cell or "\r" in cell), None)
    if broken:
        return f"column {broken}", Translatable(
            'a quote (") opens in this line and closes in a later one; close it in its own line'
        )
    separator = _other_separator(cells) if len(cells) < len(head) else None
    if separator:
        sign = Translatable("the line separates its cells by {separator}; write commas", separator=separator)
        return "column 1", sign
    return (f"column {len(head) + 1}", _too_many(head, cells)) if len(cells) > len(head) else None


def _too_many(head: list[str], cells: list[str]) -> str:
    more = cells[len(head) :]
    if any(cell.strip() for cell in more):
        return Translatable(
            "there are {cells} cells for {columns} columns", cells=str(len(cells)), columns=str(len(head))
        )
    return Translatable.counted(
        "the line ends with {number} empty cell too many; remove what follows the last column",
        "the line ends with {number} empty cells too many; remove what follows the last column",
        len(more),
    )


def _value(column: str, cell: str) -> object:
    if len(cell) > LONGEST_CELL:
        raise TranslatableError("is longer than {most} characters", most=LONGEST_CELL)
    read = _READERS.get(column)
    return read(cell) if read else _word(column, cell)


def _decision(cell: str) -> RenewalDecision:
    if cell.lower() not in set(RenewalDecision):
        raise TranslatableError(
            "{cell} is no decision; give one of {known}", cell=repr(cell[:20]), known=", ".join(RenewalDecision)
        )
    return RenewalDecision(cell.lower())


def _domain(cell: str) -> str:
    name = names.registrable(cell)
    zone = names.private_zone(cell)
    if zone:
        raise TranslatableError(
            "{cell} lies in {zone}, whose owner gives names out; whether a registry sells them is not known here."
            " Give {name} if that domain is meant, and {cell} as a host",
            cell=cell[:60],
            zone=zone,
            name=name,
        )
    return name


def _date(cell: str) -> date:
    try:
        return date.fromisoformat(cell)
    except ValueError:
        raise TranslatableError("{cell} is no day; write it as 2027-03-01", cell=repr(cell[:20])) from None


def _port(cell: str) -> int:
    if not (cell.isascii() and cell.isdigit() and int(cell[:6]) in _PORTS):
        raise TranslatableError("{cell} is no port; give a number from 1 to 65535", cell=repr(cell[:20]))
    return int(cell)


_READERS: Mapping[str, Callable[[str], object]] = {
    "domain": _domain,
    "host": names.host,
    "server_name": names.server_name,
    "port": _port,
    "decision": _decision,
    "expires": _date,
    "alert_days": stages.parse,
}


def _word(column: str, cell: str) -> str:
    if not cell.isprintable():
        raise TranslatableError("holds control characters")
    if not _CHECKS[column](cell):
        raise TranslatableError("{cell} is no {column} that can be used here", cell=repr(cell[:60]), column=column)
    return intern({"protocol": cell.lower(), "currency": cell.upper()}.get(column, cell))


@cache
def _zones() -> frozenset[str]:
    """Return the names of all time zones, which are read from the files of the zone database."""
    return frozenset(available_timezones())


@lru_cache(maxsize=256)
def _is_language(cell: str) -> bool:
    try:
        Locale.parse(cell, sep="-")
    except (UnknownLocaleError, ValueError):
        return False
    return True


@lru_cache(maxsize=256)
def _is_currency(cell: str) -> bool:
    return is_currency(cell.upper())


_CHECKS: Mapping[str, Callable[[str], bool]] = {
    "client": lambda cell: len(cell) <= 200,  # noqa: PLR2004 - as long as the column in the database
    "email": mailboxes.is_address,
    "protocol": lambda cell: cell.lower() in Protocol.__members__.values(),
    "language": _is_language,
    "currency": _is_currency,
    "zone": lambda cell: cell in _zones(),
}


def written(rows: Iterable[Mapping[str, object]]) -> Iterator[str]:
    """Return the lines of a CSV file that ``read`` understands, each with its end; an absent value is an empty cell."""
    yield f"{','.join(COLUMNS)}\r\n"
    for row in rows:
        text = io.StringIO()
        csv.writer(text).writerow([_cell(row.get(column)) for column in COLUMNS])
        yield text.getvalue()


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case tuple() | list():
            return ",".join(map(str, cast("Sequence[object]", value)))
        case _:
            return spreadsheets.inert(str(value))


def _bare(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(spreadsheets.FORMULA) else cell
