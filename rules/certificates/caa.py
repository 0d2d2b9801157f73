"""Whether a domain's CAA records (RFC 8659) allow the authority whose certificate is served.

The records bind authorities when they issue, not clients. So a mismatch is a note: they may be newer than the
certificate, and its next renewal is what fails.
"""

import re
from collections.abc import Iterable

from rules.certificates import authorities
from rules.certificates.faults import Fault, FaultKind, fault
from rules.certificates.finding import ChainLink

ISSUE, ISSUE_WILD = "issue", "issuewild"
MOST_RECORDS = 50
_MOST_NAMED = 3

_RECORD = re.compile(r'\s*\d{1,3}\s+([A-Za-z0-9]{1,255})\s+(?:"((?:\\.|[^"\\])*)"|([^"\s]\S*))\s*', re.DOTALL)


def check(leaf: ChainLink, records: tuple[str, ...], *, host: str) -> tuple[Fault, ...]:
    """Return a note where the relevant record set of ``host`` does not allow the issuer of ``leaf``.

    ``records`` are zone text. There is no note about an issuer that is not in ``authorities.AUTHORITIES``, nor where
    the records let anybody issue.
    """
    authority = authorities.of_issuer(leaf.issuer)
    allowed = issuers(records, wildcard=_is_wildcard(leaf, host))
    if authority is None or allowed is None or not allowed.isdisjoint(authority.domains):
        return ()
    named = tuple(sorted(allowed)[:_MOST_NAMED])
    return (fault(FaultKind.CAA_MISMATCH, "not_allowed", allowed=named, authority=authority.name),)


def issuers(records: Iterable[str], *, wildcard: bool) -> frozenset[str] | None:
    """Return the domains of who may issue, None where anybody may (RFC 8659, sections 4.2 and 4.3).

    For a wildcard certificate, ``issuewild`` records replace the others, where there are any. An empty issuer allows
    nobody. Parameters after a semicolon are for the authority, and are ignored here.
    """
    properties = [found for record in list(records)[:MOST_RECORDS] if (found := _property(record))]
    wild = [domain for tag, domain in properties if tag == ISSUE_WILD]
    plain = [domain for tag, domain in properties if tag == ISSUE]
    relevant = wild if wildcard and wild else plain
    return frozenset(domain for domain in relevant if domain) if relevant else None


def _property(record: str) -> tuple[str, str] | None:
    found = _RECORD.fullmatch(record)
    if not found:
        return None
    value = found.group(2) if found.group(2) is not None else found.group(3)
    return found.group(1).lower(), value.partition(";")[0].strip().rstrip(".").lower()


def _is_wildcard(leaf: ChainLink, host: str) -> bool:
    """Return whether only a wildcard of the certificate can cover ``host``."""
    given = {name.lower() for name in leaf.names}
    return host.lower() not in given and any(name.startswith("*.") for name in given)
