"""The sandbox's truth: which domain, endpoint and client is in which state.

The servers answer from it and the demo's expectations are computed from it; nothing here is read from results.
Names are under .test and .example (RFC 2606, RFC 6761), so that none of them can belong to anybody.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class Speaks(StrEnum):
    """Which protocol a domain's registry answers with."""

    RDAP = "rdap"
    WHOIS = "whois"  # RDAP has no server for this TLD


class RegistryState(StrEnum):
    """What the registry says of a name."""

    REGISTERED = "registered"
    AVAILABLE = "available"


class Chain(StrEnum):
    """What a TLS endpoint serves."""

    VALID = "valid"
    EXPIRING = "expiring"
    EXPIRED = "expired"
    WRONG_HOST = "wrong_host"
    SELF_SIGNED = "self_signed"
    INCOMPLETE = "incomplete"


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """A domain as its registry knows it. Times are UTC."""

    name: str
    client: str
    speaks: Speaks
    registration: RegistryState
    registrar: str = ""
    created: datetime | None = None
    updated: datetime | None = None
    expires: datetime | None = None
    nameservers: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    to_lapse: bool = False
    """Whether its owner lets it lapse."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A TLS endpoint and the certificate that it serves. Times are UTC."""

    host: str
    client: str
    chain: Chain
    not_before: datetime
    not_after: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """What a client pays for. Money is in minor units of the client's currency."""

    description: str
    price_minor: int
    months: int
    tax_basis_points: int
    next_due: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """A client, whose domains and endpoints must not lapse."""

    name: str
    email: str
    language: str
    currency: str
    zone: str
    subscriptions: tuple[Subscription, ...]
    mailbox_gone: bool = False
    """Whether mails to this client bounce."""
    wants_notices: bool = False
    """Whether this client gets notices about what ends."""


@dataclass(frozen=True, slots=True)
class Portfolio:
    """All that the sandbox serves."""

    clients: tuple[Client, ...]
    domains: tuple[Domain, ...]
    endpoints: tuple[Endpoint, ...]
