"""Channels beside mail, which the settings name, and their deliveries; send a test, send a delivery again."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

import settings
from api_stub.fields import Id
from api_stub.problems import Problem, existing
from api_stub.resources.alerting.alert_routes import ChannelName
from api_stub.routes import router
from api_stub.security.principal import Caller, Principal
from db import connection
from db.access import audit
from db.alerting import alert_deliveries
from db.alerting.alert_deliveries import AlertDelivery
from rules.alerts.alert_channels import DeliveryState, WebhookChannel
from tasks.alerts import alert_channels

routes = router(tags=["alerts"])


class ChannelDelivery(BaseModel):
    """A message to a channel. Times are UTC."""

    id: int = Field(examples=[12])
    channel: str = Field(examples=["pager"])
    message_id: str = Field(description="The same whenever it is sent", examples=["msg_5f0c7b1e"])
    kind: str = Field(examples=["alerts.told"])
    title: str = Field(examples=["bakery.example expires on 2026-03-08"])
    state: DeliveryState = Field(examples=["delivered"])
    said: str | None = Field(description="What the channel said, or why it failed", examples=["answered 200"])
    made_at: datetime
    ended_at: datetime | None


class ChannelRead(BaseModel):
    """A channel of NOLAPSE_ALERT_CHANNELS, without what is secret."""

    name: str = Field(examples=["pager"])
    kind: Literal["webhook", "apprise"]
    where: str = Field(description="The webhook's host, or the service", examples=["pager.example"])
    newest: list[ChannelDelivery]


class ChannelsRead(BaseModel):
    """All channels."""

    channels: list[ChannelRead]


@routes.get("/api/alert-channels")
def list_alert_channels(_who: Caller) -> ChannelsRead:
    """List the channels, each with its newest messages."""
    return ChannelsRead(channels=channels())


@routes.post("/api/alert-channels/{channel}/tests", status_code=202)
def test_alert_channel(who: Caller, channel: ChannelName) -> ChannelDelivery:
    """Send a test through a channel; what became of it, the delivery says."""
    return document(tested(who, channel))


@routes.get("/api/alert-deliveries/{delivery_id}")
def read_alert_delivery(_who: Caller, delivery_id: Id) -> ChannelDelivery:
    """Read what became of a message to a channel."""
    return document(existing(alert_deliveries.get, delivery_id))


@routes.post("/api/alert-deliveries/{delivery_id}/replays", status_code=202)
def replay_alert_delivery(who: Caller, delivery_id: Id) -> ChannelDelivery:
    """Send a message again under its id; 409 while it is still being sent."""
    return document(replayed(who, delivery_id))


def channels() -> list[ChannelRead]:
    """Return the channels, each with its newest messages."""
    return [
        ChannelRead(
            name=name,
            kind="webhook" if isinstance(one, WebhookChannel) else "apprise",
            where=one.where,
            newest=[document(delivery) for delivery in alert_deliveries.newest(name)],
        )
        for name, one in settings.current().alert_channels.items()
    ]


def tested(who: Principal, channel: str) -> AlertDelivery:
    """Send a test through a channel on a person's behalf. Raises ``Problem`` 404."""
    with connection.transaction():
        try:
            delivery_id = alert_channels.post_test(channel, asked_by=who.actor)
        except LookupError as error:
            raise Problem(404, "not-found", str(error)) from None
        audit.add(who.actor, "alert channel test", f"alert channel {channel}", {"delivery": delivery_id})
    return alert_deliveries.get(delivery_id)


def replayed(who: Principal, delivery_id: int) -> AlertDelivery:
    """Send a message again on a person's behalf. Raises ``Problem`` 404, 409."""
    with connection.transaction():
        delivery = existing(alert_deliveries.get, delivery_id)
        if not alert_channels.send_again(delivery_id):
            raise Problem(409, "conflict", "it is being sent already")
        audit.add(who.actor, "alert delivery replay", f"alert delivery {delivery_id}", {"channel": delivery.channel})
    return alert_deliveries.get(delivery_id)


def document(delivery: AlertDelivery) -> ChannelDelivery:
    """Return a message as programs read it."""
    return ChannelDelivery.model_validate(delivery, from_attributes=True)
