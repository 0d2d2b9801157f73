"""Hands mail to a relay over SMTP (RFC 5321), and knows whether the relay has it.

EHLO  STARTTLS  AUTH │ MAIL  RCPT...  DATA  lines │  .  │ 250
─────────────────────┴────────────────────────────┼─────┼─────────
nothing has happened: Unavailable or Rejected     │  ?  │ accepted
                                                  └─ no answer any more: Unsettled, never blindly sent again
"""

import ssl
import threading
from collections.abc import Sequence
from email.message import EmailMessage
from types import TracebackType
from typing import Self
from weakref import WeakSet

from integrations.deadline import Deadline
from integrations.errors import Deferred, IntegrationError, Throttled, Unavailable, Unsettled
from integrations.mail_provider import Receipt
from integrations.oauth_tokens import TokenSource
from integrations.smtp import replies
from integrations.smtp import session as sessions
from integrations.smtp.message import ComposedMail, Signer, compose
from integrations.smtp.session import SmtpSession
from rules.mail.relay_address import RelayAddress, Tls

__all__ = ["Relay", "Tls", "compose"]

# RFC 5321 section 4.5.3.2.6: a client that gives up earlier on the answer to the final dot makes mail arrive twice.
ANSWER_TIMEOUT_S = 600.0


class Relay:
    """A mail relay, by its URL: ``smtp://user:password@host:587?tls=starttls`` (or ``implicit``, or ``none``).

    ``timeout_s`` covers everything up to the final dot, ``answer_timeout_s`` the answer to it; one shorter than the
    ten minutes of RFC 5321 leaves more mails unsettled. ``trust`` replaces the system's certificate authorities,
    ``sign`` signs each mail, ``tokens`` are those of the account that a URL with ``auth=xoauth2`` names.
    Each thread keeps one connection. Raises ValueError, which never shows the password, for a URL that is not such.
    """

    def __init__(
        self,
        url: str,
        *,
        timeout_s: float = 60.0,
        answer_timeout_s: float = ANSWER_TIMEOUT_S,
        trust: ssl.SSLContext | None = None,
        sign: Signer | None = None,
        tokens: TokenSource | None = None,
    ) -> None:
        self._place = RelayAddress.parse(url)
        self._timeout_s = timeout_s
        self._answer_timeout_s = answer_timeout_s
        self._trust = trust or ssl.create_default_context()
        self._sign = sign
        self._tokens = tokens
        self._mine = threading.local()
        self._lock = threading.Lock()
        self._sessions: WeakSet[SmtpSession] = WeakSet()

    service = "smtp"

    @property
    def server(self) -> str:
        """The relay's host and port."""
        return f"{self._place.host}:{self._place.port}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def send(self, message: EmailMessage, *, sender: str, recipients: Sequence[str]) -> Receipt:
        """Hand ``message`` to the relay; return once it has taken it for one of ``recipients`` at least.

        The effect has an unknown window: from the final dot to its answer.

        Raises Unavailable where the relay refused for now (a reply 4xx), was not reached, dropped the connection
        before the final dot, or where TLS or the sign-in failed; Rejected for a reply 5xx, and for an address or a
        header that is not one. In both cases the relay does not have the mail and sending it again cannot double it.
        Raises Unsettled where the mail was sent whole and no answer came.
        """
        mail = ComposedMail.of(message, sender=sender, recipients=recipients, sign=self._sign)
        try:
            return self._transact(mail)
        except BaseException:
            # Nobody knows where in the dialogue the other side is now.
            self._drop()
            raise

    def check(self) -> None:
        """Reach the relay, with TLS and sign-in where the URL asks for them, and hand it nothing.

        Raises Unavailable or Rejected with what went wrong.
        """
        try:
            self._session()
        except OSError as error:
            raise replies.untaken(error) from error

    def close(self) -> None:
        """Say goodbye on the connections of all threads. Call it when none of them sends any more."""
        with self._lock:
            opened = list(self._sessions)
        for session in opened:
            session.leave()

    def _transact(self, mail: ComposedMail) -> Receipt:
        try:
            session, refused = self._offered(mail)
            session.transfer(mail.content)
        except OSError as error:  # smtplib's own errors are OSErrors too
            raise replies.untaken(error) from error
        return Receipt(reply=_answered(session, within_s=self._answer_timeout_s), refused=refused)

    def _offered(self, mail: ComposedMail) -> tuple[SmtpSession, dict[str, str]]:
        """Offer a mail over this thread's connection, or over a new one where that is old or gone.

        Whether it is gone shows in the offer itself: to ask first would cost each mail a turn, and nothing of the mail
        has gone out by then.
        """
        kept: SmtpSession | None = getattr(self._mine, "session", None)
        if kept and kept.is_fresh():
            kept.deadline = Deadline.after(self._timeout_s)
            try:
                return kept, kept.offer(mail)
            except (Deferred, Throttled):  # a new connection would hear the same
                raise
            except (OSError, Unavailable):
                self._drop()
        elif kept:
            kept.leave()
        session = self._session()
        return session, session.offer(mail)

    def _session(self) -> SmtpSession:
        """Return a new connection, which is this thread's from now on."""
        session = sessions.connect(self._place, Deadline.after(self._timeout_s), self._trust, self._tokens)
        self._mine.session = session
        with self._lock:
            self._sessions.add(session)
        return session

    def _drop(self) -> None:
        session: SmtpSession | None = getattr(self._mine, "session", None)
        if session:
            session.close()
            self._mine.session = None


def _answered(session: SmtpSession, *, within_s: float) -> str:
    """Return the answer to the final dot: whatever goes wrong from here on, the relay may have the mail."""
    try:
        return session.answer(within_s=within_s)
    except IntegrationError:
        raise
    except Exception as error:
        raise Unsettled(f"the mail was sent whole, but its answer was lost: {type(error).__name__}") from error
