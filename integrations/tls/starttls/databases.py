"""PostgreSQL and MySQL (MariaDB): TLS is asked for in a packet, before anybody has said who he is."""

import struct

from integrations.tls.channel import Channel
from integrations.tls.starttls.refusals import another, not_offered, refused, turned_away

_SSL_REQUEST = struct.pack(">ii", 8, 80877103)

_PROTOCOL_10, _ERROR = 10, 0xFF
_LONGEST = 4096
_CLIENT_PROTOCOL_41, _CLIENT_SSL, _CLIENT_SECURE_CONNECTION = 0x200, 0x800, 0x8000
_UTF8 = 33
_ANSWER = struct.pack("<IIB23x", _CLIENT_PROTOCOL_41 | _CLIENT_SSL | _CLIENT_SECURE_CONNECTION, 1 << 24, _UTF8)


async def postgres(channel: Channel, _name: str) -> None:
    """Send an SSLRequest (PostgreSQL, chapter "Message Flow", "SSL Session Encryption"): one byte is the answer."""
    await channel.send(_SSL_REQUEST)
    answer = await channel.exactly(1)
    if answer == b"N":
        raise refused(answer)
    if answer == b"E":
        raise refused(answer + channel.buffered)
    if answer != b"S":
        raise another("PostgreSQL's protocol", answer + channel.buffered)


async def mysql(channel: Channel, _name: str) -> None:
    """Answer the greeting with an SSL request (MySQL, "Protocol::SSLRequest"), to which the server says nothing."""
    head = await channel.exactly(4)
    length = int.from_bytes(head[:3], "little")
    if not 0 < length <= _LONGEST or head[3]:
        raise another("MySQL's protocol", head + channel.buffered)
    greeting = await channel.exactly(length)
    if greeting[0] == _ERROR:
        raise turned_away(greeting[3:])
    version, end, rest = greeting[1:].partition(b"\0")
    if greeting[0] != _PROTOCOL_10 or not end or len(rest) < 15:  # noqa: PLR2004 - up to its capabilities
        raise another("MySQL's protocol", greeting)
    if not int.from_bytes(rest[13:15], "little") & _CLIENT_SSL:
        raise not_offered(version)
    await channel.send(len(_ANSWER).to_bytes(3, "little") + b"\x01" + _ANSWER)
