"""Name constraints (RFC 5280, 4.2.1.10): which names an authority may certify.

Forms that are understood: DNS names, addresses, mail addresses, directory names, URIs. A constraint of another form
cannot be checked, so any name of that form breaks it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from rules.x509 import asn1, distinguished_names, host_names
from rules.x509 import extensions as ext
from rules.x509.reading import Certificate

COMPARISONS = 250_000
"""Comparisons of names with constraints that one verification makes at the most: else they could take minutes."""

_BYTES_OF_A_COMPARISON = 4
"""Reading so many bytes of constraints takes as long as a comparison."""

_READING = {ext.DIRECTORY: 8}
"""How many comparisons the reading of a name counts for, by its form; other forms count for one."""

Subtrees = Mapping[int, tuple[Any, ...]]
"""Constraints by the tag of their form, each in the shape in which its form is compared."""


class Exhausted(ValueError):
    """Raised when names and constraints are too many to be compared."""


@dataclass(slots=True)
class ComparisonBudget:
    """How many comparisons may still be made."""

    left: int = COMPARISONS

    def spend(self, amount: int) -> None:
        """Take ``amount`` comparisons away; raises ``Exhausted``."""
        self.left -= amount
        if self.left < 0:
            raise Exhausted


@dataclass(frozen=True, slots=True)
class Constraints:
    """What a NameConstraints extension says."""

    permitted: Subtrees = field(default_factory=dict[int, tuple[Any, ...]])
    excluded: Subtrees = field(default_factory=dict[int, tuple[Any, ...]])
    has_leading_dots: bool = False
    """Whether a DNS name begins with a dot: that is forbidden, and means "only names below it" to some clients."""


@lru_cache(maxsize=256)
def read(value: bytes) -> Constraints:
    """Return what a NameConstraints extension (DER) says; raises ``asn1.Broken``."""
    _, start, stop = asn1.whole(value, asn1.SEQUENCE)
    parts = {tag: _subtrees(value, at, end) for tag, at, end in asn1.elements(value, start, stop)}
    if not parts or not set(parts) <= {0xA0, 0xA1}:
        raise asn1.Broken("name constraints that constrain nothing")
    permitted, excluded = parts.get(0xA0, {}), parts.get(0xA1, {})
    dots = any(name.startswith(".") for side in (permitted, excluded) for name in side.get(ext.DNS, ()))
    return Constraints(permitted, excluded, dots)


def _subtrees(value: bytes, start: int, stop: int) -> Subtrees:
    found = dict[int, list[Any]]()
    for _, begin, until in asn1.elements(value, start, stop):
        tag, at, end = asn1.element(value, begin, until)
        if end != until and value[end:until] != b"\x80\x01\x00":
            raise asn1.Broken("a name constraint with a minimum or a maximum")
        found.setdefault(tag, []).append(_base(tag, value[at:end]))
    if not found:
        raise asn1.Broken("a list of name constraints that is empty")
    return {tag: tuple(bases) for tag, bases in found.items()}


def _base(tag: int, content: bytes) -> Any:
    """Return a constraint in the shape in which it is compared."""
    if tag == ext.DIRECTORY:
        return distinguished_names.comparable(content)
    if tag == ext.ADDRESS:
        return _network(content)
    if tag not in (ext.DNS, ext.EMAIL, ext.URI):
        return content
    text = content.decode("ascii")
    mailbox, at, host = text.rpartition("@")
    if (at and (tag != ext.EMAIL or not mailbox)) or "@" in mailbox:
        raise asn1.Broken("a name constraint that is none")
    if host.removeprefix(".") and not (host_names.is_name(host.removeprefix(".")) and "*" not in host):
        raise asn1.Broken("a name constraint that is none")
    return f"{mailbox}{at}{host.lower()}"


def _network(content: bytes) -> tuple[int, int, int]:
    """Return the length, the address and the mask of a network; the mask must be ones, then zeros."""
    half = len(content) // 2
    address, mask = int.from_bytes(content[:half]), int.from_bytes(content[half:])
    host_part = (1 << 8 * half) - 1 - mask
    if len(content) not in (8, 32) or host_part & (host_part + 1):
        raise asn1.Broken("a network that is none")
    return half, address & mask, mask


def broken_by(certificate: Certificate, constraints: Constraints, budget: ComparisonBudget) -> str | None:
    """Return the first name of a certificate that its issuer may not certify, None where all are fine.

    Raises ``Exhausted``, and ``asn1.Broken`` for a name that cannot be compared.
    """
    forms = set(constraints.permitted) | set(constraints.excluded)
    budget.spend(sum(_READING.get(tag, 1) for tag, _ in certificate.alternatives or ()))
    for tag, given in _names(certificate, forms).items():
        permitted, excluded = constraints.permitted.get(tag), constraints.excluded.get(tag, ())
        budget.spend(len(given) * (len(permitted or ()) + len(excluded)))
        for name in given:
            if any(_is_within(tag, name, base, excluding=True) for base in excluded):
                return _text(tag, name)
            if permitted is not None and not any(_is_within(tag, name, base, excluding=False) for base in permitted):
                return _text(tag, name)
    return None


def _names(certificate: Certificate, forms: Iterable[int]) -> dict[int, list[Any]]:
    """Return the names that are constrained, by form (RFC 5280, 4.2.1.10: those of the subject too)."""
    found = {tag: list[Any]() for tag in forms}
    for tag, content in certificate.alternatives or ():
        if tag in found:
            found[tag].append(_name(tag, content))
    if ext.DIRECTORY in found and certificate.subject_der != distinguished_names.EMPTY:
        found[ext.DIRECTORY].append(certificate.comparable_subject)
    if ext.EMAIL in found and certificate.alternatives is None:
        mails = distinguished_names.values(certificate.subject_der, distinguished_names.EMAIL)
        found[ext.EMAIL].extend(_name(ext.EMAIL, mail.encode()) for mail in mails)
    return found


def _name(tag: int, content: bytes) -> Any:
    if tag == ext.DIRECTORY:
        return distinguished_names.comparable(content)
    if tag == ext.ADDRESS:
        if len(content) not in (4, 16):
            raise asn1.Broken("an address that is none")
        return len(content), int.from_bytes(content)
    if tag not in (ext.DNS, ext.EMAIL, ext.URI):
        return content
    text = content.decode("ascii")
    mailbox, at, host = text.rpartition("@")
    if tag == ext.URI:
        host = urlsplit(text).hostname or ""
    if not _is_host(tag, host) or (tag == ext.EMAIL and ("@" in mailbox or not mailbox)):
        raise asn1.Broken("a name that is none")
    return f"{mailbox}{at}{host.lower()}" if tag == ext.EMAIL else host.lower()


def _is_host(tag: int, host: str) -> bool:
    """Say whether a text is a host name. Underscores are let through, because such names were certified too."""
    plain = host.replace("_", "a")
    return host_names.is_name(plain) and (tag == ext.DNS or "*" not in host)


def _is_within(tag: int, name: Any, base: Any, *, excluding: bool) -> bool:
    match tag:
        case ext.DNS:
            return _is_beneath(name, base) or (excluding and _may_become(name, base))
        case ext.ADDRESS:
            return name[0] == base[0] and name[1] & base[2] == base[1]
        case ext.DIRECTORY:
            return name[: len(base)] == base
        case ext.EMAIL:
            return name == base if "@" in base else _is_at(name.rpartition("@")[2], base)
        case ext.URI:
            return _is_at(name, base)
        case _:
            return excluding  # a form that is not understood: what is excluded may be this, what is permitted may not


def _is_beneath(name: str, base: str) -> bool:
    """Say whether a name is ``base`` or below it; ``*.a.example`` is below ``a.example``, not ``www.a.example``."""
    bare = name.removeprefix(host_names.WILDCARD)
    if not base or base.startswith("."):
        return not base or name.endswith(base)
    return bare == base or bare.endswith(f".{base}")


def _may_become(name: str, base: str) -> bool:
    """Say whether a wildcard also covers the name ``base``, which is excluded."""
    return (
        name.startswith(host_names.WILDCARD)
        and base.removeprefix(".").partition(".")[2] == name[len(host_names.WILDCARD) :]
    )


def _is_at(host: str, base: str) -> bool:
    """Say whether a mail or URI constraint covers a host: it names one host, or with a dot in front all below it."""
    return host.endswith(base) if base.startswith(".") or not base else host == base


def _text(tag: int, name: Any) -> str:
    match tag:
        case ext.DNS | ext.EMAIL | ext.URI:
            return name
        case ext.ADDRESS:
            return ".".join(map(str, name[1].to_bytes(4))) if name[0] == 4 else f"{name[1]:032x}"  # noqa: PLR2004
        case ext.DIRECTORY:
            return ",".join(value for rdn in name for _, value in rdn)
        case _:
            return f"a name of form {tag & 0x1F}"


def of_issuer(issuer: Certificate, budget: ComparisonBudget) -> Constraints | None:
    """Return how an issuer constrains names, None where it does not.

    None also where the constraints cannot be read, which ``profile`` reports. Raises ``Exhausted``, because the reading
    of long lists takes time too.
    """
    found = issuer.extensions.get(ext.NAME_CONSTRAINTS)
    if found is None:
        return None
    budget.spend(len(found.value) // _BYTES_OF_A_COMPARISON)
    try:
        return read(found.value)
    except ValueError:
        return None
