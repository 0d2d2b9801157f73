"""Stripe's events: their envelope, and which of them are for us (https://docs.stripe.com/api/events/object)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, cast

from rules.stripe import snapshots
from rules.stripe.snapshots import LONGEST_ID, NotStripes, Snapshot

TYPES: Final = (
    "payment_intent.created",
    "payment_intent.processing",
    "payment_intent.requires_action",
    "payment_intent.payment_failed",
    "payment_intent.succeeded",
    "payment_intent.canceled",
    "checkout.session.completed",
    "checkout.session.expired",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "refund.created",
    "refund.updated",
    "refund.failed",
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.closed",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated",
)
"""The types that an endpoint has to be subscribed to; an event of any other type is stored and changes nothing."""


class NotOurs(ValueError):
    """Raised for an event of another account, or of the other mode; the message says which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StripeEvent:
    """An event: when Stripe made it (whole seconds, UTC), and its object as it was then."""

    id: str
    kind: str
    created: datetime
    livemode: bool
    account: str | None
    """The connected account of the event; None where it is the account's own."""
    about: Snapshot | None
    """None where it is about something that does not count here."""


def read(body: bytes) -> StripeEvent:
    """Return the event that a webhook's body holds. Raises ``NotStripes``."""
    try:
        raw: object = json.loads(body.decode())
    except (ValueError, RecursionError) as error:
        raise NotStripes("the body is no JSON in UTF-8") from error
    return of(raw)


def of(raw: object) -> StripeEvent:
    """Return the event in parsed JSON. Raises ``NotStripes``."""
    if not isinstance(raw, Mapping) or cast("Mapping[str, Any]", raw).get("object") != "event":
        raise NotStripes("the body is no event")
    given = cast("Mapping[str, Any]", raw)
    event_id, kind, created, livemode = (given.get(name) for name in ("id", "type", "created", "livemode"))
    if not isinstance(event_id, str) or not 0 < len(event_id) <= LONGEST_ID or not event_id.isprintable():
        raise NotStripes("the event has no id")
    if not isinstance(kind, str) or not 0 < len(kind) <= LONGEST_ID or not kind.isprintable():
        raise NotStripes("the event has no type")
    if type(created) is not int or not 0 <= created < 2**33 or not isinstance(livemode, bool):
        raise NotStripes("the event says no moment (created) or no mode (livemode)")
    account = given.get("account")
    return StripeEvent(
        id=event_id,
        kind=kind,
        created=datetime.fromtimestamp(created, UTC),
        livemode=livemode,
        account=str(account)[:LONGEST_ID] if account is not None else None,
        about=_snapshot_of(given) if kind in TYPES else None,
    )


def require_ours(event: StripeEvent, *, livemode: bool, account: str) -> None:
    """Raise ``NotOurs`` for an event of the other mode, or of an account that is not ``account`` (empty: our own)."""
    if event.livemode != livemode:
        theirs, ours = ("live", "test") if event.livemode else ("test", "live")
        raise NotOurs(f"the event is of {theirs} mode, and the key here is of {ours} mode")
    if event.account is not None and event.account != account:
        raise NotOurs("the event is of another account than the one that is set up here")


def _snapshot_of(given: Mapping[str, Any]) -> Snapshot | None:
    data = given.get("data")
    if not isinstance(data, Mapping):
        raise NotStripes("the event is about nothing (data)")
    return snapshots.read(cast("Mapping[str, Any]", data).get("object"))
