"""The account at Stripe that a key opens: its calls, through Stripe's own package."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, cast

import stripe
from pydantic import SecretStr

from integrations.errors import Rejected, Unavailable
from integrations.guard import Guard
from integrations.rate_limit import UNLIMITED, RateLimit
from integrations.stripe import KEY, ChargeOrder, CheckoutOrder, RefundOrder
from integrations.stripe.stripe_http import GuardedTransport
from rules.stripe import snapshots
from rules.stripe.snapshots import (
    NotStripes,
    StripeCustomer,
    StripeIntent,
    StripeRefund,
    StripeSession,
)
from rules.stripe.stripe_events import TYPES

API_VERSION: Final = "2026-10-28.endive"
"""The one that the snapshots are read by; webhook endpoints are made with the same."""

_DEADLINE_S: Final = 20.0
_PAGE: Final = 100
_MOST_PAGES: Final = 50


@dataclass(frozen=True)
class StripeAccount:
    """The account that a key opens. ``deadline_s`` bounds each call as a whole."""

    key: SecretStr
    url: str = "https://api.stripe.com"
    guard: Guard = field(default_factory=Guard)
    rate_limit: RateLimit = UNLIMITED
    deadline_s: float = _DEADLINE_S

    def check(self) -> None:
        """Check that the key may read events, which is the least that every part of this needs."""
        self._ask(lambda api: api.v1.events.list({"limit": 1}))

    def make_customer(self, *, email: str, metadata: Mapping[str, str], key: str) -> StripeCustomer:
        """Make a customer."""
        params: Any = {"email": email, "metadata": _with_key(metadata, key)}
        return snapshots.customer(self._ask(lambda api: api.v1.customers.create(params, _under(key))))

    def found_customer(self, key: str, *, email: str) -> StripeCustomer | None:
        """Return the customer that was made with a key."""
        raw = self._listed(lambda api, page: api.v1.customers.list(cast("Any", {"email": email, **page})))
        return next((one for one in map(snapshots.customer, raw) if one.metadata.get(KEY) == key), None)

    def open_checkout(self, order: CheckoutOrder, *, key: str) -> StripeSession:
        """Make a session of Checkout; its address is good until it is paid or expires."""
        metadata = _with_key(order.metadata, key)
        payment: dict[str, Any] = {"metadata": metadata, "description": order.what}
        if order.keeps_card:
            payment["setup_future_usage"] = "off_session"
        price = {"currency": order.currency.lower(), "unit_amount": order.amount, "product_data": {"name": order.what}}
        params: Any = {
            "mode": "payment",
            "customer": order.customer,
            "line_items": [{"quantity": 1, "price_data": price}],
            "payment_intent_data": payment,
            "success_url": order.paid_url,
            "cancel_url": order.back_url,
            "expires_at": int(order.expires.timestamp()),
            "metadata": metadata,
        }
        return snapshots.session(self._ask(lambda api: api.v1.checkout.sessions.create(params, _under(key))))

    def found_checkout(self, key: str, *, customer: str) -> StripeSession | None:
        """Return the session that was made with a key."""
        raw = self._listed(lambda api, page: api.v1.checkout.sessions.list(cast("Any", {"customer": customer, **page})))
        return next((one for one in map(snapshots.session, raw) if one.metadata.get(KEY) == key), None)

    def checkout(self, session: str) -> StripeSession:
        """Return a session of Checkout as it is now."""
        return snapshots.session(self._ask(lambda api: api.v1.checkout.sessions.retrieve(session)))

    def expire_checkout(self, session: str) -> StripeSession:
        """Close a session, so that nobody pays there any more. Raises ``Rejected`` for one that is not open."""
        return snapshots.session(self._ask(lambda api: api.v1.checkout.sessions.expire(session)))

    def charge(self, order: ChargeOrder, *, key: str) -> StripeIntent:
        """Charge a stored card. A declined card, or one whose bank asks for the payer, is an answer as well."""
        params: Any = {
            "customer": order.customer,
            "payment_method": order.card,
            "amount": order.amount,
            "currency": order.currency.lower(),
            "description": order.what,
            "off_session": True,
            "confirm": True,
            "metadata": _with_key(order.metadata, key),
        }
        return snapshots.intent(self._ask(lambda api: api.v1.payment_intents.create(params, _under(key))))

    def found_charge(self, key: str, *, customer: str) -> StripeIntent | None:
        """Return the payment that was made with a key."""
        raw = self._listed(lambda api, page: api.v1.payment_intents.list(cast("Any", {"customer": customer, **page})))
        return next((one for one in map(snapshots.intent, raw) if one.metadata.get(KEY) == key), None)

    def cancel(self, intent: str) -> StripeIntent:
        """Give up a payment that has not succeeded. Raises ``Rejected`` for one that has."""
        return snapshots.intent(self._ask(lambda api: api.v1.payment_intents.cancel(intent)))

    def payment(self, intent: str) -> StripeIntent:
        """Return a payment as it is now."""
        return snapshots.intent(self._ask(lambda api: api.v1.payment_intents.retrieve(intent)))

    def payments_since(self, moment: datetime) -> list[StripeIntent]:
        """Return the payments that were begun since a moment, the newest first."""
        since = {"created": {"gte": int(moment.timestamp())}}
        raw = self._listed(lambda api, page: api.v1.payment_intents.list(cast("Any", {**since, **page})))
        return [snapshots.intent(one) for one in raw]

    def refund(self, order: RefundOrder, *, key: str) -> StripeRefund:
        """Give back a part of a payment, or all of it. Raises ``Rejected`` where there is not as much left."""
        params: Any = {
            "payment_intent": order.intent,
            "amount": order.amount,
            "metadata": _with_key(order.metadata, key),
        }
        return snapshots.refund(self._ask(lambda api: api.v1.refunds.create(params, _under(key))))

    def found_refund(self, key: str, *, intent: str) -> StripeRefund | None:
        """Return the refund that was made with a key."""
        raw = self._listed(lambda api, page: api.v1.refunds.list(cast("Any", {"payment_intent": intent, **page})))
        return next((one for one in map(snapshots.refund, raw) if one.metadata.get(KEY) == key), None)

    def events_since(self, moment: datetime) -> list[Mapping[str, Any]]:
        """Return the events that count here, made since a moment, as Stripe's JSON, the newest first.

        Stripe keeps them for 30 days.
        """
        since = {"created": {"gte": int(moment.timestamp())}, "types": list(TYPES)}
        return list(self._listed(lambda api, page: api.v1.events.list(cast("Any", {**since, **page}))))

    def _listed(self, ask: Callable[[stripe.StripeClient, dict[str, Any]], Any]) -> Iterator[Mapping[str, Any]]:
        """Iterate over the members of a list, page by page. Raises ``Unavailable`` for one that has no end."""
        page: dict[str, Any] = {"limit": _PAGE}
        for _ in range(_MOST_PAGES):
            answer = self._ask(lambda api, page=page: ask(api, page))
            rows = cast("list[Mapping[str, Any]]", answer.get("data") or [])
            yield from rows
            if not answer.get("has_more") or not rows:
                return
            page = {"limit": _PAGE, "starting_after": rows[-1]["id"]}
        raise Unavailable(f"Stripe's list has more than {_PAGE * _MOST_PAGES} rows")

    def _ask(self, ask: Callable[[stripe.StripeClient], Any]) -> Mapping[str, Any]:
        """Ask, and return the answer as JSON. Raises ``Unavailable``, ``Throttled`` or ``Rejected``."""
        transport = GuardedTransport(guard=self.guard, limit=self.rate_limit, deadline_s=self.deadline_s)
        api = stripe.StripeClient(
            self.key.get_secret_value(),
            stripe_version=API_VERSION,
            base_addresses={"api": self.url},
            max_network_retries=0,
            http_client=transport,
        )
        try:
            return ask(api).to_dict()
        except stripe.CardError as error:
            if (declined := _declined(error)) is None:
                raise Rejected(f"Stripe: {error.user_message}") from error
            return declined
        except (stripe.AuthenticationError, stripe.PermissionError) as error:
            raise Unavailable(f"Stripe does not let this key do it: {error.user_message}") from error
        except (stripe.InvalidRequestError, stripe.IdempotencyError) as error:
            raise Rejected(f"Stripe: {error.user_message}") from error
        except (stripe.StripeError, NotStripes, ValueError) as error:
            raise Unavailable(f"Stripe's answer cannot be read: {type(error).__name__}") from error


def _declined(error: stripe.CardError) -> Mapping[str, Any] | None:
    """Return the payment that a card's refusal is about."""
    body = cast("Mapping[str, Any]", error.json_body or {})
    return body.get("error", {}).get("payment_intent")


def _with_key(metadata: Mapping[str, str], key: str) -> dict[str, str]:
    return {**metadata, KEY: key}


def _under(key: str) -> Any:
    return {"idempotency_key": key}
