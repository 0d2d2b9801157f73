"""What documents belong to: a client, an invoice, a domain, an alert, and whose each of them is."""

from db.billing import invoices
from db.portfolio import alerts, clients, domains
from rules.access import Within
from rules.checks.subjects import Subject
from rules.documents import DocumentOwner


def require(kind: DocumentOwner, number: int, *, within: Within = None) -> Subject:
    """Return a thing that may own documents, with its client. Raises ``LookupError`` where it is not there."""
    match kind:
        case DocumentOwner.CLIENT:
            client_id: int | None = clients.get(number, within=within).id
        case DocumentOwner.INVOICE:
            client_id = invoices.require(number, within=within).client_id
        case DocumentOwner.DOMAIN:
            client_id = domains.get(number, within=within).client_id
        case DocumentOwner.ALERT:
            client_id = alerts.get(number, within=within).subject.client_id
    return Subject(kind, number, client_id)
