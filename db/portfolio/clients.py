"""Clients: whose things must not lapse."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from db import connection, paging
from db.paging import Page
from db.portfolio import models


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """A client. ``currency`` is ISO 4217, ``zone`` an IANA name, ``language`` BCP 47."""

    id: int = 0
    name: str
    email: str
    language: str = "en"
    currency: str = "EUR"
    zone: str = "UTC"
    address: tuple[str, ...] = ()
    contacts: tuple[dict[str, str], ...] = field(default=())
    alert_days: tuple[int, ...] | None = None
    """Days before an end at which staff are told; None: as by default."""


def add(client: Client) -> tuple[int, bool]:
    """Add a client, or find the one of this name. Returns its id and whether it is new."""
    with connection.transaction():
        found = models.Client.get_or_none(models.Client.name == client.name)
        if found is not None:
            return found.id, False
        return models.Client.create(
            name=client.name,
            email=client.email,
            language=client.language,
            currency=client.currency,
            zone=client.zone,
            address=list(client.address),
            contacts=list(client.contacts),
            alert_days=list(client.alert_days) if client.alert_days else None,
        ).id, True


def get(client_id: int) -> Client:
    """Return a client. Raises ``LookupError``."""
    row = models.Client.get_or_none(models.Client.id == client_id)
    if row is None:
        raise LookupError(f"no client has the id {client_id}")
    return _client(row)


def change(client_id: int, **values: object) -> Client:
    """Change what is named, and return the client. Raises ``LookupError``, or ``Conflict`` where the name is taken."""
    with connection.transaction():
        if values:
            models.Client.update(**values).where(models.Client.id == client_id).execute()
        return get(client_id)


def remove(client_id: int) -> None:
    """Remove a client and what they own. Raises ``LookupError``, or ``Conflict`` where an invoice was issued."""
    with connection.transaction():
        get(client_id)
        models.Client.delete().where(models.Client.id == client_id).execute()


def page(*, name: str | None = None, after: int = 0, limit: int = 50) -> list[Client]:
    """Return the clients after an id, ascending; the one of this name where given."""
    query = models.Client.select().where(models.Client.id > after).order_by(models.Client.id).limit(limit)
    return [_client(row) for row in (query.where(models.Client.name == name) if name else query)]


def by_name(*, text: str = "", after: str | None = None, size: int = paging.ROWS) -> Page[Client]:
    """Return clients by name, those whose name has ``text`` in it where given. Raises ``BadCursor``."""
    key = paging.decode(after, str)
    conditions, params = ["TRUE"], list[object]()
    if text:
        escaped = text.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        conditions, params = ["LOWER(name) LIKE %s ESCAPE '\\'"], [f"%{escaped}%"]
    if key is not None:
        conditions, params = [*conditions, "name > %s"], [*params, *key]
    found = connection.rows(
        Client,
        "SELECT id, name, email, language, currency, zone, address, contacts, alert_days FROM client"  # noqa: S608
        f" WHERE {' AND '.join(conditions)} ORDER BY name LIMIT %s",
        *params,
        size + 1,
    )
    return paging.cut(found, lambda one: (one.name,), size=size)


@dataclass(frozen=True, slots=True)
class Holdings:
    """How much a client has."""

    domains: int = 0
    endpoints: int = 0
    alerts: int = 0


def holdings(ids: Sequence[int]) -> dict[int, Holdings]:
    """Return how much each of the clients has, by their ids."""
    counted = [
        dict(connection.execute(f"SELECT client_id, COUNT(*) FROM {source} GROUP BY client_id", list(ids)))  # noqa: S608
        for source in (
            "domain WHERE client_id {ids}",
            "endpoint WHERE client_id {ids}",
            "alert WHERE cleared_at IS NULL AND client_id {ids}",
        )
    ]
    return {one: Holdings(*(numbers.get(one, 0) for numbers in counted)) for one in ids}


def count() -> int:
    return models.Client.select().count()


def _client(row: models.Client) -> Client:
    return Client(
        id=row.id,
        name=row.name,
        email=row.email,
        language=row.language,
        currency=row.currency,
        zone=row.zone,
        address=tuple(row.address),
        contacts=tuple(row.contacts),
        alert_days=tuple(row.alert_days) if row.alert_days else None,
    )
