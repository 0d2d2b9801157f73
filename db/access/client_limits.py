"""The clients to which a person or an API token is limited: rows of ``account_client`` and ``api_token_client``.

Whether there is a limit at all stands in the person's or the token's own row, so that the deletion of a client never
lifts a limit.
"""

from collections.abc import Collection

from db import connection


def of_user(user_id: int) -> frozenset[int]:
    """Return the clients of a limited person."""
    rows = connection.execute("SELECT client_id FROM account_client WHERE user_id = %s", user_id)
    return frozenset(row[0] for row in rows)


def of_token(token_id: int) -> frozenset[int]:
    """Return the clients of a limited token."""
    rows = connection.execute("SELECT client_id FROM api_token_client WHERE token_id = %s", token_id)
    return frozenset(row[0] for row in rows)


def keep_of_user(user_id: int, client_ids: Collection[int]) -> None:
    """Replace a person's clients, in the caller's transaction. Raises ``LookupError`` for an unknown one."""
    connection.changed("DELETE FROM account_client WHERE user_id = %s", user_id)
    for one in _require_clients(client_ids):
        connection.changed("INSERT INTO account_client (user_id, client_id) VALUES (%s, %s)", user_id, one)


def keep_of_token(token_id: int, client_ids: Collection[int]) -> None:
    """Keep a new token's clients, in the caller's transaction. Raises ``LookupError`` for an unknown one."""
    for one in _require_clients(client_ids):
        connection.changed("INSERT INTO api_token_client (token_id, client_id) VALUES (%s, %s)", token_id, one)


def _require_clients(client_ids: Collection[int]) -> list[int]:
    wanted = sorted(set(client_ids))
    known = {row[0] for row in connection.execute("SELECT id FROM client WHERE id {ids}", wanted)}
    if missing := [one for one in wanted if one not in known]:
        raise LookupError(f"no client has the id {missing[0]}")
    return wanted
