"""Documents of an invoice that is described: as they are printed, and as they are read by programs."""

from rules.billing.invoice_description import InvoiceDescription
from wording.billing import printed_invoices


def pdf(invoice: InvoiceDescription) -> bytes:
    """Return the invoice as PDF/A-3b. Raises Unprintable, Unavailable."""
    from integrations import pdf as typesetter  # noqa: PLC0415 - few processes typeset

    return typesetter.invoice(printed_invoices.printed(invoice))


def facturx(invoice: InvoiceDescription, cii: bytes) -> bytes:
    """Return the invoice as PDF/A-3b that carries it as CII besides. Raises Unprintable, Unavailable."""
    from integrations import pdf as typesetter  # noqa: PLC0415 - few processes typeset

    return typesetter.invoice(printed_invoices.printed(invoice), attachment=cii)
