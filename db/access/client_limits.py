"""The clients to which a person or a token is limited: rows of ``account_client`` and ``api_token_client``."""

from collections.abc import Collection

from db import connection


def of(table: str, column: str, holder: int) -> frozenset[int]:
    """Return the clients of one holder."""
    rows = connection.execute(f"SELECT client_id FROM {table} WHERE {column} = %s", holder)  # noqa: S608 - our own words
    return frozenset(row[0] for row in rows)


def keep(table: str, column: str, holder: int, client_ids: Collection[int]) -> None:
    """Limit a holder that has no row yet, in the caller's transaction. Raises ``LookupError`` for an unknown client."""
    wanted = sorted(set(client_ids))
    known = {row[0] for row in connection.execute("SELECT id FROM client WHERE id {ids}", wanted)}
    if missing := [one for one in wanted if one not in known]:
        raise LookupError(f"no client has the id {missing[0]}")
    for one in wanted:
        connection.changed(
            f"INSERT INTO {table} ({column}, client_id) VALUES (%s, %s)",  # noqa: S608 - our own words
            holder,
            one,
        )
