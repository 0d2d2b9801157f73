"""One connection to the relay: smtplib's commands, read and written under a deadline, and what their replies mean."""

import select
import smtplib
import socket
import ssl
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from integrations.deadline import Deadline
from integrations.errors import Rejected, Unavailable, Unsettled
from integrations.oauth_tokens import TokenSource
from integrations.smtp import replies, token_sign_in
from integrations.smtp.message import ComposedMail
from rules.mail.relay_address import RelayAddress, Tls

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer  # exists for type checkers alone

# A connection that was idle for longer is likely closed at the other end; an old one may keep to a relay that moved.
IDLE_LIMIT_S = 20.0
AGE_LIMIT_S = 300.0

# How long a kept connection may take to answer RSET or QUIT.
PROBE_S = 5.0

MAX_REPLY_BYTES = 64 * 1024
CHUNK = 4096
MOST_AT_ONCE = 100  # recipients that are named before a reply is read: more might fill both sides' buffers

START_DATA = 354
_Reply = tuple[int, bytes]


class SmtpSession(smtplib.SMTP):
    """A connection whose reads and writes end at ``deadline``, however slowly the relay talks."""

    def __init__(self, place: RelayAddress, deadline: Deadline) -> None:
        self.deadline = deadline
        self._since = self._used = time.monotonic()
        super().__init__(place.host, place.port, timeout=deadline.left())

    def send(self, s: "ReadableBuffer | str") -> None:
        """Send it whole, or raise an OSError; then the relay does not have the end of it."""
        if self.sock:
            self.sock.settimeout(_left(self.deadline))
        super().send(s)

    def getreply(self) -> tuple[int, bytes]:
        """Read one reply, from a reader of our own: the socket's timeout would begin anew at every byte."""
        if self.sock and self.file is None:
            self.file = _Replies(self, self.sock)
        if self.file:
            self.file.allow(MAX_REPLY_BYTES)
        return super().getreply()

    def is_fresh(self) -> bool:
        """Return whether the connection is young enough to be used once more, if it is still there."""
        now = time.monotonic()
        return now - self._since <= AGE_LIMIT_S and now - self._used <= IDLE_LIMIT_S

    def leave(self) -> None:
        """Say goodbye, if anybody still listens, and close."""
        self.deadline = Deadline.after(PROBE_S)
        with suppress(OSError):
            self.quit()
        self.close()

    def offer(self, mail: ComposedMail) -> dict[str, str]:
        """Name the sender and the recipients, and open the data; return the replies to those that it refused.

        Where the relay offers it, all of that goes out at once (RFC 2920). Raises Unavailable where it refused all
        and one of them for now, Rejected where it refused all for good.
        """
        at_once = self.has_extn("pipelining") and len(mail.recipients) <= MOST_AT_ONCE
        from_, recipients, data = self._replies_at_once(mail) if at_once else self._replies_in_turn(mail)
        if not replies.is_positive(from_[0]):
            raise replies.refusal(from_[0], replies.described(*from_))
        refused = {one: reply for one, reply in recipients.items() if not replies.is_positive(reply[0])}
        if len(refused) == len(mail.recipients):
            # For-now sorts before for-good, and what is no reply code at all before both.
            code, text = min(refused.values())
            raise replies.refusal(code, replies.described(code, text), of_mail=True)
        if data[0] != START_DATA:
            raise replies.refusal(data[0], replies.described(*data))
        return {recipient: replies.described(*reply) for recipient, reply in refused.items()}

    def _replies_at_once(self, mail: ComposedMail) -> tuple[_Reply, dict[str, _Reply], _Reply]:
        options = "".join(f" {one}" for one in self._options(mail))
        rcpts = (f"RCPT TO:<{address}>" for address in mail.recipients.values())
        commands = (f"MAIL FROM:<{mail.sender}>{options}", *rcpts, "DATA")
        self.send("".join(f"{one}\r\n" for one in commands).encode("utf-8"))
        from_ = self.getreply()
        recipients = {recipient: self._reply_of_open_channel() for recipient in mail.recipients}
        return from_, recipients, self.getreply()

    def _replies_in_turn(self, mail: ComposedMail) -> tuple[_Reply, dict[str, _Reply], _Reply]:
        nothing = (0, b"")
        from_ = self.mail(mail.sender, self._options(mail))
        if not replies.is_positive(from_[0]):
            return from_, {}, nothing
        recipients: dict[str, _Reply] = {}
        for recipient, address in mail.recipients.items():
            recipients[recipient] = self.rcpt(address)
            replies.require_open(*recipients[recipient])
        taken = any(replies.is_positive(code) for code, _ in recipients.values())
        return from_, recipients, self.docmd("DATA") if taken else nothing

    def _reply_of_open_channel(self) -> _Reply:
        reply = self.getreply()
        replies.require_open(*reply)
        return reply

    def transfer(self, content: bytes) -> None:
        """Send the mail's lines and, unless the relay has meanwhile spoken or gone, the final dot."""
        self.send(content)
        if self._has_spoken():
            # The answer to a dot cannot come before it: the relay has given up on this mail.
            raise smtplib.SMTPServerDisconnected("the relay ended the data by itself")
        self.send(b".\r\n")

    def answer(self, *, within_s: float) -> str:
        """Return the relay's answer to the final dot; it has the mail then.

        Raises Unavailable or Rejected where the answer is no, Unsettled where there is none.
        """
        self.deadline = Deadline.after(within_s)
        try:
            code, text = self.getreply()
        except OSError as error:
            raise Unsettled(f"the mail was sent whole, but not answered: {error}") from error
        description = replies.described(code, text)
        if replies.is_positive(code):
            self._used = time.monotonic()
            return description
        if replies.is_negative(code):
            raise replies.refusal(code, description, of_mail=code != replies.SERVICE_CLOSING)
        raise Unsettled(f"the mail was sent whole, but the answer is not SMTP: {description}")

    def _options(self, mail: ComposedMail) -> list[str]:
        options = [f"SIZE={len(mail.content)}"] if self.has_extn("size") else []
        if mail.international:
            if not self.has_extn("smtputf8"):
                raise Rejected("the relay does not take addresses beyond ASCII (RFC 6531)")
            options.append("SMTPUTF8")
        return options

    def _has_spoken(self) -> bool:
        if self.sock is None or (self.file and self.file.unread):
            return True
        heard = select.poll()
        heard.register(self.sock, select.POLLIN)
        return bool(heard.poll(0))


class _TlsSmtpSession(SmtpSession, smtplib.SMTP_SSL):
    """A connection that is TLS from its first byte."""

    def __init__(self, place: RelayAddress, deadline: Deadline, trust: ssl.SSLContext) -> None:
        self.deadline = deadline
        self._since = self._used = time.monotonic()
        smtplib.SMTP_SSL.__init__(self, place.host, place.port, timeout=deadline.left(), context=trust)


class _Replies:
    """The relay's replies, line by line, as smtplib reads its file."""

    def __init__(self, session: SmtpSession, connection: socket.socket) -> None:
        self._session = session
        self._connection = connection
        self.unread = bytearray()
        self._allowed = 0

    def allow(self, size: int) -> None:
        """Let the reply that comes now be ``size`` bytes long, and no longer."""
        self._allowed = size

    def readline(self, limit: int) -> bytes:
        """Return the next line, no longer than ``limit`` bytes; b"" at the end. Raises OSError."""
        while (end := self.unread.find(b"\n") + 1) == 0 and len(self.unread) < limit:
            self._connection.settimeout(_left(self._session.deadline))
            chunk = self._connection.recv(CHUNK)
            self._allowed -= len(chunk)
            if self._allowed < 0:
                raise OSError("the relay's reply does not end")
            if not chunk:
                break
            self.unread += chunk
        line = bytes(self.unread[: end or limit])
        del self.unread[: len(line)]
        return line

    def close(self) -> None:
        """Do nothing: the session closes its connection."""


def connect(
    place: RelayAddress, deadline: Deadline, trust: ssl.SSLContext, tokens: TokenSource | None = None
) -> SmtpSession:
    """Connect, protect the connection as ``place`` says, and sign in.

    Raises OSError where any of it fails, Unavailable where there is no token or it is refused.
    """
    implicit = place.tls is Tls.IMPLICIT
    session = _TlsSmtpSession(place, deadline, trust) if implicit else SmtpSession(place, deadline)
    try:
        if session.sock:
            # The final dot is a write of its own; it must not wait for the acknowledgement of the lines before it.
            session.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if place.tls is Tls.STARTTLS:
            session.starttls(context=trust)
        session.ehlo_or_helo_if_needed()
        if place.by_token and tokens:
            token_sign_in.sign_in(session, place.user, tokens, deadline)
        elif place.user:
            session.login(place.user, place.password)
    except BaseException:
        session.close()
        raise
    return session


def _left(deadline: Deadline) -> float:
    """Return the seconds that are left. Raises TimeoutError, an OSError as all that fails on the way, at none."""
    try:
        return deadline.left()
    except Unavailable as error:
        raise TimeoutError(str(error)) from error
