"""Stripe, as the settings name it: what the tasks of payments are handed."""

from typing import TYPE_CHECKING

import settings
from integrations.errors import Rejected
from tasks import outside
from tasks.outside import rate_limits

if TYPE_CHECKING:
    from integrations.stripe.stripe_account import StripeAccount


def account() -> "StripeAccount":
    """Return the account with which payments are taken. Raises ``Rejected`` where the settings name no key."""
    config = settings.current()
    if config.stripe_key is None:
        raise Rejected("NOLAPSE_STRIPE_KEY is not set, so no payment can be taken online")
    from integrations.stripe.stripe_account import StripeAccount  # noqa: PLC0415 - a tenth of a second of each start

    return StripeAccount(
        config.stripe_key, url=config.stripe_url, guard=outside.guard(), rate_limit=rate_limits.for_payment()
    )
