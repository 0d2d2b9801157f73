"""An invoice as it stands on paper: texts in one language, in their places (``wording.billing.printed_invoices``)."""

from dataclasses import dataclass
from datetime import date

Labelled = tuple[str, str]
"""A label and what stands beside it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedLine:
    """A line of the table."""

    name: str
    details: tuple[str, ...]
    """The texts below its name: description, days, allowances."""
    quantity: str
    price: str
    tax: str
    amount: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedInvoice:
    """All that is printed of an invoice. Nothing in it is markup."""

    language: str
    """A tag of BCP 47; the direction of writing follows from it."""
    issued_on: date
    """The date inside the file, so that the same invoice gives the same bytes."""
    title: str
    """The title with the invoice's number."""
    accent: str
    """#rrggbb."""
    logo: str | None
    """An image as SVG."""
    seller: str
    seller_address: tuple[str, ...]
    buyer_label: str
    buyer: tuple[str, ...]
    facts: tuple[Labelled, ...]
    """Numbers and days beside the buyer's address."""
    columns: tuple[str, str, str, str, str]
    lines: tuple[PrintedLine, ...]
    sums: tuple[Labelled, ...]
    """Up to the total; taxes are among them."""
    total: Labelled
    after: tuple[Labelled, ...]
    """What leads from the total to the amount to pay: payments before, rounding."""
    remarks: tuple[str, ...]
    payment_title: str
    payment: tuple[Labelled, ...]
    payment_note: str
    pay_online: Labelled | None
    """The text of a link, and its address."""
    qr: str | None
    """The text in the QR code beside the payment (EPC069-12)."""
    qr_label: str
    footer: tuple[tuple[str, ...], ...]
    """Columns of lines at the foot of each page."""
    page: str
    """The words that number a page, with {page} and {pages} in them."""
