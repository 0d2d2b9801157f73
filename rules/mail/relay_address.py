"""Where the relay is, how it is reached and how we sign in there: the relay's URL, taken apart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import ip_address
from typing import Self
from urllib.parse import SplitResult, parse_qs, unquote

from rules.names import server_addresses


class Tls(StrEnum):
    """How the connection is protected: ``?tls=`` in the relay's URL."""

    STARTTLS = "starttls"  # required: a relay that does not offer it gets no mail (RFC 3207)
    IMPLICIT = "implicit"  # from the first byte (RFC 8314)
    NONE = "none"  # to loopback alone


@dataclass(frozen=True, slots=True)
class RelayAddress:
    """A relay's address and the account there, if there is one."""

    host: str
    port: int
    tls: Tls
    user: str
    password: str = field(repr=False)
    by_token: bool = False
    """Whether a token of the user's account takes the password's place (XOAUTH2)."""

    @classmethod
    def parse(cls, url: str) -> Self:
        """Take ``smtp://user:password@host:port?tls=starttls`` apart; a URL without ``tls`` means STARTTLS.

        With ``auth=xoauth2`` it has a user and no password.

        Raises ValueError, with no part of the URL in it that could be the password.
        """
        try:
            parts = server_addresses.with_user(url)
        except ValueError as error:
            raise ValueError(f"a relay's URL {error}") from None
        try:
            port = parts.port
            options = parse_qs(parts.query, keep_blank_values=True)
            tls = Tls(options.get("tls", [Tls.STARTTLS])[0])
        except ValueError:
            raise ValueError("a relay's URL is smtp://user:password@host:port?tls=starttls|implicit|none") from None
        if parts.scheme != "smtp" or not parts.hostname:
            raise ValueError("a relay's URL begins with smtp:// and names a host")
        _require_whole(parts, options)
        if tls is Tls.NONE and not is_loopback(parts.hostname):
            raise ValueError("tls=none is for a relay on loopback, and for no other")
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        if not (user + password).isascii():
            raise ValueError("a relay's user and password are ASCII: smtplib cannot send others")
        by_token = signs_in_by_token(options, user, password)
        if user and not (password or by_token):
            raise ValueError("a relay's URL has a password beside its user, or auth=xoauth2")
        return cls(parts.hostname, port or (465 if tls is Tls.IMPLICIT else 587), tls, user, password, by_token)


def _require_whole(parts: SplitResult, options: Mapping[str, Sequence[str]]) -> None:
    """Raise ValueError where a part of a relay's URL leads nowhere, or would be passed over in silence."""
    server_addresses.require_host_of(parts)
    server_addresses.require_port(parts)
    if options.keys() - {"tls", "auth"}:
        raise ValueError("a relay's URL takes tls and auth, and nothing else")
    if parts.path.strip("/"):
        raise ValueError("a relay's URL has no path")


def signs_in_by_token(options: Mapping[str, Sequence[str]], user: str, password: str) -> bool:
    """Tell whether a URL's options want a token in place of a password. Raises ValueError where that cannot be."""
    given = options.get("auth", [""])[0]
    if given not in ("", "xoauth2"):
        raise ValueError("auth is xoauth2, or left out for a password")
    if given and (not user or password):
        raise ValueError("auth=xoauth2 goes with a user and without a password: user@host?auth=xoauth2")
    return bool(given)


def is_loopback(host: str) -> bool:
    """Tell whether a host is ``localhost`` or an address of loopback; no name is resolved."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
