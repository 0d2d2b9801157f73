"""Invoices and credit notes as tables: a line for each, or lines that an accountant books.

Promise: local; nothing is written here. Rows are made as they are read, so memory stays flat.
"""

from collections.abc import Iterator
from datetime import date
from enum import StrEnum

from db.billing import invoice_exports
from rules import spreadsheets
from rules.access import Within
from rules.billing import accountants
from tasks.billing import invoice_descriptions


class InvoiceExport(StrEnum):
    """How invoices are exported: a line for each, or lines to be booked."""

    CSV = "csv"
    BOOKINGS = "bookings"


_COLUMNS = ("number", "kind", "client", "issued", "due", "currency", "net", "tax", "gross", "corrects")


def rows(
    export: InvoiceExport, *, since: date | None = None, until: date | None = None, within: Within = None
) -> Iterator[str]:
    """Yield the lines of what was issued in a time, both days included, each with its end; the columns' names first."""
    make = _csv if export is InvoiceExport.CSV else _bookings
    return make(since, until, within)


def _csv(since: date | None, until: date | None, within: Within) -> Iterator[str]:
    yield spreadsheets.line(_COLUMNS)
    for one in invoice_exports.issued(since=since, until=until, within=within):
        amounts = (one.net.amount, one.tax.amount, one.gross.amount)
        days = (one.issued_on.isoformat(), one.due_on.isoformat())
        yield spreadsheets.line(
            [one.name, str(one.kind), one.client_name, *days, one.currency, *amounts, one.corrects_id]
        )


def _bookings(since: date | None, until: date | None, within: Within) -> Iterator[str]:
    yield spreadsheets.line(accountants.COLUMNS)
    for one in invoice_exports.issued(since=since, until=until, within=within):
        for booking in accountants.bookings(invoice_descriptions.of_invoice(one), one.client_id):
            yield spreadsheets.line(booking.cells)
