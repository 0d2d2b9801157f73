"""Imports a portfolio: clients, domains and endpoints, set-wise, in chunks; and gives it back as it could be imported.

What an import would do is decided by ``rules.portfolio_plan``; here is read what is there, and written what is new.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

from db import connection
from db.portfolio import clients, domain_lists, domains, endpoint_lists, models
from rules.portfolio import PortfolioEntry
from rules.portfolio_plan import Edit, EndpointKey, Existing, OwnedName, Plan, endpoint_key

ROWS = 1000
"""Entries of one statement and one transaction: between them others get their turn."""

_CHUNK = 200
_COLUMN_OF = {"expires": "expires_by_hand"}


def existing(entries: Sequence[PortfolioEntry]) -> Existing:
    """Return what is there of the clients, domains and endpoints that up to ``ROWS`` entries name."""
    return Existing(
        clients=_clients({one.client for one in entries}),
        domains=_domains({one.domain for one in entries if one.domain}),
        endpoints=_endpoints({endpoint_key(one) for one in entries if one.host}),
    )


def save(plan: Plan, *, progress: Callable[[int], None] = lambda _number: None) -> Counter[str]:
    """Write what is new, in chunks; returns how many clients, domains and endpoints that were.

    What somebody else has added meanwhile stays as it is and does not count. ``progress`` is told of each chunk.
    """
    new: Counter[str] = Counter()
    for what, entries, insert in (
        ("clients", plan.clients, _insert_clients),
        ("domains", plan.domains, _insert_domains),
        ("endpoints", plan.endpoints, _insert_endpoints),
    ):
        for start in range(0, len(entries), ROWS):
            chunk = entries[start : start + ROWS]
            with connection.transaction():
                new[what] += insert(chunk)
            progress(len(chunk))
    return new


def edit(one: Edit) -> None:
    """Make an edit, in the caller's transaction. Raises ``LookupError`` where its subject is gone."""
    values = {_COLUMN_OF.get(one.column, one.column): one.after}
    if one.kind == "client":
        clients.change(one.id, **values)
    else:
        domains.change(one.id, values)


def _clients(names: set[str]) -> dict[str, OwnedName]:
    query = models.Client.select().where(models.Client.name.in_(list(names)))
    return {
        row.name: OwnedName(
            id=row.id,
            client=row.name,
            values={"email": row.email, "language": row.language, "currency": row.currency, "zone": row.zone},
        )
        for row in query
    }


def _domains(names: set[str]) -> dict[str, OwnedName]:
    query = models.Domain.select(models.Domain, models.Client.name).join(models.Client)
    return {
        row.name: OwnedName(
            id=row.id,
            client=row.client.name,
            values={
                "decision": row.decision,
                "expires": row.expires_by_hand,
                "alert_days": tuple(row.alert_days) if row.alert_days else None,
            },
        )
        for row in query.where(models.Domain.name.in_(list(names)))
    }


def _endpoints(keys: set[EndpointKey]) -> dict[EndpointKey, OwnedName]:
    query = models.Endpoint.select(models.Endpoint, models.Client.name).join(models.Client)
    found = {
        (row.host, row.port, row.protocol, row.server_name): OwnedName(id=row.id, client=row.client.name)
        for row in query.where(models.Endpoint.host.in_(sorted({host for host, *_ in keys})))
    }
    return {key: one for key, one in found.items() if key in keys}


def _insert_clients(entries: Sequence[PortfolioEntry]) -> int:
    columns = ("email", "language", "currency", "zone")
    rows = [{"name": one.client, **{name: getattr(one, name) for name in columns}} for one in entries]
    return _inserted(models.Client, sorted(rows, key=lambda row: str(row["name"])))


def _insert_domains(entries: Sequence[PortfolioEntry]) -> int:
    ids = _client_ids(entries)
    rows = [
        {
            "name": one.domain,
            "client": ids[one.client],
            "decision": one.decision,
            "expires_by_hand": one.expires,
            "alert_days": list(one.alert_days) if one.alert_days else None,
        }
        for one in entries
    ]
    return _inserted(models.Domain, sorted(rows, key=lambda row: str(row["name"])))


def _insert_endpoints(entries: Sequence[PortfolioEntry]) -> int:
    ids = _client_ids(entries)
    columns = ("host", "port", "protocol", "server_name")
    rows = [{"client": ids[one.client], **{name: getattr(one, name) for name in columns}} for one in entries]
    return _inserted(models.Endpoint, sorted(rows, key=lambda row: [str(row[name]) for name in columns]))


def _client_ids(entries: Sequence[PortfolioEntry]) -> dict[str, int]:
    names = sorted({one.client for one in entries})
    query = models.Client.select(models.Client.id, models.Client.name).where(models.Client.name.in_(names))
    return {row.name: row.id for row in query}


def _inserted(
    model: type[models.Client] | type[models.Domain] | type[models.Endpoint], rows: Iterable[dict[str, object]]
) -> int:
    """Insert the rows that are not there yet. They come in one order, so that two imports never wait in a ring."""
    return len(list(model.insert_many(list(rows)).on_conflict_ignore().returning(model.id).execute()))


def rows() -> Iterator[dict[str, object]]:
    """Return the whole portfolio, a row for each domain and endpoint, with the columns of ``rules.portfolio``."""
    for client in clients.LIST.every():
        owner = {
            "client": client.name,
            "email": client.email,
            "language": client.language,
            "currency": client.currency,
            "zone": client.zone,
        }
        yield from ({**owner, **row} for row in _of(client.id))


def _of(client_id: int) -> Iterator[dict[str, object]]:
    yield from (
        {
            "domain": one.name,
            "decision": one.decision,
            "expires": one.expires_by_hand,
            "alert_days": one.own_alert_days,
        }
        for one in domain_lists.LIST.every(client=client_id)
    )
    yield from (
        {"host": one.host, "port": one.port, "protocol": one.protocol, "server_name": one.server_name}
        for one in endpoint_lists.LIST.every(client=client_id)
    )
