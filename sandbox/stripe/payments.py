"""How money moves in the sandbox's Stripe: customers, their cards, intents, refunds and disputes.

    requires_payment_method ──confirm──> succeeded
              ^      │ └──the bank asks──> requires_action ──the payer answers──> succeeded
              └──────┴────declined, or the payer failed to answer────────────────┘

(https://docs.stripe.com/payments/paymentintents/lifecycle)
"""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from sandbox.stripe.objects import Json, MovementKind, Objects, StripeProblem, invalid

DISPUTE_ANSWER_S = 7 * 86400


@dataclass(frozen=True, slots=True)
class Card:
    """A test card, under the name that Stripe gives its ``pm_card_`` token."""

    number: str
    last4: str
    needs_payer: bool = False
    """Whether the bank asks the payer (3-D Secure), also where the card is stored."""
    decline: str = ""
    disputed: bool = False


CARDS = {
    "visa": Card("4242 4242 4242 4242", "4242"),
    "authenticationRequired": Card("4000 0027 6000 3184", "3184", needs_payer=True),
    "chargeDeclined": Card("4000 0000 0000 0002", "0002", decline="generic_decline"),
    "chargeDeclinedInsufficientFunds": Card("4000 0000 0000 9995", "9995", decline="insufficient_funds"),
    "createDispute": Card("4000 0000 0000 0259", "0259", disputed=True),
}
"""https://docs.stripe.com/testing"""


def create_customer(objects: Objects, form: Json) -> Json:
    return objects.add(
        "cus",
        "customer",
        name=form.get("name"),
        email=form.get("email"),
        metadata=form.get("metadata", {}),
        invoice_settings={"default_payment_method": None},
    )


def add_card(objects: Objects, name: str, customer: str | None = None) -> Json:
    """Make a payment method of a test card."""
    if name not in CARDS:
        raise invalid(f"No such PaymentMethod: 'pm_card_{name}'", param="payment_method", code="resource_missing")
    card = {"brand": "visa", "last4": CARDS[name].last4, "exp_month": 12, "exp_year": 2034}
    return objects.add("pm", "payment_method", type="card", card=card, customer=customer, metadata={"card": name})


def method(objects: Objects, given: str) -> Json:
    """Return a payment method; a ``pm_card_`` token makes a new one."""
    return (
        add_card(objects, given.removeprefix("pm_card_"))
        if given.startswith("pm_card_")
        else objects.get("payment_method", given)
    )


def attach(objects: Objects, method_id: str, form: Json) -> Json:
    """Keep a card for a customer."""
    found = method(objects, method_id)
    found["customer"] = objects.get("customer", form["customer"])["id"]
    objects.say("payment_method.attached", found)
    return found


def create_setup(objects: Objects, form: Json) -> Json:
    """Make a setup intent: a card is kept, and nothing is charged."""
    made = objects.add(
        "seti",
        "setup_intent",
        status="requires_payment_method",
        customer=form.get("customer"),
        payment_method=form.get("payment_method"),
        usage=form.get("usage", "off_session"),
        metadata=form.get("metadata", {}),
    )
    objects.say("setup_intent.created", made)
    return confirm_setup(objects, made["id"], form) if form.get("confirm") == "true" else made


def confirm_setup(objects: Objects, setup_id: str, form: Json) -> Json:
    setup = objects.get("setup_intent", setup_id)
    given = form.get("payment_method") or setup["payment_method"]
    if not given:
        raise invalid("A payment method is missing", param="payment_method")
    found = method(objects, given)
    found["customer"] = setup["customer"]
    setup["payment_method"], setup["status"] = found["id"], "succeeded"
    objects.say("setup_intent.succeeded", setup)
    return setup


def create_intent(objects: Objects, form: Json) -> Json:
    """Make a payment intent, and confirm it where that is asked."""
    amount = _positive(form, "amount")
    if customer := form.get("customer"):
        objects.get("customer", customer)
    made = objects.add(
        "pi",
        "payment_intent",
        amount=amount,
        amount_received=0,
        currency=str(form.get("currency", "")).lower(),
        customer=customer,
        payment_method=None,
        status="requires_payment_method",
        latest_charge=None,
        last_payment_error=None,
        next_action=None,
        setup_future_usage=form.get("setup_future_usage"),
        description=form.get("description"),
        metadata=form.get("metadata", {}),
    )
    objects.say("payment_intent.created", made)
    return confirm(objects, made["id"], form) if form.get("confirm") == "true" else made


def confirm(objects: Objects, intent_id: str, form: Json) -> Json:
    """Charge the card, or have the bank ask the payer first. Raises ``StripeProblem`` 402 where it is declined."""
    intent = objects.get("payment_intent", intent_id)
    if intent["status"] in ("succeeded", "canceled"):
        raise invalid(
            f"You cannot confirm this PaymentIntent: it has a status of {intent['status']}",
            code="payment_intent_unexpected_state",
        )
    given = form.get("payment_method") or intent["payment_method"]
    if not given:
        raise invalid("A payment method is missing", param="payment_method")
    found = method(objects, given)
    if form.get("off_session") == "true" and found["customer"] != intent["customer"]:
        raise invalid("The PaymentMethod is not attached to this customer", param="payment_method")
    intent["payment_method"] = found["id"]
    card = _card(found)
    if card.decline:
        raise _declined(objects, intent, "card_declined", card.decline)
    if not card.needs_payer:
        return _succeed(objects, intent, disputed=card.disputed)
    if form.get("off_session") == "true":
        raise _declined(objects, intent, "authentication_required", "authentication_required")
    intent["status"], intent["next_action"] = "requires_action", {"type": "redirect_to_url"}
    objects.say("payment_intent.requires_action", intent)
    return intent


def authenticate(objects: Objects, intent_id: str, *, passes: bool) -> Json:
    """Answer the bank's question as the payer."""
    intent = objects.get("payment_intent", intent_id)
    intent["next_action"] = None
    if passes:
        return _succeed(objects, intent)
    return _fail(objects, intent, "payment_intent_authentication_failure", "")


def cancel(objects: Objects, intent_id: str, _form: Json) -> Json:
    intent = objects.get("payment_intent", intent_id)
    if intent["status"] in ("succeeded", "canceled"):
        raise invalid("You cannot cancel this PaymentIntent", code="payment_intent_unexpected_state")
    intent["status"] = "canceled"
    objects.say("payment_intent.canceled", intent)
    return intent


def refund(objects: Objects, form: Json) -> Json:
    """Give back what a payment brought, or a part of it."""
    intent = objects.get("payment_intent", form.get("payment_intent", ""))
    given = [one["amount"] for one in objects.all("refund", payment_intent=intent["id"]) if one["status"] != "failed"]
    left = intent["amount_received"] - sum(given)
    amount = _positive(form, "amount") if "amount" in form else left
    if not 0 < amount <= left:
        raise invalid(
            f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})",
            param="amount",
            code="amount_too_large" if left else "charge_already_refunded",
        )
    made = objects.add(
        "re",
        "refund",
        amount=amount,
        currency=intent["currency"],
        payment_intent=intent["id"],
        charge=intent["latest_charge"],
        status="succeeded",
        reason=form.get("reason"),
        failure_reason=None,
        metadata=form.get("metadata", {}),
    )
    objects.move(MovementKind.REFUND, intent, -amount)
    objects.say("refund.created", made)
    return made


def fail_refund(objects: Objects, refund_id: str) -> Json:
    """Make a refund fail, as it may at a bank days later."""
    made = objects.get("refund", refund_id)
    made["status"], made["failure_reason"] = "failed", "lost_or_stolen_card"
    objects.move(MovementKind.REVERSAL, objects.get("payment_intent", made["payment_intent"]), made["amount"])
    objects.say("refund.failed", made)
    return made


def dispute(objects: Objects, intent_id: str, *, reason: str = "fraudulent") -> Json:
    """Dispute a payment as the payer, who tells the bank that it was not theirs."""
    intent = objects.get("payment_intent", intent_id)
    made = objects.add(
        "du",
        "dispute",
        amount=intent["amount_received"],
        currency=intent["currency"],
        payment_intent=intent["id"],
        charge=intent["latest_charge"],
        status="needs_response",
        reason=reason,
        metadata={},
    )
    made["evidence_details"] = {"due_by": made["created"] + DISPUTE_ANSWER_S}
    objects.move(MovementKind.DISPUTE, intent, -made["amount"])
    objects.say("charge.dispute.created", made)
    return made


def close_dispute(objects: Objects, dispute_id: str, *, won: bool) -> Json:
    """Decide a dispute as the bank."""
    found = objects.get("dispute", dispute_id)
    found["status"] = "won" if won else "lost"
    if won:
        objects.move(MovementKind.REVERSAL, objects.get("payment_intent", found["payment_intent"]), found["amount"])
    objects.say("charge.dispute.closed", found)
    return found


def _succeed(objects: Objects, intent: Json, *, disputed: bool = False) -> Json:
    charge = objects.add(
        "ch",
        "charge",
        amount=intent["amount"],
        currency=intent["currency"],
        payment_intent=intent["id"],
        status="succeeded",
    )
    intent["latest_charge"], intent["amount_received"] = charge["id"], intent["amount"]
    intent["status"], intent["last_payment_error"] = "succeeded", None
    objects.move(MovementKind.CHARGE, intent, intent["amount"])
    if intent["setup_future_usage"] and intent["customer"]:
        objects.get("payment_method", intent["payment_method"])["customer"] = intent["customer"]
    objects.say("payment_intent.succeeded", intent)
    if disputed:
        dispute(objects, intent["id"])
    return intent


def _fail(objects: Objects, intent: Json, code: str, decline: str) -> Json:
    intent["status"] = "requires_payment_method"
    intent["last_payment_error"] = {
        "type": "card_error",
        "code": code,
        "decline_code": decline or None,
        "message": "Your card was declined.",
    }
    objects.say("payment_intent.payment_failed", intent)
    return intent


def _declined(objects: Objects, intent: Json, code: str, decline: str) -> StripeProblem:
    failed = _fail(objects, intent, code, decline)
    error: dict[str, Any] = {"code": code, "decline_code": decline, "payment_intent": dict(failed)}
    return StripeProblem(HTTPStatus.PAYMENT_REQUIRED, "card_error", "Your card was declined.", **error)


def _card(found: Json) -> Card:
    return CARDS[found["metadata"]["card"]]


def _positive(form: Json, name: str) -> int:
    given = str(form.get(name, ""))
    if not given.isdecimal() or not int(given):
        raise invalid(f"Invalid positive integer: {given}", param=name, code="parameter_invalid_integer")
    return int(given)
