"""What one scan saw, not yet assessed: bytes that strangers chose, from each address of an endpoint."""

from dataclasses import dataclass, field
from enum import StrEnum

from rules.certificates.faults import FaultKind


class Protocol(StrEnum):
    """How a server is brought to speak TLS: at once, or asked for in its own protocol (STARTTLS)."""

    TLS = "tls"
    SMTP = "smtp"
    SUBMISSION = "submission"
    IMAP = "imap"
    POP3 = "pop3"
    FTP = "ftp"
    LDAP = "ldap"
    XMPP = "xmpp"
    POSTGRES = "postgres"
    MYSQL = "mysql"
    SIEVE = "sieve"
    NNTP = "nntp"


PORTS: dict[Protocol, int] = {
    Protocol.TLS: 443,
    Protocol.SMTP: 25,
    Protocol.SUBMISSION: 587,
    Protocol.IMAP: 143,
    Protocol.POP3: 110,
    Protocol.FTP: 21,
    Protocol.LDAP: 389,
    Protocol.XMPP: 5222,
    Protocol.POSTGRES: 5432,
    Protocol.MYSQL: 3306,
    Protocol.SIEVE: 4190,
    Protocol.NNTP: 119,
}
"""The port that each protocol has with IANA."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanTarget:
    """What to scan. ``server_name`` is sent as SNI in place of ``host``; ``alpn`` are the protocols to offer.

    ``all_kinds`` asks, with a second connection to each address, for the certificate of the other kind of key too.
    """

    host: str
    port: int
    protocol: Protocol = Protocol.TLS
    server_name: str = ""
    alpn: tuple[str, ...] = ()
    all_kinds: bool = False

    @property
    def name(self) -> str:
        """The name that is asked for, and that the certificate has to stand for."""
        return self.server_name or self.host


@dataclass(frozen=True, slots=True)
class ScanFailure:
    """Why a scan ended early: UNREACHABLE, NOT_NOW, NOT_TLS, NO_STARTTLS or HANDSHAKE_FAILED.

    ``reason`` is what happened, printable and capped, as the end of a sentence. ``detail`` says which of the several
    ways of its kind of fault it is; empty for the usual one.
    """

    kind: FaultKind
    reason: str
    detail: str = ""


class Outdated(StrEnum):
    """What a server agrees on that scans accept and some clients refuse."""

    NO_SECURE_RENEGOTIATION = "no_secure_renegotiation"  # RFC 5746
    SHA1_SIGNATURE = "sha1_signature"  # of the handshake
    FINITE_FIELD = "finite_field"  # keys are exchanged over finite fields (DHE, RFC 7919)
    CIPHER = "cipher"  # none that browsers offer
    CURVE = "curve"  # none that all browsers offer
    KEY = "key"  # of its certificate: of a kind that not all browsers take


OF_BROWSERS = frozenset({Outdated.CIPHER, Outdated.CURVE, Outdated.KEY})
"""What only browsers refuse."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressObservation:
    """What one address showed.

    ``address`` is the IP literal that was called; ``chain`` holds DER as sent, leaf first; ``staple`` is the OCSP
    response that came with it; ``hsts`` is the Strict-Transport-Security header, None where it was not asked for,
    empty where there is none; ``failure`` says why the scan ended early, None where the handshake was completed.
    ``outdated`` is what the server agrees on even with clients that offer only better, as far as another connection
    could tell; ``asks_for_certificate`` says that it asked us for a certificate, which we do not have.
    ``other_kind`` says that this is what the address shows to clients that do not take its first certificate's kind of
    key; ``kinds_known`` says that the address was asked for that, and answered.
    """

    address: str
    chain: tuple[bytes, ...] = ()
    tls_version: str = ""
    cipher: str = ""
    alpn: str = ""
    staple: bytes = b""
    hsts: str | None = None
    failure: ScanFailure | None = None
    other_kind: bool = False
    kinds_known: bool = False
    asks_for_certificate: bool = False
    outdated: tuple[Outdated, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanObservation:
    """What a scan of a target brought: one observation of each address.

    ``failure`` is set where there was no address to call, because the name does not exist or has none. ``trouble`` says
    why we could not scan at all (no name server answers, no way out of here, the guard forbids it, we are turned away);
    it says nothing of the endpoint. ``left_out`` are the addresses that were not observed: there is no way to them from
    here (we may have no IPv6), they turn us away, or there are too many. ``seconds`` is how long the scan took, from
    the moment when it was its turn.
    """

    target: ScanTarget
    addresses: tuple[AddressObservation, ...] = ()
    failure: ScanFailure | None = None
    trouble: str | None = None
    left_out: tuple[str, ...] = ()
    seconds: float = field(default=0.0, compare=False)
