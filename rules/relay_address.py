"""Where the relay is and how it is reached: the relay's URL, taken apart."""

from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import ip_address
from typing import Self
from urllib.parse import parse_qs, unquote, urlsplit


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

    @classmethod
    def parse(cls, url: str) -> Self:
        """Take ``smtp://user:password@host:port?tls=starttls`` apart; a URL without ``tls`` means STARTTLS.

        Raises ValueError, with no part of the URL in it that could be the password.
        """
        try:
            parts = urlsplit(url)
            port = parts.port
            tls = Tls(parse_qs(parts.query).get("tls", [Tls.STARTTLS])[0])
        except ValueError:
            raise ValueError("a relay's URL is smtp://user:password@host:port?tls=starttls|implicit|none") from None
        if parts.scheme != "smtp" or not parts.hostname:
            raise ValueError("a relay's URL begins with smtp:// and names a host")
        if tls is Tls.NONE and not is_loopback(parts.hostname):
            raise ValueError(f"tls=none is for a relay on loopback, not for {parts.hostname}")
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        if not (user + password).isascii():
            raise ValueError("a relay's user and password are ASCII: smtplib cannot send others")
        return cls(parts.hostname, port or (465 if tls is Tls.IMPLICIT else 587), tls, user, password)


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine, by its very name."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
