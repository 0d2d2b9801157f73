"""How much each rule of form matters: to a strict reader all of them, to clients of real servers not all.

The rules are those of RFC 5280's profile and of the CA/Browser Forum's Baseline Requirements (BR). Authorities in every
trust store break some of them, and no client minds; ``verify(strict=True)`` minds.
"""

from dataclasses import dataclass
from enum import StrEnum

from rules.certificates.faults import Fault, FaultKind, Severity, fault


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
    ANCHOR = "anchor"  # anything at all about the form of what is trusted for being itself


SEVERITY_OVERRIDES: dict[Rule, Severity | None] = {
    Rule.SERIAL: Severity.NOTE,
    Rule.NEGATIVE_SERIAL: Severity.WARNING,
    Rule.DATE_FORM: None,
    Rule.KEY_IDENTIFIERS: None,
    Rule.CRITICALITY: None,
    Rule.PURPOSES: None,
    Rule.NO_PURPOSES: Severity.NOTE,
    Rule.USAGE: None,
    Rule.AUTHORITY_AS_LEAF: Severity.NOTE,
    Rule.CONSTRAINED_LEAF: Severity.NOTE,
    Rule.CONSTRAINT_FORM: None,
    Rule.NAME_FORM: None,
    Rule.COMMON_NAME: None,
    Rule.UNREAD_EXTENSION: Severity.WARNING,
    Rule.RSA_SIZE: Severity.WARNING,
    Rule.ALGORITHM: Severity.WARNING,
    Rule.ANCHOR: None,
}
"""What a breach means where it is not judged strictly; None: it is not told."""


@dataclass(frozen=True, slots=True)
class Violation:
    """Something wrong in the form of one certificate; without a rule it matters to everybody."""

    fault: FaultKind
    words: str
    rule: Rule | None = None


def weighed(flaw: Violation, *, strict: bool) -> Fault | None:
    """Return a flaw as a fault that is told, None where nobody minds."""
    if strict or flaw.rule is None:
        return fault(flaw.fault, flaw.words)
    severity = SEVERITY_OVERRIDES[flaw.rule]
    return None if severity is None else fault(flaw.fault, flaw.words, severity)
