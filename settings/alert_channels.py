"""Settings of the channels by which alerts are told beside mail."""

import json
from typing import Annotated

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode

from rules.alerts import alert_channels
from rules.alerts.alert_channels import AlertChannel, WebhookChannel

CHANNEL_SECRETS = {"NOLAPSE_ALERT_CHANNELS": "alert_channels"}


class ChannelSettings(BaseSettings):
    """The variable ``NOLAPSE_ALERT_CHANNELS``."""

    alert_channels: Annotated[dict[str, AlertChannel], NoDecode] = Field({}, validate_default=False)
    """Channels by name, as JSON: {"pager": {"webhook": "https://...", "secret": "whsec_..."}}."""

    @field_validator("alert_channels", mode="before")
    @classmethod
    def _channels(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        try:
            given = json.loads(value)
        except ValueError:
            raise ValueError(
                'must be a JSON object of channels, such as {"chat": {"apprise": "slack://..."}}'
            ) from None
        return alert_channels.read(given)

    def channel_secrets(self) -> tuple[str, ...]:
        """Return what no log may show."""
        return tuple(secret for one in self.alert_channels.values() for secret in one.secrets)

    def plain_webhooks(self) -> list[str]:
        """Return the names of the webhooks that are called without TLS."""
        return [
            name
            for name, one in self.alert_channels.items()
            if isinstance(one, WebhookChannel) and one.url.startswith("http://")
        ]
