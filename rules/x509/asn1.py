"""Reads DER (ITU-T X.690): what certificates, CRLs and their extensions are written in.

Strangers' bytes are read here, so every length is checked, and nothing is read twice or in more than one way. Places
are offsets into the whole: an element is (tag, where its content begins, where it ends).
"""

from datetime import UTC, datetime
from functools import lru_cache

BOOLEAN, INTEGER, BIT_STRING, OCTET_STRING, NULL, OID = 0x01, 0x02, 0x03, 0x04, 0x05, 0x06
UTC_TIME, GENERALIZED_TIME = 0x17, 0x18
SEQUENCE, SET = 0x30, 0x31

Element = tuple[int, int, int]

_LONG, _LONGEST_LENGTH = 0x80, 4
_MANY_BYTES_TAG = 0x1F
_CENTURY_TURNS = 50
_UTC_LENGTH, _GENERALIZED_LENGTH = 13, 15


class Broken(ValueError):
    """Raised when bytes are not DER, or not the DER that was expected."""


def element(data: bytes, at: int, end: int) -> Element:
    """Return the element that begins at ``at`` and has to end by ``end``; raises ``Broken``."""
    if at + 2 > end:
        raise Broken("the data ends too early")
    tag, length, start = data[at], data[at + 1], at + 2
    if tag & _MANY_BYTES_TAG == _MANY_BYTES_TAG:
        raise Broken("a tag of several bytes")
    if length >= _LONG:
        length, start = _long_length(data, start, length - _LONG, end)
    stop = start + length
    if stop > end:
        raise Broken("an element is longer than what holds it")
    return tag, start, stop


def _long_length(data: bytes, at: int, count: int, end: int) -> tuple[int, int]:
    if not 0 < count <= _LONGEST_LENGTH or at + count > end:
        raise Broken("a length that DER does not know")
    length = int.from_bytes(data[at : at + count])
    if length < _LONG or not data[at]:
        raise Broken("a length that is written longer than it has to be")
    return length, at + count


def expect(data: bytes, at: int, end: int, tag: int) -> Element:
    """Return the element at ``at``, which has to have this tag; raises ``Broken``."""
    found = element(data, at, end)
    if found[0] != tag:
        raise Broken(f"tag {found[0]:#04x} where {tag:#04x} belongs")
    return found


def whole(data: bytes, tag: int) -> Element:
    """Return the element that ``data`` consists of, with this tag; raises ``Broken``."""
    found = expect(data, 0, len(data), tag)
    if found[2] != len(data):
        raise Broken("more data after its end")
    return found


def elements(data: bytes, start: int, stop: int, most: int = 1 << 20) -> list[Element]:
    """Return the elements that lie between two places, at most ``most`` of them; raises ``Broken``."""
    found = list[Element]()
    while start < stop and len(found) < most:
        # Most elements are short, and most of the time of a scan is spent here: so these are read in place.
        short = start + 2 <= stop and data[start + 1] < _LONG and data[start] & _MANY_BYTES_TAG != _MANY_BYTES_TAG
        one = (data[start], start + 2, start + 2 + data[start + 1]) if short else element(data, start, stop)
        if one[2] > stop:
            raise Broken("an element is longer than what holds it")
        found.append(one)
        start = one[2]
    return found


def integer(data: bytes, start: int, stop: int) -> int:
    """Return the INTEGER of this content; raises ``Broken`` where it is not as short as it can be."""
    if start == stop:
        raise Broken("an integer without digits")
    if stop - start > 1 and ((data[start] == 0 and data[start + 1] < _LONG) or data[start : start + 2] >= b"\xff\x80"):
        raise Broken("an integer that is written longer than it has to be")
    return int.from_bytes(data[start:stop], signed=True)


def boolean(data: bytes, start: int, stop: int) -> bool:
    """Return the BOOLEAN of this content; raises ``Broken``."""
    content = data[start:stop]
    if content not in (b"\x00", b"\xff"):
        raise Broken("a boolean that is neither true nor false")
    return content == b"\xff"


def octets(data: bytes, start: int, stop: int) -> bytes:
    """Return the bytes of a BIT STRING's content that has no unused bits; raises ``Broken``."""
    if start == stop or data[start]:
        raise Broken("a bit string that is not whole bytes")
    return data[start + 1 : stop]


def time(data: bytes, found: Element) -> datetime:
    """Return a time as RFC 5280, 4.1.2.5 wants it written: in UTC and to the second; raises ``ValueError``."""
    tag, start, stop = found
    text = data[start:stop].decode("ascii")
    length = _UTC_LENGTH if tag == UTC_TIME else _GENERALIZED_LENGTH
    if tag not in (UTC_TIME, GENERALIZED_TIME) or len(text) != length or text[-1] != "Z" or not text[:-1].isdigit():
        raise Broken("a time that is not written as it should be")
    if tag == UTC_TIME:
        text = ("19" if int(text[:2]) >= _CENTURY_TURNS else "20") + text
    year, parts = int(text[:4]), (int(text[at : at + 2]) for at in range(4, 14, 2))
    return datetime(year, *parts, tzinfo=UTC)


def oid(dotted: str) -> bytes:
    """Return an object identifier as the content of its element."""
    first, second, *others = map(int, dotted.split("."))
    return b"".join(map(_base_128, (first * 40 + second, *others)))


def _base_128(number: int) -> bytes:
    digits = [number & 0x7F]
    while number := number >> 7:
        digits.append(number & 0x7F | _LONG)
    return bytes(reversed(digits))


@lru_cache(maxsize=1024)
def dotted(content: bytes) -> str:
    """Return an object identifier in numbers, ``?`` for bytes that are none."""
    numbers, number = list[int](), 0
    for byte in content[:64]:
        number = number << 7 | byte & 0x7F
        if not byte & _LONG:
            numbers.append(number)
            number = 0
    if not numbers:
        return "?"
    first = min(numbers[0] // 40, 2)
    return ".".join(map(str, (first, numbers[0] - first * 40, *numbers[1:])))


def primitive(tag: int, content: bytes) -> bytes:
    """Return an element with this content."""
    if len(content) < _LONG:
        return bytes([tag, len(content)]) + content
    length = len(content).to_bytes((len(content).bit_length() + 7) // 8)
    return bytes([tag, _LONG | len(length)]) + length + content


def sequence(*elements: bytes) -> bytes:
    """Return the SEQUENCE of these elements."""
    return primitive(SEQUENCE, b"".join(elements))


def wrapped(oid_content: bytes) -> bytes:
    """Return an AlgorithmIdentifier without parameters."""
    inner = bytes([OID, len(oid_content)]) + oid_content
    return bytes([SEQUENCE, len(inner)]) + inner
