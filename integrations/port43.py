"""One question over the WHOIS protocol (RFC 3912): a line goes out, text comes back until the server hangs up."""

import re
from dataclasses import dataclass
from socket import socket
from typing import Self

from integrations.deadline import Deadline
from integrations.errors import Rejected, Unavailable
from integrations.guard import Guard, connect
from rules import names
from rules.whois import characters

PORT = 43
MOST_BYTES = 64 * 1024
CHUNK = 4096

ADDRESS = re.compile(r"([a-z0-9.-]+)(?::([0-9]{1,5}))?", re.IGNORECASE)
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True)
class WhoisHost:
    """A WHOIS server: an A-label host or an IP literal, and its port."""

    host: str
    port: int = PORT

    @classmethod
    def parse(cls, written: str) -> Self:
        """Read "whois.nic.example" or "whois.nic.example:43", as people and referrals write it; raise ``Rejected``."""
        parts = ADDRESS.fullmatch(written.removeprefix("whois://").rstrip("/"))
        if parts is None:
            raise Rejected(f"{written[:80]!r} is not a server's address")
        try:
            return cls(names.idna_host(parts[1]), int(parts[2] or PORT))
        except names.NotAHost as error:
            raise Rejected(f"{written[:80]!r} is not a server's address: {error}") from error

    def __str__(self) -> str:
        return self.host if self.port == PORT else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class WhoisReply:
    """What a server sent: the text as it came, and whether that was all.

    ``trouble`` is why it broke off: it hung, it reset the connection. None where it ended, or was too long to read on.
    """

    text: str
    whole: bool
    trouble: Unavailable | None = None

    @property
    def lines(self) -> str:
        """The lines that came to their end: half of a last one could be half of a date."""
        return self.text if self.whole else self.text[: self.text.rfind("\n") + 1]


def ask(server: WhoisHost, query: str, *, guard: Guard, deadline: Deadline, charset: str = "utf-8") -> WhoisReply:
    """Return what ``server`` says to ``query``, of at most ``MOST_BYTES``.

    Raises ``Unavailable`` where nothing came, and ``Rejected`` where the guard forbids the server.
    """
    addresses = guard.resolve(server.host, server.port, deadline=deadline, ports=frozenset({PORT}))
    answer, whole, trouble = bytearray(), False, None
    try:
        with connect(addresses, deadline) as connection:
            connection.sendall(f"{query}\r\n".encode("ascii"))
            whole = _receive(connection, answer, deadline)
    except (OSError, Unavailable) as error:
        trouble = error if isinstance(error, Unavailable) else _unavailable(server, error, deadline)
    if not answer.strip():
        raise trouble or Unavailable(f"{server} hung up without an answer")
    text = characters.decoded(bytes(answer[:MOST_BYTES]), charset)
    return WhoisReply(CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n")), whole, trouble)


def _receive(connection: socket, answer: bytearray, deadline: Deadline) -> bool:
    """Add what comes to ``answer``; return whether the server came to its end."""
    while len(answer) < MOST_BYTES:
        connection.settimeout(deadline.left())
        chunk = connection.recv(CHUNK)
        if not chunk:
            return True
        answer += chunk
    return False


def _unavailable(server: WhoisHost, error: OSError, deadline: Deadline) -> Unavailable:
    try:
        deadline.left()
    except Unavailable as late:  # what is late is to be called late
        return late
    return Unavailable(f"{server}: {type(error).__name__}: {error}")
