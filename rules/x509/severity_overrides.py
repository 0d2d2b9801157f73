"""How much each rule of form matters: all matter to a strict reader, only some to clients of real servers.

The rules are those of RFC 5280's profile and of the CA/Browser Forum's Baseline Requirements (BR). Authorities in every
trust store break some of them, and no client minds; ``verify(strict=True)`` minds.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from rules.x509.violations import Rule, Severity, Violation

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
"""The severity of a breach where verification is not strict; None where no client minds it."""


def overridden(found: Iterable[Violation], *, strict: bool) -> Iterator[Violation]:
    """Yield violations with the severity that clients give them; those that nobody minds are left out."""
    for each in found:
        if strict or each.rule is None:
            yield each
        elif severity := SEVERITY_OVERRIDES[each.rule]:
            yield replace(each, severity=severity)
