"""Whether a certificate stands for a host (RFC 9525)."""

import re
from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv6Address, ip_address

from publicsuffixlist import PublicSuffixList

from rules import names as host_names

WILDCARD = "*."

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_NAME = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})*", re.IGNORECASE)


def matches(host: str, names: Iterable[str], addresses: Iterable[str], *, strict: bool = False) -> bool:
    """Say whether DNS names or IP addresses of a SAN stand for ``host`` (RFC 9525, 6.3 to 6.5).

    Names are compared as A-labels, whatever their case; ``*`` stands for exactly one left-most label, and never for one
    right beneath a public suffix (BR 3.2.2.6). ``strict`` counts the suffixes of private owners too. An address is
    matched by addresses alone. No certificate stands for what is not a host name.
    """
    reference = _reference(host)
    if not reference:
        return False
    address = _address(reference)
    if address is not None:
        return address in addresses
    accepted = {reference}
    parent = reference.partition(".")[2]
    if parent:
        accepted.add(WILDCARD + parent)
    found = {name.lower() for name in names} & accepted
    return reference in found or (bool(found) and not _is_suffix(parent, strict=strict))


def is_name(text: str) -> bool:
    """Say whether a DNS name is written as RFC 5280, 4.2.1.6 wants it, but for a wildcard in front.

    What ends in a number is an address, or a way to write one (RFC 1123, 2.1).
    """
    name = text.removeprefix(WILDCARD)
    return _NAME.fullmatch(name) is not None and not name.rpartition(".")[2].isdigit()


def _reference(host: str) -> str:
    """Return the host as certificates write it: a lower-case name of A-labels, an address; empty where it is none."""
    shown = host.strip()
    if _NAME.fullmatch(shown.removesuffix(".")):
        return shown.removesuffix(".").lower()
    try:
        return host_names.host(shown)
    except host_names.NotAHost:
        return ""


def _address(text: str) -> str | None:
    if ":" not in text and not text[-1].isdigit():
        return None
    try:
        found = ip_address(text)
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return str(mapped or found)


def _is_suffix(parent: str, *, strict: bool) -> bool:
    if "." not in parent:
        return True
    suffixes = _all_suffixes() if strict else host_names.SUFFIXES
    return suffixes.publicsuffix(parent, accept_unknown=True) == parent


@lru_cache(maxsize=1)
def _all_suffixes() -> PublicSuffixList:
    return PublicSuffixList()
