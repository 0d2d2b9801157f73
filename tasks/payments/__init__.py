"""Payments by Stripe: a stored card is charged, a page of Checkout opened, money given back.

    a row with a key (an attempt, a refund) ──an intent──> asked ──the answer──> booked, in the job's last transaction

Promise: keyed. The row's key goes along as idempotency key and as metadata. A job that finds its intent open may have
reached Stripe: it looks there for what has the key, and asks again under the same key only where nothing has. So each
row leads to one charge, one page, one refund, also where Stripe has forgotten its keys, which it does after a day.
"""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

from db import connection
from db.access import signed_links as linked
from db.billing import invoices
from db.ledger import effects
from db.ledger.endings import EndedJob
from db.payments import attempts, payments, refunds, stripe_customers
from db.payments.attempts import PaymentAttempt
from db.portfolio import alerts, clients
from db.portfolio.alerts import Notice, Standing
from integrations.errors import Rejected
from integrations.stripe import ChargeOrder, CheckoutOrder, RefundOrder
from rules.access import Permission
from rules.billing import provider_units
from rules.billing.attempts import AttemptState
from rules.billing.money import Money
from rules.billing.settlement import RefundState
from rules.checks.subjects import Subject
from rules.translatable import Translatable
from settings.failpoints import failpoint
from tasks import alerts as telling
from tasks import signed_links
from tasks.engine.context import completing, intend
from tasks.engine.task import Queue, task
from tasks.outside import stripe
from tasks.payments import booking

if TYPE_CHECKING:
    from integrations.stripe.stripe_account import StripeAccount

CHECKOUT_HOLDS = timedelta(hours=23)
"""How long a page of Checkout is open; Stripe allows a day at the most."""

_REFUND_FAILED = "refund_failed"

Answer = TypeVar("Answer")


def new_key() -> str:
    """Return a key that no other row has, also where a database is restored and numbers are given again."""
    return uuid.uuid4().hex


def _attempt_failed(job: EndedJob) -> None:
    """Record that an attempt failed. One that may have reached Stripe stays under way: a person has to look."""
    attempt = attempts.find(job.args.get("attempt_id"))
    if attempt is not None and not effects.is_open(intent_of("attempt", attempt.id)):
        attempts.became(attempt.id, AttemptState.FAILED, failure=job.error)


@task(
    Queue.BILLING,
    attempts=12,
    backoff_s=20,
    unique=("attempt_id",),
    on_ended=_attempt_failed,
    permission=Permission.MONEY,
)
def charge(*, attempt_id: int) -> None:
    """Charge a client's stored card for an invoice; where their bank asks them to confirm, they get a link instead."""
    attempt = attempts.require(attempt_id)
    if attempt.state is not AttemptState.ASKED or attempt.card is None:
        with completing():
            return
    account, invoice = stripe.account(), invoices.require(attempt.invoice_id)
    customer = _customer(account, attempt.client_id)
    order = ChargeOrder(
        customer=customer,
        card=attempt.card,
        amount=_provider_amount(attempt.amount),
        currency=attempt.currency,
        what=invoice.name,
        metadata=_metadata(attempt),
    )
    answer = _once(
        intent_of("attempt", attempt.id),
        found=lambda: account.found_charge(attempt.key, customer=customer),
        act=lambda: account.charge(order, key=attempt.key),
    )
    failpoint("payments.charged")
    with completing():
        booking.book_answer(answer)
        effects.record_outcome(intent_of("attempt", attempt.id), "done")


@task(
    Queue.BILLING,
    attempts=4,
    backoff_s=2,
    unique=("attempt_id",),
    on_ended=_attempt_failed,
    permission=Permission.MONEY,
)
def open_checkout(*, attempt_id: int) -> None:
    """Open a page of Checkout on which an invoice is paid; it leads back to the client's own link."""
    attempt = attempts.require(attempt_id)
    link = linked.find(attempt.link_id) if attempt.link_id else None
    if attempt.state is not AttemptState.ASKED or link is None:
        with completing():
            return
    account, invoice = stripe.account(), invoices.require(attempt.invoice_id)
    customer = _customer(account, attempt.client_id)
    order = CheckoutOrder(
        customer=customer,
        amount=_provider_amount(attempt.amount),
        currency=attempt.currency,
        what=invoice.name,
        paid_url=f"{signed_links.address(link)}?paid=1",
        back_url=signed_links.address(link),
        expires=attempt.created_at + CHECKOUT_HOLDS,
        keeps_card=attempt.keeps_card,
        metadata=_metadata(attempt),
    )
    session = _once(
        intent_of("attempt", attempt.id),
        found=lambda: account.found_checkout(attempt.key, customer=customer),
        act=lambda: account.open_checkout(order, key=attempt.key),
    )
    with completing():
        attempts.opened(attempt.id, session=session.id, url=session.url, expires_at=session.expires)
        booking.book_answer(session)
        effects.record_outcome(intent_of("attempt", attempt.id), "done")


@task(Queue.BILLING, attempts=6, backoff_s=5, unique=("attempt_id",), permission=Permission.MONEY)
def close_checkout(*, attempt_id: int) -> None:
    """Close a page of Checkout that is open, so that another amount, or another way, can be paid."""
    attempt = attempts.require(attempt_id)
    if attempt.state is AttemptState.OPEN and attempt.object_id is not None:
        account = stripe.account()
        try:
            session = account.expire_checkout(attempt.object_id)
        except Rejected:  # it was paid, or has expired
            session = account.checkout(attempt.object_id)
        with completing():
            booking.book_answer(session)


def _not_refunded(job: EndedJob) -> None:
    """Record why a refund was not made, and open an alert: a payer waits for it."""
    refund = refunds.find(job.args.get("refund_id"))
    if refund is None or effects.is_open(intent_of("refund", refund.id)):
        return
    refunds.became(refund.key, RefundState.FAILED, failure=job.error)
    payment = payments.require(refund.payment_id)
    notice = Notice(
        kind=_REFUND_FAILED,
        headline=Translatable("A refund of {payment} was not made", payment=payment.key),
        what_to_do=Translatable(
            "Read why, and ask for it again on the invoice's page, or give the money back in another way."
        ),
        facts=(("Payment", payment.key), ("Why", job.error)),
    )
    subject = Subject("invoice", payment.invoice_id, payment.client_id)
    telling.reconcile([Standing(subject=subject, notices=(notice,))])


@task(
    Queue.BILLING,
    attempts=12,
    backoff_s=20,
    unique=("refund_id",),
    on_ended=_not_refunded,
    permission=Permission.MONEY,
)
def give_back(*, refund_id: int) -> None:
    """Have Stripe give a part of a payment back."""
    refund = refunds.require(refund_id)
    if refund.state is not RefundState.ASKED:
        with completing():
            return
    payment, account = payments.require(refund.payment_id), stripe.account()
    order = RefundOrder(
        intent=payment.key,
        amount=_provider_amount(Money(refund.amount_minor, payment.currency)),
        metadata={"nolapse_invoice": str(payment.invoice_id)},
    )
    answer = _once(
        intent_of("refund", refund.id),
        found=lambda: account.found_refund(refund.key, intent=payment.key),
        act=lambda: account.refund(order, key=refund.key),
    )
    failpoint("payments.refunded")
    with completing():
        booking.book_answer(answer)
        effects.record_outcome(intent_of("refund", refund.id), "done")
        alerts.clear(_REFUND_FAILED, Subject("invoice", payment.invoice_id, payment.client_id))


def _once(intent: str, *, found: Callable[[], Answer | None], act: Callable[[], Answer]) -> Answer:
    """Act, unless an earlier attempt has: where the intent is open, look for its result before acting again."""
    begun = intend(intent, "stripe")
    try:
        answer = None if begun else found()
        failpoint("payments.asking")
        return act() if answer is None else answer
    except Rejected:
        effects.record_outcome(intent, "refused")
        raise


def _customer(account: "StripeAccount", client_id: int) -> str:
    """Return the id of a client at Stripe, where each client is made a customer once."""
    with connection.transaction():
        known, new = stripe_customers.begin(client_id, key=new_key(), email=clients.get(client_id).email)
    if known.customer is not None:
        return known.customer
    found = None if new else account.found_customer(known.key, email=known.email)
    if found is None:
        metadata = {"nolapse_client": str(client_id)}
        found = account.make_customer(email=known.email, metadata=metadata, key=known.key)
    stripe_customers.made(client_id, found.id)
    return found.id


def intent_of(kind: str, number: object) -> str:
    """Return the key of the intent to ask Stripe: the kind is ``attempt`` or ``refund``."""
    return f"stripe:{kind}:{number}"


def _provider_amount(amount: Money) -> int:
    """Return an amount in Stripe's units. Raises ``Rejected`` for an amount that Stripe does not take."""
    try:
        return provider_units.to_provider(amount, provider_units.STRIPE)
    except provider_units.NotPayable as error:
        raise Rejected(f"Stripe cannot take this: {error}") from error


def _metadata(attempt: PaymentAttempt) -> dict[str, str]:
    return {"nolapse_invoice": str(attempt.invoice_id), "nolapse_client": str(attempt.client_id)}
