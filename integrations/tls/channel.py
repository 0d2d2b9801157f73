"""A connection to one address: what is read is counted and capped, and a silent one gives up its slot."""

import asyncio
import errno
import os
import re
import socket
from contextlib import suppress
from typing import TYPE_CHECKING

from integrations.guard import Address
from integrations.tls import error_texts
from integrations.tls.connection_slots import ConnectionSlot, ConnectionSlots
from rules.certificates.faults import FaultKind

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_BYTES = 1024 * 1024
"""Bytes that are read of one address, up to the end of its handshake."""

MOST_SAID = 64 * 1024
"""Bytes that are read of a dialogue before TLS."""

CHUNK = 16 * 1024

LONGEST_LINE = 4096
"""Bytes of a line of a dialogue; SMTP allows 512 (RFC 5321, 4.5.3.1.5), lists of what IMAP servers offer are longer."""

LONGEST_MATCH = 512
"""Bytes that a pattern may match."""

OURS = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.EACCES, errno.EPERM})
"""Ways in which connecting fails that say something of this machine and nothing of the target."""

NO_WAY = frozenset({errno.ENETUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.EHOSTUNREACH})
"""Ways in which connecting fails at once where this machine has no way to the address, as where it has no IPv6."""

UNDER_WAY = frozenset({0, errno.EINPROGRESS, errno.EALREADY, errno.EWOULDBLOCK})


class ConnectionEnded(Exception):
    """Raised when the other side ends a scan early; says what kind of fault that is, and what happened."""

    def __init__(self, kind: FaultKind, reason: str, *, detail: str = "") -> None:
        super().__init__(reason)
        self.kind = kind
        self.reason = reason
        self.detail = detail


class NoProtocolInCommon(ConnectionEnded):
    """Raised when the server speaks none of the protocols that were offered by ALPN (RFC 7301, 3.2)."""


class NothingSeen(Exception):
    """Raised when nothing can be said of an address, for a reason that is ours."""


class TurnedAway(NothingSeen):
    """Raised when a server refuses our address and talks with others: what it serves is not known."""


class NoWay(NothingSeen):
    """Raised when there is no way out of this machine to an address."""


class OurTrouble(NothingSeen):
    """Raised when this machine cannot connect now, whatever the address."""


class Channel:
    """A connected socket that belongs to the running event loop; its deadline is the caller's."""

    def __init__(self, sock: socket.socket, slot: ConnectionSlot, slots: ConnectionSlots) -> None:
        self._loop = asyncio.get_running_loop()
        self._sock = sock
        self._slot = slot
        self._slots = slots
        self._buffer = bytearray()
        self.received = 0
        self.in_handshake = False
        self.ehlo_name = ""
        self.on_first_word: Callable[[], None] | None = None

    @classmethod
    async def to(cls, address: Address, slot: ConnectionSlot, slots: ConnectionSlots) -> "Channel":
        """Connect to an address. Raises ``ConnectionEnded``, ``NoWay`` or ``OurTrouble``."""
        sock = _socket(address)
        try:
            await _connect(sock, address)
        except BaseException:
            sock.close()
            raise
        slots.heard(slot)
        return cls(sock, slot, slots)

    def close(self) -> None:
        self._sock.close()

    async def send(self, data: bytes) -> None:
        """Send all of ``data``."""
        try:
            await self._loop.sock_sendall(self._sock, data)
        except OSError as error:
            raise self.ended(error_texts.words(error)) from error

    def send_last(self, data: bytes) -> None:
        """Send what can be sent at once, and do not mind where nobody takes it."""
        with suppress(OSError):
            self._sock.send(data)

    async def receive(self) -> bytes:
        """Return what came: never nothing, and never more than ``MOST_BYTES`` in all. Raises ``ConnectionEnded``."""
        if self._buffer:
            data = bytes(self._buffer)
            self._buffer.clear()
            return data
        return await self._read()

    async def line(self) -> bytes:
        """Return a line without its line break (CRLF, or LF alone)."""
        while (end := self._buffer.find(b"\n")) < 0:
            if len(self._buffer) > LONGEST_LINE:
                raise ConnectionEnded(FaultKind.NOT_TLS, f"it sends a line of more than {LONGEST_LINE} bytes")
            await self._more()
        line = bytes(self._buffer[:end]).removesuffix(b"\r")
        del self._buffer[: end + 1]
        return line

    async def exactly(self, count: int) -> bytes:
        """Return ``count`` bytes."""
        while len(self._buffer) < count:
            await self._more()
        data = bytes(self._buffer[:count])
        del self._buffer[:count]
        return data

    async def lines_to_dot(self) -> list[bytes]:
        """Return lines up to one that is a dot alone, without that one."""
        lines: list[bytes] = []
        while (line := await self.line()) != b".":
            lines.append(line)
        return lines

    async def through(self, pattern: re.Pattern[bytes]) -> bytes:
        """Return what comes, up to the end of what ``pattern`` matches, which is at most ``LONGEST_MATCH`` bytes.

        What was searched once is not searched again, however small the pieces are in which it comes.
        """
        searched = 0
        while not (found := pattern.search(self._buffer, max(0, searched - LONGEST_MATCH))):
            searched = len(self._buffer)
            await self._more()
        data = bytes(self._buffer[: found.end()])
        del self._buffer[: found.end()]
        return data

    @property
    def own_name(self) -> str:
        """What we greet mail servers as: the name that is set, else our address as a literal (RFC 5321, 4.1.3)."""
        if self.ehlo_name:
            return self.ehlo_name
        ip = str(self._sock.getsockname()[0])
        return f"[IPv6:{ip}]" if ":" in ip else f"[{ip}]"

    @property
    def buffered(self) -> bytes:
        """What came and was not asked for yet."""
        return bytes(self._buffer)

    async def _read(self) -> bytes:
        try:
            data = await self._loop.sock_recv(self._sock, CHUNK)
        except OSError as error:
            raise self.ended(error_texts.words(error)) from error
        self._slots.heard(self._slot)
        if not data:
            raise self._over()
        if not self.received and self.on_first_word:
            self.on_first_word()
        self.received += len(data)
        if self.received > (MOST_BYTES if self.in_handshake else MOST_SAID):
            raise self._endless()
        return data

    def _endless(self) -> ConnectionEnded:
        if self.in_handshake:
            return ConnectionEnded(FaultKind.HANDSHAKE_FAILED, f"it sends more than {MOST_BYTES // 1024} KB")
        return ConnectionEnded(
            FaultKind.NOT_TLS, f"it talks on, for more than {MOST_SAID // 1024} KB, and does not come to TLS"
        )

    async def _more(self) -> None:
        self._buffer += await self._read()

    def ended(self, words: str) -> ConnectionEnded:
        """Return that the connection ended early: before the handshake there is no TLS that could have failed."""
        return ConnectionEnded(
            FaultKind.HANDSHAKE_FAILED if self.received and self.in_handshake else FaultKind.UNREACHABLE, words
        )

    def _over(self) -> ConnectionEnded:
        if not self.received:
            return self.ended("closed without a word")
        return self.ended(f"closed in the middle of the {'handshake' if self.in_handshake else 'dialogue'}")


def _socket(address: Address) -> socket.socket:
    family = socket.AF_INET6 if ":" in address.ip else socket.AF_INET
    try:
        sock = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        raise _refused_at_once(error) from error
    sock.settimeout(0)
    return sock


async def _connect(sock: socket.socket, address: Address) -> None:
    """Connect; what fails at once failed in this machine, what fails later was said by somebody on the way."""
    to = (address.ip, address.port)
    at_once = sock.connect_ex(to)
    if at_once not in UNDER_WAY:
        raise _refused_at_once(OSError(at_once, os.strerror(at_once)))
    try:
        if at_once:
            await asyncio.get_running_loop().sock_connect(sock, to)
    except OSError as error:
        raise ConnectionEnded(FaultKind.UNREACHABLE, error_texts.words(error)) from error


def _refused_at_once(error: OSError) -> Exception:
    if error.errno in NO_WAY:
        return NoWay(error_texts.words(error))
    if error.errno in OURS:
        return OurTrouble(error_texts.words(error))
    return ConnectionEnded(FaultKind.UNREACHABLE, error_texts.words(error))
