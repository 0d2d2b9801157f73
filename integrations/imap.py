"""Reads a mailbox over IMAP (RFC 3501): what has not been seen, each message no further than its cap.

The connection goes to an address that the guard allows, over TLS, and is shut down at its deadline, whatever the server
does: a socket's own timeout starts anew with each byte.
"""

import imaplib
import socket
import ssl
from collections.abc import Generator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from typing import Any, cast

from integrations.cut_off import cut_off_at
from integrations.deadline import Deadline
from integrations.errors import Unavailable
from integrations.guard import Guard, connect
from integrations.oauth_tokens import TokenSource
from rules.mail import oauth_tokens
from rules.mail.mailbox_address import MailboxAddress

MOST_BYTES = 1024 * 1024
"""What is read of one message."""

_PORTS = frozenset({143, 993})
_SLACK = 64 * 1024


class ReturnedMailbox:
    """A mailbox, for as long as its ``with`` block. All its methods raise Unavailable."""

    def __init__(self, connection: "_Connection") -> None:
        self._connection = connection

    def unseen(self, *, most: int) -> list[str]:
        """Return the UIDs of messages that nobody has seen, the oldest first."""
        found = self._asked("SEARCH", "UNSEEN")
        words = b" ".join(one for one in found if isinstance(one, bytes)).split()
        return [one.decode() for one in words if one.isdigit()][:most]

    def message(self, uid: str) -> bytes:
        """Return a message, no more than ``MOST_BYTES`` of it, without marking it as seen."""
        found = self._asked("FETCH", uid, f"(BODY.PEEK[]<0.{MOST_BYTES}>)")
        parts = (cast("tuple[bytes, bytes]", one) for one in found if isinstance(one, tuple))
        return next((content for _, content in parts), b"")

    def seen(self, uid: str) -> None:
        """Mark a message, so that it is not read again."""
        self._asked("STORE", uid, "+FLAGS.SILENT", r"(\Seen)")

    def _asked(self, command: str, *arguments: str) -> list[Any]:
        try:
            status, found = self._connection.uid(command, *arguments)
        except (imaplib.IMAP4.error, OSError, ValueError) as error:
            raise Unavailable(f"the mailbox does not answer to {command}: {_error_text(error)}") from error
        if status != "OK":
            raise Unavailable(f"the mailbox refuses {command}")
        return found


@contextmanager
def opened(
    address: MailboxAddress,
    *,
    guard: Guard,
    deadline: Deadline,
    tokens: TokenSource | None = None,
) -> Generator[ReturnedMailbox]:
    """Open a mailbox; ``tokens`` are those of the account that an address with ``auth=xoauth2`` names.

    Raises Unavailable where it is not reached, refuses the sign-in or takes longer than it may.
    """
    with _connected(address, guard, deadline, tokens) as connection:
        yield ReturnedMailbox(connection)


@contextmanager
def _connected(
    address: MailboxAddress,
    guard: Guard,
    deadline: Deadline,
    tokens: TokenSource | None,
) -> Generator["_Connection"]:
    with ExitStack() as stack:
        try:
            made = stack.enter_context(_socket(address, guard, deadline))
            stack.enter_context(cut_off_at(deadline, partial(_shut, made)))
            connection = _Connection(made)
            stack.callback(_leave, connection)
            if address.by_token and tokens:
                _sign_in_by_token(connection, address.user, tokens, deadline)
            else:
                connection.login(address.user, address.password)
            status, _ = connection.select(f'"{address.folder}"')
        except (imaplib.IMAP4.error, OSError, ValueError) as error:
            raise Unavailable(f"the mailbox is not opened: {_error_text(error)}") from error
        if status != "OK":
            raise Unavailable(f"there is no folder {address.folder!r}")
        yield connection


def _socket(address: MailboxAddress, guard: Guard, deadline: Deadline) -> socket.socket:
    made = connect(guard.resolve(address.host, address.port, deadline=deadline, ports=_PORTS), deadline)
    made.settimeout(deadline.left())
    if not address.tls:
        return made
    with ExitStack() as unless_protected:
        unless_protected.enter_context(made)
        protected = ssl.create_default_context().wrap_socket(made, server_hostname=address.host)
        unless_protected.pop_all()
    return protected


def _sign_in_by_token(connection: "_Connection", user: str, tokens: TokenSource, deadline: Deadline) -> None:
    """Sign in with XOAUTH2: a second challenge explains a refusal, and is answered by an empty line."""
    token = tokens.current(deadline)
    challenges: list[bytes] = []

    def answered(challenge: bytes) -> bytes:
        challenges.append(challenge)
        return oauth_tokens.initial_response(user, token) if len(challenges) == 1 else b""

    try:
        connection.authenticate("XOAUTH2", answered)
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error as error:
        tokens.refused(token)
        told = oauth_tokens.refusal(str(error), challenges[-1] if challenges else b"", user=user, token=token)
        raise Unavailable(f"the mailbox is not opened: {told}") from None


def _leave(connection: "_Connection") -> None:
    """Say goodbye, if anybody still listens, and let go of the file over the socket."""
    with suppress(imaplib.IMAP4.error, OSError, ValueError):
        connection.logout()
    with suppress(OSError):
        connection.shutdown()


def _shut(made: socket.socket) -> None:
    with suppress(OSError):
        made.shutdown(socket.SHUT_RDWR)


def _error_text(error: Exception) -> str:
    return "".join(one if one.isprintable() else " " for one in str(error) or type(error).__name__)[:200]


class _Connection(imaplib.IMAP4):
    """A session over a socket that is already there, whose server may not make us read more than a message."""

    def __init__(self, made: socket.socket) -> None:
        self._made = made
        super().__init__()

    def _create_socket(self, timeout: float | None) -> socket.socket:  # noqa: ARG002 - the library's own hook
        return self._made

    def read(self, size: int) -> bytes:
        """Read a literal of a size that the server has announced."""
        if size > MOST_BYTES + _SLACK:
            raise self.abort(f"the server announces {size} bytes")
        return super().read(size)
