"""Where bounces come in: the URL of a mailbox, taken apart."""

from dataclasses import dataclass, field
from typing import Self
from urllib.parse import parse_qs, unquote

from rules.mail.relay_address import is_loopback, signs_in_by_token
from rules.names import server_addresses


@dataclass(frozen=True, slots=True)
class MailboxAddress:
    """A mailbox on a server of IMAP, and the account that reads it."""

    host: str
    port: int
    tls: bool
    user: str
    password: str = field(repr=False)
    folder: str
    by_token: bool = False
    """Whether a token of the user's account takes the password's place (XOAUTH2)."""

    @classmethod
    def parse(cls, url: str) -> Self:
        """Take ``imaps://user:password@host:993/INBOX`` apart; ``imap://`` is for loopback alone.

        With ``?auth=xoauth2`` it has a user and no password.

        Raises ValueError, with nothing in it that could be the password.
        """
        parts = server_addresses.with_user(url)
        try:
            port = parts.port
        except ValueError:
            raise ValueError("a mailbox is imaps://user:password@host:993/INBOX") from None
        host, user, password = parts.hostname or "", unquote(parts.username or ""), unquote(parts.password or "")
        by_token = signs_in_by_token(parse_qs(parts.query), user, password)
        if parts.scheme not in ("imaps", "imap") or not host or not user or not (password or by_token):
            raise ValueError("a mailbox is imaps://user:password@host:993/INBOX")
        if parts.scheme == "imap" and not is_loopback(host):
            raise ValueError("imap:// is for a server on loopback, and no other: write imaps://")
        folder = unquote(parts.path.lstrip("/")) or "INBOX"
        if not all(one.isascii() and one.isprintable() and one not in '"\\' for one in folder + user + password):
            raise ValueError("user, password and folder are ASCII, without quotes and backslashes")
        tls = parts.scheme == "imaps"
        return cls(host, port or (993 if tls else 143), tls, user, password, folder, by_token)
