"""Lists: each declared once, with what it is sorted by and narrowed to; the pages, the API and the counts read it.

    LIST = Listing(
        table="domain",
        state="domain_state",  # has a row for some of them
        columns="name, answer, expires",
        read=many,  # by ids, into the noun's own read model
        orders={"id": Order(), "expires": Order("expires", datetime, then=("id",), nullable=True)},
        filters={"client": ListFilter(int, equals("domain.client_id"), narrows=True)},
        owner="domain.client_id",
    )
    LIST.page("-expires", client=7, after=cursor)

A page is first found as a range of sort keys, whose rows are then read by their ids. So one read model serves lists
and single things, and what finds the range touches indexes alone. ``db.paging`` says what a cursor is.
"""

from bisect import bisect_right
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

from db import connection, index_ranges, paging
from db.fields import stored, sure
from db.index_ranges import AccessPath, Condition, IndexRange
from db.paging import Count, Key, Page

_CHUNK = 500
"""Rows that are read at once where all are read."""

_FEW = 5000
"""Up to so many rows are sorted faster than they are found along the index of their order."""


class Identified(Protocol):
    """What a list holds."""

    @property
    def id(self) -> int: ...


T = TypeVar("T", bound=Identified)


@dataclass(frozen=True, slots=True)
class Order:
    """What a list is sorted by: a column of ``kind``, and among equals columns of numbers, the last of them unique.

    Rows where a ``nullable`` column is null come last, by ``id``; ``then`` of such an order has one column. An order
    that is not ``indexed`` is for few rows.
    """

    column: str = "id"
    kind: type = int
    then: tuple[str, ...] = ()
    nullable: bool = False
    indexed: bool = True

    @property
    def columns(self) -> tuple[str, ...]:
        return self.column, *self.then


@dataclass(frozen=True, slots=True)
class ListFilter:
    """What a list can be narrowed to: a condition made of a value of ``kind``; ``words`` say it to programs.

    A filter that ``narrows`` leaves few rows by an index of its own, and its condition names the tables' columns. The
    condition of any other names the list's columns, and goes along with an index for that or for the order. A filter
    that is ``of_state`` holds only for rows with a state. ``is_rare`` tells whether a value leaves few rows; where it
    leaves many, ``plainly`` is the condition.
    """

    kind: Any
    condition: Callable[[Any], Condition]
    words: str = ""
    narrows: bool = False
    of_state: bool = False
    is_rare: Callable[[Any], bool] | None = None
    plainly: Callable[[Any], Condition] | None = None


def equals(column: str) -> Callable[[Any], Condition]:
    """Return the condition that a column is the value."""
    return lambda value: (f"{column} = %s", (str(value) if isinstance(value, str) else value,))


def among(column: str) -> Callable[[Collection[int]], Condition]:
    """Return the condition that a column is one of the values."""
    return lambda values: (f"{column} {{ids}}", (sorted(values),))


def compares(column: str, sign: str) -> Callable[[datetime], Condition]:
    """Return the condition that a moment lies before or after the value, as the sign says."""
    return lambda value: (f"{column} {sign} %s", (stored(value),))


def whether(yes: str, no: str) -> Callable[[bool], Condition]:
    """Return the condition that the value chooses."""
    return lambda value: (yes if value else no, ())


def about(kind: str) -> Callable[[int], Condition]:
    """Return the condition that the subject is the one of this kind that has the value as its id."""
    return lambda subject_id: ("subject_kind = %s AND subject_id = %s", (kind, subject_id))


def begins(column: str) -> Callable[[str], Condition]:
    """Return the condition that a text begins with the value."""
    return lambda value: paging.prefix(column, value)


def is_rare(source: str, *params: object) -> bool:
    """Return whether a source, as ``mail WHERE client_id = %s``, has so few rows that sorting them is fast."""
    counted = f"SELECT COUNT(*) FROM (SELECT 1 FROM {source} LIMIT %s) AS counted"  # noqa: S608 - our own words
    ((number,),) = connection.execute(counted, *params, _FEW + 1)
    return number <= _FEW


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing(Generic[T]):
    """A list. ``owner`` is the column that says whose a row is; a reading can be limited to those ``within`` clients.

    Without an owner its rows are no client's, and a limited reader sees none.

    Its columns are those of ``table``, and of ``state``, a table that has rows for some of them: ``domain_id`` there is
    the id of ``domain``. ``read`` returns the things with these ids, in any order.
    """

    table: str
    state: str | None = None
    columns: str
    read: Callable[[Sequence[int]], Sequence[T]]
    orders: Mapping[str, Order]
    filters: Mapping[str, ListFilter] = field(default_factory=dict[str, ListFilter])
    owner: str | None = None
    path: Callable[[Mapping[str, Any]], AccessPath | None] | None = None
    """Where the rows of some filters lie in order of their ids; the filter ``within`` is among them."""

    def page(
        self,
        sort: str = "id",
        *,
        rest: bool = True,
        after: str | None = None,
        size: int = paging.ROWS,
        within: frozenset[int] | None = None,
        **asked: Any,
    ) -> Page[T]:
        """Return a page; ``-`` before an order's name turns it round, and a filter that is None does not count.

        Without ``rest`` it ends before the rows where a nullable order is null. Raises ``BadCursor``.
        """
        order, sign = self.orders[sort.removeprefix("-")], "<" if sort.startswith("-") else ">"
        key = paging.decode(after, order.kind, *(int for _ in order.then), nullable=order.nullable)
        by_id = order.column == "id"
        walks = order.indexed and not by_id
        listed = self._listed(asked, within, sorts=not by_id or within is not None, by_id=by_id, walks=walks)
        rows = _keys_behind(listed, order, sign, key, size + 1)
        if rest and order.nullable and len(rows) <= size:
            rows += _unknown(listed, order, sign, key, size + 1 - len(rows))
        page = paging.cut(rows, lambda row: row[:-1], size=size)
        found = {one.id: one for one in self.read([row[-1] for row in page.rows])}
        return Page(tuple(found[row[-1]] for row in page.rows if row[-1] in found), page.after)

    def every(self, *, size: int = _CHUNK, **asked: Any) -> Iterator[T]:
        """Iterate over all rows of these filters, by id, reading so many at once."""
        page = self.page(size=size, **asked)
        yield from page.rows
        while page.after:
            page = self.page(size=size, after=page.after, **asked)
            yield from page.rows

    def ids(self, most: int, *, within: frozenset[int] | None = None, **asked: Any) -> list[int]:
        """Return the ids of the rows of these filters, ascending, no more than ``most``."""
        listed = self._listed(asked, within, sorts=True)
        if listed.path is not None:
            return [row[0] for row in _merged(listed, listed.path, "", None, most)]
        return [row[0] for row in listed.select("id", "ORDER BY id LIMIT %s", most)]

    def count(self, *, within: frozenset[int] | None = None, most: int = paging.MANY, **asked: Any) -> Count:
        """Count the rows of these filters, up to ``most``."""
        listed = self._listed(asked, within, sorts=False)
        if listed.path is not None:
            return paging.bounded(len(_merged(listed, listed.path, "", None, most + 1)), most=most)
        ((number,),) = listed.select("COUNT(*) FROM (SELECT 1", "LIMIT %s) AS counted", most + 1)
        return paging.bounded(number, most=most)

    def windows(
        self,
        order: str,
        ends: Sequence[datetime],
        *,
        within: frozenset[int] | None = None,
        most: int = paging.MANY,
        **asked: Any,
    ) -> list[Count]:
        """Count the rows of these filters up to each of ``ends``, which ascend, by an order of moments.

        All are counted by the same range of the order's index, up to ``most`` of each.
        """
        column = self.orders[order].column
        listed = self._listed(asked, within, sorts=True)
        until: Condition = (f"{column} <= %s", (stored(ends[-1]),))
        rows = listed.select(column, f"ORDER BY {column} LIMIT %s", most + 1, until, of_state=True)
        found = [sure(at) for (at,) in rows]
        return [paging.bounded(bisect_right(found, end), most=most) for end in ends]

    def _listed(
        self,
        asked: Mapping[str, object],
        within: frozenset[int] | None,
        *,
        sorts: bool,
        by_id: bool = True,
        walks: bool = False,
    ) -> "_Listed":
        """Return the rows that are asked for.

        Each filter that narrows is tested by itself. Where it leaves few rows to be sorted, they are picked out first,
        in a part that the database may not merge into the rest: it might walk over the whole index of the order to
        find them. Where it leaves many, such a walk soon fills a page.
        """
        said = {name: value for name, value in asked.items() if value is not None}
        narrowing = [(one, value) for name, value in said.items() if (one := self.filters[name]).narrows]
        if within is not None:
            narrowing.append((self._owned, within))
        sorts = sorts or self.path is not None
        picking = [one for one, value in narrowing if (sorts or one.plainly) and self._picks_few(one, value)]
        narrowed = [
            one.condition(value) if one in picking else _tried(one, value, walks=walks) for one, value in narrowing
        ]
        path = self.path({**said, "within": within}) if self.path and by_id and not picking else None
        given = [(self.filters[name], value) for name, value in said.items() if not path or name not in path.holds]
        return _Listed(
            source=self,
            materialized=bool(picking),
            path=path,
            narrowed=() if path and "within" in path.holds else tuple(narrowed),
            conditions=tuple(one.condition(value) for one, value in given if not one.narrows),
            of_state=any(one.of_state for one, _ in given),
        )

    @property
    def _owned(self) -> ListFilter:
        """The filter that narrows the list to what some clients have."""
        return ListFilter(frozenset, among(self.owner) if self.owner else lambda _: ("1 = 0", ()), narrows=True)

    def _picks_few(self, narrowing: ListFilter, value: object) -> bool:
        if narrowing.is_rare:
            return narrowing.is_rare(value)
        words, params = narrowing.condition(value)
        return is_rare(f"{self.table} WHERE {words}", *params)

    def rows(self, *, of_state: bool) -> str:
        """Return the statement of the rows, or of those with a state alone, which can go along indexes of states."""
        if self.state is None:
            return f"SELECT id, {self.columns} FROM {self.table}"  # noqa: S608 - our own words
        own, other = f"{self.table}.id", f"{self.table}_id"
        join = "JOIN" if of_state else "LEFT JOIN"
        return (
            f"SELECT {other if of_state else own} AS id, {self.columns}"  # noqa: S608 - our own words
            f" FROM {self.table} {join} {self.state} ON {other} = {own}"
        )


def _tried(narrowing: ListFilter, value: object, *, walks: bool) -> Condition:
    """Return the condition of a filter that leaves many rows; a list that ``walks`` goes along the index of its order.

    Inside COALESCE, neither database looks the condition up in an index or takes it for rare.
    """
    words, params = (narrowing.plainly or narrowing.condition)(value)
    return f"COALESCE({words}, FALSE)" if walks or narrowing.plainly else words, params


@dataclass(frozen=True, slots=True, kw_only=True)
class _Listed:
    """The rows of a list under the name ``listed``, which are ``narrowed`` first, and the conditions that are left."""

    source: Listing[Any]
    materialized: bool
    path: AccessPath | None
    narrowed: tuple[Condition, ...]
    conditions: tuple[Condition, ...]
    of_state: bool

    def select(
        self, what: str, tail: str, limit: int, *more: Condition, of_state: bool = False
    ) -> list[tuple[Any, ...]]:
        conditions = (*self.conditions, *more)
        return connection.execute(
            f"{self._with(of_state=of_state)} SELECT {what} FROM listed{_where(conditions)} {tail}",  # noqa: S608
            *(one for _, params in (*self.narrowed, *conditions) for one in params),
            limit,
        )

    def merged(self, parts: Sequence[IndexRange], falls: str, limit: int) -> list[tuple[Any, ...]]:
        """Return the ids of the first rows of all these ranges together."""
        words, params = index_ranges.merged("listed", parts, self.conditions, falls=falls, limit=limit)
        return connection.execute(f"{self._with()} {words}", *(one for _, few in self.narrowed for one in few), *params)

    def _with(self, *, of_state: bool = False) -> str:
        rows = f"{self.source.rows(of_state=of_state or self.of_state)}{_where(self.narrowed)}"
        return f"WITH listed AS {'' if self.materialized else 'NOT '}MATERIALIZED ({rows})"


def _where(conditions: Sequence[Condition]) -> str:
    return f" WHERE {' AND '.join(words for words, _ in conditions)}" if conditions else ""


def _keys_behind(listed: _Listed, order: Order, sign: str, key: Key | None, limit: int) -> list[tuple[Any, ...]]:
    """Return the sort keys and ids behind a key."""
    if key is not None and key[0] is None:
        return []
    if listed.path is not None:
        return [(one, one) for (one,) in _merged(listed, listed.path, sign, key, limit)]
    columns, falls = ", ".join(order.columns), " DESC" if sign == "<" else ""
    conditions: list[Condition] = [(f"{order.column} IS NOT NULL", ())] if order.nullable else []
    if key is not None:
        conditions.append((f"({columns}) {sign} ({', '.join('%s' for _ in key)})", key))
    by = ", ".join(f"{column}{falls}" for column in order.columns)
    return listed.select(f"{columns}, id", f"ORDER BY {by} LIMIT %s", limit, *conditions, of_state=order.nullable)


def _merged(listed: _Listed, path: AccessPath, sign: str, key: Key | None, limit: int) -> list[tuple[Any, ...]]:
    """Return the ids behind a key, of a list whose rows lie in ranges."""
    low = int(str(key[0])) + 1 if key and sign != "<" else 0
    high = int(str(key[0])) - 1 if key and sign == "<" else index_ranges.LAST_ID
    parts = [one.within(low, high) for one in path.ranges]
    return listed.merged(parts, " DESC" if sign == "<" else "", limit) if parts else []


def _unknown(listed: _Listed, order: Order, sign: str, key: Key | None, limit: int) -> list[tuple[Any, ...]]:
    """Return the sort keys and ids, behind a key, of the rows where the order's column is null."""
    behind: list[Condition] = [(f"id {sign} %s", key[1:])] if key is not None and key[0] is None else []
    by = f"ORDER BY id{' DESC' if sign == '<' else ''} LIMIT %s"
    return listed.select("NULL, id, id", by, limit, (f"{order.column} IS NULL", ()), *behind)
