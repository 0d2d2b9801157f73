"""Whose a thing is: the client of a domain, an endpoint, an invoice, an alert, a mail, a job, a document, an upload."""

from db import connection

_CLIENT = {
    "client": "SELECT id FROM client WHERE client.id = {}",
    "domain": "SELECT client_id FROM domain WHERE domain.id = {}",
    "endpoint": "SELECT client_id FROM endpoint WHERE endpoint.id = {}",
    "invoice": "SELECT client_id FROM invoice WHERE invoice.id = {}",
    "subscription": "SELECT client_id FROM subscription WHERE subscription.id = {}",
    "billing_item": "SELECT client_id FROM billing_item WHERE billing_item.id = {}",
    "alert": "SELECT client_id FROM alert WHERE alert.id = {}",
    "mail": "SELECT client_id FROM mail WHERE mail.id = {}",
    "job": "SELECT client_id FROM job WHERE job.id = {}",
    "upload": "SELECT client_id FROM direct_upload WHERE direct_upload.id = {}",
    "document": "SELECT client_id FROM kept_document WHERE kept_document.id = {}",
}
KINDS = frozenset(_CLIENT)
"""The kinds of things that are a client's."""


def find(kind: str, number: int) -> int | None:
    """Return the client of a thing; None where it is nobody's, is not there, or is of another kind."""
    if kind not in KINDS:
        return None
    rows = connection.execute(_CLIENT[kind].format("%s"), number)
    return rows[0][0] if rows else None


def expression(kind: str | None, number: str) -> str:
    """Return the SQL for the client of a thing, whose id is the SQL ``number``; for any other kind, that of NULL."""
    return f"({_CLIENT[kind].format(number)})" if kind in _CLIENT else "CAST(NULL AS BIGINT)"
