"""Checkout: sessions, and the page on which a payer pays, is asked by the bank, is declined, or turns back."""

import time
from html import escape
from http import HTTPStatus

from sandbox.stripe import payments
from sandbox.stripe.objects import Json, Objects, StripeProblem, invalid

HOLDS_S = 24 * 3600


def create(objects: Objects, form: Json, *, home: str) -> Json:
    """Make a session: what is to be paid, by whom, and where the payer goes afterwards."""
    lines = form.get("line_items", [])
    if form.get("mode") != "payment" or not lines:
        raise invalid("Only sessions of mode payment, with line_items, are made here", param="mode")
    prices = [one["price_data"] for one in lines]
    total = sum(
        int(price["unit_amount"]) * int(one.get("quantity", 1)) for price, one in zip(prices, lines, strict=True)
    )
    made = objects.add(
        "cs",
        "checkout.session",
        mode="payment",
        status="open",
        payment_status="unpaid",
        amount_total=total,
        currency=prices[0]["currency"].lower(),
        customer=form.get("customer"),
        client_reference_id=form.get("client_reference_id"),
        payment_intent=None,
        payment_intent_data=form.get("payment_intent_data", {}),
        success_url=form.get("success_url"),
        cancel_url=form.get("cancel_url"),
        expires_at=int(form.get("expires_at") or time.time() + HOLDS_S),
        line_items=[price["product_data"]["name"] for price in prices],
        metadata=form.get("metadata", {}),
    )
    made["url"] = f"{home}/c/pay/{made['id']}"
    return made


def expire(objects: Objects, session_id: str, _form: Json) -> Json:
    session = objects.get("checkout.session", session_id)
    if session["status"] != "open":
        raise invalid('Only Checkout Sessions with a status in ["open"] can be expired')
    session["status"], session["url"] = "expired", None
    objects.say("checkout.session.expired", session)
    return session


def pay(objects: Objects, session_id: str, card: str) -> Json:
    """Pay with a card; return the intent, which may wait for the payer. Raises ``StripeProblem``."""
    session = objects.get("checkout.session", session_id)
    if session["status"] != "open" or session["expires_at"] < time.time():
        raise invalid("This Checkout Session is not open any more")
    intent = _intent(objects, session)
    chosen = payments.add_card(objects, card)
    return _completed(objects, session, payments.confirm(objects, intent["id"], {"payment_method": chosen["id"]}))


def answer(objects: Objects, session_id: str, *, passes: bool) -> Json:
    """Answer the bank's question."""
    session = objects.get("checkout.session", session_id)
    return _completed(objects, session, payments.authenticate(objects, session["payment_intent"], passes=passes))


def _intent(objects: Objects, session: Json) -> Json:
    if session["payment_intent"]:
        return objects.get("payment_intent", session["payment_intent"])
    given = session["payment_intent_data"]
    intent = payments.create_intent(
        objects,
        {
            "amount": str(session["amount_total"]),
            "currency": session["currency"],
            "customer": session["customer"],
            "setup_future_usage": given.get("setup_future_usage"),
            "metadata": given.get("metadata", {}),
        },
    )
    session["payment_intent"] = intent["id"]
    return intent


def _completed(objects: Objects, session: Json, intent: Json) -> Json:
    if intent["status"] == "succeeded":
        session["status"], session["payment_status"], session["url"] = "complete", "paid", None
        objects.say("checkout.session.completed", session)
    return intent


def page(session: Json, *, says: str = "", asks: bool = False) -> bytes:
    """Return the page of a session."""
    what = escape(", ".join(session["line_items"]))
    amount = f"{session['amount_total']} {session['currency'].upper()} in minor units"
    if asks:
        inner = _button("authenticate", "passes", "Complete authentication") + _button(
            "authenticate", "fails", "Fail authentication"
        )
    elif session["status"] == "open":
        inner = "".join(_button("pay", name, f"Pay with {card.number} ({name})") for name, card in CARDS)
        inner += f'<p><a href="{escape(session["cancel_url"] or "")}">Back</a></p>'
    else:
        inner = f"<p>This session is {escape(session['status'])}.</p>"
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Checkout of the sandbox</title>'
        '<link rel="icon" href="data:,"><meta name="viewport" content="width=device-width, initial-scale=1"></head>'
        f'<body><h1>Checkout of the sandbox</h1><p>{what}: {escape(amount)}</p><p role="status">{escape(says)}</p>'
        f"{inner}</body></html>"
    ).encode()


CARDS = tuple(payments.CARDS.items())


def _button(action: str, value: str, words: str) -> str:
    return (
        f'<form method="post"><input type="hidden" name="{action}" value="{value}">'
        f"<p><button>{escape(words)}</button></p></form>"
    )


def act(objects: Objects, session_id: str, form: Json) -> tuple[int, bytes | str]:
    """Do what was clicked on the page: returns a status with the page, or with the address to go on to."""
    session = objects.get("checkout.session", session_id)
    try:
        if "pay" in form:
            intent = pay(objects, session_id, form["pay"])
        else:
            intent = answer(objects, session_id, passes=form.get("authenticate") == "passes")
    except StripeProblem as problem:
        return HTTPStatus.OK, page(session, says=str(problem))
    if intent["status"] == "succeeded":
        return HTTPStatus.SEE_OTHER, session["success_url"]
    if intent["status"] == "requires_action":
        return HTTPStatus.OK, page(session, says="Your bank asks whether it is you.", asks=True)
    return HTTPStatus.OK, page(session, says="Your bank did not believe that it is you.")
