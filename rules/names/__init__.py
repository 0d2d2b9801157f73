"""Names as people type them, made into names as registries and certificates write them: lower-case A-labels."""

import re
import unicodedata
from collections.abc import Callable
from functools import cache
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

import idna
from publicsuffixlist import PublicSuffixList

from rules.names import sold_zones

LONGEST_INPUT = 2048
"""Characters; longer than any name or sensible URL, short enough for the IDNA tables."""

LONGEST_LABEL = 63
LONGEST_NAME = 253
"""Octets of a label and of a name as it is written, without the dot at its end (RFC 1035, section 2.3.4)."""

RESERVED_TLDS = frozenset({"test", "example"})
"""TLDs of RFC 2606 that no list of public suffixes knows; the sandbox's names live here."""

A_LABELS = re.compile(r"(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*")
ORDINARY_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")
PLAIN = re.compile(r"(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")
"""The form of most names: lower case, below a top-level domain of letters. Without ``ENCODED`` it needs no change."""

HOST_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?")
"""A label that the DNS can hold, even if nobody can register it: ``my_shop``, or ``xn--53h``, which IDNA forbids."""

ENCODED = "xn--"
DOTS = ".\u3002\uff0e\uff61"
JOINERS = "\u200c\u200d\u00b7\u0375\u05f3\u05f4\u30fb"
"""Characters that IDNA 2008 allows only next to certain letters (RFC 5892, appendix A)."""

BREAKS_A_NAME = re.compile(r"[\s\x00-\x1f\x7f\\]")

_ADVICE: tuple[tuple[Callable[[str], bool], str], ...] = (
    (lambda label: not label, "it begins with a dot, or has two dots in a row; take out the one too many"),
    (lambda label: "*" in label, "leave the asterisk out, and give the domain alone"),
    (lambda label: "_" in label, "no registered name has an underscore; give the domain alone, such as example.com"),
    (lambda label: "-" in {label[0], label[-1]}, "a part of it begins or ends with a hyphen; take that away"),
    (lambda label: label.startswith(ENCODED), "IDNA 2008 encodes nothing as that; write the name in its own letters"),
)

_SIDE_BY_SIDE = "IDNA 2008 does not allow these letters side by side, or a joiner here; write the name anew"


class NotAHost(ValueError):
    """Raised when a text holds neither a host name nor an IP address; the message says how to mend it."""


class NotRegistrable(ValueError):
    """Raised when a text holds no name that somebody could have registered; the message says how to mend it."""


def registrable(text: str) -> str:
    """Return the domain that was registered with a registry: ``https://a.b.Example.co.uk:8443/x`` -> ``example.co.uk``.

    The ICANN section of the public suffix list counts (``alice.github.io`` belongs to GitHub's domain ``github.io``);
    of its private section, only the zones of ``sold_zones`` count. Raises ``NotRegistrable``.
    """
    try:
        name = idna_host(text)
    except NotAHost as error:
        raise NotRegistrable(str(error)) from error
    return registrable_of(name)


def registrable_of(name: str) -> str:
    """Return the registered domain of a host that ``host`` has returned. Raises ``NotRegistrable``.

    The labels before that domain may be any that the DNS can hold.
    """
    if _is_ip(name):
        raise NotRegistrable(f"{name} is an IP address; give the domain's name, such as example.com")
    suffix = _suffix(name)
    if suffix is None and "." not in name:
        raise NotRegistrable(f"{name} is a single word; give the name with its ending, such as {name}.com")
    if suffix is None:
        raise NotRegistrable(f"{name} ends in .{_tld(name)}, which is no top-level domain; check how it is spelt")
    if suffix == name:
        raise NotRegistrable(f"{name} is a public suffix; give the name in front of it too, such as example.{name}")
    labels = name.removesuffix(f".{suffix}").split(".")
    return f"{labels[-1]}.{suffix}"


def private_zone(text: str) -> str | None:
    """Return the zone of the list's private section that ``text`` lies in, unless it is one of ``sold_zones``.

    For ``alice.github.io`` it is ``github.io``: the public suffix list says that names in it belong to different
    people, but not whether they can be registered. None where there is no such zone. Raises ``NotAHost``.
    """
    name = host(text)
    suffix = _with_private_ones().publicsuffix(name, accept_unknown=False)
    official = _suffix(name)
    if not suffix or not official or suffix == name or len(suffix) <= len(official):
        return None
    return suffix


@cache
def _with_private_ones() -> PublicSuffixList:
    return PublicSuffixList()


def host(text: str) -> str:
    """Return the host that a name, a ``name:port`` or a URL points to: an IP literal or a name as DNS answers for it.

    Such a name consists of letters, digits, hyphens and underscores. Encoded labels stay as they are; all others are
    encoded by IDNA 2008 (RFC 5890). Raises ``NotAHost``.
    """
    return _host(text, _host_label)


def idna_host(text: str) -> str:
    """Return a host as ``host`` does, but refuse labels that IDNA 2008 forbids, as registries and authorities do.

    Raises ``NotAHost``.
    """
    return _host(text, _a_label)


def _host(text: str, label: Callable[[str, str], str]) -> str:
    shown = text.strip()
    if len(shown) > LONGEST_INPUT:
        raise NotAHost(f"a text of {len(shown)} characters is no host name; give the name alone, such as example.com")
    if not shown:
        raise NotAHost("nothing was given; give a name, such as example.com")
    if PLAIN.fullmatch(shown) and ENCODED not in shown:
        return shown
    if _is_ip(shown):
        return str(ip_address(shown))
    written = _host_part(shown)
    return str(ip_address(written)) if _is_ip(written) else _a_labels(written, label)


def server_name(text: str) -> str:
    """Return the name that is sent as SNI: a host, and no address (RFC 6066, section 3). Raises ``NotAHost``."""
    found = host(text)
    if _is_ip(found):
        raise NotAHost(f"{found} is an address; a server name is a name")
    return found


def is_written(name: str) -> bool:
    """Tell whether a name is written as registries are asked for it: in lower-case A-labels.

    Any other text must not go into a query: a line break would begin a second query, a leading hyphen would be an
    option, a slash a path.
    """
    return A_LABELS.fullmatch(name) is not None


def as_certified(text: str) -> str:
    """Return a host as certificates write it. A text that is no host stays as it is: no certificate covers it."""
    if is_written(text):
        return text
    try:
        return host(text)
    except NotAHost:
        return text


def _suffix(name: str) -> str | None:
    sold = sold_zones.of(name)
    if sold:
        return sold
    return _suffixes().publicsuffix(name, accept_unknown=_tld(name) in RESERVED_TLDS)


@cache
def _suffixes() -> PublicSuffixList:
    """Return the public suffix list. It is read with the first name, because that takes a tenth of a second."""
    return PublicSuffixList(only_icann=True)


def _tld(name: str) -> str:
    return name.rpartition(".")[2]


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
        parts = urlsplit(shown if "://" in shown else f"//{shown.removeprefix('//')}")
        _ = parts.port  # urlsplit reads the port only when it is asked for
    except ValueError as error:
        raise NotAHost(f"{shown!r} is no address: {error}; give the name alone, such as example.com") from error
    return parts


def _a_labels(written: str, encode: Callable[[str, str], str]) -> str:
    try:
        mapped = idna.uts46_remap(written, std3_rules=False).removesuffix(".")
    except UnicodeError as error:
        raise NotAHost(f"{written!r} is not a host name: {_sign(written) or _SIDE_BY_SIDE}") from error
    name = ".".join(encode(label, written) for label in mapped.split("."))
    if len(name) > LONGEST_NAME:
        raise NotAHost(f"a name of {len(name)} characters is not a host name: {LONGEST_NAME} are the most; check it")
    if _tld(name).isdigit() or _tld(name).startswith("0x"):
        # The C library would read 127.1 and 0x7f000001 as addresses; no top-level domain looks like this.
        raise NotAHost(f"{written!r} reads as an abbreviated IP address; write it in full, such as 192.0.2.1")
    return name


def _host_label(label: str, written: str) -> str:
    """Return a label of a host: unchanged where the DNS can hold it, else encoded."""
    return _capped(label, label, written) if HOST_LABEL.fullmatch(label) else _a_label(label, written)


def _a_label(label: str, written: str) -> str:
    """Return one label encoded (RFC 5891). An ASCII label that is not encoded stays as it is, such as ``r3---sn``."""
    if ORDINARY_LABEL.fullmatch(label) and not label.startswith(ENCODED):
        encoded = label
    else:
        try:
            encoded = idna.alabel(label).decode("ascii")
        except UnicodeError as error:
            raise NotAHost(f"{written!r} is not a host name: {_reason(label)}") from error
    return _capped(encoded, label, written)


def _capped(encoded: str, label: str, written: str) -> str:
    if len(encoded) > LONGEST_LABEL:
        raise NotAHost(
            f"{written!r} is not a host name: {label[:20]}... has {len(encoded)} characters, {LONGEST_LABEL} are the"
            " most between two dots; check how it is spelt"
        )
    return encoded


def _reason(label: str) -> str:
    """Return what is wrong with a label that IDNA 2008 refuses, and how to mend it."""
    known = next((advice for is_so, advice in _ADVICE if is_so(label)), None) or _sign(label)
    if not known and len(label.encode("punycode")) + len(ENCODED) > LONGEST_LABEL:
        known = f"a part of it is too long, {LONGEST_LABEL} are the most when it is encoded; check how it is spelt"
    return known or _SIDE_BY_SIDE


def _sign(text: str) -> str | None:
    """Return what to do about the first character that no name can have, None where there is no such character."""
    found = next((each for each in text if _is_sign(each)), None)
    if found is None:
        return None
    shown = f"{found} (U+{ord(found):04X} {unicodedata.name(found, 'without a name')})"
    return f"{shown} is no letter; IDNA 2008 has no emoji and no signs, so write the name without it"


def _is_sign(character: str) -> bool:
    ordinary = character == "-" or character in DOTS or character in JOINERS
    return not ordinary and unicodedata.category(character)[0] in "CPSZ"


def _is_ip(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
