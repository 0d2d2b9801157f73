"""Invoices and mails as pages show them."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from db import connection, paging
from db.fields import moment
from db.mail.outbox import MailState
from db.paging import Count, Page, sure
from db.portfolio import client_lists
from rules.billing.money import Money


@dataclass(frozen=True, slots=True)
class Invoice:
    """An invoice as lists show it."""

    id: int
    series: str
    number: int
    client_id: int
    client_name: str
    issued_on: date
    due_on: date
    gross: Money
    net: Money
    tax: Money
    document_key: str | None
    document_sha256: str | None

    @property
    def name(self) -> str:
        """The number as it is printed."""
        return f"{self.series}-{self.number:06d}"


_INVOICE = (
    "SELECT invoice.id, series, number, client_id, client.name, issued_on, due_on, gross_minor, net_minor, tax_minor,"
    " invoice.currency, document_key, document_sha256 FROM invoice JOIN client ON client.id = client_id"
)


def _invoice(row: tuple[Any, ...]) -> Invoice:
    invoice_id, series, number, client_id, client_name, issued_on, due_on, gross, net, tax, currency, key, sha256 = row
    return Invoice(
        id=invoice_id,
        series=series,
        number=number,
        client_id=client_id,
        client_name=client_name,
        issued_on=client_lists.day(issued_on),
        due_on=client_lists.day(due_on),
        gross=Money(gross, currency),
        net=Money(net, currency),
        tax=Money(tax, currency),
        document_key=key,
        document_sha256=sha256,
    )


def invoices(
    *, client_id: int | None = None, undocumented: bool = False, after: str | None = None, size: int = paging.ROWS
) -> Page[Invoice]:
    """Return invoices, newest first. Raises ``BadCursor``."""
    conditions, params = ["TRUE"], list[object]()
    if client_id is not None:
        conditions, params = [*conditions, "client_id = %s"], [*params, client_id]
    if undocumented:
        conditions.append("document_key IS NULL")
    key = paging.decode(after, int)
    if key is not None:
        conditions, params = [*conditions, "invoice.id < %s"], [*params, *key]
    rows = connection.execute(
        f"{_INVOICE} WHERE {' AND '.join(conditions)} ORDER BY invoice.id DESC LIMIT %s", *params, size + 1
    )
    return paging.cut([_invoice(row) for row in rows], lambda one: (one.id,), size=size)


def invoice(invoice_id: int) -> Invoice:
    """Return an invoice. Raises ``LookupError``."""
    for row in connection.execute(f"{_INVOICE} WHERE invoice.id = %s", invoice_id):
        return _invoice(row)
    raise LookupError(f"no invoice has the id {invoice_id}")


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """One period on an invoice, with the domain that it is for, if it is for one."""

    description: str
    start: date
    end: date
    net: Money
    tax_basis_points: int
    domain_id: int | None
    domain_name: str | None


def lines(invoice: Invoice, *, limit: int = 500) -> list[InvoiceLine]:
    """Return an invoice's lines."""
    rows = connection.execute(
        "SELECT invoice_line.description, period_start, period_end, net_minor, invoice_line.tax_basis_points,"
        " domain.id, domain.name FROM invoice_line JOIN subscription ON subscription.id = subscription_id"
        " LEFT JOIN domain ON domain.id = subscription.domain_id WHERE invoice_id = %s"
        " ORDER BY invoice_line.id LIMIT %s",
        invoice.id,
        limit,
    )
    currency = invoice.gross.currency
    return [
        InvoiceLine(row[0], client_lists.day(row[1]), client_lists.day(row[2]), Money(row[3], currency), *row[4:])
        for row in rows
    ]


def invoices_of_domain(domain_id: int, *, limit: int = 10) -> list[Invoice]:
    """Return the newest invoices with a line for a domain."""
    rows = connection.execute(
        _INVOICE + " WHERE invoice.id IN (SELECT invoice_id FROM invoice_line JOIN subscription"  # noqa: S608 - our own
        " ON subscription.id = subscription_id WHERE subscription.domain_id = %s) ORDER BY invoice.id DESC LIMIT %s",
        domain_id,
        limit,
    )
    return [_invoice(row) for row in rows]


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail as lists show it."""

    id: int
    recipient: str
    subject: str
    state: MailState
    reply: str | None
    created_at: datetime
    ended_at: datetime | None


_MAIL = "SELECT id, recipient, subject, state, reply, created_at, ended_at FROM mail"


def mails(
    *, state: MailState | None = None, recipient: str = "", after: str | None = None, size: int = paging.ROWS
) -> Page[Mail]:
    """Return mails, newest first; to one recipient, or in one state. Raises ``BadCursor``."""
    key = paging.decode(after, int)
    given = {"recipient": recipient or None, "state": state}
    conditions = [f"{name} = %s" for name, value in given.items() if value]
    params: list[object] = [str(value) for value in given.values() if value]
    if key is not None:
        conditions, params = [*conditions, "id < %s"], [*params, *key]
    where = " AND ".join(conditions) or "TRUE"
    rows = connection.execute(f"{_MAIL} WHERE {where} ORDER BY id DESC LIMIT %s", *params, size + 1)
    found = [Mail(row[0], row[1], row[2], MailState(row[3]), row[4], sure(row[5]), moment(row[6])) for row in rows]
    return paging.cut(found, lambda one: (one.id,), size=size)


def mail_counts() -> dict[MailState, Count]:
    """Count the mails in each state but SENT."""
    return {
        state: paging.count("mail WHERE state = %s", str(state)) for state in MailState if state is not MailState.SENT
    }


def undocumented() -> Count:
    """Count the invoices that have no document yet."""
    return paging.count("invoice WHERE document_key IS NULL")
