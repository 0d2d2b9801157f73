"""One question to one name server: over UDP, and over TCP where that answer was cut off (RFC 1035, 7766).

A datagram can come from anybody. What does not answer our question is passed over until the time is up, so that a
forged packet costs no more than silence does.
"""

import socket
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address
from typing import cast

import dns.exception
import dns.flags
import dns.message
import dns.rcode
from dns.rdatatype import RdataType

from integrations.deadline import Deadline
from integrations.errors import Unavailable
from integrations.guard import Address
from rules.dns.facts import AnswerState

PAYLOAD = 1232
"""Bytes that a datagram to us may have: what passes without fragments (DNS Flag Day 2020)."""

LARGEST = 65535

_STATES = {
    dns.rcode.NOERROR: AnswerState.ANSWERED,
    dns.rcode.NXDOMAIN: AnswerState.NXDOMAIN,
    dns.rcode.SERVFAIL: AnswerState.SERVFAIL,
}
_UNREADABLE = (dns.exception.DNSException, ValueError, IndexError)
"""What the parser raises for bytes that are no message."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What became of a question; ``message`` is there where a server answered it, whatever the answer says."""

    state: AnswerState
    message: dns.message.QueryMessage | None = None

    @property
    def size(self) -> int:
        """How many bytes the message has."""
        return len(self.message.wire or b"") if self.message is not None else 0

    @property
    def authoritative(self) -> bool:
        return self.message is not None and bool(self.message.flags & dns.flags.AA)

    @property
    def validated(self) -> bool:
        """Whether a resolver says that it validated the answer by DNSSEC; only as good as the way to that resolver."""
        return self.message is not None and bool(self.message.flags & dns.flags.AD)


class _Mismatch(Exception):
    """Raised when bytes came that do not answer the question."""


def ask(server: Address, name: str, kind: RdataType, *, recursive: bool, deadline: Deadline) -> Reply:
    """Ask ``server`` for the records of a ``name``; whatever happens is a ``Reply``, at the deadline at the latest.

    The caller has checked the address.
    """
    try:
        query = dns.message.make_query(name, kind, use_edns=0, payload=PAYLOAD)
    except (dns.exception.DNSException, UnicodeError):
        return Reply(AnswerState.BROKEN)
    # AD in a question says that we understand it in the answer (RFC 6840, section 5.7).
    query.flags = dns.flags.RD | dns.flags.AD if recursive else dns.flags.Flag(0)
    try:
        answer = _over_udp(server, query, deadline) or _over_tcp(server, query, deadline)
    except _Mismatch:
        return Reply(AnswerState.BROKEN)
    except (OSError, Unavailable):
        return Reply(AnswerState.TIMEOUT)
    return Reply(_STATES.get(answer.rcode(), AnswerState.REFUSED), answer)


def _over_udp(server: Address, query: dns.message.QueryMessage, deadline: Deadline) -> dns.message.QueryMessage | None:
    """Return the answer, or None where it was cut off. Raises ``_Mismatch`` when only others came until the end."""
    with socket.socket(_family(server), socket.SOCK_DGRAM) as asking:
        asking.settimeout(deadline.left())
        asking.connect((server.ip, server.port))  # so that the kernel drops what comes from elsewhere
        asking.send(query.to_wire())
        mismatched = False
        try:
            while True:
                asking.settimeout(deadline.left())
                received = asking.recv(LARGEST)
                with suppress(_Mismatch):
                    return _read(received, query, cut_off_is_none=True)
                mismatched = True
        except (TimeoutError, Unavailable):
            if mismatched:
                raise _Mismatch from None
            raise


def _over_tcp(server: Address, query: dns.message.QueryMessage, deadline: Deadline) -> dns.message.QueryMessage:
    with socket.create_connection((server.ip, server.port), timeout=deadline.left()) as connection:
        wire = query.to_wire()
        connection.settimeout(deadline.left())
        connection.sendall(len(wire).to_bytes(2) + wire)
        length = int.from_bytes(_exactly(connection, 2, deadline))
        answer = _read(_exactly(connection, length, deadline), query)
    if answer is None:
        raise _Mismatch
    return answer


def _exactly(connection: socket.socket, number: int, deadline: Deadline) -> bytes:
    received = bytearray()
    while len(received) < number:
        connection.settimeout(deadline.left())
        chunk = connection.recv(number - len(received))
        if not chunk:
            raise _Mismatch
        received += chunk
    return bytes(received)


def _read(
    wire: bytes, query: dns.message.QueryMessage, *, cut_off_is_none: bool = False
) -> dns.message.QueryMessage | None:
    """Return the message that answers the query. Raises ``_Mismatch`` for one that does not, or is none."""
    try:
        message = dns.message.from_wire(wire, raise_on_truncation=cut_off_is_none)
    except dns.message.Truncated as error:
        if query.is_response(cast("dns.message.Message", error.message())):
            return None
        raise _Mismatch from error
    except _UNREADABLE as error:
        raise _Mismatch from error
    if not isinstance(message, dns.message.QueryMessage) or not query.is_response(message):
        raise _Mismatch
    return message


def _family(server: Address) -> socket.AddressFamily:
    return socket.AF_INET6 if ip_address(server.ip).version == 6 else socket.AF_INET  # noqa: PLR2004 - IP's versions
