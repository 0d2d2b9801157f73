"""How an invoice is paid on request, and money given back: each begins in one transaction, with a job for Stripe.

charge a stored card | open Checkout from the client's link | give back | enter what came another way
"""

from datetime import date, timedelta

from db import connection
from db.billing import credit, invoices
from db.payments import attempts, payments, refunds, settlements
from db.payments.attempts import NewAttempt, PaymentAttempt
from db.payments.payments import Payment
from rules.billing.attempts import AttemptKind, AttemptState
from rules.billing.money import Money
from rules.billing.settlement import PaymentSource, SettlementState
from tasks import payments as tasks
from tasks.payments import new_key

_FUTURE = timedelta(days=1)


class NotCollectable(ValueError):
    """Raised for what cannot be paid, charged or given back; the message says why and what can be done."""


def charge_card(invoice_id: int, *, by: str, on: date) -> int:
    """Have the client's stored card charged with what is outstanding; returns the attempt's number.

    Raises ``LookupError``, ``NotCollectable``.
    """
    with connection.transaction():
        invoice = invoices.require(invoice_id)
        card = attempts.kept_card(invoice.client_id)
        if card is None:
            raise NotCollectable(
                f"{invoice.client_name} has not let us keep a card; send the link to the invoice instead"
            )
        attempt_id = _begun(invoice_id, AttemptKind.CARD, by=by, on=on, card=card)
        tasks.charge.enqueue(attempt_id=attempt_id)
    return attempt_id


def checkout(invoice_id: int, *, link_id: int, keeps_card: bool, on: date) -> PaymentAttempt:
    """Return the attempt with the page of Checkout of an invoice, or have a page opened. Raises ``NotCollectable``.

    A page that is open for another amount, or another answer about the card, is closed; the error then asks to try
    again.
    """
    with connection.transaction():
        before = attempts.under_way(invoice_id)
        if before is None:
            attempt_id = _begun(
                invoice_id, AttemptKind.CHECKOUT, by="the client", on=on, link_id=link_id, keeps_card=keeps_card
            )
            tasks.open_checkout.enqueue(attempt_id=attempt_id)
            return attempts.require(attempt_id)
        owed = settlements.of_invoice(invoices.require(invoice_id), on=on).outstanding
        is_stale = before.state is AttemptState.OPEN and (before.amount_minor, before.keeps_card) != (owed, keeps_card)
        if is_stale:
            tasks.close_checkout.enqueue(attempt_id=before.id)
    if before.kind is AttemptKind.CARD or before.state is AttemptState.PROCESSING:
        raise NotCollectable("A payment of this invoice is under way; look again in a few minutes")
    if is_stale:
        raise NotCollectable("The page of before is closed first; press the button again in a moment")
    return before


def give_back(payment_id: int, amount: Money, *, reason: str, by: str) -> int:
    """Have Stripe give money back that came through it; return the refund's number.

    Raises ``LookupError``; ``NotCollectable``, also for a payment that did not come through Stripe.
    """
    with connection.transaction():
        payment = payments.require(payment_id)
        invoices.lock_client(payment.client_id)
        payment = payments.require(payment_id)
        asked = sum(one.amount_minor for one in refunds.of_payment(payment_id) if one.state in refunds.ON_THEIR_WAY)
        left = payment.amount_minor - payment.disputed_minor - max(asked, payment.refunded_minor)
        if amount.currency != payment.currency or not 0 < amount.minor <= left:
            most = Money(left, payment.currency).amount
            raise NotCollectable(f"More than nothing and up to {most} {payment.currency} can be given back")
        if payment.source is not PaymentSource.STRIPE:
            raise NotCollectable("This came through the bank: pay it back there, and enter it as a payment below zero")
        refund_id = refunds.begin(payment_id, key=new_key(), amount_minor=amount.minor, reason=reason, asked_by=by)
        tasks.give_back.enqueue(refund_id=refund_id)
    return refund_id


def record(
    invoice_id: int,
    amount: Money,
    *,
    reference: str,
    received_on: date,
    key: str,
    by: str,
    today: date,
) -> int:
    """Enter a payment that came another way; the same key enters it once. Returns its number.

    Below zero it is one that was paid back. Raises ``LookupError``; ``NotCollectable``, also where the key has entered
    another payment: what is booked does not change by a form that is sent again.
    """
    with connection.transaction():
        invoice = invoices.require(invoice_id)
        if amount.currency != invoice.currency or not amount.minor:
            raise NotCollectable(f"{invoice.name} is paid in {invoice.currency}, with an amount that is not zero")
        if not reference.strip():
            raise NotCollectable("Say by which reference the payment is found again: the bank's, a receipt's")
        if received_on > today + _FUTURE:
            raise NotCollectable("A payment cannot have come in the future")
        before = payments.with_key(key)
        if before and (before.invoice_id, before.amount) != (invoice_id, amount):
            raise NotCollectable("This form has entered a payment already; open the invoice anew to enter another")
        payment_id = payments.save(
            Payment(
                client_id=invoice.client_id,
                invoice_id=invoice_id,
                source=PaymentSource.HAND,
                key=key,
                reference=reference.strip(),
                currency=amount.currency,
                amount_minor=amount.minor,
                received_on=received_on,
                recorded_by=by,
            )
        )
        settlements.settle_surplus(invoice_id)
    return payment_id


def use_credit(invoice_id: int, *, key: str, on: date) -> Money:
    """Pay an invoice out of its client's credit, as far as there is some; the same key does it once. Returns how much.

    Raises ``LookupError``, ``NotCollectable``.
    """
    with connection.transaction():
        invoice = invoices.require(invoice_id)
        invoices.lock_client(invoice.client_id)
        balance = credit.balance(invoice.client_id, invoice.currency)
        outstanding = settlements.of_invoice(invoice, on=on).outstanding
        used = Money(min(balance.minor, outstanding), invoice.currency)
        if used.minor <= 0:
            raise NotCollectable(
                f"{invoice.client_name} has no credit in {invoice.currency}, or nothing is outstanding"
            )
        if attempts.under_way(invoice_id) is not None:
            raise NotCollectable("A payment of this invoice is under way; wait until it has ended")
        credit.add(invoice.client_id, -used, reason=f"for {invoice.name}", key=f"use:{key}", invoice_id=invoice_id)
    return used


def grant_credit(client_id: int, amount: Money, *, reason: str, key: str) -> bool:
    """Put an amount to a client's credit, or below zero take it off; the same key does it once.

    Returns whether it was new. Raises ``NotCollectable`` where less is there than is to be taken off.
    """
    with connection.transaction():
        invoices.lock_client(client_id)
        if not amount.minor:
            raise NotCollectable("Name an amount that is not zero")
        try:
            return credit.add(client_id, amount, reason=reason, key=f"{credit.GRANT}:{key}")
        except credit.NotEnoughCredit as error:
            raise NotCollectable(str(error)) from None


def _begun(
    invoice_id: int,
    kind: AttemptKind,
    *,
    by: str,
    on: date,
    card: str | None = None,
    link_id: int | None = None,
    keeps_card: bool = False,
) -> int:
    invoice = invoices.require(invoice_id)
    settled = settlements.of_invoice(invoice, on=on)
    if settled.state is SettlementState.DISPUTED:
        raise NotCollectable(f"A payment of {invoice.name} is disputed; nothing can be paid until that is decided")
    if not settled.outstanding:
        raise NotCollectable(f"Nothing is outstanding of {invoice.name}")
    new = NewAttempt(
        client_id=invoice.client_id,
        invoice_id=invoice_id,
        kind=kind,
        key=new_key(),
        amount=Money(settled.outstanding, invoice.currency),
        asked_by=by,
        card=card,
        link_id=link_id,
        keeps_card=keeps_card,
    )
    try:
        return attempts.begin(new)
    except attempts.UnderWay as error:
        raise NotCollectable(str(error)) from None
