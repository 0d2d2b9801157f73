"""Finds chains about which OpenSSL and our engine disagree for no known reason: worth a look by a person.

OpenSSL is asked about the chain alone: not about dates, hosts, purposes, revocation, nor what browsers ask of public
authorities. So only what both look at can differ.
"""

from collections import Counter

from rules.certificates.faults import Fault, FaultKind, fault
from rules.x509.reading import clean
from rules.x509.verification import Verification
from rules.x509.violations import Severity, Violation, ViolationKind

LOOKED_AT_BY_BOTH = frozenset(
    {
        ViolationKind.SELF_SIGNED, ViolationKind.UNKNOWN_ISSUER, ViolationKind.INCOMPLETE_CHAIN,
        ViolationKind.BAD_SIGNATURE, ViolationKind.NOT_AN_AUTHORITY, ViolationKind.NAME_CONSTRAINTS,
    }
)  # fmt: skip

OUR_LIMITS = frozenset({"search_given_up", "too_deep", "too_many"})
"""Details of violations that are about our own limits; OpenSSL has others."""


def disagreement(found: Verification, refusal: str | None) -> Fault | None:
    """Return the note that checkers disagree, None where they agree, or differ for a reason that is known.

    ``refusal`` is why OpenSSL refuses the chain, empty where it accepts it; None where it could not be asked.
    """
    if refusal is None or not found.path:
        return None
    critical = [one for one in found.violations if one.severity is Severity.CRITICAL]
    if refusal and not critical and not _has_choices(found):
        return fault(FaultKind.CHECKERS_DISAGREE, "refused", reason=clean(refusal))
    ours = [one for one in critical if _is_comparable(one)]
    if not refusal and ours:
        return fault(FaultKind.CHECKERS_DISAGREE, "accepted", found=ours[0].kind.value)
    return None


def _is_comparable(one: Violation) -> bool:
    return one.kind in LOOKED_AT_BY_BOTH and one.detail not in OUR_LIMITS


def _has_choices(found: Verification) -> bool:
    """Say whether several certificates of one subject were sent: OpenSSL takes the first, and never turns back."""
    subjects = Counter(one.comparable_subject for one in dict.fromkeys((*found.sent, *found.path)))
    return any(count > 1 for count in subjects.values())
