"""Clients as Stripe knows them: the key under which each was made there, and its id once that is certain."""

from dataclasses import dataclass

from db import connection


@dataclass(frozen=True, slots=True)
class KnownCustomer:
    """A client at Stripe. ``customer`` is None while nobody knows whether Stripe made it."""

    client_id: int
    key: str
    email: str
    customer: str | None


def begin(client_id: int, *, key: str, email: str) -> tuple[KnownCustomer, bool]:
    """Return a client's row, and whether it was made now with this key, in the caller's transaction.

    Raises ``LookupError`` where there is no such client.
    """
    new = connection.changed(
        "INSERT INTO stripe_customer (client_id, key, email, created_at) VALUES (%s, %s, %s, {now})"
        " ON CONFLICT (client_id) DO NOTHING",
        client_id,
        key,
        email,
    )
    found = find(client_id)
    if found is None:
        raise LookupError(f"client {client_id} is gone")
    return found, bool(new)


def find(client_id: int) -> KnownCustomer | None:
    """Return a client's row, if there is one."""
    rows = connection.rows(
        KnownCustomer, "SELECT client_id, key, email, customer FROM stripe_customer WHERE client_id = %s", client_id
    )
    return rows[0] if rows else None


def made(client_id: int, customer: str) -> None:
    """Keep a client's id at Stripe."""
    with connection.transaction():
        connection.changed("UPDATE stripe_customer SET customer = %s WHERE client_id = %s", customer, client_id)
