"""Stripe's JSON read into types of ours: what the sandbox says is read, and what is none of Stripe's is refused."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.stripe import snapshots, stripe_events
from rules.stripe.snapshots import DisputeStatus, IntentStatus, NotStripes, StripeDispute, StripeIntent
from rules.stripe.stripe_events import NotOurs
from sandbox.stripe import payments
from sandbox.stripe.objects import Json, Objects
from sandbox.stripe.webhooks import body_of


def said() -> list[Json]:
    """What the sandbox says of a payment that its payer disputes."""
    objects = Objects(account="acct_1")
    form = {"amount": "3451", "currency": "eur", "payment_method": "pm_card_visa", "metadata": {"invoice": "17"}}
    intent = payments.confirm(objects, payments.create_intent(objects, form)["id"], form)
    payments.refund(objects, {"payment_intent": intent["id"], "amount": "51"})
    payments.dispute(objects, intent["id"])
    return objects.events


def test_what_the_sandbox_says_is_read() -> None:
    read = [stripe_events.read(body_of(one)) for one in said()]
    assert [one.kind for one in read] == [
        "payment_intent.created",
        "payment_intent.succeeded",
        "refund.created",
        "charge.dispute.created",
    ]
    paid, disputed = read[1].about, read[3].about
    assert isinstance(paid, StripeIntent)
    assert (paid.status, paid.received, paid.currency) == (IntentStatus.SUCCEEDED, 3451, "EUR")
    assert paid.metadata == {"invoice": "17"}
    assert isinstance(disputed, StripeDispute)
    assert (disputed.status, disputed.intent) == (DisputeStatus.NEEDS_RESPONSE, paid.id)
    assert disputed.due


def test_an_event_of_another_kind_is_an_event_about_nothing_here() -> None:
    assert stripe_events.of({**said()[0], "type": "invoice.paid", "data": None}).about is None


def changed(path: str, value: Any) -> Json:
    event = json.loads(json.dumps(said()[1]))
    *parents, last = path.split(".")
    place = event
    for name in parents:
        place = place[name]
    place[last] = value
    return event


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        ("object", "list", "no event"),
        ("id", None, "id"),
        ("id", "x" * 256, "id"),
        ("id", 17, "id"),
        ("type", "", "type"),
        ("created", "now", "moment"),
        ("created", -1, "moment"),
        ("created", 10**30, "moment"),
        ("livemode", "yes", "livemode"),
        ("data", [], "data"),
        ("data.object", "pi_1", "JSON object"),
        ("data.object.amount_received", -1, "amount_received"),
        ("data.object.amount_received", 1.5, "amount_received"),
        ("data.object.amount_received", True, "amount_received"),
        ("data.object.amount_received", 10**16, "amount_received"),
        ("data.object.currency", "euro", "currency"),
        ("data.object.status", "happy", "status"),
        ("data.object.metadata", "x", "JSON object"),
        ("data.object.id", "", "id"),
    ],
)
def test_what_is_not_as_stripe_describes_it_is_refused_by_name(path: str, value: Any, named: str) -> None:
    with pytest.raises(NotStripes, match=named):
        stripe_events.of(changed(path, value))


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"null", b"[]", b'"x"', b"[" * 100_000, b"1e999"])
def test_what_is_no_event_is_refused(body: bytes) -> None:
    with pytest.raises(NotStripes):
        stripe_events.read(body)


@given(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(), st.dictionaries(st.text(), st.integers(), max_size=3))
)
def test_no_json_breaks_the_reader(raw: Any) -> None:
    for kind in ("payment_intent", "refund", "dispute", "checkout.session"):
        with pytest.raises(NotStripes):
            snapshots.read({"object": kind, "status": raw, "amount": raw, "metadata": raw})


def test_an_event_of_the_other_mode_or_of_another_account_is_not_ours() -> None:
    event = stripe_events.of(said()[1])
    stripe_events.require_ours(event, livemode=False, account="")
    with pytest.raises(NotOurs, match="test mode"):
        stripe_events.require_ours(event, livemode=True, account="")
    theirs = stripe_events.of(changed("account", "acct_2"))
    stripe_events.require_ours(theirs, livemode=False, account="acct_2")
    for account in ("", "acct_1"):
        with pytest.raises(NotOurs, match="another account"):
            stripe_events.require_ours(theirs, livemode=False, account=account)
