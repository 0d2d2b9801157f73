"""A mail relay on loopback that keeps what it is given, and fails in the ways that real relays fail.

EHLO  MAIL  RCPT <- the recipient's reply, THROTTLE, GARBAGE, SLOW, HANG_UP
            DATA ... .  <- SILENT: the mail is kept, the answer never comes
                           RESET: the mail is kept, and after ``delay_s`` the connection is gone
"""

import asyncio
import re
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from threading import Condition

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from sandbox.behaviour import Behaviour, Conduct
from sandbox.loop_server import LoopThread

TokenHolds = Callable[[str, str], bool]

_XOAUTH2 = re.compile(rb"user=([^\x01]+)\x01auth=Bearer ([^\x01]+)\x01\x01")
_REFUSAL = '{"status":"400","schemes":"Bearer","scope":"https://mail.google.com/"}'
SERVICE_CLOSING = "421"  # RFC 5321 section 3.8: a server that replies so closes the connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """A mail that the relay took: its envelope, its content, and when (UTC)."""

    sender: str
    recipients: tuple[str, ...]
    message: EmailMessage
    raw: bytes
    at: datetime


class SmtpServer(LoopThread):
    """A relay on a free port of 127.0.0.1, as ``conduct`` says; ``connections`` counts all it accepted.

    ``replies`` answer a recipient's RCPT and ``final_replies`` the dot that ends the data ("550 no such user", "450
    greylisted"); both may be changed while it runs. ``folder`` also keeps each mail as an .eml file, ``tls`` offers
    STARTTLS, ``login`` is the one user and password, taken over TLS alone; ``pipelining`` offers RFC 2920.
    ``token_holds(user, token)``, if given, tells whether a token holds: XOAUTH2 is demanded, and ``conduct`` is also by
    "AUTH": THROTTLE 454, GARBAGE a challenge that is no base64, SILENT refused without an explanation, HANG_UP.
    """

    def __init__(
        self,
        conduct: Conduct | None = None,
        *,
        folder: Path | None = None,
        tls: ssl.SSLContext | None = None,
        login: tuple[str, str] | None = None,
        pipelining: bool = True,
        token_holds: TokenHolds | None = None,
    ) -> None:
        super().__init__("sandbox smtp")
        self.conduct = conduct or Conduct()
        self.replies: dict[str, str] = {}
        self.final_replies: dict[str, str] = {}
        self.port = 0
        self.connections = 0
        self.refused_tokens = 0
        self.answers_to_refusals: list[object] = []
        self.pipelining = pipelining
        self._folder = folder
        self._tls = tls
        self._login = login
        self._token_holds = token_holds
        self._arrived = Condition()
        self._mailbox: list[Delivered] = []
        self._open: set[_Smtp] = set()

    @property
    def url(self) -> str:
        """Where it listens, in the form that the settings take."""
        return f"smtp://127.0.0.1:{self.port}?tls=none"

    @property
    def mailbox(self) -> list[Delivered]:
        """What was delivered so far, oldest first."""
        with self._arrived:
            return list(self._mailbox)

    def wait_for(self, count: int, *, timeout_s: float) -> list[Delivered]:
        """Return the mailbox as soon as it holds ``count`` mails. Raises TimeoutError."""
        with self._arrived:
            if not self._arrived.wait_for(lambda: len(self._mailbox) >= count, timeout_s):
                raise TimeoutError(f"{len(self._mailbox)} mails came, not {count}")
            return list(self._mailbox)

    def drop_connections(self) -> None:
        """Close all connections without a word, and return when they are."""
        asyncio.run_coroutine_threadsafe(self._abort(), self._loop).result()

    def prune(self, *, older_than: datetime) -> None:
        """Forget the mails, and remove the files, that came before ``older_than`` (aware)."""
        with self._arrived:
            self._mailbox = [mail for mail in self._mailbox if mail.at >= older_than]
        for path in self._folder.glob("*.eml") if self._folder else ():
            if path.stat().st_mtime < older_than.timestamp():
                path.unlink(missing_ok=True)

    def keep(self, envelope: Envelope) -> None:
        """Put a mail into the mailbox, and into the folder where there is one."""
        raw = envelope.original_content or b""
        mail = Delivered(
            sender=envelope.mail_from or "",
            recipients=tuple(envelope.rcpt_tos),
            message=message_from_bytes(raw, policy=default),
            raw=raw,
            at=datetime.now(UTC),
        )
        if self._folder:
            self._folder.mkdir(parents=True, exist_ok=True)
            (self._folder / f"{time.time_ns()}.eml").write_bytes(raw)
        with self._arrived:
            self._mailbox.append(mail)
            self._arrived.notify_all()

    def opened(self, session: "_Smtp") -> None:
        self.connections += 1
        self._open.add(session)

    def closed(self, session: "_Smtp") -> None:
        self._open.discard(session)

    async def _serve(self) -> None:
        async with await self._loop.create_server(self._session, "127.0.0.1", 0) as listener:
            self.port = listener.sockets[0].getsockname()[1]
            self._started.set()
            await self._stop.wait()
            await self._abort()

    async def _abort(self) -> None:
        for session in list(self._open):
            session.abort()

    def _session(self) -> "_Smtp":
        return _Smtp(
            self,
            _Handler(self),
            loop=self._loop,
            hostname="relay.sandbox.test",
            enable_SMTPUTF8=True,
            tls_context=self._tls,
            auth_required=self._login is not None,
            auth_require_tls=self._token_holds is None,
            auth_exclude_mechanism=[] if self._token_holds else ["XOAUTH2"],
            authenticator=self._authenticate,
        )

    def _authenticate(
        self, _smtp: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, given: object
    ) -> AuthResult:
        known = isinstance(given, LoginPassword) and self._login == (given.login.decode(), given.password.decode())
        return AuthResult(success=known, handled=False)  # not handled here: aiosmtpd itself answers 535

    @property
    def wants_token(self) -> bool:
        """Whether mails are taken only after a sign-in by token."""
        return self._token_holds is not None

    def take_token(self, response: bytes) -> bool:
        """Tell whether a response of XOAUTH2 names a user and a token of theirs that holds."""
        found = _XOAUTH2.fullmatch(response)
        return bool(found and self._token_holds and self._token_holds(found[1].decode(), found[2].decode()))


class _Smtp(SMTP):
    """One connection; the server knows of it for as long as it is open."""

    def __init__(self, server: SmtpServer, handler: "_Handler", **options: object) -> None:
        super().__init__(handler, **options)  # pyright: ignore[reportArgumentType] -- passed on as they came
        self._server = server

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        # STARTTLS makes the connection a second time, over the first.
        if self._original_transport is None:
            self._server.opened(self)

    def connection_lost(self, error: Exception | None) -> None:
        super().connection_lost(error)
        self._server.closed(self)

    def abort(self) -> None:
        """Close the connection without a word, what was written but not sent included."""
        transport = self._original_transport or self.transport
        if isinstance(transport, asyncio.WriteTransport):
            transport.abort()


class _Handler:
    """The answers to EHLO, AUTH, RCPT and the end of DATA. The method names are aiosmtpd's hooks."""

    def __init__(self, server: SmtpServer) -> None:
        self._server = server

    async def handle_EHLO(  # noqa: N802 -- the hook's name is aiosmtpd's
        self, _smtp: _Smtp, session: Session, _envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        return [*responses[:-1], *(["250-PIPELINING"] if self._server.pipelining else []), responses[-1]]

    async def auth_XOAUTH2(self, smtp: _Smtp, args: list[str]) -> AuthResult:  # noqa: N802 -- the hook's name
        server, conduct = self._server, self._server.conduct.towards("AUTH")
        if conduct is Behaviour.THROTTLE:
            return AuthResult(success=False, handled=False, message="454 4.7.0 Temporary authentication failure")
        if conduct is Behaviour.HANG_UP:
            smtp.abort()
            await asyncio.Event().wait()
        response = await smtp.challenge_auth("") if len(args) == 1 else b""
        if isinstance(response, bytes) and conduct is Behaviour.NORMAL and server.take_token(response):
            return AuthResult(success=True, auth_data=None)
        server.refused_tokens += 1
        if conduct is Behaviour.GARBAGE:
            await smtp.challenge_auth("!not base64!", encode_to_b64=False)
        elif conduct is not Behaviour.SILENT:
            server.answers_to_refusals.append(await smtp.challenge_auth(_REFUSAL))
        said = response.decode("ascii", "replace") if isinstance(response, bytes) else ""
        told = "".join(one if one.isprintable() else " " for one in said)
        return AuthResult(success=False, handled=False, message=f"535 5.7.8 Username and Password not accepted {told}")

    async def handle_RCPT(  # noqa: N802 -- the hook's name is aiosmtpd's
        self, smtp: _Smtp, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        server = self._server
        if server.wants_token and not session.authenticated:
            return "530 5.7.0 Authentication Required"
        match server.conduct.towards(address):
            case Behaviour.SLOW:
                await asyncio.sleep(server.conduct.delay_s)
            case Behaviour.THROTTLE:
                return "450 4.7.1 too many messages, slow down"
            case Behaviour.GARBAGE:
                return "\N{REPLACEMENT CHARACTER} this is not SMTP"
            case Behaviour.HANG_UP:
                smtp.abort()
                await asyncio.Event().wait()
            case Behaviour.NORMAL | Behaviour.SILENT | Behaviour.RESET:
                pass
        reply = server.replies.get(address, "250 2.1.5 OK")
        if reply.startswith("2"):
            envelope.rcpt_tos.append(address)
            envelope.rcpt_options.extend(options)
        return await _sent_reply(smtp, reply)

    async def handle_DATA(  # noqa: N802 -- the hook's name is aiosmtpd's
        self, smtp: _Smtp, _session: Session, envelope: Envelope
    ) -> str:
        server = self._server
        for recipient in envelope.rcpt_tos:
            if recipient in server.final_replies:
                return await _sent_reply(smtp, server.final_replies[recipient])
        server.keep(envelope)
        conducts = {server.conduct.towards(recipient) for recipient in envelope.rcpt_tos}
        if Behaviour.RESET in conducts:
            await asyncio.sleep(server.conduct.delay_s)
            smtp.abort()
        if conducts & {Behaviour.RESET, Behaviour.SILENT}:
            await asyncio.Event().wait()
        return "250 2.0.0 OK: kept"


async def _sent_reply(smtp: _Smtp, reply: str) -> str:
    """Return ``reply`` for aiosmtpd to send; one that closes the channel is sent here, and the connection ended."""
    if reply.startswith(SERVICE_CLOSING):
        await smtp.push(reply)
        if smtp.transport:
            smtp.transport.close()
        await asyncio.Event().wait()
    return reply
