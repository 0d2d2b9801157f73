"""Credit notes: an invoice is taken back whole or in parts, each part once and never more than is left.

    an order (lines, an amount, what is left) ──checked──> a draft ──client locked, still so──> a note, credit, a mail

Promise: local. The order's row makes it one note, however often its job runs; the number is taken in the transaction
that uses it.
"""

from dataclasses import replace
from datetime import date

from db import connection
from db.billing import credit_orders, invoices
from db.billing.credit_orders import CreditOrder
from db.billing.invoices import Invoice
from db.ledger.endings import EndedJob
from db.payments import settlements
from integrations.errors import Rejected
from rules.access import Permission
from rules.billing.credit_orders import CreditOrderState
from rules.billing.crediting import CreditedPart, CreditWish, NotCreditable
from rules.billing.invoice_description import InvoiceDescription
from rules.translatable import Translatable
from settings.failpoints import failpoint
from tasks.billing import credit_drafts, invoice_drafts
from tasks.billing import invoices as issuing
from tasks.engine.context import completing
from tasks.engine.errors import Parked
from tasks.engine.task import Queue, task


def _failed(job: EndedJob) -> None:
    order = credit_orders.find(job.args.get("order_id"))
    if order is not None:
        credit_orders.failed(order.id, job.error)


@task(Queue.BILLING, attempts=5, unique=("order_id",), on_ended=_failed, permission=Permission.MONEY, internal=True)
def issue(*, order_id: int) -> None:
    """Issue the credit note that an order is for, once it was checked as a draft, and mail it."""
    order = credit_orders.require(order_id)
    if order.state is not CreditOrderState.ASKED:
        with completing():
            return
    invoice = invoices.require(order.invoice_id)
    today = invoice_drafts.today_of(invoice.client_id)
    part, draft = _draft(invoice, order, on=today)
    invoice_drafts.check(draft)
    failpoint("credit_notes.checked")
    with completing():
        invoices.lock_client(invoice.client_id)
        if _draft(invoice, order, on=today) != (part, draft):
            raise Parked(Translatable("something of the invoice was taken back meanwhile"), delay_s=1)
        note = invoices.credit(invoice, part, on=today, describe=lambda number: replace(draft, number=number))
        credit_orders.issued(order_id, note.id)
        settlements.settle_surplus(invoice.id)
        failpoint("credit_notes.issued")
        issuing.document.enqueue(invoice_id=note.id)


def ask(invoice: Invoice, wish: CreditWish, *, reason: str, by: str, key: str) -> int:
    """Have a part of an invoice taken back; the same key asks for it once. Returns the order's number.

    Raises ``NotCreditable``, also where the key has asked for something else.
    """
    with connection.transaction():
        invoices.lock_client(invoice.client_id)
        if (before := credit_orders.with_key(key)) is not None:
            if (before.invoice_id, before.wish) != (invoice.id, wish):
                raise NotCreditable("this form has asked for another credit note; open the invoice anew")
            return before.id
        credit_drafts.draft(invoice, wish, on=invoice.issued_on, reason=reason)
        try:
            order_id = credit_orders.begin(invoice.id, wish, key=key, reason=reason, asked_by=by)
        except credit_orders.CreditUnderWay:
            raise NotCreditable(f"a credit note over {invoice.name} is being issued; look again in a moment") from None
        issue.enqueue(order_id=order_id)
    return order_id


def _draft(invoice: Invoice, order: CreditOrder, *, on: date) -> tuple[CreditedPart, InvoiceDescription]:
    try:
        return credit_drafts.draft(invoice, order.wish, on=on, reason=order.reason)
    except NotCreditable as error:
        raise Rejected(str(error)) from None
