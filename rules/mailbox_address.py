"""Where bounces come in: the URL of a mailbox, taken apart."""

from dataclasses import dataclass, field
from typing import Self
from urllib.parse import unquote, urlsplit

from rules.relay_address import is_loopback


@dataclass(frozen=True, slots=True)
class MailboxAddress:
    """A mailbox on a server of IMAP, and the account that reads it."""

    host: str
    port: int
    tls: bool
    user: str
    password: str = field(repr=False)
    folder: str

    @classmethod
    def parse(cls, url: str) -> Self:
        """Take ``imaps://user:password@host:993/INBOX`` apart; ``imap://`` is for loopback alone.

        Raises ValueError, with nothing in it that could be the password.
        """
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise ValueError("a mailbox is imaps://user:password@host:993/INBOX") from None
        host, user, password = parts.hostname or "", unquote(parts.username or ""), unquote(parts.password or "")
        if parts.scheme not in ("imaps", "imap") or not host or not user or not password:
            raise ValueError("a mailbox is imaps://user:password@host:993/INBOX")
        if parts.scheme == "imap" and not is_loopback(host):
            raise ValueError(f"imap:// is for a server on loopback, not for {host}: write imaps://")
        folder = unquote(parts.path.lstrip("/")) or "INBOX"
        if not all(one.isascii() and one.isprintable() and one not in '"\\' for one in folder + user + password):
            raise ValueError("user, password and folder are ASCII, without quotes and backslashes")
        tls = parts.scheme == "imaps"
        return cls(host, port or (993 if tls else 143), tls, user, password, folder)
