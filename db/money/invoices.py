"""Subscriptions and invoices. A period of a subscription is billed once: a unique line is what an invoice run *is*."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from db import connection
from db.money.models import Invoice as Row
from db.money.models import InvoiceLine
from db.money.models import Subscription as SubscriptionRow
from db.portfolio.models import Client
from rules.billing import invoicing
from rules.billing.invoicing import BillingLine, Period
from rules.billing.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """What a client pays for. ``anchor`` is the first period's first day."""

    id: int = 0
    client_id: int
    description: str
    price: Money
    months: int
    tax_basis_points: int
    anchor: date
    until: date | None = None
    billed: int = 0
    domain_id: int | None = None


@dataclass(frozen=True, slots=True)
class Invoice:
    """An issued invoice with its lines."""

    id: int
    client_id: int
    series: str
    number: int
    issued_on: date
    due_on: date
    totals: invoicing.Totals
    lines: tuple[BillingLine, ...]
    document_key: str | None

    @property
    def name(self) -> str:
        """The number as it is printed."""
        return f"{self.series}-{self.number:06d}"


def subscribe(subscription: Subscription) -> int:
    """Add a subscription and return its id."""
    with connection.transaction():
        return SubscriptionRow.create(
            client=subscription.client_id,
            domain=subscription.domain_id,
            description=subscription.description,
            price_minor=subscription.price.minor,
            currency=subscription.price.currency,
            months=subscription.months,
            tax_basis_points=subscription.tax_basis_points,
            anchor=subscription.anchor,
            until=subscription.until,
            next_due=subscription.anchor,
        ).id


def clients_due_after(last: int, limit: int, *, on: date) -> list[int]:
    """Return the next ids of clients who have something due on a day, ascending."""
    rows = (
        SubscriptionRow.select(SubscriptionRow.client)
        .where(SubscriptionRow.client > last, SubscriptionRow.next_due <= on, _runs())
        .distinct()
        .order_by(SubscriptionRow.client)
        .limit(limit)
    )
    return [row.client_id for row in rows]


def count_clients_due(*, on: date) -> int:
    """Return how many clients have something due on a day."""
    due = SubscriptionRow.select(SubscriptionRow.client).where(SubscriptionRow.next_due <= on, _runs())
    return due.distinct().count()


def lock_client(client_id: int) -> None:
    """Make others who bill this client wait, in the caller's transaction, so that nobody bills half of what is due."""
    Client.update(name=Client.name).where(Client.id == client_id).execute()


def due_lines(client_id: int, *, on: date) -> list[BillingLine]:
    """Return the lines that are due and not billed, oldest first. Call it with the client locked."""
    rows = (
        SubscriptionRow.select()
        .where(SubscriptionRow.client == client_id, SubscriptionRow.next_due <= on, _runs())
        .order_by(SubscriptionRow.id)
    )
    return [
        BillingLine(
            subscription_id=row.id,
            period=period,
            description=row.description,
            net=Money(row.price_minor, row.currency),
            tax_basis_points=row.tax_basis_points,
        )
        for row in rows
        for period in invoicing.periods_due(
            anchor=row.anchor, months=row.months, billed=row.billed, on=on, until=row.until
        )
    ]


def issue(client_id: int, lines: Sequence[BillingLine], *, series: str, on: date, due_days: int) -> Invoice:
    """Issue an invoice in the caller's transaction: its number is taken here, so that the series has no gap.

    Raises ``connection.Conflict`` when a line's period has been billed, which undoes it all.
    """
    totals = invoicing.totals(lines)
    row = Row.create(
        client=client_id,
        series=series,
        number=_take_number(series),
        issued_on=on,
        due_on=on + timedelta(days=due_days),
        currency=totals.gross.currency,
        net_minor=totals.net.minor,
        tax_minor=totals.tax.minor,
        gross_minor=totals.gross.minor,
    )
    for line in lines:
        InvoiceLine.create(
            invoice=row.id,
            subscription=line.subscription_id,
            period_start=line.period.start,
            period_end=line.period.end,
            description=line.description,
            net_minor=line.net.minor,
            tax_basis_points=line.tax_basis_points,
        )
        SubscriptionRow.update(billed=SubscriptionRow.billed + 1, next_due=line.period.end).where(
            SubscriptionRow.id == line.subscription_id
        ).execute()
    return get(row.id)


def _take_number(series: str) -> int:
    """Take the next number of a series; whoever comes at the same time waits for this transaction's end."""
    rows = connection.execute(
        "INSERT INTO counter (series, next) VALUES (%s, 2)"
        " ON CONFLICT (series) DO UPDATE SET next = counter.next + 1 RETURNING next",
        series,
    )
    return rows[0][0] - 1


def documented(invoice_id: int, *, key: str, sha256: str) -> None:
    """Remember where an invoice's document is, in the caller's transaction."""
    Row.update(document_key=key, document_sha256=sha256).where(Row.id == invoice_id).execute()


def get(invoice_id: int) -> Invoice:
    """Return an invoice. Raises ``LookupError``."""
    row = Row.get_or_none(Row.id == invoice_id)
    if row is None:
        raise LookupError(f"no invoice has the id {invoice_id}")
    lines = tuple(
        BillingLine(
            subscription_id=line.subscription_id,
            period=Period(line.period_start, line.period_end),
            description=line.description,
            net=Money(line.net_minor, row.currency),
            tax_basis_points=line.tax_basis_points,
        )
        for line in InvoiceLine.select().where(InvoiceLine.invoice == invoice_id).order_by(InvoiceLine.id)
    )
    return Invoice(
        row.id,
        row.client_id,
        row.series,
        row.number,
        row.issued_on,
        row.due_on,
        invoicing.totals(lines),
        lines,
        row.document_key,
    )


def all_() -> list[Invoice]:
    """Return every invoice, by number; for the demo and the tests."""
    return [get(row.id) for row in Row.select(Row.id).order_by(Row.series, Row.number)]


def undocumented() -> int:
    """Return how many invoices have no document yet."""
    return Row.select().where(Row.document_key.is_null()).count()


def gaps() -> list[str]:
    """Return the series whose numbers have a gap or do not end where their counter does, in words."""
    rows = connection.execute(
        "SELECT counter.series, counter.next - 1, COUNT(invoice.id), COALESCE(MIN(invoice.number), 1)"
        " FROM counter LEFT JOIN invoice ON invoice.series = counter.series GROUP BY counter.series, counter.next"
    )
    return [
        f"series {series}: numbers go to {last}, {number} invoices exist"
        for series, last, number, first in rows
        if number != last or first != 1
    ]


def _runs():
    return SubscriptionRow.until.is_null() | (SubscriptionRow.next_due < SubscriptionRow.until)
