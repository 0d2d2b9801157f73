"""Where Stripe's events come in: verified over the exact bytes that came, and stored before the answer 200.

too large 413 -> no secret is set 404 -> not signed, not now 400 -> no event, of another account or mode 400
-> kept, and 200; the same event again: 200 and nothing else; the database is away: 503, and Stripe tries again
"""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Header
from pydantic import BaseModel, Field
from starlette.requests import Request

import settings
from api_stub.problems import Problem
from api_stub.routes import router
from db import connection
from rules.stripe import signatures, stripe_events
from rules.stripe.signatures import BadSignature
from rules.stripe.snapshots import NotStripes
from rules.stripe.stripe_events import NotOurs, StripeEvent
from tasks.payments import webhooks

routes = router(tags=["webhooks"])


class WebhookTaken(BaseModel):
    """The event is kept; ``new`` is false where it was before."""

    new: bool = Field(examples=[True])


async def _raw_body(request: Request) -> bytes:
    return await request.body()


@routes.post("/webhooks/stripe", include_in_schema=False)
def take_stripe_webhook(
    body: Annotated[bytes, Depends(_raw_body)],
    stripe_signature: Annotated[str, Header()] = "",
) -> WebhookTaken:
    """Keep an event of Stripe's, once."""
    config = settings.current()
    if not config.stripe_signing_secrets:
        raise Problem(404, "not-found", "No payments are taken here: NOLAPSE_STRIPE_WEBHOOK_SECRETS is not set")
    event = _verified(body, stripe_signature)
    with connection.transaction():
        return WebhookTaken(new=webhooks.receive(event, body.decode()))


def _verified(body: bytes, header: str) -> StripeEvent:
    config = settings.current()
    try:
        signatures.verify(body, header, config.stripe_signing_secrets, now=datetime.now(UTC))
        event = stripe_events.read(body)
        stripe_events.require_ours(event, livemode=config.stripe_is_live, account=config.stripe_account)
    except (BadSignature, NotStripes, NotOurs) as error:
        raise Problem(400, "bad-webhook", f"This is not taken as an event of Stripe's: {error}") from None
    return event
