"""PostgreSQL and MySQL (MariaDB): TLS is asked for in a packet, before anybody signs in."""

import struct

from integrations.tls.channel import Channel
from integrations.tls.starttls.refusals import another, not_offered, refused, turned_away

_SSL_REQUEST = struct.pack(">ii", 8, 80877103)

_PROTOCOL_10, _ERROR = 10, 0xFF
_LONGEST = 4096
_CLIENT_PROTOCOL_41, _CLIENT_SSL, _CLIENT_SECURE_CONNECTION, _CLIENT_PLUGINS = 0x200, 0x800, 0x8000, 0x80000
_UTF8 = 33
_ABLE = _CLIENT_PROTOCOL_41 | _CLIENT_SSL | _CLIENT_SECURE_CONNECTION | _CLIENT_PLUGINS
_ANSWER = struct.pack("<IIB23x", _ABLE, 1 << 24, _UTF8)


_NOT_YOU = frozenset({1045, 1129, 1130})
"""Access denied, host blocked after too many errors, host not allowed (MySQL, "Server Error Message Reference")."""


async def postgres(channel: Channel, _name: str) -> None:
    """Send an SSLRequest (PostgreSQL, chapter "Message Flow", "SSL Session Encryption"): one byte is the answer."""
    await channel.send(_SSL_REQUEST)
    answer = await channel.exactly(1)
    if answer == b"N":  # it is set up without TLS
        raise not_offered(answer)
    if answer == b"E":
        raise await _postgres_error(channel)
    if answer != b"S":
        raise another("PostgreSQL's protocol", answer + channel.buffered)


async def _postgres_error(channel: Channel) -> Exception:
    """Read an ErrorResponse, whose field C is the SQLSTATE (PostgreSQL, "Error and Notice Message Fields")."""
    length = int.from_bytes(await channel.exactly(4))
    if not 4 <= length <= _LONGEST:  # noqa: PLR2004 - the length counts itself
        return refused(b"E", for_now=False)
    fields = (await channel.exactly(length - 4)).split(b"\0")
    code = next((field[1:] for field in fields if field[:1] == b"C"), b"")
    words = next((field[1:] for field in fields if field[:1] == b"M"), code)
    if code.startswith(b"28"):  # invalid authorization: no entry for our address
        return turned_away(words, for_now=False)
    return refused(words, for_now=code.startswith((b"53", b"57", b"58")))


async def mysql(channel: Channel, _name: str) -> None:
    """Answer the greeting with an SSL request (MySQL, "Protocol::SSLRequest"), to which the server says nothing."""
    head = await channel.exactly(4)
    length = int.from_bytes(head[:3], "little")
    if not 0 < length <= _LONGEST or head[3]:
        raise another("MySQL's protocol", head + channel.buffered)
    greeting = await channel.exactly(length)
    if greeting[0] == _ERROR:
        # Any other error is about everybody who connects: it will pass, or is told after a second scan.
        is_us = int.from_bytes(greeting[1:3], "little") in _NOT_YOU
        raise turned_away(greeting[3:], for_now=not is_us)
    version, end, rest = greeting[1:].partition(b"\0")
    if greeting[0] != _PROTOCOL_10 or not end or len(rest) < 15:  # noqa: PLR2004 - up to its capabilities
        raise another("MySQL's protocol", greeting)
    if not int.from_bytes(rest[13:15], "little") & _CLIENT_SSL:
        raise not_offered(version)
    await channel.send(len(_ANSWER).to_bytes(3, "little") + b"\x01" + _ANSWER)
