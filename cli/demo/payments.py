"""The demo's money: clients pay in the sandbox's Checkout, one by transfer, one not at all; a refund, a dispute.

The expected results are computed from the sandbox's own book of charges, not from the product's database.
"""

import subprocess
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import settings
from cli.demo import expectations, late_invoice, night
from cli.demo.expectations import Expectation
from db import connection
from db.access import audit
from db.billing import invoices
from db.billing.invoices import Invoice
from db.payments import attempts, dunning, payments, settlements, webhooks
from db.payments.webhooks import WebhookState
from db.portfolio import alerts
from rules.billing.attempts import AttemptState
from rules.billing.money import Money
from rules.billing.settlement import SettlementState
from sandbox.stripe import payments as there
from sandbox.stripe.objects import Json
from sandbox.world import World
from schedules import clock
from schedules.table import TIMETABLE
from tasks.payments import client_links, collection

_LONGEST_S = 60.0
_POLL_S = 0.05
_STAGE = '[{"days": 7, "fee": {"EUR": "5.00", "USD": "5.00", "GBP": "5.00"}}]'


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidInvoices:
    """The ids of the invoices, by how each was paid."""

    paid: int
    refunded: int
    disputed: int
    part: int
    late: int


def environment() -> dict[str, str]:
    """Return the settings under which reminders are sent."""
    return {"NOLAPSE_DUNNING": _STAGE}


def run(world: World, everything: subprocess.Popen[bytes], *, quiet: bool) -> PaidInvoices:
    """Let clients pay or not, refund one payment, dispute another, remind the late payer; wait until all is booked."""
    world.stripe.webhooks.url = f"{settings.current().web_url}/webhooks/stripe"
    with connection.session():
        chosen = _chosen(world)
        in_checkout = [chosen.paid, chosen.refunded, chosen.disputed]
        _have_paid(world, [invoices.require(one) for one in in_checkout], everything, quiet=quiet)
        with connection.transaction():
            enter_half(invoices.require(chosen.part))
            (payment,) = payments.of_invoice(chosen.refunded)
            collection.give_back(payment.id, payment.amount, reason="moved elsewhere", by="demo")
            audit.add(
                "demo", "refund", f"invoice {chosen.refunded}", {"payment": payment.key}, reason="moved elsewhere"
            )
        (payment,) = payments.of_invoice(chosen.disputed)
        there.dispute(world.stripe.objects, payment.key)
        clock.run_now(clock.line_named(TIMETABLE, "reminders"), by="demo")
        night.drain(everything, quiet=quiet)
        _wait(everything, lambda: not [*_inbox(world), *_states(world, chosen)])
        night.drain(everything, quiet=quiet)
    return chosen


def examine(world: World, chosen: PaidInvoices) -> list[Expectation]:
    """Compare what is booked with the sandbox's book."""
    return expectations.compared(
        {
            "what Stripe's own book says was charged and given back is what is booked": lambda: _book(world),
            "paid, refunded and disputed invoices are what Stripe's book makes them": lambda: _states(world, chosen),
            "each dispute that Stripe waits to be answered is an open alert": lambda: _disputes(world),
            "an invoice that was paid by half is partly paid": lambda: _part(chosen),
            "who is late was reminded once, with the fee": lambda: _late(chosen),
            "each of Stripe's events came once, and was folded": lambda: _inbox(world),
        }
    )


def _chosen(world: World) -> PaidInvoices:
    late = late_invoice.payer(world.portfolio, datetime.now(UTC).date()).name
    found = sorted(invoices.all_(), key=lambda one: one.id)
    tonight = [one.id for one in found if one.client_name != late and one.currency == "EUR" and one.gross_minor > 1]
    (overdue,) = (one.id for one in found if one.client_name == late)
    paid, refunded, disputed, part = tonight[:4]
    return PaidInvoices(paid=paid, refunded=refunded, disputed=disputed, part=part, late=overdue)


def _have_paid(world: World, owed: list[Invoice], everything: subprocess.Popen[bytes], *, quiet: bool) -> None:
    """Open each invoice's page of Checkout, as its client's link does, and pay there; wait for the payments."""
    begun: list[int] = []
    for invoice in owed:
        with connection.transaction():
            link_id = client_links.make(invoice, by="demo")
            today = datetime.now(UTC).date()
            begun.append(collection.checkout(invoice.id, link_id=link_id, keeps_card=False, on=today).id)
    night.drain(everything, quiet=quiet)
    for one in map(attempts.require, begun):
        if one.state is AttemptState.OPEN and one.object_id is not None:
            _click(f"{world.stripe.url}/c/pay/{one.object_id}", {"pay": "visa"})
    _wait(everything, lambda: all(payments.of_invoice(invoice.id) for invoice in owed))


def _click(address: str, form: dict[str, str]) -> None:
    request = Request(address, data=urlencode(form).encode(), method="POST")  # noqa: S310 - the sandbox's, on loopback
    with urlopen(request, timeout=_LONGEST_S) as answer:  # noqa: S310 - the same
        answer.read()


def enter_half(invoice: Invoice) -> None:
    """Enter that half of an invoice was paid by transfer, in the caller's transaction."""
    today = datetime.now(UTC).date()
    collection.record(
        invoice.id,
        Money(invoice.gross_minor // 2, invoice.currency),
        reference=f"{invoice.name}, first half",
        received_on=today,
        key=f"demo:{invoice.id}",
        by="demo",
        today=today,
    )


def _wait(everything: subprocess.Popen[bytes], holds: Callable[[], bool]) -> None:
    """Wait until ``holds``, which webhooks bring about. Gives up after a while; the expectations then say so."""
    until = time.monotonic() + _LONGEST_S
    while not holds() and everything.poll() is None and time.monotonic() < until:
        time.sleep(_POLL_S)


def _book(world: World) -> Iterable[str]:
    intents = world.stripe.objects.all("payment_intent")
    for intent in intents:
        kept = payments.with_key(intent["id"])
        booked = kept.amount_minor - kept.refunded_minor - kept.disputed_minor if kept else None
        if booked != (charged := world.stripe.objects.charged(intent["id"])):
            yield f"{intent['id']}: {charged} in Stripe's book, {booked} booked"
    if not intents:
        yield "nobody has paid"


def _states(world: World, chosen: PaidInvoices) -> Iterable[str]:
    expected = {_invoice(intent): _state(world, intent)
                for intent in world.stripe.objects.all("payment_intent")}  # fmt: skip
    for invoice_id in (chosen.paid, chosen.refunded, chosen.disputed):
        if (found := _settled(invoice_id)) is not expected.get(invoice_id):
            yield f"invoice {invoice_id} is {found}, and {expected.get(invoice_id)} by Stripe's book"
    if set(expected.values()) != {SettlementState.PAID, SettlementState.REFUNDED, SettlementState.DISPUTED}:
        yield f"Stripe's book has only {sorted(set(expected.values()))}"


def _state(world: World, intent: Json) -> SettlementState:
    """Return the state that an invoice must have by Stripe's payment intent."""
    if any(one["payment_intent"] == intent["id"] for one in _unanswered(world)):
        return SettlementState.DISPUTED
    charged = world.stripe.objects.charged(intent["id"])
    return SettlementState.PAID if charged == intent["amount"] else SettlementState.REFUNDED


def _disputes(world: World) -> Iterable[str]:
    intents = {one["payment_intent"] for one in _unanswered(world)}
    expected = {_invoice(one) for one in world.stripe.objects.all("payment_intent") if one["id"] in intents}
    found = {one.subject.id for one in alerts.open_() if one.kind == expectations.DISPUTED}
    yield from (f"invoice {one} is disputed, and no alert says so" for one in sorted(expected - found))
    yield from (f"an alert says that invoice {one} is disputed" for one in sorted(found - expected))


def _invoice(intent: Json) -> int:
    return int(intent["metadata"]["nolapse_invoice"])


def _unanswered(world: World) -> list[Json]:
    return [one for one in world.stripe.objects.all("dispute") if one["status"] == "needs_response"]


def _part(chosen: PaidInvoices) -> Iterable[str]:
    if (found := _settled(chosen.part)) is not SettlementState.PARTLY_PAID:
        yield f"invoice {chosen.part} is {found}"


def _late(chosen: PaidInvoices) -> Iterable[str]:
    steps = dunning.steps(chosen.late)
    if [(one.days, one.fee_minor) for one in steps] != [(7, 500)]:
        yield f"invoice {chosen.late} has the reminders {steps}"
    if (found := _settled(chosen.late)) is not SettlementState.OVERDUE:
        yield f"invoice {chosen.late} is {found}"


def _inbox(world: World) -> Iterable[str]:
    kept = {one.event: one.state for one in webhooks.LIST.every()}
    for event in world.stripe.objects.events:
        if kept.get(event["id"]) is not WebhookState.FOLDED:
            yield f"{event['type']} {event['id']} is {kept.get(event['id'], 'not there')}"


def _settled(invoice_id: int) -> SettlementState:
    invoice = invoices.require(invoice_id)
    return settlements.of_invoice(invoice, on=datetime.now(UTC).date()).state
