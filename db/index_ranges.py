"""Ranges of an index in which rows lie in the order of their ids: a page of a very long list is merged of them.

A job's index is (task, state, id). The newest jobs of a task, whatever their state, are the newest of its ranges,
one for each state. Databases do not find that by themselves, and a further index would be one more write for each
job.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from db import connection

LAST_ID: Final = 2**63 - 1
Condition = tuple[str, tuple[object, ...]]
"""Words of SQL and their parameters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexRange:
    """Rows whose ``columns`` have these values, of ids from ``low`` to ``high``; ``words`` are further conditions.

    A database uses a partial index only where a statement has the index's own words.
    """

    columns: tuple[str, ...] = ()
    values: tuple[object, ...] = ()
    words: tuple[str, ...] = ()
    params: tuple[object, ...] = ()
    low: int = 0
    high: int = LAST_ID

    def within(self, low: int, high: int) -> "IndexRange":
        """Return the part of it between two ids."""
        return replace(self, low=max(self.low, low), high=min(self.high, high))

    def conditions(self) -> list[Condition]:
        """Return the conditions, in SQL, with their parameters.

        On PostgreSQL they are a range of the whole key, which no other index can serve. Given a task and a state to be
        equal to, it takes the two for independent, may expect many rows, and walks over all rows by id.
        """
        given = [(" AND ".join(self.words), self.params)] if self.words else []
        if not self.columns or connection.dialect().name == "sqlite":
            equal = [(f"{column} = %s", (value,)) for column, value in zip(self.columns, self.values, strict=True)]
            return [*given, *equal, ("id >= %s AND id <= %s", (self.low, self.high))]
        key = ", ".join((*self.columns, "id"))
        marks = ", ".join("%s" for _ in (*self.columns, "id"))
        return [
            *given,
            (f"({key}) >= ({marks})", (*self.values, self.low)),
            (f"({key}) <= ({marks})", (*self.values, self.high)),
        ]

    def order(self, falls: str) -> str:
        """Return what its rows are sorted by."""
        return ", ".join(f"{column}{falls}" for column in (*self.columns, "id"))


@dataclass(frozen=True, slots=True)
class AccessPath:
    """The ranges in which the rows of some filters lie, and the names of the filters that the ranges fulfil already."""

    ranges: tuple[IndexRange, ...]
    holds: frozenset[str] = frozenset()


def merged(
    rows: str, parts: Sequence[IndexRange], conditions: Sequence[Condition], *, falls: str, limit: int
) -> tuple[str, list[Any]]:
    """Return the statement that reads up to ``limit`` ids of ``rows``, and its parameters; ``rows`` has none."""
    selects: list[str] = []
    params: list[Any] = []
    for number, part in enumerate(parts):
        all_ = [*conditions, *part.conditions()]
        where = " AND ".join(words for words, _ in all_)
        selects.append(
            f"SELECT id FROM (SELECT * FROM {rows} WHERE {where}"  # noqa: S608 - our own words
            f" ORDER BY {part.order(falls)} LIMIT %s) AS part_{number}"
        )
        params += [*(one for _, given in all_ for one in given), limit]
    return f"{' UNION ALL '.join(selects)} ORDER BY 1{falls} LIMIT %s", [*params, limit]
