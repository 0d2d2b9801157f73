"""Messages to channels: each is a row before it is sent, and keeps its id whenever it is sent again."""

import json
from dataclasses import dataclass
from datetime import datetime
from secrets import token_hex

from db import connection
from db.fields import stored
from rules.alerts.alert_channels import ChannelMessage, DeliveryState

_LONGEST_SAID = 1000


@dataclass(frozen=True, slots=True)
class AlertDelivery:
    """A message to a channel as it is stored; ``asked_at`` is since when it is tried. Times are UTC."""

    id: int
    channel: str
    message_id: str
    title: str
    body: str
    kind: str
    data: dict[str, object]
    state: DeliveryState
    said: str | None
    made_at: datetime
    asked_at: datetime
    ended_at: datetime | None

    @property
    def message(self) -> ChannelMessage:
        """What is sent."""
        return ChannelMessage(self.title, self.body, self.kind, self.data)


_DELIVERIES = (
    "SELECT id, channel, message_id, title, body, kind, data, state, said, made_at, asked_at, ended_at"
    " FROM alert_delivery"
)


def add(channel: str, message: ChannelMessage, *, at: datetime) -> int:
    """Add a message in the caller's transaction and return its id."""
    rows = connection.execute(
        "INSERT INTO alert_delivery (channel, message_id, title, body, kind, data, state, made_at, asked_at)"
        " VALUES (%s, %s, %s, %s, %s, %s, 'queued', %s, %s) RETURNING id",
        channel, f"msg_{token_hex(16)}", message.title, message.body, message.kind, json.dumps(message.data),
        stored(at), stored(at),
    )  # fmt: skip
    return int(rows[0][0])


def get(delivery_id: int) -> AlertDelivery:
    """Return a message. Raises ``LookupError``."""
    for found in connection.rows(AlertDelivery, f"{_DELIVERIES} WHERE id = %s", delivery_id):
        return found
    raise LookupError(f"no delivery to a channel has the id {delivery_id}")


def newest(channel: str, *, limit: int = 5) -> list[AlertDelivery]:
    """Return the newest messages to a channel, the newest first."""
    return connection.rows(AlertDelivery, f"{_DELIVERIES} WHERE channel = %s ORDER BY id DESC LIMIT %s", channel, limit)


def again(delivery_id: int, *, at: datetime) -> bool:
    """Have a message that ended sent once more, in the caller's transaction; False where it still waits."""
    return bool(
        connection.changed(
            "UPDATE alert_delivery SET state = 'queued', said = NULL, asked_at = %s, ended_at = NULL"
            " WHERE id = %s AND state <> 'queued'",
            stored(at),
            delivery_id,
        )
    )


def ended(delivery_id: int, state: DeliveryState, *, said: str, at: datetime) -> bool:
    """Write what became of a message, in the caller's transaction; False where that is written already."""
    return bool(
        connection.changed(
            "UPDATE alert_delivery SET state = %s, said = %s, ended_at = %s WHERE id = %s AND state = 'queued'",
            str(state), said[:_LONGEST_SAID].replace("\0", ""), stored(at), delivery_id,
        )
    )  # fmt: skip
