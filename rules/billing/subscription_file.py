"""Subscriptions as CSV: a head line with the fields of an entry, and a line for each subscription."""

import csv
from collections.abc import Iterable, Iterator, Sequence

from rules import spreadsheets
from rules.portfolio import BadFile

MOST_LINES = 50_000
_LONGEST_CELL = 2048


def read(lines: Iterable[str], known: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the lines of a file: the number of each, from 2 on, and its texts by field; empty lines are left out.

    Raises ``BadFile``, which says what is wrong with the file as a whole.
    """
    reader = csv.reader(lines, strict=True)
    try:
        head = [cell.strip().lower().removeprefix("\ufeff") for cell in next(reader, list[str]())]
        _require_columns(head, known)
        for cells in reader:
            if reader.line_num > MOST_LINES:
                raise BadFile(f"the file has more than {MOST_LINES} lines; divide it")
            if any(cell.strip() for cell in cells):
                yield reader.line_num, _texts(reader.line_num, head, cells)
    except csv.Error as error:
        raise BadFile(f"line {reader.line_num} is not CSV: {error}") from None


def _require_columns(head: Sequence[str], known: Sequence[str]) -> None:
    unknown = [name for name in head if name not in known]
    if unknown:
        raise BadFile(f"the head line has unknown columns: {', '.join(unknown[:5])}; known are {', '.join(known)}")
    if "client" not in head:
        raise BadFile("the head line needs the column client")
    if len(set(head)) < len(head):
        raise BadFile("the head line names a column twice")


def _texts(line: int, head: Sequence[str], cells: Sequence[str]) -> dict[str, str]:
    if len(cells) > len(head):
        raise BadFile(f"line {line} has {len(cells)} cells for {len(head)} columns")
    if any(len(cell) > _LONGEST_CELL for cell in cells):
        raise BadFile(f"line {line} has a cell of more than {_LONGEST_CELL} characters")
    return {name: _bare(cell.strip()) for name, cell in zip(head, cells, strict=False) if cell.strip()}


def _bare(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(spreadsheets.FORMULA) else cell
