"""What a scan means: the finding about an endpoint, and about each of its addresses. Plain values that JSON can hold.

Every string is printable and capped; code that shows it must still treat it as a stranger's text. Times are aware and
UTC.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from rules.certificates.faults import Fault, FaultKind, Severity
from rules.certificates.observation import Protocol


class Grade(StrEnum):
    """An endpoint in one letter."""

    SOUND = "A"  # nothing to mend
    NOTED = "B"  # notes alone
    WARNED = "C"  # a warning
    REFUSED = "F"  # clients refuse it, on some address at least
    UNSEEN = "?"  # no address showed a certificate


class ChainRole(StrEnum):
    """What a certificate is in its chain."""

    LEAF = "leaf"
    INTERMEDIATE = "intermediate"
    ROOT = "root"
    STRAY = "stray"  # sent, and part of no path


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainLink:
    """One certificate of a chain.

    ``serial``, ``fingerprint`` (SHA-256 of the DER) and ``key_id`` (SHA-256 of the public key's SPKI) are hex, ``key``
    is like "EC-256", ``names`` are DNS names and IP addresses of the SAN.
    ``sent`` is false for what the server did not send: a trusted root, or an intermediate fetched from its issuer.
    """

    role: ChainRole
    sent: bool
    subject: str
    issuer: str
    serial: str
    not_before: datetime | None
    not_after: datetime | None
    names: tuple[str, ...]
    key: str
    key_id: str
    signature: str
    fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressFinding:
    """What is found about one address. ``chain`` is leaf first, as verified, stray certificates last.

    ``early_issuer`` is a certificate above the leaf that ends before it, so that clients refuse the chain from then on;
    None where the leaf ends first, and where another path lasts longer.

    An address may have several certificates, with a finding for each. ``other_kind`` says that the certificate was
    asked for by its kind of key; ``seen`` is false where this scan did not meet it, and the finding is an earlier
    scan's. ``missed`` counts the scans in a row that met another machine in its place, ``longest_gap`` is the largest
    such count after which it came back, and ``times_met`` counts the scans in a row that met it. ``shown_before`` are
    digests of what the address showed before something else came in its place (``variants``).
    """

    address: str
    faults: tuple[Fault, ...]
    chain: tuple[ChainLink, ...] = ()
    tls_version: str = ""
    cipher: str = ""
    alpn: str = ""
    stapled: bool = False
    hsts: str | None = None
    early_issuer: ChainLink | None = None
    other_kind: bool = False
    seen: bool = True
    missed: int = 0
    longest_gap: int = 0
    times_met: int = 1
    shown_before: tuple[str, ...] = ()

    @property
    def leaf(self) -> ChainLink | None:
        return self.chain[0] if self.chain else None

    @property
    def ending(self) -> ChainLink | None:
        """The certificate with which the address ceases to be trusted: its leaf, or an issuer that ends before it."""
        return self.early_issuer or self.leaf


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingTexts:
    """A finding in sentences: those of its faults, of each address's faults, and all that it says as one text."""

    message: str
    faults: tuple[str, ...]
    addresses: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What is known of an endpoint since its last scan.

    ``leaf`` is the certificate that ends first of those that its addresses serve. ``faults`` is what is wrong with the
    endpoint as a whole, worst first, each kind once; the faults of its addresses have the details.
    """

    host: str
    port: int
    protocol: Protocol
    grade: Grade
    faults: tuple[Fault, ...]
    leaf: ChainLink | None = None
    addresses: tuple[AddressFinding, ...] = ()
    left_out: tuple[str, ...] = ()
    """Addresses that were not asked: there is no way to them from here, or they are too many."""
    caa: tuple[str, ...] | None = None
    """Who may issue (RFC 8659), as zone text; None where it was not asked or not answered."""
    tlsa: tuple[str, ...] | None = None
    """The TLSA records of the port (RFC 6698), as zone text; None where they were not asked or not answered."""
    renew_from: datetime | None = None
    renew_until: datetime | None = None
    """The window in which its CA suggests to renew (RFC 9773), None where it does not say."""
    kinds_asked: bool = False
    """Whether certificates of the other kind of key were asked for, too."""

    @property
    def ok(self) -> bool:
        """Whether nothing has to be mended; notes do not count."""
        return all(one.severity is Severity.NOTE for one in self.faults)

    @property
    def kinds(self) -> tuple[FaultKind, ...]:
        """The kinds of its faults, each once."""
        return tuple(dict.fromkeys(one.kind for one in self.faults))

    @property
    def early_issuer(self) -> ChainLink | None:
        """The issuer that ends before all leaves, and ends the trust in one of them; None where there is none."""
        issuers = [one.early_issuer for one in self.addresses if one.early_issuer]
        first = min(issuers, key=_order_of_end, default=None)
        return first if first and self.leaf and _order_of_end(first) < _order_of_end(self.leaf) else None

    @property
    def ending(self) -> ChainLink | None:
        """The certificate that ends first of those that clients rely on: a leaf, or an issuer that ends before it."""
        return self.early_issuer or self.leaf

    @property
    def not_after(self) -> datetime | None:
        """The first end of the certificates that clients rely on."""
        return self.ending.not_after if self.ending else None


def _order_of_end(link: ChainLink) -> tuple[bool, float]:
    return link.not_after is None, link.not_after.timestamp() if link.not_after else 0.0
