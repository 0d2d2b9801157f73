"""Channels of alerts, as the settings name them: each behind its circuit breaker, measured, through the guard."""

from datetime import datetime

import settings
from integrations import apprise_channel, webhook_channel
from integrations.errors import Rejected
from rules.alerts.alert_channels import AlertChannel, ChannelMessage, WebhookChannel
from tasks import outside
from tasks.outside import rate_limits


def send(name: str, message: ChannelMessage, *, message_id: str, made_at: datetime) -> str:
    """Send a message through a channel and return what it said.

    Raises the errors of ``integrations.errors``, and ``Rejected`` where the settings name no such channel any more.
    """
    channel = settings.current().alert_channels.get(name)
    if channel is None:
        raise Rejected(f"NOLAPSE_ALERT_CHANNELS names no channel {name!r} any more")
    with rate_limits.for_channel()(_service(channel), f"channel {name}"):
        if isinstance(channel, WebhookChannel):
            return webhook_channel.send(channel, message, message_id=message_id, made_at=made_at, guard=outside.guard())
        return apprise_channel.send(channel, title=message.title, body=message.body, guard=outside.guard())


def check(channel: AlertChannel) -> None:
    """See whether a channel may be called, and tell it nothing. Raises the errors of ``integrations.errors``."""
    if isinstance(channel, WebhookChannel):
        webhook_channel.check(channel, guard=outside.guard())
    else:
        apprise_channel.check(channel, guard=outside.guard())


def _service(channel: AlertChannel) -> str:
    return webhook_channel.SERVICE if isinstance(channel, WebhookChannel) else apprise_channel.SERVICE
