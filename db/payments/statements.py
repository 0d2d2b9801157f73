"""A client's statement of account: what was invoiced, credited and paid in a currency, and what is left, day by day."""

from dataclasses import dataclass
from datetime import date

from db import connection
from db.billing import credit
from db.fields import sure
from rules.billing import invoice_numbers
from rules.billing.money import Money
from rules.billing.statement import StatementEntry, StatementKind, balanced

_MOST = 10_000
_ENTRIES = (
    "SELECT day, kind, series, number, reference, amount_minor FROM ("
    "SELECT issued_on AS day, CASE WHEN kind = 'credit_note' THEN 'credit note' ELSE 'invoice' END AS kind,"
    " series, number, '' AS reference, gross_minor AS amount_minor, 0 AS rank, id"
    " FROM invoice WHERE client_id = %s AND currency = %s"
    " UNION ALL SELECT received_on, 'payment', '', 0, reference,"
    " -(amount_minor - refunded_minor - disputed_minor), 1, id"
    " FROM payment WHERE client_id = %s AND currency = %s) AS entries ORDER BY day, rank, id LIMIT %s"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountStatement:
    """A client's account in one currency, the oldest entry first."""

    client_id: int
    currency: str
    entries: tuple[StatementEntry, ...]

    @property
    def balance(self) -> Money:
        """What the client owes; negative where it is owed to them."""
        return Money(self.entries[-1].balance_minor if self.entries else 0, self.currency)


def currencies(client_id: int) -> list[str]:
    """Return the currencies in which a client was ever billed or given credit."""
    rows = connection.execute(
        "SELECT currency FROM invoice WHERE client_id = %s UNION SELECT currency FROM credit_entry WHERE client_id = %s"
        " ORDER BY currency",
        client_id,
        client_id,
    )
    return [currency for (currency,) in rows]


def of_client(client_id: int, currency: str) -> AccountStatement:
    """Return a client's statement in a currency: the first ten thousand entries."""
    rows = connection.execute(_ENTRIES, client_id, currency, client_id, currency, _MOST)
    moves = [
        (_day(day), StatementKind(kind), invoice_numbers.printed(series, number) if series else reference, int(amount))
        for day, kind, series, number, reference, amount in rows
    ]
    moves += _granted(client_id, currency)
    moves.sort(key=lambda move: move[0])  # what moved on one day stays in its order
    return AccountStatement(client_id=client_id, currency=currency, entries=tuple(balanced(moves)))


def _granted(client_id: int, currency: str) -> list[tuple[date, StatementKind, str, int]]:
    """Return the credit that was granted. Other credit is of payments, which stand in the statement themselves."""
    rows = connection.execute(
        "SELECT created_at, reason, amount_minor FROM credit_entry WHERE client_id = %s AND currency = %s"
        " AND key LIKE %s ORDER BY id LIMIT %s",
        client_id,
        currency,
        f"{credit.GRANT}:%",
        _MOST,
    )
    return [(sure(at).date(), StatementKind.CREDIT, reason, -int(minor)) for at, reason, minor in rows]


def _day(value: date | str) -> date:
    return date.fromisoformat(value) if isinstance(value, str) else value
