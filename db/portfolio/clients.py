"""Clients: whose things must not lapse."""

from dataclasses import dataclass, field

from db.connection import transaction
from db.portfolio.models import Client as Row


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
    with transaction():
        found = Row.get_or_none(Row.name == client.name)
        if found is not None:
            return found.id, False
        return Row.create(
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
    row = Row.get_or_none(Row.id == client_id)
    if row is None:
        raise LookupError(f"no client has the id {client_id}")
    return _shown(row)


def change(client_id: int, **values: object) -> Client:
    """Change what is named, and return the client. Raises ``LookupError``, or ``Conflict`` where the name is taken."""
    with transaction():
        if values:
            Row.update(**values).where(Row.id == client_id).execute()
        return get(client_id)


def remove(client_id: int) -> None:
    """Remove a client and what they own. Raises ``LookupError``, or ``Conflict`` where an invoice was issued."""
    with transaction():
        get(client_id)
        Row.delete().where(Row.id == client_id).execute()


def page(*, name: str | None = None, after: int = 0, limit: int = 50) -> list[Client]:
    """Return the clients after an id, ascending; the one of this name where given."""
    query = Row.select().where(Row.id > after).order_by(Row.id).limit(limit)
    return [_shown(row) for row in (query.where(Row.name == name) if name else query)]


def ids_after(last: int, limit: int) -> list[int]:
    """Return the next client ids, ascending."""
    return [row.id for row in Row.select(Row.id).where(Row.id > last).order_by(Row.id).limit(limit)]


def count() -> int:
    return Row.select().count()


def _shown(row: Row) -> Client:
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
