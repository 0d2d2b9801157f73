"""Lists that are read page by page: keyset, never OFFSET, and counts that stop counting.

A cursor is the sort key of a page's last row, as a word that fits into an address. What is behind a cursor is found by
comparing keys, so a list of a million rows opens as fast as one of ten, and rows that come meanwhile shift nothing.
"""

import base64
import binascii
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, TypeVar

from db import connection
from db.fields import stored

ROWS = 50
"""Rows of a page."""

MANY = 1000
"""Where counting stops: a page then says "more than"."""

_LONGEST_CURSOR = 600

T = TypeVar("T")
Key = tuple[object, ...]


class BadCursor(ValueError):
    """Raised for a cursor that none of our pages made."""


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some rows of a list. ``after`` leads to the next page; None on the last."""

    rows: tuple[T, ...]
    after: str | None = None


@dataclass(frozen=True, slots=True)
class Count:
    """A number of rows; ``more`` says that there are more than that."""

    number: int
    more: bool = False

    def __bool__(self) -> bool:
        return self.number > 0


def cut(rows: Sequence[T], key: Callable[[T], Key], *, size: int = ROWS) -> Page[T]:
    """Make a page of up to ``size`` + 1 rows: the one too many says that the list goes on."""
    kept = tuple(rows[:size])
    return Page(kept, encode(key(kept[-1])) if len(rows) > size else None)


def of_few(rows: Iterable[T], name: Callable[[T], str], *, after: str | None, size: int, falls: bool) -> Page[T]:
    """Make a page of rows that are all in memory, sorted by a name that is unique. Raises ``BadCursor``."""
    key = decode(after, str)
    ordered = sorted(rows, key=name, reverse=falls)
    if key is not None:
        last = str(key[0])
        ordered = [one for one in ordered if (name(one) < last if falls else name(one) > last)]
    return cut(ordered, lambda one: (name(one),), size=size)


def encode(key: Key) -> str:
    """Return a sort key as a cursor; an id alone is its digits."""
    if len(key) == 1 and isinstance(key[0], int):
        return str(key[0])
    plain = [stored(one) if isinstance(one, datetime) else str(one) if isinstance(one, date) else one for one in key]
    return base64.urlsafe_b64encode(json.dumps(plain, separators=(",", ":")).encode()).rstrip(b"=").decode()


def decode(cursor: str | None, *kinds: type, nullable: bool = False) -> Key | None:
    """Return the sort key of a cursor, its parts of these kinds, the first None where ``nullable`` allows it.

    A moment comes back as the text that the database compares. Raises ``BadCursor``.
    """
    if cursor is None:
        return None
    try:
        if len(cursor) > _LONGEST_CURSOR:
            raise BadCursor(_COMPLAINT)
        parts = zip(_parts(cursor), kinds, strict=True)
        return tuple(None if part is None and nullable else _part(part, kind) for part, kind in parts)
    except (ValueError, TypeError, binascii.Error, OverflowError):
        raise BadCursor(_COMPLAINT) from None


_COMPLAINT = "this address does not lead to a page of the list; start at its beginning"
_BIGGEST = 2**63


def _parts(cursor: str) -> Any:
    if cursor.isascii() and cursor.isdigit():
        return [int(cursor)]
    return json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))


def _part(part: object, kind: type) -> object:
    if kind is datetime and isinstance(part, str):
        return stored(datetime.fromisoformat(part))
    if kind is date and isinstance(part, str):
        return str(date.fromisoformat(part))
    if kind is int and type(part) is int and -_BIGGEST <= part < _BIGGEST:
        return part
    if kind is str and isinstance(part, str) and "\0" not in part:
        part.encode()  # half of a surrogate pair is no letter, and an error here
        return part
    raise BadCursor(_COMPLAINT)


def count(source: str, *params: object, most: int = MANY) -> Count:
    """Count the rows of ``FROM ...``, up to ``most``."""
    rows = connection.execute(
        f"SELECT COUNT(*) FROM (SELECT 1 FROM {source} LIMIT %s) AS counted",  # noqa: S608 - our own text
        *params,
        most + 1,
    )
    return bounded(rows[0][0], most=most)


def bounded(number: int, *, most: int = MANY) -> Count:
    """Return a count that was taken with LIMIT ``most`` + 1."""
    return Count(min(number, most), number > most)


def unindexed(column: str) -> str:
    """Return a column of numbers as an expression to sort by that no index serves.

    Where few rows are left of many, because somebody is limited to some clients, a database might walk over all rows
    along the index to find them.
    """
    return f"{column} + 0"


def prefix(column: str, text: str) -> tuple[str, tuple[Any, ...]]:
    """Return a condition "begins with", in the form that an index on ``column`` serves, and its parameters."""
    if connection.dialect().name == "sqlite":
        return f"{column} >= %s AND {column} < %s", (text, text + "\U0010ffff")
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"{column} LIKE %s", (f"{escaped}%",)
