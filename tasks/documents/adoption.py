"""Invoices' PDFs without a row as a document: each becomes one where it is stored, when it is first wanted.

Promise: convergent. What is stored is looked at, not written.
"""

from datetime import UTC, datetime

import settings
from db import connection
from db.billing import invoices
from db.billing.invoices import Invoice
from db.documents import documents
from db.documents.documents import Document, NewDocument
from rules.checks.subjects import Subject
from rules.documents import DocumentState
from tasks import outside

_CHUNK = 200


def kept_until(invoice: Invoice) -> datetime:
    """Return until when an invoice's document is kept at least; the years count from the end of the year of issue."""
    return datetime(invoice.issued_on.year + 1 + settings.current().keep_invoices_years, 1, 1, tzinfo=UTC)


def document_of(invoice: Invoice) -> Document | None:
    """Return an invoice's PDF as a document; None where the invoice has no PDF.

    A PDF that has no row as a document gets one now. Raises as the storage does.
    """
    if invoice.document_key is None:
        return None
    found = documents.stored_under(invoice.document_key)
    return found or _adopted(invoice, invoice.document_key)


def adopt_all() -> int:
    """Make documents of all invoices' PDFs that are none yet; returns how many. Raises as the storage does."""
    adopted = last = 0
    while found := invoices.many(documents.unadopted_invoices_after(last, limit=_CHUNK)):
        adopted += sum(document_of(one) is not None for one in found)
        last = max(one.id for one in found)
    return adopted


def _adopted(invoice: Invoice, key: str) -> Document:
    size = outside.storage().stat(key).size
    new = NewDocument(
        owner=Subject("invoice", invoice.id, invoice.client_id),
        name=f"{invoice.name}.pdf",
        content_type="application/pdf",
        size=size,
        sha256=invoice.document_sha256 or "",
        storage_key=key,
        added_by="invoices.document",
        state=DocumentState.CLEAN,
        kept_until=kept_until(invoice),
    )
    with connection.transaction():
        return documents.add(new)[0]
