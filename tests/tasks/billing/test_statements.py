"""Statements of account and exports: all that moved an account is in them, and a name is no formula."""

from datetime import UTC, datetime

from db.billing import invoices as store
from db.billing import subscriptions
from db.billing.subscriptions import Subscription
from db.payments import payments, settlements, statements
from db.payments.payments import Payment
from db.portfolio import clients
from db.portfolio.clients import Client
from rules.billing import accountants
from rules.billing.settlement import PaymentSource
from tasks.billing import invoice_descriptions, invoices
from tests.support.worker import Worker

TODAY = datetime.now(UTC).date()


def billed(worker: Worker, name: str = "Bakery") -> store.Invoice:
    client_id = clients.add(Client(name=name, email="bakery@clients.test"))[0]
    subscriptions.subscribe(
        Subscription(
            client_id=client_id,
            description="Care",
            price_minor=2900,
            currency="EUR",
            months=12,
            tax_basis_points=1900,
            anchor=TODAY,
        )
    )
    worker.perform(invoices.bill, client_id=client_id)
    return store.all_()[-1]


def pay(invoice: store.Invoice, minor: int) -> None:
    payments.save(
        Payment(
            client_id=invoice.client_id,
            invoice_id=invoice.id,
            source=PaymentSource.HAND,
            key="a" * 32,
            reference="Transfer",
            currency="EUR",
            amount_minor=minor,
            received_on=TODAY,
            recorded_by="ada",
        )
    )


def test_invoice_payment_and_credit_note_stand_with_what_was_owed_after_each(worker: Worker) -> None:
    invoice = billed(worker)
    pay(invoice, 1000)
    worker.perform(invoices.credit, invoice_id=invoice.id)
    assert statements.currencies(invoice.client_id) == ["EUR"]
    found = statements.of_client(invoice.client_id, "EUR")
    assert [(one.kind, one.reference, one.amount_minor, one.balance_minor) for one in found.entries] == [
        ("invoice", "INV-000001", 3451, 3451),
        ("credit note", "CN-INV-000001", -3451, 0),
        ("payment", "Transfer", -1000, -1000),
    ]
    assert found.balance.minor == -1000


def test_an_invoice_that_was_taken_back_asks_for_nothing(worker: Worker) -> None:
    invoice = billed(worker)
    assert settlements.of_invoice(invoice, on=TODAY).outstanding == 3451
    worker.perform(invoices.credit, invoice_id=invoice.id)
    assert settlements.of_invoice(store.require(invoice.id), on=TODAY).outstanding == 0


def test_bookings_of_a_credit_note_are_on_the_other_side(worker: Worker) -> None:
    invoice = billed(worker)
    worker.perform(invoices.credit, invoice_id=invoice.id)
    lines = [
        booking.cells
        for one in reversed(store.all_())
        for booking in accountants.bookings(invoice_descriptions.of_invoice(one), one.client_id)
    ]
    debtor, day = str(10_000 + invoice.client_id), f"{TODAY:%d%m%Y}"
    rest = ("Bakery", "", "S", "19", "29,00", "5,51")
    assert lines == [
        ("34,51", "S", "EUR", debtor, day, "INV-000001", *rest),
        ("34,51", "H", "EUR", debtor, day, "CN-INV-000001", *rest),
    ]
