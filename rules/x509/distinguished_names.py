"""Distinguished names: as people read them, and as they are compared (RFC 5280, 7.1; RFC 4514)."""

import re
from functools import lru_cache

from rules.x509 import asn1

EMPTY = b"\x30\x00"
"""The DER of a name that says nothing."""

COMMON_NAME = asn1.oid("2.5.4.3")
EMAIL = asn1.oid("1.2.840.113549.1.9.1")

Attribute = tuple[bytes, str]
"""The OID of an attribute's type, and its value."""

Comparable = tuple[tuple[Attribute, ...], ...]
"""A name whose parts are equal where RFC 5280, 7.1 says that they are."""

_SHORT = {
    asn1.oid(dotted): short
    for dotted, short in (
        ("2.5.4.3", "CN"),
        ("2.5.4.6", "C"),
        ("2.5.4.7", "L"),
        ("2.5.4.8", "ST"),
        ("2.5.4.9", "STREET"),
        ("2.5.4.10", "O"),
        ("2.5.4.11", "OU"),
        ("0.9.2342.19200300.100.1.25", "DC"),
        ("0.9.2342.19200300.100.1.1", "UID"),
    )
}
"""The types that RFC 4514, section 3 has a short name for."""

_ENCODINGS = {
    0x0C: "utf-8",
    0x12: "ascii",
    0x13: "ascii",
    0x14: "latin-1",
    0x16: "ascii",
    0x1A: "ascii",
    0x1C: "utf-32-be",
    0x1E: "utf-16-be",
}
"""How the string types of ASN.1 are encoded, by their tags."""

_TO_ESCAPE = re.compile(r'[,+"\\<>;]|^[# ]| $')


@lru_cache(maxsize=2048)
def text(name: bytes) -> str:
    """Return a name (DER) as RFC 4514 writes it, most specific part first; raises ``Broken``."""
    parts = ["+".join(f"{_type(kind)}={_escaped(value)}" for kind, value in rdn) for rdn in _rdns(name)]
    return ",".join(reversed(parts))


@lru_cache(maxsize=2048)
def comparable(name: bytes) -> Comparable:
    """Return a name (DER) so that equal names are equal: case, spaces and string types do not count.

    Strings are compared as RFC 5280, 7.1 asks for, but for the rarer mappings of RFC 4518. Raises ``Broken``.
    """
    return tuple(tuple(sorted((kind, _folded(value)) for kind, value in rdn)) for rdn in _rdns(name))


def values(name: bytes, kind: bytes) -> list[str]:
    """Return the values of one type of attribute, as they are written; raises ``Broken``."""
    return [value for rdn in _rdns(name) for found, value in rdn if found == kind]


def types(name: bytes) -> list[bytes]:
    """Return the types of all attributes, as OIDs; raises ``Broken``."""
    return [kind for rdn in _rdns(name) for kind, _ in rdn]


@lru_cache(maxsize=2048)
def _rdns(name: bytes) -> list[list[Attribute]]:
    _, start, stop = asn1.whole(name, asn1.SEQUENCE)
    found = list[list[Attribute]]()
    for tag, begin, end in asn1.elements(name, start, stop):
        if tag != asn1.SET or begin == end:
            raise asn1.Broken("a name that is not made of sets")
        found.append([_attribute(name, one) for one in asn1.elements(name, begin, end)])
    return found


def _attribute(name: bytes, found: asn1.Element) -> Attribute:
    _, start, stop = found
    _, kind_at, kind_end = asn1.expect(name, start, stop, asn1.OID)
    tag, at, end = asn1.element(name, kind_end, stop)
    encoding = _ENCODINGS.get(tag)
    content = name[at:end]
    value = content.decode(encoding, "replace") if encoding else f"#{name[kind_end:end].hex()}"
    return name[kind_at:kind_end], value


def _type(kind: bytes) -> str:
    return _SHORT.get(kind) or asn1.dotted(kind)


def _escaped(value: str) -> str:
    return _TO_ESCAPE.sub(lambda found: f"\\{found.group()}", value).replace("\x00", "\\00")


def _folded(value: str) -> str:
    return " ".join(value.split()).casefold()
