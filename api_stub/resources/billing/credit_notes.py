"""Credit notes: an invoice is taken back whole, some of its lines, or an amount of it."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from api_stub.fields import Id, RequestBody
from api_stub.problems import existing
from api_stub.resources.payments.payments import AmountText, Reason, read_amount
from api_stub.routes import router
from api_stub.security.principal import Caller, Principal
from db import connection
from db.access import audit
from db.billing import credit_orders, invoices
from rules.billing.credit_orders import CreditOrderState
from rules.billing.crediting import CreditWish
from rules.billing.invoice_description import MAX_LINES
from tasks.billing import credit_notes
from tasks.payments import new_key

routes = router(tags=["invoices"])

LinePlace = Annotated[int, Field(ge=1, le=MAX_LINES)]


class NewCreditNote(RequestBody, extra="forbid"):
    """What is to be taken back: lines, or an amount; all that is left where neither is named."""

    lines: list[LinePlace] = Field([], max_length=MAX_LINES, description="Places of lines, from 1", examples=[[2]])
    amount: AmountText | None = Field(None, description="With tax, in major units", examples=[None, "10.00"])
    reason: Reason = Field(description="As the credit note says it", examples=["The domain was not renewed"])


class CreditOrder(BaseModel):
    """A credit note that was asked for, and what became of that."""

    id: int = Field(examples=[4])
    invoice_id: int = Field(examples=[9])
    lines: list[int] = Field(examples=[[2]])
    amount_minor: int | None = Field(examples=[None])
    reason: str = Field(examples=["The domain was not renewed"])
    state: CreditOrderState = Field(examples=["issued"])
    note_id: int | None = Field(description="The credit note; read it as an invoice", examples=[12])
    failure: str | None = Field(description="Why there is none", examples=[None])
    asked_by: str = Field(examples=["ada"])
    created_at: datetime


class CreditOrders(BaseModel):
    """What was asked for of an invoice, the oldest first."""

    credit_notes: list[CreditOrder]


@routes.get("/api/invoices/{invoice_id}/credit-notes")
def list_credit_notes(who: Caller, invoice_id: Id) -> CreditOrders:
    """List the credit notes that were asked for over an invoice."""
    existing(invoices.require, invoice_id, within=who.within)
    return CreditOrders(credit_notes=[_order(one) for one in credit_orders.of_invoice(invoice_id)])


@routes.post("/api/invoices/{invoice_id}/credit-notes", status_code=202)
def add_credit_note(who: Caller, invoice_id: Id, given: NewCreditNote) -> CreditOrder:
    """Have an invoice taken back, or a part of it; a job issues the credit note and mails it."""
    number = credit(who, invoice_id, lines=given.lines, amount=given.amount, reason=given.reason, key=new_key())
    return _order(credit_orders.require(number))


def credit(who: Principal, invoice_id: int, *, lines: list[int], amount: str | None, reason: str, key: str) -> int:
    """Order a credit note once for its key, with the entry in the audit trail, and return the order's id.

    ``lines`` are line ids, ``amount`` is in major units; without both, all that is left of the invoice is taken back.

    Raises ``Problem``, ``NotCreditable``.
    """
    with connection.transaction():
        invoice = existing(invoices.require, invoice_id, within=who.within)
        taken = read_amount(amount, invoice.currency) if amount else None
        wish = CreditWish(lines=tuple(lines), amount=taken)
        order = credit_notes.ask(invoice, wish, reason=reason, by=who.actor, key=key)
        details = {"order": order, "lines": lines, "amount": amount or ""}
        audit.add(who.actor, "credit", f"invoice {invoice_id}", details, reason=reason, client_id=invoice.client_id)
        return order


def _order(found: credit_orders.CreditOrder) -> CreditOrder:
    return CreditOrder.model_validate(found, from_attributes=True)
