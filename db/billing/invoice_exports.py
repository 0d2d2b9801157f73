"""Invoices for export: all that were issued in a range of days, in the order of issue, read in parts."""

from collections.abc import Iterator
from datetime import date

from db import connection
from db.billing import invoices
from db.billing.invoices import Invoice
from rules.access import Within, sees

_AT_ONCE = 500


def issued(*, since: date | None = None, until: date | None = None, within: Within = None) -> Iterator[Invoice]:
    """Yield the invoices and credit notes issued from ``since`` to ``until``, both included, by id."""
    last = 0
    while ids := _after(last):
        for one in sorted(invoices.many(ids), key=lambda found: found.id):
            if sees(within, one.client_id) and _between(one.issued_on, since, until):
                yield one
        last = ids[-1]


def _after(last: int) -> list[int]:
    rows = connection.execute("SELECT id FROM invoice WHERE id > %s ORDER BY id LIMIT %s", last, _AT_ONCE)
    return [number for (number,) in rows]


def _between(day: date, since: date | None, until: date | None) -> bool:
    return (since is None or day >= since) and (until is None or day <= until)
