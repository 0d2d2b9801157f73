"""Settings of pings about schedules, and of Sentry's check-ins."""

from typing import Annotated

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode

from rules.names import server_addresses
from settings import json_objects

PING_SECRETS = {"NOLAPSE_PING_URLS": "ping_urls"}

_MOST = 100


class PingSettings(BaseSettings):
    """The variables ``NOLAPSE_PING_URLS`` and ``NOLAPSE_SENTRY_CHECK_INS``."""

    ping_urls: Annotated[dict[str, SecretStr], NoDecode] = Field({}, validate_default=False)
    """Addresses by schedule, as JSON: {"invoices": "https://hc-ping.com/UUID"}; /start and /fail follow them."""
    sentry_check_ins: bool = False
    """Whether Sentry is told of each schedule that it began, and how it ended; it makes a monitor of each."""

    @field_validator("ping_urls", mode="before")
    @classmethod
    def _urls(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        try:
            given = json_objects.parse(value)
        except ValueError:
            raise ValueError('must be a JSON object of schedules and addresses, such as {"invoices": "..."}') from None
        for name, url in given.items():
            try:
                server_addresses.require_web(str(url))
            except ValueError as error:
                raise ValueError(f"{name[:40]}: an address to ping is https:// with a host; this one {error}") from None
        if len(given) > _MOST:
            raise ValueError(f"at most {_MOST} schedules are pinged")
        return given

    def ping_secrets(self) -> tuple[str, ...]:
        """Return the addresses, which no log may show: anyone who knows one may ping it."""
        return tuple(one.get_secret_value() for one in self.ping_urls.values())
