"""Invoices with something outstanding, for which money that came may be meant."""

from collections.abc import Iterable, Sequence
from datetime import date

from db import connection
from db.billing import invoices
from db.billing.invoices import Invoice
from db.payments import settlements
from rules.bank.matching import OpenInvoice

_MOST = 2000
_LONGEST_NUMBER = 15
_UNPAID = (
    "SELECT invoice.id FROM invoice LEFT JOIN (SELECT invoice_id, SUM(amount_minor - disputed_minor) AS received"
    " FROM payment GROUP BY invoice_id) AS paid ON paid.invoice_id = invoice.id"
    " WHERE gross_minor > 0 AND gross_minor > COALESCE(received, 0) AND {condition} ORDER BY invoice.id LIMIT %s"
)


def candidates(
    *, amounts: Iterable[int], numbers: Iterable[int], clients: Iterable[int], names: Iterable[str], on: date
) -> list[OpenInvoice]:
    """Return the open invoices with one of these numbers, clients or clients' names, or with one of these amounts left.

    Amounts are in minor units. Of each kind at most two thousand are looked at, the oldest first.
    """
    ids = {
        *_unpaid("invoice.gross_minor - COALESCE(received, 0) {ids}", sorted({abs(one) for one in amounts})),
        *_unpaid("invoice.number {ids}", list(numbers)),
        *_unpaid("invoice.client_id {ids}", sorted({*clients, *_clients_called(names)})),
    }
    found = invoices.many(sorted(ids))
    settled = settlements.of_invoices(found, on=on)
    return [
        OpenInvoice(
            id=one.id,
            name=one.name,
            client_id=one.client_id,
            client_name=one.client_name,
            currency=one.currency,
            outstanding=settled[one.id].outstanding,
        )
        for one in found
        if settled[one.id].outstanding
    ]


def _unpaid(condition: str, values: Sequence[int]) -> list[int]:
    rows = connection.execute(_UNPAID.replace("{condition}", condition), list(values), _MOST)
    return [invoice_id for (invoice_id,) in rows]


def _clients_called(names: Iterable[str]) -> list[int]:
    rows = connection.execute("SELECT id FROM client WHERE name {ids}", sorted({one for one in names if one}))
    return [client_id for (client_id,) in rows]


def with_name(name: str) -> int | None:
    """Return the id of the one invoice whose printed number this is, in either case; None where there is none."""
    series, _, number = name.strip().upper().rpartition("-")
    if not number.isdecimal() or not number.isascii() or len(number) > _LONGEST_NUMBER:
        return None
    rows = connection.execute("SELECT id FROM invoice WHERE UPPER(series) = %s AND number = %s", series, int(number))
    return rows[0][0] if len(rows) == 1 else None


def require_named(name: str) -> Invoice:
    """Return the invoice whose printed number this is. Raises ``LookupError``."""
    if (invoice_id := with_name(name)) is None:
        raise LookupError(f"no invoice has the number {name[:60]}")
    return invoices.require(invoice_id)
