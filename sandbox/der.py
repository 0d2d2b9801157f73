"""DER (X.690) as far as certificates need it, an encoder that also writes what no library would."""

from datetime import UTC, datetime

from cryptography import x509

BOOLEAN, INTEGER, BIT_STRING, OCTET_STRING, NULL, OID, SEQUENCE = 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x30
UTC_TIME, GENERALIZED_TIME = 0x17, 0x18

FIRST_GENERALIZED_YEAR = 2050
"""From this year on, dates in certificates have years of four digits (RFC 5280, 4.1.2.5)."""


def tlv(tag: int, *parts: bytes) -> bytes:
    """Return an element: its tag, the length of its parts, its parts."""
    content = b"".join(parts)
    return bytes([tag]) + _length(len(content)) + content


def sequence(*parts: bytes) -> bytes:
    return tlv(SEQUENCE, *parts)


def explicit(number: int, *parts: bytes) -> bytes:
    """Return a constructed element of a context-specific tag."""
    return tlv(0xA0 | number, *parts)


def integer(number: int) -> bytes:
    """Return a whole number of any size and sign, in two's complement."""
    size = (number if number >= 0 else ~number).bit_length() // 8 + 1
    return tlv(INTEGER, number.to_bytes(size, "big", signed=True))


def bits(content: bytes) -> bytes:
    """Return a bit string of whole bytes."""
    return tlv(BIT_STRING, b"\0", content)


def oid(identifier: x509.ObjectIdentifier) -> bytes:
    first, second, *rest = map(int, identifier.dotted_string.split("."))
    return tlv(OID, *map(_base128, (40 * first + second, *rest)))


def time(moment: datetime) -> bytes:
    """Return an aware moment, to the second, in the form that RFC 5280 has for its year."""
    moment = moment.astimezone(UTC)
    if moment.year < FIRST_GENERALIZED_YEAR:
        return tlv(UTC_TIME, moment.strftime("%y%m%d%H%M%SZ").encode())
    return tlv(GENERALIZED_TIME, moment.strftime("%Y%m%d%H%M%SZ").encode())


def _length(size: int) -> bytes:
    if size < 0x80:  # noqa: PLR2004 - the short form has seven bits
        return bytes([size])
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([0x80 | len(octets)]) + octets


def _base128(number: int) -> bytes:
    septets = [number & 0x7F]
    while number := number >> 7:
        septets.append(0x80 | number & 0x7F)
    return bytes(reversed(septets))
