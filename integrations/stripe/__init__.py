"""Stripe's API through its own package: customers, Checkout, charges of stored cards, refunds, events.

Every write takes a key of the caller's, which goes along twice: as the idempotency key, under which Stripe does a
thing once for 24 hours, and in the object's metadata, by which it is found again for ever. So a caller that never got
the answer to a write asks first (``found_...``) and writes again with the same key only where nothing is found.
Searching by metadata lags behind at Stripe, and listing does not: what is asked for is listed by its customer or
payment.

A write whose answer is lost raises ``Unavailable``: with its key, it may be asked for again.

What is asked for is declared here. ``stripe_account`` asks for it, and is imported only where that is done: Stripe's
package takes a tenth of a second of a process's start.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

KEY: Final = "nolapse_key"
"""The name under which an object's metadata holds the key that it was made with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckoutOrder:
    """What a session of Checkout is to be paid for. ``amount`` counts as Stripe does; ``expires`` is UTC."""

    customer: str
    amount: int
    currency: str
    what: str
    """One line, which the payer reads."""
    paid_url: str
    back_url: str
    expires: datetime
    keeps_card: bool
    """Whether the payer lets us charge the card again, without being there."""
    metadata: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeOrder:
    """A stored card that is to be charged while its owner is away."""

    customer: str
    card: str
    amount: int
    currency: str
    what: str
    metadata: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundOrder:
    """What is to go back of a payment."""

    intent: str
    amount: int
    metadata: Mapping[str, str]
