"""STARTTLS: how a server is asked for TLS in its own protocol.

    its greeting ──> what it can do ──> "begin TLS" ──its consent──> handshake

Nothing may come between its consent and the handshake: an attacker in between could insert plain text there that a
client takes for the server's own words under TLS (RFC 3207, section 6; CVE-2011-0411, CVE-2021-23222).
"""

from collections.abc import Awaitable, Callable

from integrations.tls.channel import Channel, ConnectionEnded
from integrations.tls.error_texts import said
from integrations.tls.starttls import databases, ldap, numeric_replies, text_replies, xmpp
from rules.certificates.faults import FaultKind
from rules.certificates.observation import Protocol

Dialogue = Callable[[Channel, str], Awaitable[None]]
"""Brings a server to speak TLS, as the name that is given. Raises ``ConnectionEnded``."""

_DIALOGUES: dict[Protocol, Dialogue] = {
    Protocol.SMTP: numeric_replies.smtp,
    Protocol.SUBMISSION: numeric_replies.smtp,
    Protocol.FTP: numeric_replies.ftp,
    Protocol.NNTP: numeric_replies.nntp,
    Protocol.IMAP: text_replies.imap,
    Protocol.POP3: text_replies.pop3,
    Protocol.SIEVE: text_replies.sieve,
    Protocol.LDAP: ldap.start,
    Protocol.XMPP: xmpp.start,
    Protocol.POSTGRES: databases.postgres,
    Protocol.MYSQL: databases.mysql,
}


async def ask(protocol: Protocol, channel: Channel, name: str) -> None:
    """Bring a server to the point where the handshake begins. Raises ``ConnectionEnded``."""
    if protocol is Protocol.TLS:
        return
    await _DIALOGUES[protocol](channel, name)
    if channel.buffered:
        raise ConnectionEnded(
            FaultKind.HANDSHAKE_FAILED, f'it speaks in plain text after its consent to TLS: "{said(channel.buffered)}"'
        )
