"""Addresses of servers as people write them into settings. What can never be reached is refused, with a reason.

A name need not exist, because that may change. What is no name or no port stays wrong. Where a URL may hold a password,
no reason quotes any part of it: a password that is not percent-encoded looks like a host, a port or a path.
"""

import re
from ipaddress import IPv6Address, ip_address
from urllib.parse import SplitResult, urlsplit

_NAME = re.compile(
    r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.?", re.IGNORECASE
)
_NUMBERS = re.compile(r"[\d.]+")
_LONGEST_NAME = 253
_SPACE = re.compile(r"\s")
_PORTS = range(1, 65536)
_ENCODE = "percent-encode what is special in user and password, such as / as %2F"


def require_web(url: str) -> SplitResult:
    """Return the parts of a web address. Raises ``ValueError``: it says which part is wrong, and shows no secret."""
    parts = split(url, ("https", "http"))
    if parts.username is not None or parts.password is not None:
        raise ValueError("must have no user and no password in it")
    return parts


def split(url: str, schemes: tuple[str, ...]) -> SplitResult:
    """Return the parts of a URL with a host. Raises ``ValueError``, which names the wrong part and shows no secret."""
    if _SPACE.search(url):
        raise ValueError("must have no blanks in it")
    try:
        parts = urlsplit(url)
    except ValueError:
        raise ValueError("is no address: its brackets do not match") from None
    if parts.scheme not in schemes:
        raise ValueError(f"must begin with {' or '.join(f'{scheme}://' for scheme in schemes)}")
    require_port(parts)
    if parts.hostname is None:
        raise ValueError("names no host")
    require_host_of(parts)
    return parts


def with_user(url: str) -> SplitResult:
    """Return the parts of a URL that may hold a user and a password. Raises ``ValueError`` that quotes nothing of it.

    A password that is not percent-encoded and has a slash in it would be read as a host and a path: it is refused.
    """
    try:
        parts = urlsplit(url)
    except ValueError:  # its message may quote the user and the password
        raise ValueError(f"cannot be read: {_ENCODE}") from None
    if "@" in parts.path or "@" in parts.fragment:
        raise ValueError(f"has an @ behind its host: {_ENCODE}")
    return parts


def may_hold_password(url: str) -> bool:
    """Tell whether a password may stand in any part of a URL, because it is not percent-encoded as it should be."""
    return "@" in url


def require_port(parts: SplitResult) -> None:
    """Raise ``ValueError`` where a URL has a port that is no port number; it shows no secret."""
    written = parts.netloc.rpartition("@")[2].rpartition("]")[2].partition(":")
    if not written[1]:
        return
    try:
        port(written[2])
    except ValueError:
        if may_hold_password(parts.geturl()):
            raise ValueError(f"its port is none: {_ENCODE}") from None
        raise


def require_host_of(parts: SplitResult) -> None:
    """Raise ``ValueError`` where a URL has a host that is neither a name nor an address; it shows no secret."""
    try:
        require_host(parts.hostname or "")
    except ValueError:
        if may_hold_password(parts.geturl()):
            raise ValueError(f"its host is none: {_ENCODE}") from None
        raise


def port(written: str) -> int:
    """Return the number of a port. Raises ``ValueError`` for a text that is none."""
    if not (written.isascii() and written.isdecimal() and int(written[:6]) in _PORTS):
        raise ValueError(f"{written[:20]!r} is no port: a port is a number from 1 to 65535")
    return int(written)


def require_host(written: str) -> None:
    """Raise ``ValueError`` for a text that is neither a name of the DNS nor an address."""
    try:
        ip_address(written)
    except ValueError:
        if len(written) > _LONGEST_NAME or not _NAME.fullmatch(written) or _NUMBERS.fullmatch(written):
            raise ValueError(
                f"{written[:80]!r} is no host: give a name, such as whois.example.com, or an address"
            ) from None


def host_and_port(written: str, default: int) -> tuple[str, int]:
    """Return the host and the port of ``host``, ``host:43``, ``192.0.2.1:43`` or ``[2001:db8::1]:43``.

    The port is ``default`` where none is written. Raises ``ValueError``.
    """
    try:
        return str(IPv6Address(written)), default
    except ValueError:
        pass
    bracketed = re.fullmatch(r"\[([^\[\]]*)\](?::(.*))?", written)
    host, given = (bracketed[1], bracketed[2]) if bracketed else _at_colon(written)
    require_host(host)
    return host, default if given is None else port(given)


def _at_colon(written: str) -> tuple[str, str | None]:
    host, colon, given = written.partition(":")
    return host, given if colon else None


def require_resolver(written: str) -> None:
    """Raise ``ValueError`` for a text that is not the address of a name server, with or without a port."""
    host, _ = host_and_port(written, 53)
    try:
        address = ip_address(host)
    except ValueError:
        raise ValueError(f"{written[:80]!r} is a name; name servers are given by address") from None
    if address.is_unspecified:
        raise ValueError(f"{written[:80]!r} is no address that can be asked")
