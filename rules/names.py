"""Names as people type them, made into names as registries and certificates write them: lower-case A-labels."""

import re
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

import idna
from publicsuffixlist import PublicSuffixList

LONGEST_INPUT = 2048
"""Characters; longer than any name or sensible URL, short enough for the IDNA tables."""

RESERVED_TLDS = frozenset({"test", "example"})
"""TLDs of RFC 2606 that no list of public suffixes knows; the sandbox's names live here."""

SUFFIXES = PublicSuffixList(only_icann=True)

BREAKS_A_NAME = re.compile(r"[\s\x00-\x1f\x7f\\]")


class NotAHost(ValueError):
    """Raised when a text holds neither a host name nor an IP address; the message says how to mend it."""


class NotRegistrable(ValueError):
    """Raised when a text holds no name that somebody could have registered; the message says how to mend it."""


def registrable(text: str) -> str:
    """Return the domain that was registered with a registry: ``https://a.b.Example.co.uk:8443/x`` -> ``example.co.uk``.

    Only the ICANN section of the public suffix list counts: ``alice.github.io`` is GitHub's domain ``github.io``.
    Raises ``NotRegistrable``.
    """
    try:
        name = host(text)
    except NotAHost as error:
        raise NotRegistrable(str(error)) from error
    if _is_ip(name):
        raise NotRegistrable(f"{name} is an IP address; give the domain's name, such as example.com")
    tld = name.rpartition(".")[2]
    suffix = SUFFIXES.publicsuffix(name, accept_unknown=tld in RESERVED_TLDS)
    if suffix is None:
        raise NotRegistrable(f"{name} ends in .{tld}, which is no top-level domain; check how it is spelt")
    if suffix == name:
        raise NotRegistrable(f"{name} is a public suffix; give the name in front of it too, such as example.{name}")
    labels = name.removesuffix(f".{suffix}").split(".")
    return f"{labels[-1]}.{suffix}"


def host(text: str) -> str:
    """Return the host that a name, a ``name:port`` or a URL points to: an A-label name (RFC 5890) or an IP literal.

    Raises ``NotAHost``.
    """
    shown = text.strip()
    if len(shown) > LONGEST_INPUT:
        raise NotAHost(f"a text of {len(shown)} characters is no host name; give the name alone, such as example.com")
    if not shown:
        raise NotAHost("nothing was given; give a name, such as example.com")
    if _is_ip(shown):
        return str(ip_address(shown))
    written = _host_part(shown)
    return str(ip_address(written)) if _is_ip(written) else _a_labels(written)


def _host_part(shown: str) -> str:
    if BREAKS_A_NAME.search(shown):
        raise NotAHost(f"{shown!r} has a space, a backslash or a control character in it; give the name alone")
    parts = _split(shown)
    if "@" in parts.netloc:
        raise NotAHost(f"{shown!r} holds a user name or a mail address; give only what follows the @")
    if not parts.hostname:
        raise NotAHost(f"{shown!r} names no host; give a name, such as example.com")
    return parts.hostname


def _split(shown: str) -> SplitResult:
    try:
        parts = urlsplit(shown if "://" in shown else f"//{shown}")
        _ = parts.port  # urlsplit looks at the port only when it is asked for
    except ValueError as error:
        raise NotAHost(f"{shown!r} is no address: {error}") from error
    return parts


def _a_labels(written: str) -> str:
    try:
        name = idna.encode(written.removesuffix("."), uts46=True).decode("ascii").removesuffix(".")
    except UnicodeError as error:
        raise NotAHost(f"{written!r} is not a host name: {error}") from error
    last = name.rpartition(".")[2]
    if last.isdigit() or last.startswith("0x"):
        # The C library would read 127.1 and 0x7f000001 as addresses; no top-level domain looks like this.
        raise NotAHost(f"{written!r} reads as an abbreviated IP address; write it in full, such as 192.0.2.1")
    return name


def _is_ip(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
