"""How a conversation is ended in the server's own protocol, so that a scan leaves as little behind as it can.

A connection that just breaks off is a line in a log for most servers, and for some of their watchers (fail2ban) a hint
of an attack. MySQL counts it as an error of our address, and after a hundred of them turns away all that share it
(``max_connect_errors``): a login that is refused is no such error, and sets the count back.
"""

import struct
from typing import Protocol as Interface

from rules.certificates.observation import Protocol

LEAVE_S = 1.0
"""Seconds that the server's answer may take; a client that does not wait for it breaks off the connection as well."""

MYSQL_USER = b"nolapse-scan"
"""A user that no server has, so that what is left behind says who was there."""


class Stream(Interface):
    """A connection, under TLS or before it."""

    async def send(self, data: bytes) -> None: ...
    async def receive(self) -> bytes: ...


_WORDS = {
    Protocol.SMTP: b"QUIT\r\n",
    Protocol.SUBMISSION: b"QUIT\r\n",
    Protocol.FTP: b"QUIT\r\n",
    Protocol.NNTP: b"QUIT\r\n",
    Protocol.POP3: b"QUIT\r\n",
    Protocol.IMAP: b"a9 LOGOUT\r\n",
    Protocol.SIEVE: b"LOGOUT\r\n",
    Protocol.LDAP: bytes.fromhex("30050201034200"),  # UnbindRequest (RFC 4511, 4.3)
    Protocol.XMPP: b"</stream:stream>",
}
"""PostgreSQL says nothing of a connection that ends before its first packet, and TLS has a goodbye of its own."""

_LONGEST = 1 << 16
_MOST_ROUNDS = 5
_CAPABILITIES = 0x200 | 0x800 | 0x8000 | 0x80000  # protocol 4.1, SSL, secure connection, plugins
_PLAIN = _CAPABILITIES & ~0x800
_OK, _MORE, _SWITCH = 0x00, 0x01, 0xFE
_QUIT = b"\x01\0\0\0\x01"


async def take_leave(protocol: Protocol, stream: Stream, *, under_tls: bool) -> None:
    """Say goodbye and wait for the answer; the deadline is the caller's. Raises as the stream does."""
    if protocol is Protocol.MYSQL:
        await _refused_login(stream, under_tls=under_tls)
    elif words := _WORDS.get(protocol):
        await stream.send(words)
        await stream.receive()


async def _refused_login(stream: Stream, *, under_tls: bool) -> None:
    """Log in to MySQL as somebody whom it does not know (MySQL, "Protocol::HandshakeResponse41")."""
    able = _CAPABILITIES if under_tls else _PLAIN
    login = struct.pack("<IIB23x", able, 1 << 24, 33) + MYSQL_USER + b"\0\0mysql_native_password\0"
    await stream.send(_packet(2 if under_tls else 1, login))
    for _ in range(_MOST_ROUNDS):
        number, answer = await _next_packet(stream)
        if answer[:1] == bytes([_OK]):  # there is an account for anybody
            await stream.send(_QUIT)
            return
        if answer[:1] not in (bytes([_MORE]), bytes([_SWITCH])):
            return
        await stream.send(_packet(number + 1, b"\0"))  # an empty password, whichever way it wants it


async def _next_packet(stream: Stream) -> tuple[int, bytes]:
    data = await stream.receive()
    while len(data) < 4 + int.from_bytes(data[:3], "little") and len(data) < _LONGEST:
        data += await stream.receive()
    return data[3], data[4:]


def _packet(number: int, content: bytes) -> bytes:
    return len(content).to_bytes(3, "little") + bytes([number & 0xFF]) + content
