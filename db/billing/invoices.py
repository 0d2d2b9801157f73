"""Invoices: each period of a subscription is billed once, because a unique line is what billing *is*."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from db import connection
from db.billing import billing_items, models
from db.listing import ListFilter, Listing, Order, among, equals, whether
from rules.access import Within, sees
from rules.billing import invoice_description, invoice_numbers, invoicing
from rules.billing.billables import Billable
from rules.billing.crediting import CreditedPart
from rules.billing.invoice_description import InvoiceDescription, InvoiceKind
from rules.billing.invoicing import BillingLine
from rules.billing.money import Money, minor_digits
from rules.billing.periods import Period


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice:
    """An issued invoice. Amounts are in minor units of its currency."""

    id: int
    client_id: int
    client_name: str
    series: str
    number: int
    issued_on: date
    due_on: date
    currency: str
    net_minor: int
    tax_minor: int
    gross_minor: int
    document_key: str | None
    document_sha256: str | None
    document_error: str | None
    """Why it has no document, where the job that makes it ended badly."""
    kind: InvoiceKind
    """The amounts of a credit note are negative."""
    corrects_id: int | None
    """The invoice that a credit note takes back."""
    voided_by: int | None
    """The credit note that took back what was left of it."""
    credited_minor: int
    """What credit notes took back, with tax."""

    @property
    def name(self) -> str:
        """The number as it is printed."""
        return invoice_numbers.printed(self.series, self.number)

    @property
    def net(self) -> Money:
        return Money(self.net_minor, self.currency)

    @property
    def tax(self) -> Money:
        return Money(self.tax_minor, self.currency)

    @property
    def gross(self) -> Money:
        return Money(self.gross_minor, self.currency)

    @property
    def credited(self) -> Money:
        return Money(self.credited_minor, self.currency)


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceLine:
    """One period on an invoice, up to but without ``end``, with the domain that it is for, if it is for one."""

    subscription_id: int | None
    description: str
    start: date
    end: date
    net_minor: int
    currency: str
    tax_basis_points: int
    credited: bool
    """Whether a credit note took it back whole."""
    domain_id: int | None
    domain_name: str | None

    @property
    def net(self) -> Money:
        return Money(self.net_minor, self.currency)


_CLIENTS_DUE = (
    "SELECT client_id FROM (SELECT client_id FROM subscription"
    " WHERE next_due <= %s AND (until IS NULL OR next_due < until)"
    " UNION SELECT client_id FROM billing_item WHERE invoice_id IS NULL AND due_on <= %s) AS due"
)
_INVOICE = (
    "SELECT invoice.id, client_id, client.name AS client_name, series, number, issued_on, due_on, invoice.currency,"
    " net_minor, tax_minor, gross_minor, document_key, document_sha256, document_error,"
    " kind, corrects_id, (SELECT MAX(note.id) FROM invoice AS note WHERE note.corrects_id = invoice.id"
    " GROUP BY note.corrects_id HAVING SUM(note.gross_minor) = -invoice.gross_minor) AS voided_by,"
    " CAST(COALESCE((SELECT -SUM(note.gross_minor) FROM invoice AS note WHERE note.corrects_id = invoice.id), 0)"
    " AS BIGINT) AS credited_minor FROM invoice JOIN client ON client.id = client_id"
)
_LINE = (
    'SELECT subscription_id, invoice_line.description, period_start AS start, period_end AS "end",'
    " invoice_line.net_minor, invoice.currency, invoice_line.tax_basis_points,"
    " EXISTS (SELECT 1 FROM invoice_line AS back WHERE back.corrects_id = invoice_line.id) AS credited,"
    " domain.id AS domain_id,"
    " domain.name AS domain_name FROM invoice_line JOIN invoice ON invoice.id = invoice_id"
    " LEFT JOIN subscription ON subscription.id = subscription_id"
    " LEFT JOIN domain ON domain.id = subscription.domain_id"
)


def clients_due_after(last: int, limit: int, *, on: date) -> list[int]:
    """Return the next ids of clients who have something due on a day, ascending."""
    rows = connection.execute(f"{_CLIENTS_DUE} WHERE client_id > %s ORDER BY client_id LIMIT %s", on, on, last, limit)
    return [client_id for (client_id,) in rows]


def count_clients_due(*, on: date) -> int:
    """Return how many clients have something due on a day."""
    ((number,),) = connection.execute(f"SELECT COUNT(*) FROM ({_CLIENTS_DUE}) AS counted", on, on)  # noqa: S608 - our own
    return number


def lock_client(client_id: int) -> None:
    """Make others who bill this client wait, in the caller's transaction, so that nobody bills half of what is due."""
    connection.changed("UPDATE client SET name = name WHERE id = %s", client_id)


def issue(
    client_id: int,
    lines: Sequence[Billable],
    *,
    series: str,
    on: date,
    due_days: int,
    describe: Callable[[str], InvoiceDescription] | None = None,
) -> Invoice:
    """Issue an invoice in the caller's transaction: its number is taken here, so that the series has no gap.

    ``describe`` takes the printed number and returns all that the invoice says. Raises ``connection.Conflict`` when a
    line's period or item has been billed before; the caller's transaction is then undone.
    """
    number = _take_number(series)
    totals = invoicing.totals([_taxed(line) for line in lines])
    row = models.Invoice.create(
        client=client_id,
        series=series,
        number=number,
        issued_on=on,
        due_on=on + timedelta(days=due_days),
        currency=totals.gross.currency,
        net_minor=totals.net.minor,
        tax_minor=totals.tax.minor,
        gross_minor=totals.gross.minor,
        description=_json(describe(invoice_numbers.printed(series, number))) if describe else None,
    )
    for line in lines:
        _bill(row.id, line, on)
    return require(row.id)


def _bill(invoice_id: int, line: Billable, on: date) -> None:
    """Write a line of an invoice: that is what bills its period or its item."""
    period = line.period or Period(on, on + timedelta(days=1))
    taxed = _taxed(line)
    models.InvoiceLine.create(
        invoice=invoice_id,
        subscription=line.subscription_id,
        period_start=period.start,
        period_end=period.end,
        description=line.line.name,
        net_minor=taxed.net.minor,
        tax_basis_points=taxed.tax_basis_points,
    )
    if line.item_id is not None:
        billing_items.billed(line.item_id, invoice_id)


def credit(invoice: Invoice, part: CreditedPart, *, on: date, describe: Callable[[str], InvoiceDescription]) -> Invoice:
    """Issue a credit note over a part of an invoice, in the caller's transaction and a series of its own.

    Raises ``connection.Conflict`` where a line of it has been taken back.
    """
    series = invoice_numbers.credit_series(invoice.series)
    number = _take_number(series)
    said = describe(invoice_numbers.printed(series, number))
    totals, digits = said.totals, minor_digits(said.currency)
    row = models.Invoice.create(
        client=invoice.client_id,
        series=series,
        number=number,
        issued_on=on,
        due_on=on,
        currency=invoice.currency,
        net_minor=-int(totals.net.scaleb(digits)),
        tax_minor=-int(totals.tax.scaleb(digits)),
        gross_minor=-int(totals.gross.scaleb(digits)),
        kind=InvoiceKind.CREDIT_NOTE,
        corrects=invoice.id,
        description=_json(said),
    )
    nets = [-int(net.scaleb(digits)) for net in totals.line_nets]
    _take_back(row.id, _line_rows(invoice.id), part, nets, on)
    return require(row.id)


def _take_back(
    note_id: int, of_invoice: Sequence[tuple[int, date, date]], part: CreditedPart, nets: Sequence[int], on: date
) -> None:
    """Write the lines of a credit note, each with the line of the invoice that it takes back whole, if it does."""
    for line, place, net in zip(part.lines, part.places, nets, strict=True):
        corrects, start, end = of_invoice[place - 1] if place else (None, on, on + timedelta(days=1))
        models.InvoiceLine.create(
            invoice=note_id,
            period_start=start,
            period_end=end,
            description=line.name,
            net_minor=net,
            tax_basis_points=int(line.tax.rate * 100),
            corrects=corrects,
        )


def notes(invoice_id: int) -> list[Invoice]:
    """Return the credit notes over an invoice, the oldest first."""
    return connection.rows(Invoice, f"{_INVOICE} WHERE invoice.corrects_id = %s ORDER BY invoice.id", invoice_id)


def places_credited(note_id: int, invoice_id: int) -> frozenset[int]:
    """Return which lines of an invoice a credit note took back whole, counted from 1."""
    rows = connection.execute("SELECT corrects_id FROM invoice_line WHERE invoice_id = %s", note_id)
    back = {line_id for (line_id,) in rows}
    return frozenset(place for place, (line_id, *_) in enumerate(_line_rows(invoice_id), 1) if line_id in back)


def _line_rows(invoice_id: int) -> list[tuple[int, date, date]]:
    return [
        (line.id, line.period_start, line.period_end)
        for line in models.InvoiceLine.select()
        .where(models.InvoiceLine.invoice == invoice_id)
        .order_by(models.InvoiceLine.id)
    ]


def description(invoice_id: int) -> InvoiceDescription | None:
    """Return what an invoice says; None for an old invoice, of which only the rows were kept."""
    ((kept,),) = connection.execute("SELECT description FROM invoice WHERE id = %s", invoice_id)
    return None if kept is None else invoice_description.read(json.loads(kept))


def _json(said: InvoiceDescription) -> str:
    return json.dumps(invoice_description.written(said), ensure_ascii=False)


def _taxed(line: Billable) -> BillingLine:
    return BillingLine(net=line.net, tax_basis_points=int(line.decision.treatment.rate * 100))


def _take_number(series: str) -> int:
    """Take the next number of a series; others who take one wait for the end of this transaction."""
    rows = connection.execute(
        "INSERT INTO counter (series, next) VALUES (%s, 2)"
        " ON CONFLICT (series) DO UPDATE SET next = counter.next + 1 RETURNING next",
        series,
    )
    return rows[0][0] - 1


def documented(invoice_id: int, *, key: str, sha256: str) -> None:
    """Remember where an invoice's document is, in the caller's transaction."""
    models.Invoice.update(document_key=key, document_sha256=sha256, document_error=None).where(
        models.Invoice.id == invoice_id
    ).execute()


def not_documented(invoice_id: int, *, why: str) -> None:
    """Remember why an invoice has no document, in the caller's transaction."""
    models.Invoice.update(document_error=why).where(models.Invoice.id == invoice_id).execute()


def find(invoice_id: object) -> Invoice | None:
    """Return an invoice, or None."""
    return next(iter(connection.rows(Invoice, f"{_INVOICE} WHERE invoice.id = %s", invoice_id)), None)


def require(invoice_id: int, *, within: Within = None) -> Invoice:
    """Return an invoice. Raises ``LookupError``."""
    found = find(invoice_id)
    if found is not None and sees(within, found.client_id):
        return found
    raise LookupError(f"no invoice has the id {invoice_id}")


def many(ids: Sequence[int]) -> list[Invoice]:
    """Return the invoices that exist, of these ids."""
    return connection.rows(Invoice, f"{_INVOICE} WHERE invoice.id {{ids}}", list(ids))


def lines(invoice_id: int, *, limit: int = 10_000) -> list[InvoiceLine]:
    """Return an invoice's lines."""
    return connection.rows(
        InvoiceLine, f"{_LINE} WHERE invoice_id = %s ORDER BY invoice_line.id LIMIT %s", invoice_id, limit
    )


LIST: Final[Listing[Invoice]] = Listing(
    table="invoice",
    columns="document_key, gross_minor",
    read=many,
    orders={"id": Order(), "gross": Order("gross_minor", then=("id",))},
    filters={
        "client": ListFilter(int, equals("invoice.client_id"), "Only this client's", narrows=True),
        "number": ListFilter(int, equals("invoice.number"), "The one of this number in each series", narrows=True),
        "gross": ListFilter(list[int], among("invoice.gross_minor"), narrows=True),
        "documented": ListFilter(
            bool, whether("document_key IS NOT NULL", "document_key IS NULL"), "Whether there is a document of it"
        ),
    },
    owner="invoice.client_id",
)
"""All invoices."""


def of_domain(domain_id: int, *, within: Within = None, limit: int = 10) -> list[Invoice]:
    """Return the newest invoices with a line for a domain, also those of a client who had it before."""
    theirs, params = ("", ()) if within is None else ("AND client_id {ids}", (sorted(within),))
    return connection.rows(
        Invoice,
        f"{_INVOICE} WHERE invoice.id IN (SELECT invoice_id FROM invoice_line JOIN subscription"  # noqa: S608 - our own
        f" ON subscription.id = subscription_id WHERE subscription.domain_id = %s) {theirs}"
        " ORDER BY invoice.id DESC LIMIT %s",
        domain_id,
        *params,
        limit,
    )


def all_() -> list[Invoice]:
    """Return every invoice, by number; for the demo and the tests."""
    return connection.rows(Invoice, f"{_INVOICE} ORDER BY series, number")
