"""How a sandbox server treats requests: well, or in one of the ways that real servers fail."""

import gzip
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from socket import SO_LINGER, SOL_SOCKET, socket
from struct import pack
from threading import Event

HUGE = 10 * 1024 * 1024
"""Bytes of an answer that is much too long, and of what a bomb unpacks to."""

METADATA = "169.254.169.254"
"""Where clouds tell a machine its own secrets."""


class Behaviour(StrEnum):
    """One way to treat a request. Not every server knows all of them, least of all those from DRIP on."""

    NORMAL = "normal"
    SLOW = "slow"  # answers, after `delay_s`
    SILENT = "silent"  # accepts, never answers
    THROTTLE = "throttle"  # says in the protocol's own words that it was asked too often
    GARBAGE = "garbage"  # answers bytes that are not the protocol
    HANG_UP = "hang_up"  # closes the connection without a word
    DRIP = "drip"  # answers a byte every `delay_s`
    NEVER_CLOSE = "never_close"  # answers, and keeps the connection open
    RESET = "reset"  # answers half, and resets the connection
    HUGE = "huge"  # answers 10 MB
    BOMB = "bomb"  # answers little that unpacks to 10 MB
    CIRCLE = "circle"  # refers to itself
    PRIVATE = "private"  # refers to the cloud's metadata
    LOCAL_FILE = "local_file"  # refers to file:///etc/passwd


@dataclass
class Conduct:
    """How a server behaves, to all requests or to those for certain names. It may be changed while the server runs."""

    default: Behaviour = Behaviour.NORMAL
    by_name: dict[str, Behaviour] = field(default_factory=dict[str, Behaviour])
    delay_s: float = 1.0

    def towards(self, name: str) -> Behaviour:
        """Return the behaviour towards a request for ``name`` (a domain, a host, a recipient)."""
        return self.by_name.get(name, self.default)


@cache
def bomb() -> bytes:
    """Return a few kilobytes of gzip that unpack to ``HUGE`` bytes."""
    return gzip.compress(bytes(HUGE))


def send(connection: socket, answer: bytes, behaviour: Behaviour, *, stopping: Event, delay_s: float) -> None:
    """Send an answer at once, or in one of the ways of a bad connection; end early when the server is stopped."""
    match behaviour:
        case Behaviour.DRIP:
            for byte in answer:
                connection.sendall(bytes([byte]))
                if stopping.wait(delay_s):
                    return
        case Behaviour.NEVER_CLOSE:
            connection.sendall(answer)
            stopping.wait()
        case Behaviour.RESET:
            connection.sendall(answer[: len(answer) // 2])
            stopping.wait(delay_s)  # what is on its way when the reset comes may be thrown away
            reset(connection)
        case _:
            connection.sendall(answer)


def reset(connection: socket) -> None:
    """Close with RST in place of FIN."""
    connection.setsockopt(SOL_SOCKET, SO_LINGER, pack("ii", 1, 0))
    connection.close()
