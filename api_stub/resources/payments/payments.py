"""Payments: money that came for invoices. It is entered by hand, charged to a stored card, and given back."""

from datetime import UTC, date, datetime
from typing import Annotated

from pydantic import BaseModel, Field

from api_stub import lists
from api_stub.entries import wrong
from api_stub.fields import Id, Next, RequestBody, TextLine
from api_stub.problems import existing
from api_stub.routes import router
from api_stub.security.principal import Caller, Principal
from db import connection
from db.access import audit
from db.billing import invoices
from db.payments import attempts, payments, refunds
from rules.billing import money
from rules.billing.attempts import AttemptKind, AttemptState
from rules.billing.money import Money
from rules.billing.settlement import DisputeState, PaymentSource, RefundState
from tasks.payments import collection, new_key

routes = router(tags=["payments"])

AmountText = Annotated[TextLine, Field(min_length=1, max_length=24)]
Reason = Annotated[TextLine, Field(min_length=1, max_length=200)]


class NewPayment(RequestBody, extra="forbid"):
    """Money that came another way than through Stripe."""

    amount: AmountText = Field(description="In major units; below zero it was paid back", examples=["34.51"])
    reference: Reason = Field(description="By which the bank's statement shows it", examples=["INV-000009 Bakery"])
    received_on: date | None = Field(None, description="Null: today", examples=["2026-11-27"])


class NewRefund(RequestBody, extra="forbid"):
    """Money that is to go back the way it came."""

    amount: AmountText = Field(description="In major units, up to what is left of the payment", examples=["10.00"])
    reason: Reason = Field(examples=["The domain was not renewed"])


class Payment(BaseModel):
    """Money that came for an invoice. Amounts are in minor units of its currency."""

    id: int = Field(examples=[12])
    client_id: int = Field(examples=[3])
    invoice_id: int = Field(examples=[9])
    source: PaymentSource = Field(description="How it came", examples=["bank"])
    reference: str = Field(examples=["INV-000009 Bakery"])
    currency: str = Field(examples=["EUR"])
    amount_minor: int = Field(description="Below zero it was paid back", examples=[3451])
    refunded_minor: int = Field(description="What of it we gave back", examples=[0])
    disputed_minor: int = Field(description="What of it the payer's bank took back", examples=[0])
    refundable_minor: int = Field(description="What may still be given back", examples=[3451])
    dispute: DisputeState = Field(description="Empty where nobody disputes it", examples=[""])
    dispute_due: datetime | None = Field(description="Until when Stripe wants evidence", examples=[None])
    received_on: date = Field(examples=["2026-11-27"])
    recorded_by: str = Field(examples=["ada"])
    bank_entry_id: int | None = Field(description="The move of a bank's file that it was booked of", examples=[5])


class Payments(BaseModel):
    """A page of payments."""

    payments: list[Payment]
    next: Next


class Refund(BaseModel):
    """A part of a payment that goes back, and what became of it."""

    id: int = Field(examples=[2])
    payment_id: int = Field(examples=[12])
    amount_minor: int = Field(examples=[1000])
    state: RefundState = Field(examples=["asked"])
    reason: str = Field(examples=["The domain was not renewed"])
    failure: str | None = Field(examples=[None])
    asked_by: str = Field(examples=["ada"])
    created_at: datetime


class Refunds(BaseModel):
    """What was given back of a payment, the oldest first."""

    refunds: list[Refund]


class Charge(BaseModel):
    """A try to be paid online, and what became of it."""

    id: int = Field(examples=[4])
    invoice_id: int = Field(examples=[9])
    kind: AttemptKind
    state: AttemptState = Field(examples=["asked"])
    amount_minor: int = Field(examples=[3451])
    currency: str = Field(examples=["EUR"])
    failure: str | None = Field(examples=[None])


class Charges(BaseModel):
    """The tries to be paid for an invoice online, the oldest first."""

    charges: list[Charge]


Asked = Annotated[
    lists.ListQuery,
    lists.asked(
        payments.LIST.filters, "client", "invoice", "source", "disputed", sorts=("id", "received_on"), sort="-id"
    ),
]


@routes.get("/api/payments")
def list_payments(who: Caller, asked: Asked) -> Payments:
    """List the payments, the newest first."""
    page = asked.page(payments.LIST, within=who.within)
    return Payments(payments=[_payment(one) for one in page.rows], next=lists.next_(page))


@routes.get("/api/payments/{payment_id}")
def read_payment(who: Caller, payment_id: Id) -> Payment:
    """Read one payment."""
    return _payment(existing(payments.require, payment_id, within=who.within))


@routes.get("/api/payments/{payment_id}/refunds")
def list_refunds(who: Caller, payment_id: Id) -> Refunds:
    """List what was given back of a payment, and what became of it."""
    existing(payments.require, payment_id, within=who.within)
    return Refunds(refunds=[_refund(one) for one in refunds.of_payment(payment_id)])


@routes.get("/api/invoices/{invoice_id}/charges")
def list_charges(who: Caller, invoice_id: Id) -> Charges:
    """List the tries to be paid for an invoice online."""
    existing(invoices.require, invoice_id, within=who.within)
    found = attempts.of_invoice(invoice_id)
    return Charges(charges=[Charge.model_validate(one, from_attributes=True) for one in found])


@routes.post("/api/invoices/{invoice_id}/payments", status_code=201)
def add_payment(who: Caller, invoice_id: Id, given: NewPayment) -> Payment:
    """Enter a payment that came another way. An Idempotency-Key makes that it is entered once."""
    day = given.received_on or _today()
    number = record(who, invoice_id, given.amount, reference=given.reference, received_on=day, key=new_key())
    return _payment(payments.require(number))


@routes.post("/api/payments/{payment_id}/refunds", status_code=202)
def add_refund(who: Caller, payment_id: Id, given: NewRefund) -> Refund:
    """Have Stripe give a part of a payment back, or all of it; a job does it."""
    return _refund(refunds.require(give_back(who, payment_id, given.amount, reason=given.reason)))


@routes.post("/api/invoices/{invoice_id}/charges", status_code=202)
def add_charge(who: Caller, invoice_id: Id) -> Charge:
    """Charge the client's stored card with what is outstanding; a job does it."""
    return Charge.model_validate(attempts.require(charge(who, invoice_id)), from_attributes=True)


def record(who: Principal, invoice_id: int, amount: str, *, reference: str, received_on: date, key: str) -> int:
    """Enter a payment once for its key, with the entry in the audit trail. Raises ``Problem``, ``NotPossible``."""
    with connection.transaction():
        invoice = existing(invoices.require, invoice_id, within=who.within)
        payment = collection.record(
            invoice_id,
            read_amount(amount, invoice.currency),
            reference=reference,
            received_on=received_on,
            key=key,
            by=who.actor,
            today=_today(),
        )
        details = {"payment": payment, "amount": amount, "reference": reference, "received_on": str(received_on)}
        audit.add(who.actor, "record payment", f"invoice {invoice_id}", details, client_id=invoice.client_id)
        return payment


def give_back(who: Principal, payment_id: int, amount: str, *, reason: str) -> int:
    """Have money given back, with the entry in the audit trail. Raises ``Problem``, ``NotPossible``."""
    with connection.transaction():
        payment = existing(payments.require, payment_id, within=who.within)
        given = read_amount(amount, payment.currency)
        refund = collection.give_back(payment_id, given, reason=reason, by=who.actor)
        details = {"refund": refund, "payment": payment.key, "amount": amount}
        about = f"invoice {payment.invoice_id}"
        audit.add(who.actor, "refund", about, details, reason=reason, client_id=payment.client_id)
        return refund


def charge(who: Principal, invoice_id: int) -> int:
    """Have the stored card charged, with the entry in the audit trail. Raises ``Problem``, ``NotPossible``."""
    with connection.transaction():
        invoice = existing(invoices.require, invoice_id, within=who.within)
        attempt = collection.charge_card(invoice_id, by=who.actor, on=_today())
        audit.add(who.actor, "charge", f"invoice {invoice_id}", {"attempt": attempt}, client_id=invoice.client_id)
        return attempt


def read_amount(written: str, currency: str) -> Money:
    """Return an amount that somebody wrote in major units. Raises ``Problem`` 422 that names the field."""
    try:
        return money.parse(written, currency)
    except ValueError as error:
        raise wrong("amount", str(error)) from None


def _today() -> date:
    return datetime.now(UTC).date()


def _payment(found: payments.Payment) -> Payment:
    values = {name: getattr(found, name) for name in Payment.model_fields if name != "refundable_minor"}
    return Payment(**values, refundable_minor=found.refundable.minor)


def _refund(found: refunds.Refund) -> Refund:
    return Refund.model_validate(found, from_attributes=True)
