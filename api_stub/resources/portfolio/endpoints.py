"""Endpoints of the portfolio: where certificates are scanned, and what was found there."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from api_stub import lists
from api_stub.entries import wrong
from api_stub.fields import Id, IdField, Next, RequestBody
from api_stub.problems import Problem, existing
from api_stub.routes import router
from api_stub.security.principal import Caller, Principal
from db import connection
from db.access import audit
from db.portfolio import clients, endpoints
from db.portfolio.endpoint_lists import LIST
from rules import names
from rules.access import sees
from rules.certificates.faults import Fault
from rules.certificates.finding import AddressFinding, Finding, FindingTexts
from rules.certificates.observation import PORTS, Protocol
from rules.jobs import Priority
from tasks.engine.task import find
from wording.certificates import certificate_facts, findings

routes = router(tags=["endpoints"])


class Owner(RequestBody, extra="forbid"):
    """Whose it is to be."""

    client_id: IdField


class NewEndpoint(RequestBody, extra="forbid"):
    """An endpoint to add: a host, or a URL at it."""

    host: Annotated[str, Field(min_length=1, max_length=names.LONGEST_INPUT, examples=["mail.bakery.example"])]
    port: Annotated[int | None, Field(ge=1, le=65535, description="By default the protocol's own")] = None
    protocol: Annotated[Protocol, Field(description="TLS at once, or asked for by STARTTLS")] = Protocol.TLS
    server_name: Annotated[
        str, Field(max_length=names.LONGEST_INPUT, description="What is asked for by SNI in place of the host")
    ] = ""
    client_id: IdField


class FaultFound(BaseModel):
    """One thing that is wrong, in words that may quote what the server sent."""

    kind: str = Field(examples=["expired"])
    severity: str = Field(description="note, warning or critical", examples=["critical"])
    words: str = Field(examples=["The certificate expired on 2026-11-21 12:00 UTC."])


class AddressFound(BaseModel):
    """What one of its addresses showed."""

    address: str = Field(examples=["192.0.2.7"])
    variant: str = Field(
        description="Which of several certificates of the address: its kind of key, another machine; else empty",
        examples=["RSA"],
    )
    faults: list[FaultFound]
    not_after: datetime | None = Field(description="The end of its certificate, or of an issuer that ends before it")
    fingerprint: str | None = Field(
        description="SHA-256 of its certificate, in hex",
        examples=["77bcc9a110cebdbf441e75214f56504ab2775540cd60ee7963f5c6965eb3aef4"],
    )
    tls_version: str | None = Field(examples=["TLSv1.3"])


class Endpoint(BaseModel):
    """An endpoint, and what was found there last. Times are UTC."""

    id: int = Field(examples=[5])
    host: str = Field(examples=["www.bakery.example"])
    port: int = Field(examples=[443])
    protocol: str = Field(examples=["tls"])
    server_name: str = Field(examples=[""])
    client_id: int = Field(examples=[3])
    client_name: str = Field(examples=["Bakery"])
    ok: bool | None = Field(description="Null until it was scanned", examples=[False])
    grade: str | None = Field(description="A, B, C, F, or ? where nothing was seen", examples=["F"])
    faults: list[FaultFound]
    addresses: list[AddressFound]
    not_after: datetime | None = Field(description="The end that comes first, that of its certificate or of an issuer")
    issuer: str | None = Field(examples=["CN=Example CA"])
    message: str | None = Field(examples=["The certificate expired on 2026-11-21 12:00 UTC."])
    checked_at: datetime | None
    next_scan_at: datetime | None
    next_scan_because: str | None = Field(examples=["it ends within a week"])
    failure: str | None = Field(
        description="Why we could not scan it the last time, which says nothing of the endpoint",
        examples=["no name server answers"],
    )


class Endpoints(BaseModel):
    """A page of endpoints."""

    endpoints: list[Endpoint]
    next: Next


Asked = Annotated[
    lists.ListQuery,
    lists.asked(LIST.filters, "client", "host", "faulty", "since", "until", sorts=("id", "host", "not_after")),
]


@routes.get("/api/endpoints")
def list_endpoints(who: Caller, asked: Asked) -> Endpoints:
    """List the endpoints."""
    page = asked.page(LIST, within=who.within)
    return Endpoints(endpoints=[_resource(one) for one in page.rows], next=lists.next_(page))


@routes.get("/api/endpoints/{endpoint_id}")
def read_endpoint(who: Caller, endpoint_id: Id) -> Endpoint:
    """Read one endpoint."""
    return _resource(existing(endpoints.get, endpoint_id, within=who.within))


@routes.post("/api/endpoints", status_code=201)
def add_endpoint(who: Caller, given: NewEndpoint) -> Endpoint:
    """Add an endpoint. It is scanned at once."""
    return _resource(added(who, given))


def added(who: Principal, given: NewEndpoint) -> endpoints.Endpoint:
    """Add an endpoint on a person's behalf, have it scanned, and return it. Raises ``Problem``."""
    host, port = _host_read("host", names.host, given.host), given.port or PORTS[given.protocol]
    server_name = _host_read("server_name", names.server_name, given.server_name) if given.server_name else ""
    with connection.transaction():
        existing(clients.get, given.client_id, within=who.within)
        endpoint_id, new = endpoints.add(
            host, port, client_id=given.client_id, protocol=given.protocol, server_name=server_name
        )
        if not new:
            # A caller who may not see the endpoint's client only learns that the address is taken.
            seen = sees(who.within, endpoints.get(endpoint_id).client_id)
            what = f"endpoint {endpoint_id}" if seen else "looked after"
            raise Problem(409, "conflict", f"{host}:{port} is {what} already")
        details = {"host": host, "port": port, "protocol": given.protocol, "client": given.client_id}
        find("certificates.scan").enqueue(priority=Priority.URGENT, endpoint_id=endpoint_id)
        audit.add(who.actor, "endpoint add", f"endpoint {endpoint_id}", details)
        return endpoints.get(endpoint_id)


def _host_read(field: str, read: Callable[[str], str], written: str) -> str:
    try:
        return read(written)
    except names.NotAHost as error:
        raise wrong(field, str(error)) from None


@routes.patch("/api/endpoints/{endpoint_id}")
def move_endpoint(who: Caller, endpoint_id: Id, given: Owner) -> Endpoint:
    """Give an endpoint to another client."""
    return _resource(moved(who, endpoint_id, given.client_id))


def moved(who: Principal, endpoint_id: int, client_id: int) -> endpoints.Endpoint:
    """Give an endpoint to another client, on a person's behalf, and return it. Raises ``Problem`` 404."""
    with connection.transaction():
        before = existing(endpoints.get, endpoint_id, within=who.within)
        existing(clients.get, client_id, within=who.within)
        found = endpoints.move(endpoint_id, client_id=client_id)
        audit.add(
            who.actor,
            "endpoint move",
            f"endpoint {endpoint_id}",
            {"client": client_id},
            before={"client_id": before.client_id},
            after={"client_id": found.client_id},
        )
    return found


@routes.delete("/api/endpoints/{endpoint_id}", status_code=204)
def remove_endpoint(who: Caller, endpoint_id: Id) -> None:
    """Remove an endpoint with its history."""
    removed(who, endpoint_id)


def removed(who: Principal, endpoint_id: int) -> endpoints.Endpoint:
    """Remove an endpoint on a person's behalf and return it. Raises ``Problem`` 404."""
    with connection.transaction():
        found = existing(endpoints.get, endpoint_id, within=who.within)
        endpoints.remove(endpoint_id)
        was = {"address": found.address, "protocol": found.protocol, "client_id": found.client_id}
        audit.add(
            who.actor,
            "endpoint remove",
            f"endpoint {endpoint_id}",
            {"address": found.address},
            before=was,
            client_id=found.client_id,
        )
    return found


def _resource(endpoint: endpoints.Endpoint) -> Endpoint:
    known = endpoint.known
    texts = findings.texts(known) if known else None
    return Endpoint(
        id=endpoint.id,
        host=endpoint.host,
        port=endpoint.port,
        protocol=endpoint.protocol,
        server_name=endpoint.server_name,
        client_id=endpoint.client_id,
        client_name=endpoint.client_name,
        ok=known.ok if known else None,
        grade=known.grade if known else None,
        faults=_faults(known.faults, texts.faults) if known and texts else [],
        addresses=_addresses(known, texts) if known and texts else [],
        not_after=known.not_after if known else None,
        issuer=known.leaf.issuer if known and known.leaf else None,
        message=texts.message if texts else None,
        checked_at=endpoint.checked_at,
        next_scan_at=endpoint.next_scan_at,
        next_scan_because=endpoint.next_scan_because,
        failure=endpoint.failure,
    )


def _faults(faults: tuple[Fault, ...], sentences: tuple[str, ...]) -> list[FaultFound]:
    pairs = zip(faults, sentences, strict=True)
    return [FaultFound(kind=one.kind, severity=one.severity.name.lower(), words=words) for one, words in pairs]


def _addresses(known: Finding, texts: FindingTexts) -> list[AddressFound]:
    return [
        _address(one, sentences, certificate_facts.label(one, known.addresses))
        for one, sentences in zip(known.addresses, texts.addresses, strict=True)
    ]


def _address(found: AddressFinding, sentences: tuple[str, ...], variant: str) -> AddressFound:
    leaf = found.leaf
    return AddressFound(
        address=found.address,
        variant=variant,
        faults=_faults(found.faults, sentences),
        not_after=found.ending.not_after if found.ending else None,
        fingerprint=leaf.fingerprint if leaf else None,
        tls_version=found.tls_version or None,
    )
