"""StartTLS in LDAP (RFC 4511, 4.14): one extended request, and one answer, in BER by hand."""

from integrations.tls.channel import Channel
from integrations.tls.starttls.refusals import another, not_offered, refused

_OID = b"1.3.6.1.4.1.1466.20037"
_SEQUENCE, _INTEGER, _ENUMERATED, _EXTENDED_REQUEST, _EXTENDED_RESPONSE, _REQUEST_NAME = 0x30, 2, 10, 0x77, 0x78, 0x80
_PROTOCOL_ERROR = 2
_FOR_NOW = frozenset({51, 52})
"""Busy, and unavailable (RFC 4511, appendix A.2)."""

_LONGEST = 16 * 1024


async def start(channel: Channel, _name: str) -> None:
    """Ask for TLS; the result code is to be success (0)."""
    name = _element(_REQUEST_NAME, _OID)
    message_id = _element(_INTEGER, b"\x01")
    await channel.send(_element(_SEQUENCE, message_id + _element(_EXTENDED_REQUEST, name)))
    answer = await _message(channel)
    try:
        code, words = _result(answer)
    except (ValueError, IndexError):
        raise another("LDAP", answer) from None
    if code == _PROTOCOL_ERROR:  # it does not know the request (RFC 4511, 4.14.2)
        raise not_offered(b"result %d: %s" % (code, words))
    if code:
        raise refused(b"result %d: %s" % (code, words), for_now=code in _FOR_NOW or None)


async def _message(channel: Channel) -> bytes:
    """Return the content of the next LDAPMessage."""
    head = await channel.exactly(2)
    if head[0] != _SEQUENCE:
        raise another("LDAP", head + channel.buffered)
    length = head[1]
    if length & 0x80:
        octets = length & 0x7F
        if not 0 < octets <= 4:  # noqa: PLR2004 - as many octets as a length has at the most
            raise another("LDAP", head + channel.buffered)
        length = int.from_bytes(await channel.exactly(octets), "big")
    if length > _LONGEST:
        raise another("LDAP", head + channel.buffered)
    return await channel.exactly(length)


def _result(message: bytes) -> tuple[int, bytes]:
    """Return the result code and the diagnostic message of an ExtendedResponse. Raises ValueError or IndexError."""
    _, rest = _first_element(_INTEGER, message)
    response, _ = _first_element(_EXTENDED_RESPONSE, rest)
    code, rest = _first_element(_ENUMERATED, response)
    _matched, rest = _first_element(4, rest)
    words, _ = _first_element(4, rest)
    return int.from_bytes(code, "big"), words


def _element(tag: int, content: bytes) -> bytes:
    """Return an element of less than 128 bytes, which all of ours are."""
    return bytes((tag, len(content))) + content


def _first_element(tag: int, data: bytes) -> tuple[bytes, bytes]:
    """Return the content of the element at the beginning of ``data``, and what follows it."""
    if data[0] != tag:
        raise ValueError(f"no element {tag:#x}")
    start, length = 2, data[1]
    if length & 0x80:
        start += length & 0x7F
        length = int.from_bytes(data[2:start], "big")
    if start + length > len(data):
        raise ValueError("cut off")
    return data[start : start + length], data[start + length :]
