"""What can be wrong with an endpoint or with a certificate, and how much that matters."""

from dataclasses import dataclass, field
from enum import StrEnum

from rules.x509 import violations
from rules.x509.violations import Parameter, Parameters, Severity, Violation, ViolationKind


class FaultKind(StrEnum):
    """One kind of thing that is wrong, a violation among them. The order is that in which they are listed."""

    # Nothing could be seen.
    UNREACHABLE = "unreachable"
    NOT_NOW = "not_now"  # it says that it cannot serve us at this time
    NOT_TLS = "not_tls"
    NO_STARTTLS = "no_starttls"  # it speaks its protocol, and does not offer TLS
    HANDSHAKE_FAILED = "handshake_failed"
    UNREADABLE = ViolationKind.UNREADABLE.value
    # The certificate is not to be trusted.
    REVOKED = ViolationKind.REVOKED.value
    EXPIRED = ViolationKind.EXPIRED.value
    NOT_YET_VALID = ViolationKind.NOT_YET_VALID.value
    WRONG_HOST = ViolationKind.WRONG_HOST.value
    SELF_SIGNED = ViolationKind.SELF_SIGNED.value
    UNKNOWN_ISSUER = ViolationKind.UNKNOWN_ISSUER.value
    INCOMPLETE_CHAIN = ViolationKind.INCOMPLETE_CHAIN.value
    EXPIRED_ISSUER = ViolationKind.EXPIRED_ISSUER.value
    BAD_SIGNATURE = ViolationKind.BAD_SIGNATURE.value
    NOT_AN_AUTHORITY = ViolationKind.NOT_AN_AUTHORITY.value
    NAME_CONSTRAINTS = ViolationKind.NAME_CONSTRAINTS.value
    WRONG_PURPOSE = ViolationKind.WRONG_PURPOSE.value
    CRITICAL_EXTENSION = ViolationKind.CRITICAL_EXTENSION.value
    MALFORMED = ViolationKind.MALFORMED.value
    DISTRUSTED = "distrusted"
    WEAK_KEY = ViolationKind.WEAK_KEY.value
    WEAK_SIGNATURE = ViolationKind.WEAK_SIGNATURE.value
    LIFETIME_TOO_LONG = ViolationKind.LIFETIME_TOO_LONG.value
    SCTS_MISSING = ViolationKind.SCTS_MISSING.value
    STAPLE_MISSING = ViolationKind.STAPLE_MISSING.value
    OLD_PROTOCOL = "old_protocol"
    # It works for now, or not for everybody.
    OUTDATED_HANDSHAKE = "outdated_handshake"  # some clients refuse what the server agrees on
    WRONG_ORDER = ViolationKind.WRONG_ORDER.value
    ADDRESSES_DIFFER = "addresses_differ"
    MACHINES_DIFFER = "machines_differ"  # several behind one address, each with its own certificate
    RENEWAL_LATE = "renewal_late"
    CHAIN_ENDING = "chain_ending"  # a certificate above the leaf ends soon, and before it
    TLSA_MISMATCH = "tlsa_mismatch"
    CAA_MISMATCH = "caa_mismatch"
    REVOCATION_UNKNOWN = ViolationKind.REVOCATION_UNKNOWN.value
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


_OF_VIOLATIONS = {kind: FaultKind(kind.value) for kind in ViolationKind}


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault that was found. ``wording.certificates`` makes a sentence of it.

    ``detail`` says which of the several ways of its kind it is. ``parameters`` is what the sentence needs; its texts
    are printable and capped, but may come from strangers. ``depth`` is the place of the certificate in the chain, 0 for
    the leaf; the number after the last one means an issuer that is missing, None the whole chain or the address.
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
    """Return a violation of X.509 as a fault."""
    kind = _OF_VIOLATIONS[violation.kind]
    return Fault(kind, violation.severity, violation.detail, violation.parameters, violation.depth)
