"""The link with which a client sees an invoice and pays it, without an account: made for a mail, or shown to staff."""

from datetime import timedelta

from db.access import signed_links
from db.access.signed_links import NewLink
from db.money.invoices import Invoice
from rules.signed_links import SignedPurpose
from rules.subjects import Subject

HOLDS = timedelta(days=180)


def make(invoice: Invoice, *, by: str) -> int:
    """Make a link to an invoice's page, in the caller's transaction; returns its number."""
    return signed_links.add(
        NewLink(
            purpose=SignedPurpose.INVOICE,
            subject=Subject("invoice", invoice.id, invoice.client_id),
            holds_s=int(HOLDS.total_seconds()),
            created_by=by,
            method="POST",
        )
    )
