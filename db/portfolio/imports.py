"""Imports a portfolio: clients, domains and endpoints, set-wise, in chunks; and exports it as it could be imported.

``rules.portfolio.portfolio_plan`` decides what an import would do; this reads what is there, and writes what is new.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from db import connection
from db.portfolio import clients, domain_lists, domains, endpoint_lists
from rules.portfolio import PortfolioEntry
from rules.portfolio.portfolio_plan import Edit, EndpointKey, Existing, OwnedName, Plan, endpoint_key

ROWS = 1000
"""Entries of one statement and one transaction: between them others get their turn."""

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


@dataclass(frozen=True, slots=True)
class _ImportedClient:
    id: int
    client: str
    email: str
    language: str
    currency: str
    zone: str


@dataclass(frozen=True, slots=True)
class _Domain:
    id: int
    name: str
    client: str
    decision: str
    expires: date | None
    alert_days: tuple[int, ...] | None


def _clients(names: set[str]) -> dict[str, OwnedName]:
    found = connection.rows(
        _ImportedClient,
        "SELECT id, name AS client, email, language, currency, zone FROM client WHERE name {ids}",
        list(names),
    )
    return {
        one.client: OwnedName(
            id=one.id,
            client=one.client,
            values={"email": one.email, "language": one.language, "currency": one.currency, "zone": one.zone},
        )
        for one in found
    }


def _domains(names: set[str]) -> dict[str, OwnedName]:
    found = connection.rows(
        _Domain,
        "SELECT domain.id, domain.name, client.name AS client, decision, expires_by_hand AS expires, domain.alert_days"
        " FROM domain JOIN client ON client.id = client_id WHERE domain.name {ids}",
        list(names),
    )
    return {
        one.name: OwnedName(
            id=one.id,
            client=one.client,
            values={"decision": one.decision, "expires": one.expires, "alert_days": one.alert_days or None},
        )
        for one in found
    }


def _endpoints(keys: set[EndpointKey]) -> dict[EndpointKey, OwnedName]:
    found = connection.execute(
        "SELECT endpoint.id, client.name, host, port, protocol, server_name"
        " FROM endpoint JOIN client ON client.id = client_id WHERE host {ids}",
        sorted({host for host, *_ in keys}),
    )
    return {key: OwnedName(id=number, client=client) for number, client, *rest in found if (key := _key(rest)) in keys}


def _key(columns: Sequence[Any]) -> EndpointKey:
    host, port, protocol, server_name = columns
    return host, port, protocol, server_name


def _insert_clients(entries: Sequence[PortfolioEntry]) -> int:
    columns = ("email", "language", "currency", "zone")
    rows = [{"name": one.client, **{name: getattr(one, name) for name in columns}} for one in entries]
    return _inserted(
        """
        INSERT INTO client (name, email, language, currency, zone, contacts, address, created_at)
        SELECT {of(name, text)}, {of(email, text)}, {of(language, text)}, {of(currency, text)}, {of(zone, text)},
            '[]', '[]', {now} FROM {objects} WHERE TRUE ON CONFLICT DO NOTHING
        """,
        sorted(rows, key=lambda row: str(row["name"])),
    )


def _insert_domains(entries: Sequence[PortfolioEntry]) -> int:
    ids = _client_ids(entries)
    rows = [
        {
            "name": one.domain,
            "client": ids[one.client],
            "decision": one.decision,
            "expires": one.expires.isoformat() if one.expires else None,
            "days": list(one.alert_days) if one.alert_days else None,
        }
        for one in entries
    ]
    return _inserted(
        """
        INSERT INTO domain (name, client_id, decision, expires_by_hand, alert_days, created_at)
        SELECT {of(name, text)}, {of(client, bigint)}, {of(decision, text)}, {of(expires, date)}, {of(days, jsonb)},
            {now} FROM {objects} WHERE TRUE ON CONFLICT DO NOTHING
        """,
        sorted(rows, key=lambda row: str(row["name"])),
    )


def _insert_endpoints(entries: Sequence[PortfolioEntry]) -> int:
    ids = _client_ids(entries)
    columns = ("host", "port", "protocol", "server_name")
    rows = [{"client": ids[one.client], **{name: getattr(one, name) for name in columns}} for one in entries]
    return _inserted(
        """
        INSERT INTO endpoint (client_id, host, port, protocol, server_name, created_at)
        SELECT {of(client, bigint)}, {of(host, text)}, {of(port, integer)}, {of(protocol, text)},
            {of(server_name, text)}, {now} FROM {objects} WHERE TRUE ON CONFLICT DO NOTHING
        """,
        sorted(rows, key=lambda row: [str(row[name]) for name in columns]),
    )


def _client_ids(entries: Sequence[PortfolioEntry]) -> dict[str, int]:
    names = sorted({one.client for one in entries})
    return {name: number for number, name in connection.execute("SELECT id, name FROM client WHERE name {ids}", names)}


def _inserted(statement: str, rows: Sequence[Mapping[str, object]]) -> int:
    """Insert the rows that are not there yet. They come in one order, so that two imports never deadlock."""
    return connection.changed(statement, json.dumps(rows))


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
        yield from ({**owner, **row} for row in _exported_rows(client.id))


def _exported_rows(client_id: int) -> Iterator[dict[str, object]]:
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
