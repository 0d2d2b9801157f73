"""Invoices as an accountant's program books them: a line for each tax treatment, with DATEV's names of columns.

The form is that of DATEV's bookings, as far as an invoice can fill it (docs/billing.md explains each column). DATEV
does not import such a file as it is, because the accountant says which revenue account belongs to a category and rate.
Amounts have a comma, and days are DDMMYYYY.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from rules.billing.invoice_description import InvoiceDescription, InvoiceKind

COLUMNS: Final = (
    "Umsatz",
    "Soll/Haben-Kennzeichen",
    "WKZ Umsatz",
    "Konto",
    "Belegdatum",
    "Belegfeld 1",
    "Buchungstext",
    "EU-Land u. UStID",
    "Steuerkategorie",
    "Steuersatz",
    "Netto",
    "Steuer",
)
_FIRST_DEBTOR: Final = 10_000
_TEXT_MAX: Final = 60


@dataclass(frozen=True, slots=True)
class Booking:
    """One line, in the order of COLUMNS; all texts."""

    cells: tuple[str, ...]


def bookings(invoice: InvoiceDescription, client_id: int) -> Iterator[Booking]:
    """Yield the lines of an invoice or a credit note. A client's debtor account is 10000 plus their id."""
    credit = invoice.kind is InvoiceKind.CREDIT_NOTE
    for one in invoice.totals.by_tax:
        gross = one.taxable + one.amount
        debit = (gross >= 0) is not credit
        yield Booking(
            (
                _amount(abs(gross)),
                "S" if debit else "H",
                invoice.currency,
                str(_FIRST_DEBTOR + client_id),
                f"{invoice.issued_on:%d%m%Y}",
                invoice.number,
                invoice.buyer.name[:_TEXT_MAX],
                invoice.buyer.vat_id or "",
                one.tax.category,
                _amount(one.tax.rate),
                _amount(abs(one.taxable)),
                _amount(abs(one.amount)),
            )
        )


def _amount(value: Decimal) -> str:
    return f"{value:f}".replace(".", ",")
