"""Kill -9 around what moves money (F38, F39, F42): four workers, and one charge in the sandbox's own book."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from db import connection
from db.billing import credit, credit_orders, invoice_audit, senders
from db.billing import invoices as store
from db.billing.invoices import Invoice
from db.billing.senders import Sender
from db.payments import attempts, bank_entries, payments, refunds
from db.payments.attempts import NewAttempt
from db.payments.payments import Payment
from rules.bank.entry_states import BankEntryState
from rules.billing.attempts import AttemptKind
from rules.billing.credit_orders import CreditOrderState
from rules.billing.crediting import CreditWish
from rules.billing.money import Money
from rules.billing.settlement import RefundState
from rules.stripe import stripe_events
from sandbox.smtp import SmtpServer
from sandbox.stripe import KEY, StripeServer
from sandbox.stripe import payments as there
from sandbox.stripe.misbehaviour import StripeFault
from sandbox.stripe.webhooks import body_of
from tasks import payments as tasks
from tasks.billing import credit_notes, invoices
from tasks.payments import bank_booking, webhooks
from tests.faults.marks import postgres_first
from tests.support import subscribed
from tests.support.bank_files import OURS, camt053
from tests.support.bank_files import entry as bank_move
from tests.support.eventually import WITHIN_S, eventually
from tests.support.paying import charging
from tests.support.system import System

pytestmark = pytest.mark.fault

GROSS = 3451


@pytest.fixture
def stripe() -> Iterator[StripeServer]:
    with StripeServer() as server:
        yield server


@pytest.fixture
def relay() -> Iterator[SmtpServer]:
    with SmtpServer() as server:
        yield server


def start(system: System, stripe: StripeServer, point: str, **more: str) -> Path:
    """Start four workers, of which the first to get to a failpoint dies there; returns what says that it did."""
    killed = system.folder / "killed"
    changes = {
        "NOLAPSE_FAILPOINTS": f"{point}=kill@{killed}",
        "NOLAPSE_WORKER_PROCESSES": "4",
        "NOLAPSE_ALLOWED_NETWORKS": "127.0.0.0/8",
        "NOLAPSE_STRIPE_KEY": KEY,
        "NOLAPSE_STRIPE_URL": stripe.url,
        **more,
    }
    system.start(**changes)
    return killed


def issued() -> Invoice:
    with connection.session():
        with connection.transaction():
            client_id = subscribed.bakery()
        invoices.bill(client_id=client_id)
        with connection.transaction():
            connection.execute("DELETE FROM job")  # no document is made here
        (invoice,) = store.all_()
        return invoice


def paid(system: System, invoice: Invoice) -> list[Payment]:
    return system.ask(lambda: payments.of_invoice(invoice.id))


def killed_at(point: str, *others: str) -> pytest.MarkDecorator:
    """Have a worker die at a failpoint, and at others in the long tests."""
    return pytest.mark.parametrize("point", [point, *(pytest.param(one, marks=pytest.mark.slow) for one in others)])


@postgres_first
@killed_at("payments.charged", "payments.asking", "completing.before_commit", "completing.after_commit")
def test_a_charge_whose_worker_was_killed_is_made_once_also_where_stripe_forgot_its_key(
    point: str, system: System, stripe: StripeServer
) -> None:
    invoice = issued()
    killed = start(system, stripe, point)
    charging(stripe, invoice)
    eventually(killed.exists, what="a worker was killed")
    stripe.api.forget_keys()
    eventually(lambda: paid(system, invoice), what="the payment is booked")
    eventually(lambda: system.states().keys() <= {"done"}, what="all jobs are done")
    (payment,) = paid(system, invoice)
    assert payment.amount_minor == GROSS
    assert stripe.objects.charged() == GROSS
    assert [one.kind for one in stripe.objects.book] == ["charge"]


@postgres_first
@killed_at("payments.refunded", "payments.asking", "completing.before_commit", "completing.after_commit")
def test_a_refund_whose_worker_was_killed_goes_back_once(point: str, system: System, stripe: StripeServer) -> None:
    invoice = issued()
    intent = _paid_there(stripe, invoice)
    killed = start(system, stripe, point)
    with connection.session(), connection.transaction():
        (payment,) = payments.of_invoice(invoice.id)
        refund_id = refunds.begin(payment.id, key=tasks.new_key(), amount_minor=451, reason="x", asked_by="test")
        tasks.give_back.enqueue(refund_id=refund_id)
    eventually(killed.exists, what="a worker was killed")
    stripe.api.forget_keys()
    eventually(
        lambda: system.ask(lambda: refunds.require(refund_id)).state is RefundState.SUCCEEDED, what="it went back"
    )
    assert stripe.objects.charged(intent) == GROSS - 451


@postgres_first
@killed_at("webhooks.booked", "completing.before_commit", "completing.after_commit")
def test_events_that_come_ten_times_in_disorder_are_one_payment_though_a_worker_dies(
    point: str, system: System, stripe: StripeServer
) -> None:
    invoice = issued()
    killed = start(system, stripe, point)
    intent = _paid_there(stripe, invoice, booked=False)
    there.refund(stripe.objects, {"payment_intent": intent, "amount": "51"})
    for _ in range(10):
        for event in reversed(stripe.objects.events):
            with connection.session(), connection.transaction():
                webhooks.receive(stripe_events.of(event), body_of(event).decode())
    eventually(killed.exists, what="a worker was killed")
    eventually(
        lambda: [one.refunded_minor for one in paid(system, invoice)] == [51], what="payment and refund are booked"
    )
    eventually(lambda: system.states().keys() <= {"done"}, what="all jobs are done")
    ((number,),) = system.ask(lambda: connection.execute("SELECT COUNT(*) FROM webhook"))
    assert number == len(stripe.objects.events)


@pytest.mark.slow
@postgres_first
@pytest.mark.parametrize("point", ["credit_notes.checked", "credit_notes.issued", "completing.before_commit"])
def test_a_part_is_taken_back_once_though_a_worker_dies(
    point: str, relay: SmtpServer, system: System, stripe: StripeServer
) -> None:
    """The note has a document and a mail; without a relay, the mail would be tried again for the rest of the test."""
    invoice = issued()
    killed = start(system, stripe, point, NOLAPSE_SMTP_URL=relay.url)
    with connection.session(), connection.transaction():
        wish = CreditWish(amount=Money(1000, "EUR"))
        order = credit_notes.ask(invoice, wish, reason="x", by="test", key=tasks.new_key())
    eventually(killed.exists, what="a worker was killed")
    eventually(
        lambda: system.ask(lambda: credit_orders.require(order)).state is CreditOrderState.ISSUED, what="it is issued"
    )
    assert [note.gross_minor for note in system.ask(lambda: store.notes(invoice.id))] == [-1000]
    assert system.ask(invoice_audit.faults) == []
    relay.wait_for(1, timeout_s=WITHIN_S)
    eventually(lambda: system.states().keys() <= {"done"}, what="all jobs are done")
    assert len(relay.mailbox) == 1


@pytest.mark.slow
@postgres_first
@pytest.mark.parametrize("fault", [StripeFault.HANG_UP_AFTER, StripeFault.BROKEN_AFTER, StripeFault.CONFLICT])
def test_a_charge_whose_answer_was_lost_is_made_once(fault: StripeFault, system: System, stripe: StripeServer) -> None:
    invoice = issued()
    stripe.fail_next(fault, "/v1/payment_intents", times=2)
    start(system, stripe, "never.reached")
    charging(stripe, invoice)
    eventually(lambda: paid(system, invoice), what="the payment is booked")
    assert stripe.objects.charged() == GROSS


@postgres_first
def test_a_move_of_the_bank_that_four_people_confirm_is_one_payment_though_one_dies_in_it(system: System) -> None:
    invoice = issued()
    with connection.session(), connection.transaction():
        senders.add(Sender(name="Agency", series="AG", iban=OURS))
        bank_booking.take_in(camt053(bank_move("40.00")), name="november.xml", by="ada")
        (move,) = bank_entries.LIST.page().rows
    armed = {"NOLAPSE_FAILPOINTS": f"bank_booking.booked=kill@{system.folder / 'killed'}"}
    people = [system.run("tests.support.confirming", str(move.id), str(invoice.id), **armed) for _ in range(4)]
    assert sorted(one.wait() for one in people) == [-signal.SIGKILL, 0, 1, 1]
    (payment,) = paid(system, invoice)
    assert (payment.amount_minor, payment.bank_entry_id) == (4000, move.id)
    found = system.ask(lambda: bank_entries.require(move.id))
    assert (found.state, found.left.minor) == (BankEntryState.BOOKED, 0)
    assert system.ask(lambda: credit.balance(invoice.client_id, "EUR")).minor == 4000 - GROSS


@pytest.mark.slow
@postgres_first
def test_a_booking_that_is_taken_back_and_dies_leaves_all_of_it_or_nothing(system: System) -> None:
    invoice = issued()
    with connection.session(), connection.transaction():
        senders.add(Sender(name="Agency", series="AG", iban=OURS))
        bank_booking.take_in(camt053(bank_move("40.00")), name="november.xml", by="ada")
        (move,) = bank_entries.LIST.page().rows
        bank_booking.book(move.id, invoice.id, None, by="ada")
    armed = {"NOLAPSE_FAILPOINTS": f"bank_booking.booked=kill@{system.folder / 'killed'}"}
    for code, left in ((-signal.SIGKILL, 0), (0, 4000)):
        person = system.run("tests.support.confirming", str(move.id), **armed)
        assert person.wait() == code
        assert system.ask(lambda: bank_entries.require(move.id)).left.minor == left
    assert [one.amount_minor for one in paid(system, invoice)] == [4000, -4000]
    assert system.ask(lambda: credit.balance(invoice.client_id, "EUR")).minor == 0


def _paid_there(stripe: StripeServer, invoice: Invoice, *, booked: bool = True) -> str:
    """Have an invoice be paid at Stripe under an attempt of ours, and booked here where that is wanted."""
    with connection.session(), connection.transaction():
        key = tasks.new_key()
        attempts.begin(
            NewAttempt(
                client_id=invoice.client_id,
                invoice_id=invoice.id,
                kind=AttemptKind.CHECKOUT,
                key=key,
                amount=Money(GROSS, "EUR"),
                asked_by="test",
            )
        )
    form = {
        "amount": str(GROSS),
        "currency": "eur",
        "payment_method": "pm_card_visa",
        "metadata": {"nolapse_key": key},
    }
    intent = there.confirm(stripe.objects, there.create_intent(stripe.objects, form)["id"], form)["id"]
    if booked:
        with connection.session(), connection.transaction():
            webhooks.receive(stripe_events.of(stripe.objects.events[-1]), body_of(stripe.objects.events[-1]).decode())
            ((webhook_id,),) = connection.execute("SELECT id FROM webhook")
        with connection.session():
            webhooks.fold(webhook_id=webhook_id)
            with connection.transaction():
                connection.execute("DELETE FROM job")
    return intent
