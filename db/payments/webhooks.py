"""The inbox of webhooks: each event once, as it came, and whether it has been folded."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from db import connection
from db.fields import stored
from db.listing import ListFilter, Listing, Order, equals, whether
from rules.stripe.stripe_events import StripeEvent


class WebhookState(StrEnum):
    """What became of an event."""

    RECEIVED = "received"
    FOLDED = "folded"
    FAILED = "failed"  # its job ended badly; it may be folded again


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedWebhook:
    """An event in the inbox. ``made_at`` is on Stripe's clock; times are UTC."""

    id: int
    event: str
    kind: str
    made_at: datetime
    body: str
    polled: bool
    state: WebhookState
    failure: str | None
    received_at: datetime


_WEBHOOK = "SELECT id, event, kind, made_at, body, polled, state, failure, received_at FROM webhook"


def add(event: StripeEvent, body: str, *, polled: bool) -> int | None:
    """Keep an event in the caller's transaction, and return its number; None where it is kept already."""
    rows = connection.execute(
        "INSERT INTO webhook (event, kind, made_at, body, polled, state, received_at)"
        " VALUES (%s, %s, %s, %s, %s, 'received', {now}) ON CONFLICT (event) DO NOTHING RETURNING id",
        event.id,
        event.kind,
        stored(event.created),
        body,
        polled,
    )
    return rows[0][0] if rows else None


def find(webhook_id: object) -> ReceivedWebhook | None:
    """Return an event of the inbox, or None."""
    return next(iter(connection.rows(ReceivedWebhook, f"{_WEBHOOK} WHERE id = %s", webhook_id)), None)


def require(webhook_id: int) -> ReceivedWebhook:
    """Return an event of the inbox. Raises ``LookupError``."""
    if (found := find(webhook_id)) is None:
        raise LookupError(f"no webhook has the id {webhook_id}")
    return found


def many(ids: Sequence[int]) -> list[ReceivedWebhook]:
    """Return the events that exist, of these ids."""
    return connection.rows(ReceivedWebhook, f"{_WEBHOOK} WHERE id {{ids}}", list(ids))


def folded(webhook_id: int) -> None:
    """Write, in the caller's transaction, that an event has been folded."""
    connection.changed(
        "UPDATE webhook SET state = 'folded', failure = NULL, folded_at = {now} WHERE id = %s", webhook_id
    )


def failed(webhook_id: object, why: str) -> None:
    """Write, in the caller's transaction, why an event could not be folded."""
    connection.changed(
        "UPDATE webhook SET state = 'failed', failure = %s WHERE id = %s AND state <> 'folded'",
        why.replace("\0", "")[:1000],
        webhook_id,
    )


def again(webhook_id: int) -> None:
    """Write, in the caller's transaction, that an event is to be folded once more."""
    connection.changed("UPDATE webhook SET state = 'received', failure = NULL WHERE id = %s", webhook_id)


def not_folded() -> dict[WebhookState, int]:
    """Count the events that are not folded, by their states."""
    rows = connection.execute("SELECT state, COUNT(*) FROM webhook WHERE state <> 'folded' GROUP BY state")
    return {WebhookState(state): number for state, number in rows}


def newest_made_at() -> datetime | None:
    """Return when the newest event was made, on Stripe's clock; None while there is none."""
    found = connection.rows(ReceivedWebhook, f"{_WEBHOOK} ORDER BY made_at DESC LIMIT 1")
    return found[0].made_at if found else None


LIST: Final[Listing[ReceivedWebhook]] = Listing(
    table="webhook",
    columns="state, kind, polled",
    read=many,
    orders={"id": Order()},
    filters={
        "state": ListFilter(WebhookState, equals("state"), "Only in this state"),
        "kind": ListFilter(str, equals("kind"), "Only of this type, such as `payment_intent.succeeded`"),
        "polled": ListFilter(bool, whether("polled = TRUE", "polled = FALSE"), "Whether it was asked for"),
    },
)
"""The whole inbox. It is no client's, so a reader who is limited to clients sees none of it."""
