"""Sends signed messages to a webhook (rules/alerts/standard_webhooks.py): a POST through the guard, with no redirects.

A receiver that gets a message twice knows it by its ``webhook-id``, so that it may be tried again.
"""

from datetime import UTC, datetime
from http import HTTPStatus

from integrations import http_client
from integrations.deadline import Deadline
from integrations.errors import Rejected, Throttled, Unavailable
from integrations.guard import Guard
from rules.alerts import standard_webhooks
from rules.alerts.alert_channels import ChannelMessage, WebhookChannel

SERVICE = "alert webhook"
DEADLINE_S = 15.0
MOST_BYTES = 64 * 1024
"""Of an answer, of which only the status counts."""

_LATER = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)


def send(channel: WebhookChannel, message: ChannelMessage, *, message_id: str, made_at: datetime, guard: Guard) -> str:
    """Send a message and return the answer in words.

    Raises ``Throttled``, ``Unavailable`` for every other answer than 2xx, since a receiver may be mended, and
    ``Rejected`` where it says that it is gone (410), or where its address is not ours to call.
    """
    sent = standard_webhooks.body(message.kind, message.data, at=made_at)
    signed = standard_webhooks.headers(message_id, sent, keys=channel.keys, at=datetime.now(UTC))
    response = http_client.call(
        channel.url,
        guard=guard,
        deadline=Deadline.after(DEADLINE_S),
        headers={**signed, "Content-Type": "application/json", "User-Agent": "Nolapse"},
        form=sent,
        most_bytes=MOST_BYTES,
    )
    said = f"{channel.where} answered {response.status}"
    if HTTPStatus.OK <= response.status < HTTPStatus.MULTIPLE_CHOICES:
        return said
    if response.status in _LATER:
        raise Throttled(said, retry_after=http_client.retry_after(response))
    if response.status == HTTPStatus.GONE:
        raise Rejected(f"{said}: it wants no more messages")
    raise Unavailable(said)


def check(channel: WebhookChannel, *, guard: Guard) -> None:
    """Connect to the webhook's server, and send it nothing. Raises ``Unavailable``, ``Rejected``."""
    http_client.reach(channel.url, guard=guard, deadline=Deadline.after(DEADLINE_S))
