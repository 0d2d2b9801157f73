"""One way to set up a TLS server, and what is wrong with it."""

from dataclasses import dataclass, field, replace
from ssl import TLSVersion

from rules.certificates.faults import FaultKind
from rules.certificates.observation import Protocol
from sandbox.pki import Issuer


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """What a server does, which name it is asked for, and the faults that a scan has to tell: these and no other.

    ``leaves`` are its certificates with their keys: one, or one for each kind of key; none where it speaks no TLS.
    ``sent`` are the certificates (DER) that come after the leaf, ``staple`` the OCSP response. Before TLS it sends the
    first of ``preface``, and the next after each message that it receives.
    """

    name: str
    host: str
    faults: frozenset[FaultKind] = frozenset()
    notes: frozenset[FaultKind] = frozenset()
    """The faults that are found as notes: they do not make a configuration faulty."""
    leaves: tuple[Issuer, ...] = ()
    sent: tuple[bytes, ...] = ()
    staple: bytes = b""
    oldest: TLSVersion = TLSVersion.TLSv1_2
    newest: TLSVersion = TLSVersion.TLSv1_3
    protocol: Protocol = Protocol.TLS
    signatures: bytes = b""
    groups: bytes = b""
    ciphers: bytes = b""
    """The signatures, the groups and the ciphers up to TLS 1.2 that it knows, in OpenSSL's words; empty: all."""
    wants_certificate: bool = False
    """Whether a client without a certificate of its own is refused."""
    preface: tuple[bytes, ...] = field(default=(b"",))

    def noting(self, *notes: FaultKind) -> "Configuration":
        """Return the configuration with the notes that belong to it."""
        return replace(self, notes=frozenset(notes))

    @property
    def leaf(self) -> Issuer:
        return self.leaves[0]
