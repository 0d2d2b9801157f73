"""Credit notes over parts: once for their key, never more than is left, and their money goes where it belongs."""

from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from db import connection
from db.billing import billing_items, credit, credit_orders, invoice_audit
from db.billing import invoices as store
from db.billing.billing_items import BillingItem
from db.billing.invoices import Invoice
from db.payments import settlements
from rules.billing.credit_orders import CreditOrderState
from rules.billing.crediting import CreditWish, NotCreditable
from rules.billing.money import Money
from tasks.billing import credit_drafts, credit_notes, invoices
from tasks.payments import collection, new_key
from tests.support import ledger as do
from tests.support.worker import Worker
from tests.tasks.billing.test_issued_invoices import owing

TODAY = datetime.now(UTC).date()


@pytest.fixture
def invoice(worker: Worker) -> Invoice:
    """An invoice over 29.00 and 10.00 EUR, both with 19 %: 46.41 EUR."""
    client_id = owing()
    add_item(client_id)
    worker.perform(invoices.bill, client_id=client_id)
    return store.all_()[-1]


def add_item(client_id: int) -> None:
    billing_items.add(
        BillingItem(
            client_id=client_id,
            description="Hours",
            price_minor=1000,
            currency="EUR",
            tax_basis_points=1900,
            due_on=TODAY,
        )
    )


def ask(invoice: Invoice, *lines: int, amount: str | None = None, key: str = "") -> int:
    taken = Money(int(Decimal(amount) * 100), "EUR") if amount else None
    wish = CreditWish(lines=lines, amount=taken)
    return credit_notes.ask(invoice, wish, reason="not used", by="ada", key=key or new_key())


def issued(worker: Worker, invoice: Invoice, *lines: int, **wish: Any) -> Invoice:
    order = ask(invoice, *lines, **wish)
    worker.drain(credit_notes.issue)
    found = credit_orders.require(order)
    assert found.state is CreditOrderState.ISSUED, found.failure
    assert found.note_id
    return store.require(found.note_id)


def test_parts_are_taken_back_each_by_a_note_until_nothing_is_left(worker: Worker, invoice: Invoice) -> None:
    assert invoice.gross_minor == 4641
    first = issued(worker, invoice, 2)
    assert (first.name, first.gross_minor, first.corrects_id) == ("CN-INV-000001", -1190, invoice.id)
    assert [line.credited for line in store.lines(invoice.id)] == [False, True]
    part = store.require(invoice.id)
    assert (part.voided_by, part.credited_minor) == (None, 1190)
    second = issued(worker, invoice, amount="10.00")
    assert (second.name, second.gross_minor) == ("CN-INV-000002", -1000)
    with pytest.raises(NotCreditable, match=r"up to 24\.51 EUR"):
        ask(invoice, amount="24.52")
    last = issued(worker, invoice)
    whole = store.require(invoice.id)
    assert (whole.voided_by, whole.credited_minor) == (last.id, 4641)
    notes = store.notes(invoice.id)
    for sum_ in ("net_minor", "tax_minor", "gross_minor"):
        assert sum(getattr(note, sum_) for note in notes) == -getattr(invoice, sum_)
    with pytest.raises(NotCreditable, match="nothing is left"):
        ask(invoice)
    assert invoice_audit.faults() == []


def test_what_is_asked_for_twice_under_a_key_is_one_note_and_another_waits(worker: Worker, invoice: Invoice) -> None:
    assert ask(invoice, 2, key="a") == ask(invoice, 2, key="a")
    with pytest.raises(NotCreditable, match="has asked for another"):
        ask(invoice, 1, key="a")
    with pytest.raises(NotCreditable, match="is being issued"):
        ask(invoice, 1)
    worker.drain(credit_notes.issue)
    assert [note.gross_minor for note in store.notes(invoice.id)] == [-1190]


def test_browsers_that_ask_at_once_get_one_note(worker: Worker, invoice: Invoice) -> None:
    def at_once(_: int) -> None:
        with connection.session(), suppress(NotCreditable):
            ask(invoice, amount="40.00")

    do.at_once(4, at_once)
    worker.drain(credit_notes.issue)
    assert [note.gross_minor for note in store.notes(invoice.id)] == [-4000]


def test_what_was_paid_and_is_taken_back_is_the_clients_credit(worker: Worker, invoice: Invoice) -> None:
    with connection.transaction():
        collection.record(invoice.id, invoice.gross, reference="x", received_on=TODAY, key="k", by="ada", today=TODAY)
    issued(worker, invoice, 2)
    assert credit.balance(invoice.client_id, "EUR").minor == 1190
    settled = settlements.of_invoice(store.require(invoice.id), on=TODAY)
    assert (settled.owed, settled.outstanding, settled.surplus) == (3451, 0, 1190)


def test_less_is_outstanding_of_what_is_taken_back_in_part(worker: Worker, invoice: Invoice) -> None:
    issued(worker, invoice, amount="6.41")
    assert settlements.of_invoice(store.require(invoice.id), on=TODAY).outstanding == 4000


def test_an_order_that_cannot_be_issued_says_why(worker: Worker, invoice: Invoice) -> None:
    order = ask(invoice, amount="40.00")
    worker.perform(invoices.credit, invoice_id=invoice.id)  # somebody takes all of it back meanwhile
    worker.drain(credit_notes.issue)
    found = credit_orders.require(order)
    assert (found.state, found.note_id) == (CreditOrderState.FAILED, None)
    assert "nothing is left" in (found.failure or "")
    assert len(store.notes(invoice.id)) == 1


def test_the_database_takes_no_note_over_more_than_is_left(worker: Worker, invoice: Invoice) -> None:
    issued(worker, invoice, 2)
    part, said = credit_drafts.draft(invoice, CreditWish(amount=Money(3000, "EUR")), on=TODAY, reason="")
    with connection.transaction():
        store.credit(invoice, part, on=TODAY, describe=lambda _: said)
    with pytest.raises(Exception, match="no more than their invoice"), connection.transaction():
        store.credit(invoice, part, on=TODAY, describe=lambda _: said)
    with pytest.raises(Exception, match=r"(?i)unique|conflict"), connection.transaction():
        connection.execute(
            "INSERT INTO invoice_line (invoice_id, period_start, period_end, description, net_minor,"
            " tax_basis_points, corrects_id) SELECT invoice_id, period_start, period_end, description, net_minor,"
            " tax_basis_points, corrects_id FROM invoice_line WHERE corrects_id IS NOT NULL"
        )
    assert invoice_audit.faults() == []


def test_a_credit_note_is_no_invoice_to_take_back(worker: Worker, invoice: Invoice) -> None:
    with pytest.raises(NotCreditable, match="a credit note itself"):
        ask(issued(worker, invoice, 2), 1)
