"""Who may send mail in a domain's name: its SPF record (RFC 7208) and its DMARC record (RFC 7489)."""

import re
from collections.abc import Mapping

from rules.dns import facts

MOST_LOOKUPS = 10
"""Lookups that an SPF check may cost (RFC 7208, section 4.6.4)."""

_SPF = re.compile(r"v=spf1(?: |$)", re.IGNORECASE)
_DMARC = re.compile(r"v[ \t]*=[ \t]*DMARC1[ \t]*(?:;|$)")
_COSTLY = frozenset({"include", "a", "mx", "ptr", "exists"})
_EVERYBODY = frozenset({"all", "ip4:0.0.0.0/0", "ip6:::/0"})


def is_spf(text: str) -> bool:
    """Say whether a TXT record is an SPF record (RFC 7208, section 4.5)."""
    return _SPF.match(text) is not None


def is_dmarc(text: str) -> bool:
    """Say whether a TXT record is a DMARC record (RFC 7489, section 6.6.3)."""
    return _DMARC.match(text) is not None


def included(spf: str) -> tuple[str, ...]:
    """Return the names whose records an SPF record includes or redirects to. Names with macros are left out."""
    terms = (re.split(r"[:=]", term.lstrip("+-~?"), maxsplit=1) for term in spf.lower().split()[1:])
    return tuple(
        facts.bare(term[1])
        for term in terms
        if len(term) > 1 and term[0] in {"include", "redirect"} and "%" not in term[1]
    )


def lookups(spf: str, includes: Mapping[str, str]) -> int:
    """Return how many lookups a check of an SPF record may cost, as far as its ``includes`` are known.

    ``includes`` are SPF records by name. Counting stops once the number is above ``MOST_LOOKUPS``.
    """
    return _lookups(spf, includes, frozenset())


def _lookups(spf: str, includes: Mapping[str, str], above: frozenset[str]) -> int:
    own = sum(1 for term in spf.lower().split()[1:] if _costs(term))
    below = (name for name in included(spf) if name in includes and name not in above)
    total = own
    for name in below:
        if total > MOST_LOOKUPS:
            return total
        total += _lookups(includes[name], includes, above | {name})
    return total


def _costs(term: str) -> bool:
    return term.startswith("redirect=") or re.split(r"[:/]", term.lstrip("+-~?"), maxsplit=1)[0] in _COSTLY


def lets_everybody(spf: str) -> bool:
    """Say whether an SPF record lets every sender pass. Terms after an ``all`` are never reached."""
    for term in spf.lower().split()[1:]:
        if term.removeprefix("+") in _EVERYBODY:
            return True
        if term.lstrip("-~?") == "all":
            return False
    return False


def dmarc_policy(dmarc: str) -> str | None:
    """Return the policy that a DMARC record names, in lower case."""
    tags = (tag.partition("=") for tag in dmarc.split(";"))
    return next((value.strip().lower() for name, _, value in tags if name.strip().lower() == "p"), None)
