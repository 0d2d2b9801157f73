"""Stripe, as the settings name it: what the tasks of payments are handed."""

import settings
from integrations.errors import Rejected
from integrations.stripe import StripeAccount
from tasks import outside
from tasks.outside import rate_limits


def account() -> StripeAccount:
    """Return the account with which payments are taken. Raises ``Rejected`` where the settings name no key."""
    config = settings.current()
    if config.stripe_key is None:
        raise Rejected("NOLAPSE_STRIPE_KEY is not set, so no payment can be taken online")
    return StripeAccount(
        config.stripe_key, url=config.stripe_url, guard=outside.guard(), rate_limit=rate_limits.for_payment()
    )
