"""Violations: the rules of X.509 that a certificate or a path breaks, as values; ``wording`` makes the sentences."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import IntEnum, StrEnum

Parameter = str | int | tuple[str, ...]
Parameters = tuple[tuple[str, Parameter], ...]
"""What a sentence about a violation needs, by name. Moments are ISO 8601 in UTC; texts are printable and capped."""


class Severity(IntEnum):
    """How much a fault matters."""

    NOTE = 1  # it works, and could be better
    WARNING = 2  # it works for now, or not for everybody
    CRITICAL = 3  # clients refuse it


class ViolationKind(StrEnum):
    """One kind of rule that is broken, in the order in which violations are listed."""

    UNREADABLE = "unreadable"  # it is no certificate
    REVOKED = "revoked"
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    WRONG_HOST = "wrong_host"
    SELF_SIGNED = "self_signed"
    UNKNOWN_ISSUER = "unknown_issuer"
    INCOMPLETE_CHAIN = "incomplete_chain"
    EXPIRED_ISSUER = "expired_issuer"
    BAD_SIGNATURE = "bad_signature"
    NOT_AN_AUTHORITY = "not_an_authority"  # the signer may not sign: no CA, no keyCertSign, or its path is too long
    NAME_CONSTRAINTS = "name_constraints"
    WRONG_PURPOSE = "wrong_purpose"  # extended key usage
    CRITICAL_EXTENSION = "critical_extension"  # one that nobody understands
    MALFORMED = "malformed"  # it breaks RFC 5280's profile
    WEAK_KEY = "weak_key"
    WEAK_SIGNATURE = "weak_signature"
    LIFETIME_TOO_LONG = "lifetime_too_long"
    SCTS_MISSING = "scts_missing"
    STAPLE_MISSING = "staple_missing"
    WRONG_ORDER = "wrong_order"
    REVOCATION_UNKNOWN = "revocation_unknown"


SEVERITIES: dict[ViolationKind, Severity] = {
    ViolationKind.WRONG_ORDER: Severity.WARNING,
    ViolationKind.REVOCATION_UNKNOWN: Severity.NOTE,
}
"""The severity of each kind; what is not here is critical."""


class Rule(StrEnum):
    """A rule of form that clients do not all keep."""

    SERIAL = "serial"  # RFC 5280, 4.1.2.2
    NEGATIVE_SERIAL = "negative serial"  # the same; some libraries do not read such certificates at all
    DATE_FORM = "date form"  # 4.1.2.5
    KEY_IDENTIFIERS = "key identifiers"  # 4.2.1.1, 4.2.1.2; BR 7.1.2.1.3
    CRITICALITY = "criticality"  # 4.2.1, 4.2.2: what must be critical, or must not
    PURPOSES = "purposes"  # BR 7.1.2.7.10, 7.1.2.10.6
    NO_PURPOSES = "no purposes"  # BR 7.1.2.7.6
    USAGE = "usage"  # 4.2.1.3; BR 7.1.2.7.11; RFC 9881, 5
    AUTHORITY_AS_LEAF = "authority as leaf"  # BR 7.1.2.7.8
    CONSTRAINED_LEAF = "constrained leaf"  # 4.2.1.10
    CONSTRAINT_FORM = "constraint form"  # 4.2.1.10: a dot in front
    NAME_FORM = "name form"  # 4.2.1.6: the preferred name syntax
    COMMON_NAME = "common name"  # BR 7.1.4.3
    UNREAD_EXTENSION = "unread extension"  # one that is broken, and that no client needs
    RSA_SIZE = "RSA size"  # BR 6.1.5: a whole number of bytes
    ALGORITHM = "algorithm"  # BR 7.1.3: one that browsers do not have
    ANCHOR = "anchor"  # anything about the form of a root, which is trusted whatever its form


@dataclass(frozen=True, slots=True)
class Violation:
    """One rule that is broken.

    ``detail`` says which of the several ways of its kind it is. ``depth`` is the place of the certificate in the path,
    0 for the leaf; the number after the last one means an issuer that is missing, None the whole path. Without a
    ``rule`` it matters to everybody.
    """

    kind: ViolationKind
    detail: str
    severity: Severity
    parameters: Parameters = ()
    depth: int | None = 0
    rule: Rule | None = None


def violation(
    kind: ViolationKind,
    detail: str,
    *,
    severity: Severity | None = None,
    depth: int | None = 0,
    rule: Rule | None = None,
    **parameters: Parameter,
) -> Violation:
    """Return a violation with the severity of its kind, where none is given."""
    severity = severity or SEVERITIES.get(kind, Severity.CRITICAL)
    return Violation(kind, detail, severity, tuple(parameters.items()), depth, rule)


def at_depth(found: Iterable[Violation], depth: int) -> Iterator[Violation]:
    """Yield violations of one certificate with the depth at which it stands."""
    return (each if each.depth == depth else replace(each, depth=depth) for each in found)
