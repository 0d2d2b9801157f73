"""Many clients, domains or endpoints at once: a statement for each column or table, not for each of them.

All of it is done in the caller's transaction, in the order of names or ids, so that two of them never deadlock.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, Final, Literal

from db import connection
from db.fields import stored
from db.portfolio import alerts, domains, models, owned_documents
from rules.access import Within, sees

Noun = Literal["client", "domain", "endpoint"]
Row = Mapping[str, Any]

_MODELS: Final = {"client": models.Client, "domain": models.Domain, "endpoint": models.Endpoint}
_UNIQUE: Final[Mapping[Noun, tuple[str, ...]]] = {
    "client": ("name",),
    "domain": ("name",),
    "endpoint": ("host", "port", "protocol", "server_name"),
}
_TYPES: Final = {
    **dict.fromkeys(("name", "email", "language", "currency", "zone", "decision"), "text"),
    **dict.fromkeys(("address", "alert_days"), "jsonb"),
    "client_id": "bigint",
    "decided_for": "timestamptz",
    "expires_by_hand": "date",
}
"""The columns that may be changed, and what PostgreSQL calls their types."""


def key(noun: Noun, row: Row) -> tuple[object, ...]:
    """Return the values that no two rows of a noun share."""
    return tuple(row[name] for name in _UNIQUE[noun])


def add(noun: Noun, rows: Sequence[Row]) -> dict[tuple[object, ...], int]:
    """Add the rows that are not there yet, and return the ids of the added ones by their ``key``."""
    model = _MODELS[noun]
    ordered = sorted(rows, key=lambda row: [str(part) for part in key(noun, row)])
    if not ordered:
        return {}
    added = model.insert_many(ordered).on_conflict_ignore().returning(model).execute()
    return {tuple(getattr(one, name) for name in _UNIQUE[noun]): one.id for one in added}


def existing(noun: Noun, ids: Sequence[int], *, within: Within = None) -> set[int]:
    """Return the ids that exist ``within``; until the transaction ends nobody else changes or removes their rows."""
    owner = "id" if noun == "client" else "client_id"
    rows = connection.execute(
        f"SELECT id, {owner} FROM {noun} WHERE id {{ids}} ORDER BY id {{locked}}",  # noqa: S608 - our own words
        sorted(set(ids)),
    )
    return {item_id for item_id, client_id in rows if sees(within, client_id)}


def taken(names: Sequence[str]) -> dict[str, int]:
    """Return the ids of the clients that have these names, by name."""
    return dict(connection.execute("SELECT name, id FROM client WHERE name {ids}", sorted(set(names))))


def change(noun: Noun, changes: Mapping[int, Row]) -> None:
    """Change columns of the rows with these ids, which exist: one statement for each column."""
    columns = {name for values in changes.values() for name in values}
    for name in sorted(columns):
        given = [{"id": one, "value": _column_value(values[name])} for one, values in changes.items() if name in values]
        value = f"CAST(given.value AS {_TYPES[name]})" if connection.dialect().name == "postgresql" else "given.value"
        setting = f"UPDATE {noun} SET {name} = {value} FROM {{values}} WHERE {noun}.id = given.id"  # noqa: S608
        connection.changed(setting, json.dumps(given))
    if "client_id" in columns:
        alerts.all_moved(noun, [one for one, values in changes.items() if "client_id" in values])


def decided(changes: Mapping[int, Row]) -> dict[int, Row]:
    """Return changes of domains with the end for which each new decision counts."""
    known = {one.id: one for one in domains.many(sorted(changes))}
    return {
        one: {**values, "decided_for": known[one].expires}
        if values.get("decision") not in (None, known[one].decision)
        else values
        for one, values in changes.items()
    }


def invoiced(ids: Sequence[int]) -> set[int]:
    """Return which of these clients have invoices, and so are kept."""
    return {
        row[0] for row in connection.execute("SELECT DISTINCT client_id FROM invoice WHERE client_id {ids}", list(ids))
    }


def remove(noun: Noun, ids: Sequence[int]) -> None:
    """Remove the rows with these ids and what belongs to them; alerts about them are over."""
    connection.changed(
        "UPDATE alert SET cleared_at = %s WHERE subject_kind = %s AND subject_id {ids} AND cleared_at IS NULL",
        stored(datetime.now(UTC)),
        noun,
        list(ids),
    )
    if noun == "client":
        owned_documents.of_clients_removed(ids)
    if noun == "domain":
        owned_documents.of_domains_removed(ids)
    connection.changed(f"DELETE FROM {noun} WHERE id {{ids}}", list(ids))  # noqa: S608 - our own words


def _column_value(value: object) -> object:
    if isinstance(value, datetime):
        return stored(value)
    if isinstance(value, date):
        return value.isoformat()
    return json.dumps(list(value)) if isinstance(value, (list, tuple)) else value
