"""Connections to the web process: an idle one is closed, and one address cannot take them all.

    opened -- 10 s --> the head of a request is there -- 30 s --> its body is there --> answered --> 15 s for the next

Bytes that trickle in do not move a deadline. A connection that is too slow, or one too many, is cut off without an
answer. Where all places are taken, a new connection takes the place of the one that has asked nothing for the longest:
so health checks and people at work get in, however many connections strangers hold open.
"""

import asyncio
import ipaddress
from http import HTTPStatus
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

import settings
from api_stub.security.headers import HEADERS

HEAD_S = 10.0
BODY_S = 30.0
MOST_OF_ADDRESS = 100
"""Connections of one address, unless it is a proxy that we trust: many people may be behind one."""

MOST = 900
"""Connections of all addresses: each takes a file descriptor, and a process often has 1024."""


class WebConnection(H11Protocol):
    """One connection."""

    _deadline: asyncio.TimerHandle | None = None
    _awaited: tuple[float, int] | None = None
    since = 0.0
    """When the wait for what is owed now began, in seconds of the loop's clock."""
    is_cut = False

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Begin, or cut the connection off at once where it is one too many."""
        super().connection_made(transport)
        if self._is_one_too_many() or not self._has_room():
            self.cut()
        else:
            self._await()

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        self._stop()
        super().connection_lost(exc)

    def handle_events(self) -> None:
        """Take what came, and wait for what is to come next."""
        super().handle_events()
        self._await()

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP, with the headers that all our answers have."""
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            headers = [*HEADERS.items(), ("Content-Type", "text/plain; charset=utf-8"), ("Connection", "close")]
            status = HTTPStatus.BAD_REQUEST
            answer: tuple[Any, ...] = (
                h11.Response(status_code=status, headers=headers, reason=status.phrase.encode()),
                h11.Data(data=msg.encode()),
                h11.EndOfMessage(),
            )
            self.transport.write(b"".join(self.conn.send(event) or b"" for event in answer))
        self.transport.close()

    def _is_one_too_many(self) -> bool:
        address = self.client[0] if self.client else ""
        others = (getattr(one, "client", None) for one in self.connections)
        same = sum(client is not None and client[0] == address for client in others)
        return same > MOST_OF_ADDRESS and not _is_trusted(address)

    def _has_room(self) -> bool:
        """Return whether there is a place for this connection; where all are taken, cut off the first to give way."""
        if len(self.connections) <= MOST:
            return True
        held = [one for one in self.connections if isinstance(one, WebConnection) and not one.is_cut]
        if len(held) <= MOST:
            return True
        giving_way = [one for one in held if one is not self and one.precedence is not None]
        if giving_way:
            min(giving_way, key=lambda one: one.precedence or (True, 0.0)).cut()
        return bool(giving_way)

    @property
    def precedence(self) -> tuple[bool, float] | None:
        """Return the order in which connections give way: those that ask nothing, then those that send a body.

        Of each kind the one that has kept us waiting for the longest is first. A connection that is being answered
        gives None: it does not give way.
        """
        if self.cycle is None or self.cycle.response_complete:
            return False, self.since
        return (True, self.since) if self.conn.their_state is h11.SEND_BODY else None

    def cut(self) -> None:
        """End at once."""
        self.is_cut = True
        self.transport.abort()

    def _await(self) -> None:
        """Set the deadline for what the other side owes us, once for each head and each body."""
        awaited = self._owed()
        if awaited == self._awaited:
            return
        self._stop()
        self._awaited, self.since = awaited, self.loop.time()
        if awaited is not None:
            self._deadline = self.loop.call_later(awaited[0], self.cut)

    def _owed(self) -> tuple[float, int] | None:
        """Return for how many seconds we wait, and for which request; None while we answer, or between requests."""
        request = id(self.cycle)
        if self.conn.their_state is h11.SEND_BODY:
            return BODY_S, request
        begun = self.cycle is None or bool(self.conn.trailing_data[0])
        return (HEAD_S, request) if self.conn.their_state is h11.IDLE and begun else None

    def _stop(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


def _is_trusted(address: str) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(parsed in network for network in settings.current().trusted_proxies)
