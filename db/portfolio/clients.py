"""Clients: whose things must not lapse."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, cast

from peewee import fn

from db import connection
from db.listing import ListFilter, Listing, Order, equals
from db.portfolio import alerts, models, owned_documents
from db.text_search import contains
from rules.access import Within, sees
from rules.checks.subjects import Subject
from rules.clients.client_notices import ClientNoticeKind
from rules.mail.mail_outcomes import BILLING_ADDRESS

_ABOUT_CLIENTS = ("job", "mail")
"""Tables whose rows outlive a client, without a foreign key; SQLite may give the client's id to another one."""


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
    notices: tuple[ClientNoticeKind, ...] = ()
    """What the client is told of; nothing by default."""
    monthly_report: bool = False


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
            notices=_written(client.notices),
            monthly_report=client.monthly_report,
        ).id, True


def get(client_id: int, *, within: Within = None) -> Client:
    """Return a client. Raises ``LookupError``."""
    for client in many([client_id]):
        if sees(within, client.id):
            return client
    raise LookupError(f"no client has the id {client_id}")


def many(ids: Sequence[int]) -> list[Client]:
    """Return the clients that exist, of these ids."""
    return [_client(row) for row in models.Client.select().where(models.Client.id.in_(list(ids)))]


def change(client_id: int, **values: object) -> Client:
    """Change what is named, and return the client. Raises ``LookupError``, or ``Conflict`` where the name is taken."""
    columns = (
        values if "notices" not in values else {**values, "notices": _written(cast("list[str]", values["notices"]))}
    )
    with connection.transaction():
        if columns:
            models.Client.update(**columns).where(models.Client.id == client_id).execute()
        if "email" in values:  # it was the old address that bounced
            alerts.clear(BILLING_ADDRESS, Subject("client", client_id))
        return get(client_id)


def of_email(address: str) -> list[Client]:
    """Return the clients whose billing address this is, in whatever case it is written; no more than a hundred."""
    written = fn.LOWER(models.Client.email) == address.lower()
    return [_client(row) for row in models.Client.select().where(written).order_by(models.Client.id).limit(100)]


def remove(client_id: int) -> None:
    """Remove a client and what they own. Raises ``LookupError``, or ``Conflict`` where an invoice was issued."""
    with connection.transaction():
        get(client_id)
        for table in _ABOUT_CLIENTS:
            connection.changed(f"UPDATE {table} SET client_id = NULL WHERE client_id = %s", client_id)  # noqa: S608
        owned_documents.of_clients_removed([client_id])
        models.Client.delete().where(models.Client.id == client_id).execute()


LIST: Final[Listing[Client]] = Listing(
    table="client",
    columns="name",
    read=many,
    orders={"id": Order(), "name": Order("name", str)},
    filters={
        "name": ListFilter(str, equals("client.name"), "The one of this name", narrows=True),
        "containing": contains("client", "name", "email"),
    },
    owner="client.id",
)
"""All clients."""


def called(written: str, *, within: Within = None) -> Client | None:
    """Return the client of this name, or else of this number; None where there is none."""
    by_name = next(iter(LIST.page("id", name=written, within=within, size=1).rows), None) if written else None
    is_number = written.isascii() and written.isdigit() and len(written) < len(str(2**63))
    by_number = next(iter(many([int(written)])), None) if is_number and by_name is None else None
    return by_name or (by_number if by_number and sees(within, by_number.id) else None)


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
        notices=tuple(ClientNoticeKind(one) for one in row.notices.split(",") if one),
        monthly_report=row.monthly_report,
    )


def _written(notices: Sequence[str]) -> str:
    return ",".join(sorted({str(one) for one in notices}))
