"""Settings of the web process: where it listens, whom it trusts, and how often it may be asked."""

import re

from pydantic import Field, field_validator

from rules.names import server_addresses
from settings.comma_lists import CommaList, Networks
from settings.installation import InstallationSettings

_ORIGIN = re.compile(r"https?://(?:[a-z0-9-]+(?:\.[a-z0-9-]+)*|\[[0-9a-f:]+\])(?::\d{1,5})?")
"""An origin as browsers write it (RFC 6454): in lower case, without a path."""


class WebSettings(InstallationSettings):
    """The settings of the web process. Requests are counted per minute.

    Each limit has a minimum, below which people could not work.
    """

    web_host: str = "127.0.0.1"
    """The address at which the web process listens."""
    web_port: int = Field(8450, ge=0, le=65535)
    """0: any free port, which the log then names."""
    public_url: str | None = None
    """Where people reach the web process, such as https://nolapse.example.com; production needs it, with https."""
    trusted_proxies: Networks = ()
    """Whose X-Forwarded-For and X-Forwarded-Proto count. Comma-separated CIDR."""
    cors_origins: CommaList[str] = ()
    """Origins whose pages may call the API with a token, such as https://app.example; comma-separated, each exact."""
    requests_per_token: int = Field(600, ge=60, le=10_000_000)
    """Of one API token; ten seconds' worth may come at once."""
    requests_per_session: int = Field(600, ge=120, le=10_000_000)
    """Of one person's session."""
    requests_per_network: int = Field(300, ge=60, le=10_000_000)
    """Of those who are not signed in."""
    streams_per_session: int = Field(4, ge=1, le=200)
    """Live streams that one session may have open at once: one for each window."""

    @field_validator("cors_origins")
    @classmethod
    def _exact(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        for one in origins:
            if not _ORIGIN.fullmatch(one):
                raise ValueError(f"{one!r} is no origin: write scheme, host and port alone, as https://app.example")
            server_addresses.require_web(one)
        return origins

    @field_validator("web_host")
    @classmethod
    def _listening_host(cls, value: str) -> str:
        server_addresses.require_host(value)
        return value

    @field_validator("public_url")
    @classmethod
    def _public_scheme(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"https?://[^/?#@\s]+/?", value):
            raise ValueError("must be http:// or https:// and a host, without a path")
        if value is not None:
            server_addresses.require_web(value)
        return value.rstrip("/") if value else None

    @property
    def web_url(self) -> str:
        """Where people reach the web process; by default ``localhost``, where Secure cookies need no TLS."""
        return self.public_url or f"http://localhost:{self.web_port}"

    @property
    def link_url(self) -> str:
        """The address for links that are handed out: ``web_url``, with the port at which we listen now."""
        try:
            served = self.served_port.read_text().strip()
        except OSError:
            served = ""
        return f"http://localhost:{served}" if self.public_url is None and served.isdecimal() else self.web_url

    @property
    def web_is_safe(self) -> bool:
        """Whether passwords and sessions may be sent to the web process: in production only over https."""
        return self.environment != "production" or (self.public_url or "").startswith("https://")
