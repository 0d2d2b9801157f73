"""Stripe through its own package, over real sockets to the sandbox: each answer, each failure, and no effect twice."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network

import pytest
from pydantic import SecretStr

from integrations.errors import Rejected, Throttled, Unavailable
from integrations.guard import Forbidden, Guard
from integrations.stripe import ChargeOrder, CheckoutOrder, RefundOrder
from integrations.stripe.stripe_account import StripeAccount
from rules.stripe.snapshots import IntentStatus, RefundStatus, SessionStatus
from sandbox.stripe import KEY, RETRY_AFTER_S, StripeServer, checkout, payments
from sandbox.stripe.misbehaviour import StripeFault
from tests.support.rate_limits import Recorder

GUARD = Guard(allowed=(ip_network("127.0.0.0/8"),))


@pytest.fixture
def server() -> Iterator[StripeServer]:
    with StripeServer() as running:
        yield running


@pytest.fixture
def account(server: StripeServer) -> StripeAccount:
    return StripeAccount(SecretStr(KEY), url=server.url, guard=GUARD, deadline_s=0.5)


def customer_with_card(server: StripeServer, account: StripeAccount, card: str = "visa") -> tuple[str, str]:
    made = account.make_customer(email="bakery@clients.test", metadata={"client": "7"}, key="c7")
    kept = payments.attach(server.objects, f"pm_card_{card}", {"customer": made.id})
    return made.id, kept["id"]


def charge_order(
    server: StripeServer, account: StripeAccount, card: str = "visa", *, amount: int = 3451
) -> ChargeOrder:
    customer, kept = customer_with_card(server, account, card)
    return ChargeOrder(
        customer=customer, card=kept, amount=amount, currency="EUR", what="Invoice 1", metadata={"invoice": "1"}
    )


def test_a_stored_card_is_charged(server: StripeServer, account: StripeAccount) -> None:
    paid = account.charge(charge_order(server, account), key="one")
    assert (paid.status, paid.received, paid.currency) == (IntentStatus.SUCCEEDED, 3451, "EUR")
    assert paid.metadata["invoice"] == "1"
    assert server.objects.charged(paid.id) == 3451


@pytest.mark.parametrize(
    ("card", "code"), [("chargeDeclined", "card_declined"), ("authenticationRequired", "authentication_required")]
)
def test_a_card_that_cannot_be_charged_is_an_answer(
    card: str, code: str, server: StripeServer, account: StripeAccount
) -> None:
    refused = account.charge(charge_order(server, account, card), key="one")
    assert (refused.status, refused.failure_code) == (IntentStatus.REQUIRES_PAYMENT_METHOD, code)
    assert server.objects.charged() == 0


def test_the_same_key_charges_once_and_another_order_under_it_is_refused(
    server: StripeServer, account: StripeAccount
) -> None:
    order = charge_order(server, account)
    first, second = account.charge(order, key="one"), account.charge(order, key="one")
    assert first == second
    other = ChargeOrder(
        customer=order.customer, card=order.card, amount=1, currency="EUR", what=order.what, metadata=order.metadata
    )
    with pytest.raises(Rejected, match="same parameters"):
        account.charge(other, key="one")
    assert server.objects.charged() == 3451


AFTER = (StripeFault.SILENT_AFTER, StripeFault.HANG_UP_AFTER, StripeFault.BROKEN_AFTER)


@pytest.mark.parametrize("fault", AFTER)
def test_a_charge_whose_answer_was_lost_is_found_by_its_key_even_when_stripe_forgot_it(
    fault: StripeFault, server: StripeServer, account: StripeAccount
) -> None:
    order = charge_order(server, account)
    server.fail_next(fault, "/v1/payment_intents")
    with pytest.raises(Unavailable):
        account.charge(order, key="one")
    server.api.forget_keys()
    found = account.found_charge("one", customer=order.customer)
    assert found is not None
    assert found.status is IntentStatus.SUCCEEDED
    assert account.found_charge("two", customer=order.customer) is None
    assert server.objects.charged() == 3451


def test_refunds_go_back_once_are_found_and_no_more_than_there_is(server: StripeServer, account: StripeAccount) -> None:
    paid = account.charge(charge_order(server, account), key="one")
    order = RefundOrder(intent=paid.id, amount=451, metadata={})
    made = account.refund(order, key="r1")
    assert made == account.refund(order, key="r1") == account.found_refund("r1", intent=paid.id)
    assert made.status is RefundStatus.SUCCEEDED
    with pytest.raises(Rejected, match="greater than unrefunded"):
        account.refund(RefundOrder(intent=paid.id, amount=3001, metadata={}), key="r2")
    assert server.objects.charged(paid.id) == 3000


def opened(server: StripeServer, account: StripeAccount, *, keeps_card: bool = False) -> str:
    customer = account.make_customer(email="b@c.test", metadata={}, key="c").id
    order = CheckoutOrder(
        customer=customer,
        amount=3451,
        currency="EUR",
        what="Invoice 1",
        paid_url="http://localhost/paid",
        back_url="http://localhost/back",
        expires=datetime.now(UTC) + timedelta(hours=1),
        keeps_card=keeps_card,
        metadata={"invoice": "1"},
    )
    session = account.open_checkout(order, key="s1")
    assert session.status is SessionStatus.OPEN
    assert session.url
    assert session.url.startswith(server.url)
    assert account.found_checkout("s1", customer=customer) == session
    return session.id


def test_a_session_is_paid_and_its_card_kept_where_the_payer_allows_it(
    server: StripeServer, account: StripeAccount
) -> None:
    session = opened(server, account, keeps_card=True)
    asked = checkout.pay(server.objects, session, "authenticationRequired")
    assert asked["status"] == "requires_action"
    checkout.answer(server.objects, session, passes=True)
    done = account.checkout(session)
    assert (done.status, done.url) == (SessionStatus.COMPLETE, None)
    assert done.intent
    paid = account.payment(done.intent)
    assert (paid.received, paid.metadata["invoice"]) == (3451, "1")
    (kept,) = server.objects.all("payment_method", customer=paid.customer)
    assert (kept["id"], kept["card"]["last4"]) == (paid.method, "3184")
    assert [one.id for one in account.payments_since(datetime.now(UTC) - timedelta(hours=1))] == [paid.id]


def test_a_session_that_was_closed_cannot_be_paid(server: StripeServer, account: StripeAccount) -> None:
    session = opened(server, account)
    assert account.expire_checkout(session).status is SessionStatus.EXPIRED
    with pytest.raises(Rejected, match="open"):
        account.expire_checkout(session)
    assert server.objects.charged() == 0


def test_a_charge_is_given_up(server: StripeServer, account: StripeAccount) -> None:
    refused = account.charge(charge_order(server, account, "chargeDeclined"), key="one")
    assert account.cancel(refused.id).status is IntentStatus.CANCELED


def test_events_are_read_page_by_page(server: StripeServer, account: StripeAccount) -> None:
    for number in range(130):
        payments.create_intent(server.objects, {"amount": str(number + 1), "currency": "eur", "metadata": {}})
    payments.create_customer(server.objects, {})
    found = account.events_since(datetime.now(UTC) - timedelta(minutes=5))
    assert len({one["id"] for one in found}) == 130
    assert found[0]["data"]["object"]["amount"] == 130, "the newest first"
    assert account.events_since(datetime.now(UTC) + timedelta(minutes=5)) == []


@pytest.mark.parametrize("fault", list(StripeFault))
@pytest.mark.parametrize("ask", [StripeAccount.check, lambda one: one.payment("pi_1")])
def test_whatever_goes_wrong_may_be_tried_again(
    fault: StripeFault, ask: Callable[[StripeAccount], object], server: StripeServer, account: StripeAccount
) -> None:
    server.fail_next(fault, "/v1/", method="GET")
    with pytest.raises(Unavailable) as raised:
        ask(account)
    if fault is StripeFault.THROTTLED:
        assert isinstance(raised.value, Throttled)
        assert raised.value.retry_after == RETRY_AFTER_S


def test_a_key_that_stripe_does_not_take_is_named_and_not_shown(server: StripeServer) -> None:
    wrong = StripeAccount(SecretStr("rk_test_wrong_wrong_wrong"), url=server.url, guard=GUARD)
    with pytest.raises(Unavailable, match="does not let this key") as raised:
        wrong.check()
    assert "rk_test" not in str(raised.value)


def test_stripe_is_called_inside_the_guard_and_the_rate_limit(server: StripeServer) -> None:
    with pytest.raises(Forbidden):
        StripeAccount(SecretStr(KEY), url=server.url).check()
    limit = Recorder()
    StripeAccount(SecretStr(KEY), url=server.url, guard=GUARD, rate_limit=limit).check()
    server.fail_next(StripeFault.THROTTLED, "/v1/", method="GET")
    with pytest.raises(Throttled):
        StripeAccount(SecretStr(KEY), url=server.url, guard=GUARD, rate_limit=limit).check()
    address = server.url.removeprefix("http://")
    assert limit.calls == [("stripe", address, "ok"), ("stripe", address, "Throttled")]


def test_what_does_not_exist_is_refused(account: StripeAccount) -> None:
    with pytest.raises(Rejected, match="No such payment_intent"):
        account.payment("pi_none")


def test_one_of_many_customers_is_found(account: StripeAccount) -> None:
    made = account.make_customer(email="a@c.test", metadata={"client": "1"}, key="k1")
    account.make_customer(email="a@c.test", metadata={"client": "2"}, key="k2")
    assert account.found_customer("k1", email="a@c.test") == made
    assert account.found_customer("k3", email="a@c.test") is None
