"""Clients as pages show them, and what they pay for."""

from dataclasses import dataclass
from datetime import date

from db import connection, paging
from db.paging import Page
from rules.billing.money import Money


@dataclass(frozen=True, slots=True)
class Client:
    """A client as the list shows it."""

    id: int
    name: str
    email: str
    domains: int = 0
    endpoints: int = 0
    alerts: int = 0


def listed(*, text: str = "", after: str | None = None, size: int = paging.ROWS) -> Page[Client]:
    """Return clients by name, those whose name has ``text`` in it where given. Raises ``BadCursor``."""
    key = paging.decode(after, str)
    conditions, params = ["TRUE"], list[object]()
    if text:
        escaped = text.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        conditions, params = ["LOWER(name) LIKE %s ESCAPE '\\'"], [f"%{escaped}%"]
    if key is not None:
        conditions, params = [*conditions, "name > %s"], [*params, *key]
    rows = connection.execute(
        f"SELECT id, name, email FROM client WHERE {' AND '.join(conditions)} ORDER BY name LIMIT %s",  # noqa: S608
        *params,
        size + 1,
    )
    page = paging.cut([Client(*row) for row in rows], lambda one: (one.name,), size=size)
    return Page(tuple(_with_counts(page.rows)), page.after)


def _with_counts(found: tuple[Client, ...]) -> list[Client]:
    ids = [one.id for one in found]
    counted = {
        table: dict(connection.execute(f"SELECT client_id, COUNT(*) FROM {source} GROUP BY client_id", ids))  # noqa: S608
        for table, source in {
            "domain": "domain WHERE client_id {ids}",
            "endpoint": "endpoint WHERE client_id {ids}",
            "alert": "alert WHERE cleared_at IS NULL AND client_id {ids}",
        }.items()
    }
    return [
        Client(
            one.id, one.name, one.email, *(counted[table].get(one.id, 0) for table in ("domain", "endpoint", "alert"))
        )
        for one in found
    ]


@dataclass(frozen=True, slots=True)
class Subscription:
    """What a client pays for."""

    id: int
    description: str
    price: Money
    months: int
    next_due: date
    until: date | None
    domain_id: int | None
    domain_name: str | None


def subscriptions(*, client_id: int | None = None, domain_id: int | None = None, limit: int = 50) -> list[Subscription]:
    """Return what a client pays for, or what is paid for a domain."""
    column, value = ("client_id", client_id) if domain_id is None else ("domain_id", domain_id)
    rows = connection.execute(
        "SELECT subscription.id, description, price_minor, currency, months, next_due, until, domain_id, domain.name"  # noqa: S608
        " FROM subscription LEFT JOIN domain ON domain.id = subscription.domain_id"
        f" WHERE subscription.{column} = %s ORDER BY subscription.id LIMIT %s",
        value,
        limit,
    )
    return [
        Subscription(
            row[0], row[1], Money(row[2], row[3]), row[4], day(row[5]), day(row[6]) if row[6] else None, *row[7:]
        )
        for row in rows
    ]


def day(value: date | str) -> date:
    """Return a day as a date: SQLite keeps it as a text."""
    return date.fromisoformat(value) if isinstance(value, str) else value
