"""Settings of alerts: who is told where no route applies, and the channels beside mail."""

import json
from typing import Annotated

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode

from rules.alerts import alert_channels
from rules.alerts.alert_channels import AlertChannel, WebhookChannel
from rules.mail import mailboxes
from settings.comma_lists import CommaList

CHANNEL_SECRETS = {"NOLAPSE_ALERT_CHANNELS": "alert_channels"}


class AlertSettings(BaseSettings):
    """The variables ``NOLAPSE_ALERT_...`` and ``NOLAPSE_STAFF_EMAILS``."""

    alert_mails_apart_s: float = Field(300, ge=1, le=86400)
    """How far apart the mails to one person about alerts are at the least."""
    staff_emails: CommaList[str] = ()
    """Who is told of alerts that no route takes, or whose routes reach nobody; comma-separated."""
    alert_channels: Annotated[dict[str, AlertChannel], NoDecode] = Field({}, validate_default=False)
    """Channels by name, as JSON: {"pager": {"webhook": "https://...", "secret": "whsec_..."}}."""

    @field_validator("staff_emails")
    @classmethod
    def _staff(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for one in value:
            mailboxes.read(one)
        return value

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
