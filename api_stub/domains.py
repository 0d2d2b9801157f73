"""Domains of the portfolio: what is looked after, and what is known of it."""

from datetime import datetime
from typing import Annotated

from fastapi import Query
from pydantic import BaseModel, Field

from api_stub.fields import Cursor, Id, IdField, IdFilter, Limit, Sought
from api_stub.principal import Caller
from api_stub.problems import Problem, existing
from api_stub.routes import router
from db import audit, clients, connection
from db import domains as store
from db.domains import Domain as Row
from rules import names

routes = router(tags=["domains"])


class NewDomain(BaseModel, extra="forbid"):
    """A domain to add: its name, or a URL in it."""

    name: Annotated[str, Field(min_length=1, max_length=names.LONGEST_INPUT, examples=["bakery.example"])]
    client_id: IdField


class Owner(BaseModel, extra="forbid"):
    """Whose it is to be."""

    client_id: IdField


class Domain(BaseModel):
    """A domain, and what its registry said last. Times are UTC."""

    id: int = Field(examples=[17])
    name: str = Field(examples=["bakery.example"])
    client_id: int
    client_name: str
    answer: str | None = Field(description="Null until a registry has answered", examples=["registered"])
    expires: datetime | None
    registrar: str | None
    nameservers: list[str]
    statuses: list[str]
    source: str | None = Field(examples=["rdap"])
    checked_at: datetime | None
    failure: str | None = Field(description="Why the last look had no answer")


class Domains(BaseModel):
    """A page of domains, in the order in which they were added."""

    domains: list[Domain]
    next: int | None = Field(description="The cursor of the next page; null on the last")


@routes.get("/api/domains")
def list_domains(
    _who: Caller,
    *,
    client: IdFilter = None,
    name: Annotated[Sought | None, Query(max_length=253, description="The one of this name")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Domains:
    """List the domains."""
    found = store.page(client_id=client, name=name, after=cursor or 0, limit=limit)
    return Domains(domains=[_shown(one) for one in found], next=found[-1].id if len(found) == limit else None)


@routes.get("/api/domains/{domain_id}")
def read_domain(_who: Caller, domain_id: Id) -> Domain:
    """Read one domain."""
    return _shown(existing(store.get, domain_id))


@routes.post("/api/domains", status_code=201)
def add_domain(who: Caller, given: NewDomain) -> Domain:
    """Add a domain; a name or URL in it is reduced to what was registered. It is checked with the next nightly run."""
    name = names.registrable(given.name)
    with connection.transaction():
        existing(clients.get, given.client_id)
        domain_id, new = store.add(name, client_id=given.client_id)
        if not new:
            raise Problem(409, "conflict", f"{name} is domain {domain_id} already")
        audit.add(who.actor, "domain add", f"domain {domain_id}", {"name": name, "client": given.client_id})
    return _shown(store.get(domain_id))


@routes.patch("/api/domains/{domain_id}")
def move_domain(who: Caller, domain_id: Id, given: Owner) -> Domain:
    """Give a domain to another client."""
    with connection.transaction():
        existing(store.get, domain_id)
        existing(clients.get, given.client_id)
        moved = store.move(domain_id, client_id=given.client_id)
        audit.add(who.actor, "domain move", f"domain {domain_id}", {"client": given.client_id})
    return _shown(moved)


@routes.delete("/api/domains/{domain_id}", status_code=204)
def remove_domain(who: Caller, domain_id: Id) -> None:
    """Remove a domain with its history."""
    with connection.transaction():
        name = existing(store.get, domain_id).name
        store.remove(domain_id)
        audit.add(who.actor, "domain remove", f"domain {domain_id}", {"name": name})


def _shown(domain: Row) -> Domain:
    known = domain.known
    return Domain(
        id=domain.id,
        name=domain.name,
        client_id=domain.client_id,
        client_name=domain.client_name,
        answer=known.answer if known else None,
        expires=known.expires if known else None,
        registrar=known.registrar if known else None,
        nameservers=list(known.nameservers) if known else [],
        statuses=list(known.statuses) if known else [],
        source=known.source if known else None,
        checked_at=domain.checked_at,
        failure=domain.failure,
    )
