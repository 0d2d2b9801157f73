"""What can be wrong with an endpoint or with a certificate, and how much that matters."""

from dataclasses import dataclass, field
from enum import StrEnum

from rules.x509 import violations
from rules.x509.violations import Parameter, Parameters, Severity, Violation


class FaultKind(StrEnum):
    """One kind of thing that is wrong. The order is that in which they are listed."""

    # Nothing could be seen.
    UNREACHABLE = "unreachable"
    NOT_NOW = "not_now"  # it says that it cannot serve us at this time
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
    OUTDATED_HANDSHAKE = "outdated_handshake"  # some clients refuse what the server agrees on
    WRONG_ORDER = "wrong_order"
    ADDRESSES_DIFFER = "addresses_differ"
    MACHINES_DIFFER = "machines_differ"  # several behind one address, each with its own certificate
    RENEWAL_LATE = "renewal_late"
    CHAIN_ENDING = "chain_ending"  # a certificate above the leaf ends soon, and before it
    TLSA_MISMATCH = "tlsa_mismatch"
    CAA_MISMATCH = "caa_mismatch"
    REVOCATION_UNKNOWN = "revocation_unknown"
    CHECKERS_DISAGREE = "checkers_disagree"  # ours and OpenSSL, about the same chain
    CLIENT_CERTIFICATE = "client_certificate"  # it asks its clients for a certificate


SEVERITIES: dict[FaultKind, Severity] = {
    **{FaultKind(kind.value): severity for kind, severity in violations.SEVERITIES.items()},
    FaultKind.OUTDATED_HANDSHAKE: Severity.WARNING,
    FaultKind.ADDRESSES_DIFFER: Severity.WARNING,
    FaultKind.MACHINES_DIFFER: Severity.WARNING,
    FaultKind.RENEWAL_LATE: Severity.WARNING,
    FaultKind.CHAIN_ENDING: Severity.WARNING,
    FaultKind.TLSA_MISMATCH: Severity.WARNING,
    FaultKind.CAA_MISMATCH: Severity.NOTE,
    FaultKind.CHECKERS_DISAGREE: Severity.NOTE,
    FaultKind.CLIENT_CERTIFICATE: Severity.NOTE,
}
"""The severity of each kind; what is not here is critical."""

ORDER = {kind: number for number, kind in enumerate(FaultKind)}
"""The order in which faults are listed."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault that was found. ``wording.certificates`` makes a sentence of it.

    ``detail`` says in which way, of the several that its kind may have; ``parameters`` is what the sentence needs, in
    texts that are printable and capped and may be strangers'. ``depth`` is that of the certificate in the chain, 0 for
    the leaf; one above the last is that of an issuer that is not there, None is the whole chain's or the address's.
    ``stored_words`` is the sentence as another release stored it, for a detail that this one does not know.
    """

    kind: FaultKind
    severity: Severity
    detail: str = ""
    parameters: Parameters = ()
    depth: int | None = None
    stored_words: str = field(default="", compare=False)


def fault(
    kind: FaultKind,
    detail: str = "",
    *,
    severity: Severity | None = None,
    depth: int | None = None,
    **parameters: Parameter,
) -> Fault:
    """Return a fault with the severity of its kind, where none is given."""
    severity = severity or SEVERITIES.get(kind, Severity.CRITICAL)
    return Fault(kind, severity, detail, tuple(parameters.items()), depth)


def of_violation(violation: Violation) -> Fault:
    """Return the fault that a violation of X.509 is."""
    kind = FaultKind(violation.kind.value)
    return Fault(kind, violation.severity, violation.detail, violation.parameters, violation.depth)
