"""The link with which a client sees an invoice and pays it, without an account: made for a mail, or shown to staff."""

from datetime import timedelta

from db import connection
from db.access import signed_links
from db.access.signed_links import NewLink
from db.billing.invoices import Invoice
from rules.access.signed_links import SignedLink, SignedPurpose
from rules.checks.subjects import Subject

HOLDS = timedelta(days=180)


def make(invoice: Invoice, *, by: str) -> int:
    """Make a link to an invoice's page, in the caller's transaction; returns its number."""
    return signed_links.add(
        NewLink(
            purpose=SignedPurpose.INVOICE,
            subject=_subject(invoice),
            holds_s=int(HOLDS.total_seconds()),
            created_by=by,
            method="POST",
        )
    )


def standing(invoice: Invoice, *, by: str) -> SignedLink:
    """Return the link to an invoice that ``by`` made before and that still holds, or make one, in one transaction.

    So a document that its address is printed on is the same, however often it is made.
    """
    with connection.transaction():
        found = signed_links.holding(_subject(invoice), SignedPurpose.INVOICE, created_by=by)
        return found or signed_links.require(make(invoice, by=by))


def _subject(invoice: Invoice) -> Subject:
    return Subject("invoice", invoice.id, invoice.client_id)
