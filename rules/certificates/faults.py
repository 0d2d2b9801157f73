"""What can be wrong with an endpoint or with a certificate, and how much that matters."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum


class Severity(IntEnum):
    """How much a fault matters."""

    NOTE = 1  # it works, and could be better
    WARNING = 2  # it works for now, or not for everybody
    CRITICAL = 3  # clients refuse it


class FaultKind(StrEnum):
    """One kind of thing that is wrong. The order is that in which they are told."""

    # Nothing could be seen.
    UNREACHABLE = "unreachable"
    NOT_TLS = "not_tls"
    NO_STARTTLS = "no_starttls"  # it speaks its protocol, and does not offer TLS
    HANDSHAKE_FAILED = "handshake_failed"
    UNREADABLE = "unreadable"  # its certificate is none
    # The certificate is not to be trusted.
    REVOKED = "revoked"
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    WRONG_HOST = "wrong_host"
    SELF_SIGNED = "self_signed"
    UNKNOWN_ISSUER = "unknown_issuer"
    INCOMPLETE_CHAIN = "incomplete_chain"
    EXPIRED_ISSUER = "expired_issuer"
    BAD_SIGNATURE = "bad_signature"
    NOT_AN_AUTHORITY = "not_an_authority"  # what signed may not sign: no CA, no keyCertSign, a path that is too long
    NAME_CONSTRAINTS = "name_constraints"
    WRONG_PURPOSE = "wrong_purpose"  # extended key usage
    CRITICAL_EXTENSION = "critical_extension"  # one that nobody understands
    MALFORMED = "malformed"  # it breaks RFC 5280's profile
    DISTRUSTED = "distrusted"
    WEAK_KEY = "weak_key"
    WEAK_SIGNATURE = "weak_signature"
    LIFETIME_TOO_LONG = "lifetime_too_long"
    SCTS_MISSING = "scts_missing"
    STAPLE_MISSING = "staple_missing"
    OLD_PROTOCOL = "old_protocol"
    # It works for now, or not for everybody.
    WRONG_ORDER = "wrong_order"
    ADDRESSES_DIFFER = "addresses_differ"
    RENEWAL_LATE = "renewal_late"
    TLSA_MISMATCH = "tlsa_mismatch"
    CAA_MISMATCH = "caa_mismatch"
    REVOCATION_UNKNOWN = "revocation_unknown"


SEVERITIES: dict[FaultKind, Severity] = {
    FaultKind.WRONG_ORDER: Severity.WARNING,
    FaultKind.ADDRESSES_DIFFER: Severity.WARNING,
    FaultKind.RENEWAL_LATE: Severity.WARNING,
    FaultKind.TLSA_MISMATCH: Severity.WARNING,
    FaultKind.CAA_MISMATCH: Severity.NOTE,
    FaultKind.REVOCATION_UNKNOWN: Severity.NOTE,
}
"""The severity of each kind; what is not here is critical."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault that was found, in a full sentence for staff, which may quote what strangers wrote."""

    fault: FaultKind
    words: str
    severity: Severity


def fault(fault: FaultKind, words: str, severity: Severity | None = None) -> Fault:
    """Return a fault with the severity of its kind, where none is given."""
    return Fault(fault, words, severity or SEVERITIES.get(fault, Severity.CRITICAL))
