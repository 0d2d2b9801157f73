"""Where the virus scanner is: clamd's URL, taken apart."""

from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

PORT = 3310


@dataclass(frozen=True, slots=True)
class ClamdAddress:
    """A TCP server's host and port, or the path of a Unix socket; one of them is there."""

    host: str = ""
    port: int = PORT
    path: str = ""

    @classmethod
    def parse(cls, url: str) -> Self:
        """Take ``tcp://host:3310`` or ``unix:///run/clamav/clamd.ctl`` apart. Raises ValueError."""
        try:
            parts = urlsplit(url)
            port = parts.port or PORT
        except ValueError:
            raise ValueError("clamd's URL is tcp://host:3310 or unix:///run/clamav/clamd.ctl") from None
        bare = not (parts.query or parts.fragment or parts.username or parts.password)
        if parts.scheme == "tcp" and parts.hostname and parts.path in {"", "/"} and bare:
            return cls(host=parts.hostname, port=port)
        if parts.scheme == "unix" and not parts.netloc and parts.path.startswith("/") and bare:
            return cls(path=parts.path)
        raise ValueError("clamd's URL is tcp://host:3310 or unix:///run/clamav/clamd.ctl")

    def __str__(self) -> str:
        return self.path or f"{self.host}:{self.port}"
