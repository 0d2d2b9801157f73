"""Up to 1,000 clients, domains or endpoints in one request, each with a result of its own.

An item that cannot be used is answered with its problem and holds back no other one; what can be done of the rest is
done in one transaction, by a statement for each column or table.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import Path
from pydantic import BaseModel, Field, ValidationError

from api_stub import errors
from api_stub.fields import IdField, RequestBody
from api_stub.problems import Problem, ProblemKind
from api_stub.resources.portfolio.clients import ClientChange, NewClient
from api_stub.resources.portfolio.domains import DomainChange, NewDomain
from api_stub.resources.portfolio.endpoints import NewEndpoint, Owner
from api_stub.routes import router
from api_stub.security import permissions
from api_stub.security.principal import Caller, Principal
from db import connection
from db.access import audit
from db.portfolio import bulk_changes
from db.portfolio.bulk_changes import Noun
from rules import names
from rules.access import Within
from rules.certificates.observation import PORTS
from rules.jobs import Priority
from rules.names import NotAHost, NotRegistrable
from tasks.engine.task import find

routes = router(tags=["bulk"])

MOST = 1000
_EMPTIED = ("expires_by_hand", "alert_days")
"""Fields of a domain or client that null empties."""


class BulkResult(BaseModel):
    """What became of one item."""

    status: int = Field(examples=[201])
    id: int | None = Field(examples=[17])
    type: str | None = Field(description="Of its problem", examples=["/problems/conflict"])
    detail: str | None = Field(examples=["bakery.example is domain 12 already"])


class BulkResults(BaseModel):
    """A result for each item, in the order in which they were sent."""

    results: list[BulkResult]


class BulkItems(RequestBody, extra="forbid"):
    """Items, each as it is sent for one alone; a change has its ``id`` beside what is to change."""

    items: Annotated[
        list[dict[str, Any]],
        Field(min_length=1, max_length=MOST, examples=[[{"name": "bakery.example", "client_id": 3}]]),
    ]


class Removal(RequestBody, extra="forbid"):
    """What is to be removed."""

    ids: Annotated[list[IdField], Field(min_length=1, max_length=MOST, examples=[[17, 18]])]


@dataclass(frozen=True, slots=True)
class BulkKind:
    """How things of a kind are read from a request, and which task is queued for each after an addition or a change."""

    noun: Noun
    new: type[BaseModel]
    change: type[BaseModel]
    row: Callable[[Any], dict[str, Any]]
    when_added: str | None = None
    when_changed: str | None = None


def _endpoint(given: NewEndpoint) -> dict[str, Any]:
    return {
        "host": names.host(given.host),
        "port": given.port or PORTS[given.protocol],
        "protocol": str(given.protocol),
        "server_name": names.server_name(given.server_name) if given.server_name else "",
        "client_id": given.client_id,
    }


def _domain(given: NewDomain) -> dict[str, Any]:
    return {**given.model_dump(mode="json"), "name": names.registrable(given.name)}


_KINDS: Final[Mapping[str, BulkKind]] = {
    "clients": BulkKind("client", NewClient, ClientChange, lambda given: given.model_dump()),
    "domains": BulkKind("domain", NewDomain, DomainChange, _domain, "domains.check", "domains.judge"),
    "endpoints": BulkKind("endpoint", NewEndpoint, Owner, _endpoint),
}
Nouns = Annotated[str, Path(pattern=f"^({'|'.join(_KINDS)})$", examples=["domains"])]


@routes.post("/api/bulk/{nouns}")
def add_in_bulk(who: Caller, nouns: Nouns, given: BulkItems) -> BulkResults:
    """Add up to 1,000 clients, domains or endpoints. What is there already is answered with 409."""
    kind = _KINDS[nouns]
    if kind.noun == "client":
        permissions.require_whole(who)
    batch = _Batch(given.items)
    rows = batch.read(lambda item: kind.row(kind.new.model_validate(item)))
    with connection.transaction():
        _require_clients(batch, rows, who.within)
        # Of items with the same key, the first one counts.
        wanted = {bulk_changes.key(kind.noun, row): row for row in reversed(batch.left(rows).values())}
        added = bulk_changes.add(kind.noun, list(wanted.values()))
        for place, row in batch.left(rows).items():
            new = added.pop(bulk_changes.key(kind.noun, row), None)
            batch.done(place, 201, new) if new else batch.refuse(
                place, 409, "conflict", f"this {kind.noun} is there already"
            )
        ids = batch.ids()
        if kind.when_added:
            find(kind.when_added).enqueue_each(f"{kind.noun}_id", ids)
        _note(who, f"{kind.noun} add", ids)
    return batch.results()


@routes.patch("/api/bulk/{nouns}")
def change_in_bulk(who: Caller, nouns: Nouns, given: BulkItems) -> BulkResults:
    """Change up to 1,000 clients, domains or endpoints, each named by its `id`."""
    kind = _KINDS[nouns]
    batch = _Batch(given.items)
    rows = batch.read(lambda item: _change(kind, item))
    with connection.transaction():
        _require_clients(batch, rows, who.within)
        _require_names(batch, rows if kind.noun == "client" else {})
        _require(batch, kind, {place: row["id"] for place, row in batch.left(rows).items()}, who.within)
        changes = {row["id"]: {name: row[name] for name in row if name != "id"} for row in batch.left(rows).values()}
        bulk_changes.change(kind.noun, bulk_changes.decided(changes) if kind.noun == "domain" else changes)
        for place, row in batch.left(rows).items():
            batch.done(place, 200, row["id"])
        if kind.when_changed:
            find(kind.when_changed).enqueue_each(f"{kind.noun}_id", sorted(changes))
        _note(who, f"{kind.noun} change", sorted(changes))
    return batch.results()


@routes.post("/api/bulk/{nouns}/removal")
def remove_in_bulk(who: Caller, nouns: Nouns, given: Removal) -> BulkResults:
    """Remove up to 1,000 clients, domains or endpoints with their history. Clients with invoices stay (409)."""
    kind = _KINDS[nouns]
    batch = _Batch(given.ids)
    with connection.transaction():
        ids = dict(enumerate(given.ids))
        _require(batch, kind, ids, who.within)
        kept = bulk_changes.invoiced(given.ids) if kind.noun == "client" else set[int]()
        for place, one in batch.left(ids).items():
            if one in kept:
                batch.refuse(place, 409, "conflict", f"client {one} has invoices, which are kept, so it stays")
        removed = sorted(set(batch.left(ids).values()))
        bulk_changes.remove(kind.noun, removed)
        for place, one in batch.left(ids).items():
            batch.done(place, 204, one)
        _note(who, f"{kind.noun} remove", removed)
    return batch.results()


def requested(who: Principal, task: str, noun: Noun, ids: Sequence[int]) -> None:
    """Queue a task for each of many things, on a person's behalf. Raises ``Problem`` 403 or 404."""
    permissions.require_task(who, task)
    with connection.transaction():
        require_all(who, noun, ids)
        find(task).enqueue_each(f"{noun}_id", sorted(ids), priority=Priority.NORMAL)
        audit.add(who.actor, "trigger", task, {f"{noun}_ids": sorted(ids)})


def require_all(who: Principal, noun: Noun, ids: Sequence[int]) -> None:
    """Raise ``Problem`` 404 where one of them does not exist, or is outside of the caller's limit."""
    if bulk_changes.existing(noun, ids, within=who.within) != set(ids):
        raise Problem(404, "not-found", f"some of these {noun}s are not there")


class _Batch:
    """The items of a request by their places, and the results so far."""

    def __init__(self, items: Sequence[Any]) -> None:
        self._items = items
        self._results: dict[int, BulkResult] = {}

    def read(self, convert: Callable[[Any], dict[str, Any]]) -> dict[int, dict[str, Any]]:
        """Return the usable items, converted, by place; the others get their problem as a result."""
        rows: dict[int, dict[str, Any]] = {}
        for place, item in enumerate(self._items):
            try:
                rows[place] = convert(item)
            except ValidationError as error:
                found = errors.complaints_of(error.errors())
                complaints = "; ".join(f"{one['at']}: {one['message']}" for one in found[:5])
                self.refuse(place, 422, "bad-values", complaints)
            except (NotAHost, NotRegistrable) as error:
                self.refuse(place, 422, "bad-values", str(error))
        return rows

    def left(self, rows: Mapping[int, Any]) -> dict[int, Any]:
        """Return the rows that have no result yet."""
        return {place: row for place, row in rows.items() if place not in self._results}

    def refuse(self, place: int, status: int, kind: ProblemKind, detail: str) -> None:
        problem = Problem(status, kind, detail)
        self._results[place] = BulkResult(status=status, id=None, type=f"/problems/{kind}", detail=str(problem.detail))

    def done(self, place: int, status: int, item_id: int) -> None:
        self._results[place] = BulkResult(status=status, id=item_id, type=None, detail=None)

    def ids(self) -> list[int]:
        return sorted(one.id for one in self._results.values() if one.id is not None)

    def results(self) -> BulkResults:
        return BulkResults(results=[self._results[place] for place in range(len(self._items))])


class _Named(BaseModel):
    id: IdField


def _change(kind: BulkKind, item: Mapping[str, Any]) -> dict[str, Any]:
    given = kind.change.model_validate({name: value for name, value in item.items() if name != "id"})
    values = given.model_dump(include=given.model_fields_set)
    kept = {name: value for name, value in values.items() if value is not None or name in _EMPTIED}
    return {**kept, "id": _Named.model_validate({"id": item.get("id")}).id}


def _require_clients(batch: _Batch, rows: Mapping[int, Mapping[str, Any]], within: Within) -> None:
    """Refuse items that name an unknown client."""
    named = {place: row["client_id"] for place, row in batch.left(rows).items() if "client_id" in row}
    there = bulk_changes.existing("client", list(named.values()), within=within) if named else set[int]()
    for place, one in named.items():
        if one not in there:
            batch.refuse(place, 404, "not-found", f"no client has the id {one}")


def _require_names(batch: _Batch, rows: Mapping[int, Mapping[str, Any]]) -> None:
    """Refuse new names of clients that another client has, or that two items want."""
    wanted = {place: row for place, row in batch.left(rows).items() if "name" in row}
    holders = bulk_changes.taken([row["name"] for row in wanted.values()])
    for place, row in wanted.items():
        if holders.setdefault(row["name"], row["id"]) != row["id"]:
            batch.refuse(place, 409, "conflict", "another client has this name already")


def _require(batch: _Batch, kind: BulkKind, ids: Mapping[int, int], within: Within) -> None:
    """Refuse unknown ids, and an id that comes again; nobody else removes the others before the transaction ends."""
    there = bulk_changes.existing(kind.noun, list(ids.values()), within=within)
    for place, one in batch.left(ids).items():
        if one not in there:
            batch.refuse(place, 404, "not-found", f"no {kind.noun} has the id {one}, or it is named twice here")
        there.discard(one)


def _note(who: Caller, action: str, ids: Sequence[int]) -> None:
    if ids:
        audit.add(who.actor, action, f"{len(ids)} at once", {"ids": list(ids)})
