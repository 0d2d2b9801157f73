"""Domains of the portfolio: what is looked after, what was decided about it, and what is known of it."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, Field

from api_stub import lists
from api_stub.entries import wrong
from api_stub.fields import AlertDays, Id, IdField, Next, RequestBody
from api_stub.problems import Problem, existing
from api_stub.routes import router
from api_stub.security.principal import Caller, Principal
from db import connection
from db.access import audit
from db.portfolio import clients, domains
from db.portfolio.domain_lists import LIST
from rules import names
from rules.access import sees
from rules.access.audit import difference
from rules.domains import domain, lifecycle
from rules.domains.renewals import RenewalDecision
from rules.jobs import Priority
from tasks.engine.task import find
from wording.domains import lifecycles

routes = router(tags=["domains"])


class NewDomain(RequestBody, extra="forbid"):
    """A domain to add: its name, or a URL in it."""

    name: Annotated[str, Field(min_length=1, max_length=names.LONGEST_INPUT, examples=["bakery.example"])]
    client_id: IdField
    decision: RenewalDecision = RenewalDecision.UNDECIDED


class DomainChange(RequestBody, extra="forbid"):
    """What is to change about a domain; what is left out stays."""

    client_id: IdField | None = None
    decision: RenewalDecision | None = Field(None, description="What becomes of it at its end", examples=["manual"])
    expires_by_hand: date | None = Field(
        None, description="For registries that publish no end; null takes it back", examples=["2027-03-01"]
    )
    alert_days: AlertDays | None = Field(None, description="Null: as the client's, or the default")


class Source(BaseModel):
    """Who said something, and when."""

    source: str = Field(description="rdap, whois, hand or subscription", examples=["rdap"])
    server: str = Field(examples=["rdap.registry.example"])
    at: datetime | None
    evidence: str = Field(description="Its words", examples=["Registry Expiry Date: 2027-03-01T10:00:00Z"])


_SAID = {
    "expires": {
        "source": "rdap",
        "server": "rdap.registry.example",
        "at": "2026-11-23T02:17:04.218000Z",
        "evidence": "expiration: 2027-03-01T10:00:00Z",
    }
}


class Domain(BaseModel):
    """A domain, what was decided about it, and what its registry said. Times are UTC."""

    move_with_time: ClassVar = frozenset({"stage", "words"})

    id: int = Field(examples=[17])
    name: str = Field(examples=["bakery.example"])
    client_id: int = Field(examples=[3])
    client_name: str = Field(examples=["Bakery"])
    decision: RenewalDecision
    answer: str | None = Field(description="Null until a registry has answered", examples=["registered"])
    stage: str = Field(description="Where it is in its life", examples=["active"])
    words: str = Field(description="What that means", examples=["It is registered and paid for until 2027-03-01."])
    doubted: bool = Field(description="One source calls it gone; a second one has not confirmed that")
    expires: datetime | None = Field(description="The end that counts; see said.expires for who states it")
    expires_by_hand: date | None = Field(examples=["2027-03-01"])
    created: datetime | None
    updated: datetime | None
    registrar: str | None = Field(examples=["Example Names"])
    registrar_id: str | None = Field(description="By IANA's list", examples=["9999"])
    abuse: str | None = Field(description="Where the registrar takes complaints", examples=["abuse@names.example"])
    registrant: str | None = Field(examples=["Bakery"])
    nameservers: list[str] = Field(examples=[["ns1.example.net", "ns2.example.net"]])
    statuses: list[str] = Field(description="As EPP names them", examples=[["clientTransferProhibited"]])
    dnssec: bool | None = Field(description="Whether the delegation is signed", examples=[True])
    said: dict[str, Source] = Field(description="Who said each of these", examples=[_SAID])
    silent: dict[str, str] = Field(
        description="What the last lookup brought nothing about, and why", examples=[{"registrant": "not stated"}]
    )
    alert_days: list[int] = Field(examples=[[60, 30, 14, 7, 3, 1]])
    next_look_at: datetime | None
    next_look_because: str | None = Field(examples=["it is quiet, and its end is far"])
    checked_at: datetime | None
    failure: str | None = Field(description="Why the last lookup had no answer", examples=[None])


class Domains(BaseModel):
    """A page of domains."""

    domains: list[Domain]
    next: Next


Asked = Annotated[
    lists.ListQuery,
    lists.asked(
        LIST.filters,
        "client", "name", "answer", "tld", "registrar", "since", "until", "failing",
        sorts=("id", "name", "expires", "stage", "registrar"),
    ),
]  # fmt: skip


@routes.get("/api/domains")
def list_domains(who: Caller, asked: Asked) -> Domains:
    """List the domains."""
    page = asked.page(LIST, within=who.within)
    return Domains(domains=[_document(one) for one in page.rows], next=lists.next_(page))


@routes.get("/api/domains/{domain_id}")
def read_domain(who: Caller, domain_id: Id) -> Domain:
    """Read one domain."""
    return _document(existing(domains.get, domain_id, within=who.within))


@routes.post("/api/domains", status_code=201)
def add_domain(who: Caller, given: NewDomain) -> Domain:
    """Add a domain; a name or URL in it is reduced to what was registered. Its registry is asked at once."""
    return _document(added(who, given))


def added(who: Principal, given: NewDomain) -> domain.Domain:
    """Add a domain on a person's behalf, have its registry asked, and return it. Raises ``Problem``."""
    name = _registrable(given.name)
    with connection.transaction():
        existing(clients.get, given.client_id, within=who.within)
        domain_id, new = domains.add(name, client_id=given.client_id)
        if not new:
            # A caller who may not see the domain's client only learns that the name is taken.
            seen = sees(who.within, domains.get(domain_id).client_id)
            raise Problem(409, "conflict", f"{name} is {f'domain {domain_id}' if seen else 'looked after'} already")
        domains.change(domain_id, {"decision": given.decision})
        find("domains.check").enqueue(priority=Priority.URGENT, domain_id=domain_id)
        audit.add(who.actor, "domain add", f"domain {domain_id}", {"name": name, "client": given.client_id})
        return domains.get(domain_id)


def _registrable(written: str) -> str:
    try:
        return names.registrable(written)
    except names.NotRegistrable as error:
        raise wrong("name", str(error)) from None


@routes.patch("/api/domains/{domain_id}")
def change_domain(who: Caller, domain_id: Id, given: DomainChange) -> Domain:
    """Change whose a domain is, what was decided about it, and when staff are told."""
    values = given.model_dump(include=given.model_fields_set)
    return _document(
        changed(who, domain_id, {name: values[name] for name in values if values[name] or name in _EMPTIED})
    )


_EMPTIED = ("expires_by_hand", "alert_days")
"""Fields that null empties."""


@routes.delete("/api/domains/{domain_id}", status_code=204)
def remove_domain(who: Caller, domain_id: Id) -> None:
    """Remove a domain with its history."""
    removed(who, domain_id)


def removed(who: Principal, domain_id: int) -> domain.Domain:
    """Remove a domain on a person's behalf and return it. Raises ``Problem`` 404."""
    with connection.transaction():
        found = existing(domains.get, domain_id, within=who.within)
        domains.remove(domain_id)
        details = {"name": found.name}
        audit.add(
            who.actor,
            "domain remove",
            f"domain {domain_id}",
            details,
            before=_decided(found),
            client_id=found.client_id,
        )
    return found


def changed(who: Principal, domain_id: int, values: Mapping[str, Any]) -> domain.Domain:
    """Change a domain on a person's behalf, queue its assessment, and return it. Raises ``Problem`` 404."""
    with connection.transaction():
        before = existing(domains.get, domain_id, within=who.within)
        if "client_id" in values:
            existing(clients.get, values["client_id"], within=who.within)
        found = domains.change(domain_id, values)
        find("domains.judge").enqueue(priority=Priority.URGENT, domain_id=domain_id)
        was, now = difference(_decided(before), _decided(found))
        audit.add(who.actor, "domain change", f"domain {domain_id}", values, before=was, after=now)
    return found


def _decided(found: domain.Domain) -> dict[str, object]:
    """Return the values of a domain that people set, for the audit trail."""
    return {
        "name": found.name,
        "client_id": found.client_id,
        "decision": found.decision,
        "expires_by_hand": found.expires_by_hand,
        "alert_days": found.own_alert_days,
    }


def _document(found: domain.Domain) -> Domain:
    known, expiry = found.known, found.expiry
    life = lifecycle.assess(found.registration, now=datetime.now(UTC))
    said = {**known.statements, **({"expires": expiry.statement} if expiry else {})}
    return Domain(
        id=found.id,
        name=found.name,
        client_id=found.client_id,
        client_name=found.client_name,
        decision=found.decision,
        answer=known.answer,
        stage=life.stage,
        words=lifecycles.sentences(life),
        doubted=life.doubted,
        expires=expiry.at if expiry else None,
        expires_by_hand=found.expires_by_hand,
        created=known.created,
        updated=known.updated,
        registrar=known.registrar,
        registrar_id=known.registrar_id,
        abuse=known.abuse,
        registrant=known.registrant,
        nameservers=list(known.nameservers),
        statuses=list(known.statuses),
        dnssec=known.dnssec,
        said={
            name: Source(source=one.source, server=one.server, at=one.at, evidence=one.evidence)
            for name, one in said.items()
        },
        silent={name: str(why) for name, why in known.silent.items()},
        alert_days=list(found.alert_days),
        next_look_at=found.next_check.at if found.next_check else None,
        next_look_because=found.next_check.reason if found.next_check else None,
        checked_at=found.checked_at,
        failure=found.failure,
    )
