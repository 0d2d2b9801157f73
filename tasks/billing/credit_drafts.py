"""Drafts of credit notes: what a note would take back of an invoice, and what it would say.

Promise: local; nothing is written here.
"""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from db.billing import invoices
from db.billing.invoices import Invoice
from rules.billing import crediting
from rules.billing.crediting import CreditedPart, CreditWish, EarlierNote, NotCreditable
from rules.billing.invoice_description import InvoiceDescription, InvoiceKind, PaymentInstructions, PrecedingInvoice
from rules.billing.money import Money
from tasks.billing import invoice_descriptions
from tasks.billing.invoice_descriptions import DRAFT


def draft(invoice: Invoice, wish: CreditWish, *, on: date, reason: str) -> tuple[CreditedPart, InvoiceDescription]:
    """Return the part that a credit note would take back, and what it would say. Raises ``NotCreditable``."""
    if invoice.kind is InvoiceKind.CREDIT_NOTE:
        raise NotCreditable(f"{invoice.name} is a credit note itself")
    said = invoice_descriptions.of_invoice(invoice)
    part = crediting.credited(said, _before(invoice), wish)
    note = replace(
        said,
        kind=InvoiceKind.CREDIT_NOTE,
        number=DRAFT,
        issued_on=on,
        due_on=on,
        preceding=(PrecedingInvoice(number=invoice.name, issued_on=invoice.issued_on),),
        prepaid=Decimal(0),
        notes=(reason,) if reason else (),
        payment=PaymentInstructions(),
    )
    return part, crediting.described(note, part)


def left(invoice: Invoice) -> Money:
    """Return the amount of an invoice, with tax, that no credit note has taken back."""
    return crediting.left(invoice_descriptions.of_invoice(invoice), _before(invoice))


def _before(invoice: Invoice) -> list[EarlierNote]:
    return [
        EarlierNote(said=invoice_descriptions.of_invoice(note), lines=invoices.places_credited(note.id, invoice.id))
        for note in invoices.notes(invoice.id)
    ]
