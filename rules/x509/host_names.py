"""Whether a certificate stands for a host (RFC 9525)."""

import re
from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv6Address, ip_address

from publicsuffixlist import PublicSuffixList

WILDCARD = "*."

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_NAME = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})*", re.IGNORECASE)
_HOST_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_HOST = re.compile(rf"(?=.{{1,253}}\Z){_HOST_LABEL}(?:\.{_HOST_LABEL})*", re.IGNORECASE)
"""A host that DNS answers for; an underscore in it is matched by a wildcard, as browsers do."""


def matches(host: str, names: Iterable[str], addresses: Iterable[str], *, strict: bool = False) -> bool:
    """Say whether DNS names or IP addresses of a SAN stand for ``host`` (RFC 9525, 6.3 to 6.5).

    ``host`` is an address or a name of A-labels (RFC 5890); no certificate stands for anything else. Case does not
    matter; ``*`` stands for exactly one left-most label, and never for one right beneath a public suffix (BR 3.2.2.6).
    ``strict`` counts the suffixes of private owners too. An address is matched by addresses alone.
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
    """Say whether a DNS name has the form that RFC 5280, 4.2.1.6 asks for; a wildcard in front is allowed.

    A text that ends in a number is an address, or another way to write one (RFC 1123, 2.1).
    """
    name = text.removeprefix(WILDCARD)
    return _NAME.fullmatch(name) is not None and not name.rpartition(".")[2].isdigit()


def _reference(host: str) -> str:
    """Return the host as certificates write it: a lower-case name without a dot at its end, empty where it is none."""
    name = host.removesuffix(".")
    if _HOST.fullmatch(name):
        return name.lower()
    return host if _address(host) else ""


def _address(text: str) -> str | None:
    if ":" not in text and not text[-1:].isdigit():
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
    return _suffixes(with_private=strict).publicsuffix(parent, accept_unknown=True) == parent


@lru_cache(maxsize=2)
def _suffixes(*, with_private: bool) -> PublicSuffixList:
    return PublicSuffixList(only_icann=not with_private)
