"""Booking: what is known of a payment at Stripe becomes a payment of its invoice, in whatever order it comes.

    snapshot ──merged──> all that is known of the payment ──> attempt, payment, refunds, dispute ──> credit, alerts

Everything is made anew of what is known, so it does not matter which snapshot led here, or how often. What Stripe knows
and we do not (a payment without its attempt, an amount that nobody asked for) is told to staff and not mended.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

from db.billing import invoices
from db.payments import attempts, payments, refunds, settlements, stripe_objects
from db.payments.attempts import PaymentAttempt
from db.payments.payments import Payment
from db.portfolio import alerts
from db.portfolio.alerts import Notice, Standing
from integrations.stripe import KEY
from rules.billing import provider_units
from rules.billing.attempts import AttemptKind, AttemptState
from rules.billing.settlement import DisputeState, PaymentSource, RefundState
from rules.checks.subjects import Subject
from rules.stripe import fold
from rules.stripe.fold import KnownObject
from rules.stripe.snapshots import (
    DisputeStatus,
    IntentStatus,
    RefundStatus,
    SessionStatus,
    Snapshot,
    StripeDispute,
    StripeIntent,
    StripeRefund,
    StripeSession,
)
from rules.translatable import Translatable
from tasks import alerts as telling
from tasks.payments import confirmation

MISMATCH = "payment_mismatch"
DISPUTED = "payment_disputed"

_NEEDS_PAYER = "authentication_required"


def book(known: KnownObject) -> None:
    """Merge what is known of one object and book what follows from it, in the caller's transaction."""
    snapshot = known.snapshot
    intent = stripe_objects.intent_of(snapshot)
    stripe_objects.alone_with(intent or snapshot.id)
    stripe_objects.merge(known)
    if isinstance(snapshot, StripeSession):
        _book_session(snapshot)
    if intent is not None:
        _book_payment(stripe_objects.of_intent(intent))


def book_answer(snapshot: Snapshot) -> None:
    """Book what Stripe answered, in the caller's transaction."""
    book(fold.of_answer(snapshot))


def _book_session(session: StripeSession) -> None:
    attempt = attempts.with_key(session.metadata.get(KEY, ""))
    if attempt is not None and session.status is SessionStatus.EXPIRED:
        attempts.became(attempt.id, AttemptState.EXPIRED)


def _book_payment(known: Sequence[Snapshot]) -> None:
    intent = next((one for one in known if isinstance(one, StripeIntent)), None)
    if intent is None or KEY not in intent.metadata:
        return  # its snapshot comes later, or it is another program's
    attempt = attempts.with_key(intent.metadata[KEY])
    if attempt is None:
        _tell_mismatch(intent, None, Translatable("Stripe has a payment that nobody here began"))
        return
    _book_attempt(intent, attempt)
    if intent.received:
        _book_received(intent, attempt, known)


def _book_attempt(intent: StripeIntent, attempt: PaymentAttempt) -> None:
    """Set the attempt's state by its payment. A page of Checkout stays open after a card was declined there."""
    state = _STATES.get(intent.status)
    if intent.failure_code and attempt.kind is AttemptKind.CARD and intent.status not in _STATES:
        state = AttemptState.NEEDS_PAYER if intent.failure_code == _NEEDS_PAYER else AttemptState.DECLINED
    if state is not None:
        attempts.became(attempt.id, state, failure=intent.failure, object_id=intent.id, card=intent.method)
    if state is AttemptState.NEEDS_PAYER and attempt.state is not state:
        confirmation.ask(attempt)


_STATES = {
    IntentStatus.SUCCEEDED: AttemptState.SUCCEEDED,
    IntentStatus.PROCESSING: AttemptState.PROCESSING,
    IntentStatus.CANCELED: AttemptState.EXPIRED,
}


def _book_received(intent: StripeIntent, attempt: PaymentAttempt, known: Sequence[Snapshot]) -> None:
    invoice = invoices.require(attempt.invoice_id)
    if intent.currency != invoice.currency:
        headline = Translatable("{invoice} was paid in {currency}", invoice=invoice.name, currency=intent.currency)
        _tell_mismatch(intent, attempt, headline)
        return
    payment = _payment(intent, attempt, known)
    payments.save(payment)
    _book_refunds(known)
    if payment.amount_minor != attempt.amount_minor:
        headline = Translatable("{invoice}: another amount was paid than was asked for", invoice=invoice.name)
        _tell_mismatch(intent, attempt, headline)
    _tell_dispute(payment)
    settlements.settle_surplus(attempt.invoice_id)


def _payment(intent: StripeIntent, attempt: PaymentAttempt, known: Sequence[Snapshot]) -> Payment:
    """Return a payment made of all that is known of it; it keeps the day on which it was first booked."""
    given_back = [one for one in known if isinstance(one, StripeRefund) and one.status not in _NOT_GIVEN]
    disputes = [one for one in known if isinstance(one, StripeDispute)]
    before = payments.with_key(intent.id)
    return Payment(
        client_id=attempt.client_id,
        invoice_id=attempt.invoice_id,
        source=PaymentSource.STRIPE,
        key=intent.id,
        reference=intent.id,
        currency=intent.currency,
        amount_minor=_minor(intent.received, intent.currency),
        refunded_minor=sum(_minor(one.amount, one.currency) for one in given_back),
        disputed_minor=sum(_minor(one.amount, one.currency) for one in disputes if one.status in _TAKEN),
        dispute=_dispute_state(disputes),
        dispute_due=max((one.due for one in disputes if one.due), default=None),
        received_on=before.received_on if before else intent.created.date(),
        recorded_by="stripe",
    )


def _book_refunds(known: Sequence[Snapshot]) -> None:
    for one in known:
        if isinstance(one, StripeRefund) and KEY in one.metadata:
            refunds.became(one.metadata[KEY], _REFUND_STATES[one.status], refund=one.id)


_NOT_GIVEN = (RefundStatus.FAILED, RefundStatus.CANCELED)
_TAKEN = (DisputeStatus.NEEDS_RESPONSE, DisputeStatus.UNDER_REVIEW, DisputeStatus.LOST)
_REFUND_STATES = {
    RefundStatus.PENDING: RefundState.PENDING,
    RefundStatus.REQUIRES_ACTION: RefundState.PENDING,
    RefundStatus.SUCCEEDED: RefundState.SUCCEEDED,
    RefundStatus.FAILED: RefundState.FAILED,
    RefundStatus.CANCELED: RefundState.FAILED,
}
_DISPUTE_STATES = {
    DisputeStatus.WARNING_NEEDS_RESPONSE: DisputeState.ASKED,
    DisputeStatus.WARNING_UNDER_REVIEW: DisputeState.ASKED,
    DisputeStatus.NEEDS_RESPONSE: DisputeState.OPEN,
    DisputeStatus.UNDER_REVIEW: DisputeState.OPEN,
    DisputeStatus.LOST: DisputeState.LOST,
    DisputeStatus.WON: DisputeState.WON,
}
_GRAVITY = (DisputeState.NONE, DisputeState.WON, DisputeState.ASKED, DisputeState.LOST, DisputeState.OPEN)


def _dispute_state(disputes: Sequence[StripeDispute]) -> DisputeState:
    """Return the gravest state of a payment's disputes."""
    found = (_DISPUTE_STATES.get(one.status, DisputeState.NONE) for one in disputes)
    return max(found, key=_GRAVITY.index, default=DisputeState.NONE)


def _minor(count: int, currency: str) -> int:
    return provider_units.from_provider(count, currency, provider_units.STRIPE).minor


def _tell_dispute(payment: Payment) -> None:
    subject = Subject("invoice", payment.invoice_id, payment.client_id)
    if payment.dispute not in (DisputeState.OPEN, DisputeState.ASKED):
        alerts.clear(DISPUTED, subject)
        return
    due = f"{payment.dispute_due:%Y-%m-%d %H:%M} UTC" if payment.dispute_due else "not stated"
    notice = Notice(
        kind=DISPUTED,
        headline=Translatable("The payer's bank disputes {payment}", payment=payment.key),
        what_to_do=Translatable(
            "Answer with evidence in Stripe's dashboard before it is due; no reminder is sent meanwhile."
        ),
        facts=(("Payment", payment.key), ("Evidence is due", due)),
    )
    telling.reconcile([Standing(subject=subject, notices=(notice,))])


def _tell_mismatch(intent: StripeIntent, attempt: PaymentAttempt | None, headline: str) -> None:
    subject = Subject("invoice", attempt.invoice_id, attempt.client_id) if attempt else Subject("stripe", 0)
    asked = f"{attempt.amount.amount} {attempt.currency}" if attempt else Translatable("nothing")
    notice = Notice(
        kind=MISMATCH,
        headline=headline,
        what_to_do=Translatable(
            "Compare the payment in Stripe's dashboard with what is here; nothing was changed by itself."
        ),
        facts=(
            ("Payment", intent.id),
            ("Received", Translatable("{amount} in Stripe's units", amount=f"{intent.received} {intent.currency}")),
            ("Asked for", asked),
            ("At", f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"),
        ),
    )
    telling.reconcile([Standing(subject=subject, notices=(notice,))])
