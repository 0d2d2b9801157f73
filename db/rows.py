"""Rows as values: the columns of a statement go by their names into the fields of a frozen dataclass.

A field's type says how its column is read: a moment, a day, a member of an enum, or JSON made a dict or a tuple. Null
stays None. A column without a field, or a field with neither column nor default, is a mistake of ours and raises.
"""

from collections.abc import Callable, Sequence
from dataclasses import MISSING, fields
from datetime import date, datetime
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from db.fields import from_json, moment

T = TypeVar("T")
Reader = Callable[[Any], Any]


@cache
def reader(kind: type[T], columns: tuple[str, ...]) -> Callable[[Sequence[Any]], T]:
    """Return a function that makes a ``kind`` of a row with these columns. Raises ``TypeError`` if those do not fit."""
    wanted = {one.name: one for one in fields(kind) if one.init}  # pyright: ignore[reportArgumentType] - a dataclass
    missing = [name for name, one in wanted.items() if name not in columns and not _has_default(one)]
    strangers = [name for name in columns if name not in wanted]
    if missing or strangers:
        raise TypeError(f"{kind.__name__}: the row lacks {missing} and has {strangers}")
    hints = get_type_hints(kind)
    readers = [(name, _reader(hints[name])) for name in columns]

    def read(row: Sequence[Any]) -> T:
        return kind(
            **{
                name: value if value is None or convert is None else convert(value)
                for (name, convert), value in zip(readers, row, strict=True)
            }
        )

    return read


def _has_default(one: Any) -> bool:
    return one.default is not MISSING or one.default_factory is not MISSING


def _reader(hint: Any) -> Reader | None:
    """Return the function that makes a column's value one of a field's type; None where it needs none."""
    if get_origin(hint) in (Union, UnionType):
        (hint,) = (one for one in get_args(hint) if one is not NoneType)
    origin = get_origin(hint) or hint
    if origin is tuple:
        return lambda value: tuple(from_json(value))
    if origin in (dict, list):
        return from_json
    known: dict[Any, Reader] = {datetime: moment, date: _day, bool: bool, int: int, float: float}
    return known.get(origin) or (origin if isinstance(origin, type) and issubclass(origin, Enum) else None)


def _day(value: date | str) -> date:
    return date.fromisoformat(value) if isinstance(value, str) else value
