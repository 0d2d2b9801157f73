"""What the demo expects of its money can fail: each expectation notices where the books say otherwise than Stripe's."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

import settings
from cli.demo import late_invoice, payments
from cli.demo.payments import PaidInvoices
from db import connection
from db.billing import invoices
from db.portfolio import clients
from db.portfolio.clients import Client
from sandbox.stripe import payments as there
from tasks.billing import invoices as billing
from tasks.payments import client_links, collection, dunning
from tests.support import ledger as do
from tests.support import subscribed
from tests.tasks.payments.conftest import Till


@pytest.fixture
def stages(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("NOLAPSE_DUNNING", payments.environment()["NOLAPSE_DUNNING"])
    with settings.override(dunning=settings.load().dunning):
        yield


def another(till: Till, number: int) -> Till:
    """Return the till of another client's invoice, at the same Stripe."""
    with connection.transaction():
        client_id = subscribed.bakery(f"Client {number}")
    till.worker.perform(billing.bill, client_id=client_id)
    (invoice,) = [one for one in invoices.all_() if one.client_id == client_id]
    with connection.transaction():
        return replace(till, invoice=invoice, link_id=client_links.make(invoice, by="test"))


def late(till: Till) -> int:
    """Issue last month's invoice, and have its payer reminded."""
    client_id, _ = clients.add(Client(name="Late", email="late@clients.test"))
    with connection.transaction():
        late_invoice.issue_for(client_id, datetime.now(UTC).date() - timedelta(days=30))
    till.worker.perform(dunning.remind_all)
    till.worker.drain(dunning.remind)
    return next(one.id for one in invoices.all_() if one.client_id == client_id)


@pytest.fixture
def chosen(till: Till, stages: None) -> PaidInvoices:
    refunded, disputed, part = (another(till, number) for number in range(3))
    for one in (till, refunded, disputed):
        one.pay()
    till.hear()
    collection.give_back(refunded.payment.id, refunded.payment.amount, reason="moved", by="test")
    till.drain()
    there.dispute(till.stripe.objects, disputed.payment.key)
    till.hear()
    payments.enter_half(part.invoice)
    return PaidInvoices(
        paid=till.invoice.id,
        refunded=refunded.invoice.id,
        disputed=disputed.invoice.id,
        part=part.invoice.id,
        late=late(till),
    )


def failed(till: Till, chosen: PaidInvoices) -> list[str]:
    """Return the expectations that do not hold."""
    world: Any = SimpleNamespace(stripe=till.stripe)
    checked = payments.examine(world, chosen)
    assert all(one.detail for one in checked if not one.held), "a difference is said in words"
    return [one.name for one in checked if not one.held]


BOOK, STATES = "what Stripe's own book says", "paid, refunded and disputed invoices"


def test_each_expectation_holds_and_notices_what_is_different(till: Till, chosen: PaidInvoices) -> None:
    assert failed(till, chosen) == []
    for change, expectations in {
        "UPDATE payment SET amount_minor = amount_minor - 1 WHERE source = 'stripe'": {BOOK},
        "UPDATE payment SET refunded_minor = 0": {BOOK, STATES},
        "UPDATE payment SET disputed_minor = 0, dispute = ''": {BOOK, STATES},
        "UPDATE alert SET cleared_at = {now} WHERE kind = 'payment_disputed'": {"each dispute that Stripe waits"},
        "UPDATE payment SET amount_minor = 3451 WHERE source = 'hand'": {"an invoice that was paid by half"},
        "UPDATE dunning_step SET fee_minor = 0": {"who is late was reminded once"},
        "DELETE FROM dunning_step": {"who is late was reminded once"},
        "UPDATE webhook SET state = 'failed' WHERE id = 1": {"each of Stripe's events came once"},
        "DELETE FROM webhook WHERE id = 1": {"each of Stripe's events came once"},
    }.items():
        with do.undone():
            assert connection.changed(change) > 0, change
            found = failed(till, chosen)
            assert all(any(name.startswith(one) for name in found) for one in expectations), (change, found)


def test_what_stripe_gave_back_and_nobody_heard_of_is_noticed(till: Till, chosen: PaidInvoices) -> None:
    there.refund(till.stripe.objects, {"payment_intent": till.payment.key, "amount": "51"})
    assert any(name.startswith(BOOK) for name in failed(till, chosen))
