"""Credit balances: what a client has paid too much, or was granted, by currency. Entries are added, never changed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from db import connection
from rules.billing.money import Money

GRANT: Final = "grant"
"""The prefix of the keys of credit that a person granted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditEntry:
    """One change of a balance; negative where it was used."""

    id: int
    currency: str
    amount_minor: int
    reason: str
    invoice_id: int | None
    created_at: datetime

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)


class NotEnoughCredit(ValueError):
    """Raised when more is to be used than there is."""


def add(
    client_id: int, amount: Money, *, reason: str, key: str, invoice_id: int | None = None, may_owe: bool = False
) -> bool:
    """Change a balance, in the caller's transaction. Returns False where this was done under the key before.

    A caller that uses credit holds the client's lock (``invoices.lock_client``). Raises ``NotEnoughCredit`` unless the
    client ``may_owe``: a payment that was credited and used may turn out not to have been made.
    """
    if amount.minor < 0 and not may_owe and balance(client_id, amount.currency).minor + amount.minor < 0:
        raise NotEnoughCredit(f"client {client_id} has less than {-amount.amount} {amount.currency} to their credit")
    return bool(
        connection.changed(
            "INSERT INTO credit_entry (client_id, currency, amount_minor, reason, key, invoice_id, created_at)"
            " VALUES (%s, %s, %s, %s, %s, %s, {now}) ON CONFLICT (key) DO NOTHING",
            client_id,
            amount.currency,
            amount.minor,
            reason[:200],
            key,
            invoice_id,
        )
    )


def balance(client_id: int, currency: str) -> Money:
    """Return what a client has to their credit in a currency."""
    ((minor,),) = connection.execute(
        "SELECT COALESCE(SUM(amount_minor), 0) FROM credit_entry WHERE client_id = %s AND currency = %s",
        client_id,
        currency,
    )
    return Money(int(minor), currency)


def balances(client_id: int) -> list[Money]:
    """Return what a client has to their credit, in each currency that they have some in."""
    rows = connection.execute(
        "SELECT SUM(amount_minor), currency FROM credit_entry WHERE client_id = %s GROUP BY currency"
        " HAVING SUM(amount_minor) <> 0 ORDER BY currency",
        client_id,
    )
    return [Money(int(minor), currency) for minor, currency in rows]


def entries(client_id: int, *, limit: int = 50) -> list[CreditEntry]:
    """Return the newest changes of a client's balances."""
    return connection.rows(
        CreditEntry,
        "SELECT id, currency, amount_minor, reason, invoice_id, created_at FROM credit_entry WHERE client_id = %s"
        " ORDER BY id DESC LIMIT %s",
        client_id,
        limit,
    )
