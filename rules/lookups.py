"""Requested lookups: of any domain at its registry, or of any endpoint's certificates, also outside the portfolio."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from rules import names
from rules.certificates.observation import PORTS, Protocol, ScanTarget
from rules.domains import knowledge, lifecycle
from rules.domains.knowledge import Known
from rules.domains.lifecycle import Lifecycle, Registration
from rules.domains.records import Answer, RegistryRecord

_PROTOCOLS = {port: protocol for protocol, port in PORTS.items()}
_MOST_PORTS = 65536


class LookupKind(StrEnum):
    """What is looked up."""

    DOMAIN = "domain"
    ENDPOINT = "endpoint"


@dataclass(frozen=True, slots=True, kw_only=True)
class LookupQuestion:
    """What a person wants looked up now. ``name`` is a registered domain or an endpoint's host, in A-labels.

    The other fields are the endpoint's.
    """

    kind: LookupKind
    name: str
    port: int = 0
    protocol: str = ""
    server_name: str = ""

    @property
    def target(self) -> ScanTarget:
        """What to scan, where the question is about an endpoint."""
        return ScanTarget(
            host=self.name, port=self.port, protocol=Protocol(self.protocol), server_name=self.server_name
        )


def about_domain(written: str) -> LookupQuestion:
    """Return the question about the domain that a name or a URL is in. Raises ``NotRegistrable``, ``NotAHost``."""
    return LookupQuestion(kind=LookupKind.DOMAIN, name=names.registrable(written))


def about_endpoint(
    written: str, *, port: int | None = None, protocol: Protocol | None = None, server_name: str = ""
) -> LookupQuestion:
    """Return the question about an endpoint, written as ``target_of`` takes it. Raises ``NotAHost``."""
    found = target_of(written, protocol, server_name, port=port)
    return LookupQuestion(
        kind=LookupKind.ENDPOINT,
        name=found.host,
        port=found.port,
        protocol=found.protocol,
        server_name=found.server_name,
    )


def target_of(written: str, protocol: Protocol | None, name: str, *, port: int | None = None) -> ScanTarget:
    """Parse ``host``, ``host:port``, ``[v6]:port`` or a URL; a ``port`` given beside a written one must equal it.

    Raises ``NotAHost``.
    """
    in_it = _port(written)
    if port and in_it and port != in_it:
        raise names.NotAHost(f"{written[:60]!r} has the port {in_it}, and {port} was given; give one of them")
    port = port or in_it
    spoken = protocol or _PROTOCOLS.get(port or 0, Protocol.TLS)
    return ScanTarget(
        host=names.host(written),
        port=port or PORTS[spoken],
        protocol=spoken,
        server_name=names.host(name) if name else "",
    )


def _port(written: str) -> int | None:
    if written.count(":") > 1 and "]" not in written and "://" not in written:
        return None  # a bare IPv6 address
    rest = written.rpartition("]")[2] if "]" in written else written.partition("://")[2] or written
    port = rest.partition("/")[0].partition(":")[2]
    if port and not (port.isascii() and port.isdigit() and 0 < int(port[:6]) < _MOST_PORTS):
        raise names.NotAHost(f"{port[:20]!r} is no port; give a number from 1 to 65535")
    return int(port) if port else None


def amount(records: Sequence[RegistryRecord], *, now: datetime) -> tuple[Known, Lifecycle]:
    """Return what the records of one lookup alone say of a domain, and the lifecycle that follows."""
    known = knowledge.learn(None, records, at=now)
    return known, life_of(known, now=now)


def life_of(known: Known, *, now: datetime) -> Lifecycle:
    """Return the lifecycle of a domain of which only ``known`` is known."""
    registration = Registration(
        name=known.name,
        answer=known.answer or Answer.UNAVAILABLE,
        statuses=known.statuses,
        updated=known.updated,
        expires=known.expires,
    )
    return lifecycle.assess(registration, now=now)
