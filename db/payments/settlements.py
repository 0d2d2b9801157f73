"""How far invoices are paid: loaded once for however many, decided by ``rules.billing.settlement``.

What was paid too much for an invoice is its client's credit: ``settle_surplus`` keeps that so.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from db import connection
from db.billing import credit, invoices
from db.billing.invoices import Invoice
from db.payments import dunning, payments
from rules.billing import settlement
from rules.billing.money import Money
from rules.billing.settlement import AmountOwed, InvoiceSettlement

_SURPLUS = "surplus"
"""The prefix of the keys of credit that came from an over-payment."""


def of_invoice(invoice: Invoice, *, on: date) -> InvoiceSettlement:
    """Return how far an invoice is paid on a day."""
    return of_invoices([invoice], on=on)[invoice.id]


def of_invoices(found: Sequence[Invoice], *, on: date) -> dict[int, InvoiceSettlement]:
    """Return how far invoices are paid on a day, by their ids."""
    ids = [one.id for one in found]
    paid, credited, fees = payments.of_invoices(ids), _credit_used(ids), dunning.fees(ids)
    return {
        one.id: settlement.settle(
            AmountOwed(
                gross=one.gross_minor,
                due_on=one.due_on,
                fees=fees.get(one.id, 0),
                credited=credited.get(one.id, 0) + one.credited_minor,
            ),
            [payment.receipt for payment in paid[one.id]],
            on=on,
        )
        for one in found
    }


def settle_surplus(invoice_id: int) -> None:
    """Bring the credit that came from an invoice's over-payment up to date, in the caller's transaction.

    Each change is an entry under the invoice's next key, so two that do this at once cannot both add it.
    """
    invoice = invoices.require(invoice_id)
    invoices.lock_client(invoice.client_id)
    surplus = of_invoice(invoice, on=invoice.due_on).surplus
    ((number, credited),) = connection.execute(
        "SELECT COUNT(*), COALESCE(SUM(amount_minor), 0) FROM credit_entry WHERE invoice_id = %s AND key LIKE %s",
        invoice_id,
        f"{_SURPLUS}:%",
    )
    if surplus == credited:
        return
    credit.add(
        invoice.client_id,
        Money(surplus - int(credited), invoice.currency),
        reason=f"paid too much for {invoice.name}" if surplus > credited else f"{invoice.name} was overpaid by less",
        key=f"{_SURPLUS}:{invoice_id}:{number + 1}",
        invoice_id=invoice_id,
        may_owe=True,
    )


def _credit_used(ids: Iterable[int]) -> Mapping[int, int]:
    """Return how much credit was used for each invoice, in minor units by the invoice's id."""
    rows = connection.execute(
        "SELECT invoice_id, -SUM(amount_minor) FROM credit_entry WHERE invoice_id {ids} AND amount_minor < 0"
        " AND key NOT LIKE %s GROUP BY invoice_id",
        list(ids),
        f"{_SURPLUS}:%",
    )
    return {invoice_id: int(used) for invoice_id, used in rows}
