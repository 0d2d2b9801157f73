"""API tokens. Only the SHA-256 of each is kept, which suffices because a token is 256 random bits."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from db import connection
from db.access import client_limits
from db.fields import from_json, moment
from db.listing import ListFilter, Listing, Order, begins, equals, whether
from rules.access import Role, Scope, Within, narrower

_USED_EVERY_S = 60


@dataclass(frozen=True, slots=True)
class ListedToken:
    """A token as it is listed."""

    id: int
    user: str
    name: str
    scopes: tuple[Scope, ...]
    created_at: datetime | None
    expires_at: datetime | None
    used_at: datetime | None
    revoked_at: datetime | None
    service: bool
    """Whether its owner is a program."""
    clients: tuple[str, ...] | None
    """The names of the clients to which the token itself is limited; None: only its owner's limit holds."""


@dataclass(frozen=True, slots=True)
class Bearer:
    """The owner of a token, and what the token allows."""

    token_id: int
    token_name: str
    user_id: int
    user: str
    role: Role
    scopes: frozenset[Scope]
    within: Within
    """The clients to which both the token and its owner are limited."""


def add(
    user_id: int,
    name: str,
    token_hash: str,
    *,
    scopes: Collection[Scope],
    holds_s: float,
    client_ids: Collection[int] | None = None,
) -> int:
    """Keep a token, limited to these clients where given, and return its id. Raises ``LookupError``."""
    with connection.transaction():
        rows = connection.execute(
            "INSERT INTO api_token (user_id, name, token_hash, scopes, created_at, expires_at, limited)"
            " VALUES (%s, %s, %s, %s, {now}, {later(%s)}, %s) RETURNING id",
            user_id,
            name,
            token_hash,
            json.dumps(sorted(scopes)),
            holds_s,
            client_ids is not None,
        )
        client_limits.keep_of_token(rows[0][0], client_ids or ())
    return rows[0][0]


def find(token_hash: str) -> Bearer | None:
    """Return the owner and the scopes of a token that holds, and note its use; None where it does not hold."""
    rows = connection.execute(
        "SELECT api_token.id, api_token.name, account.id, account.name, account.role, api_token.scopes,"
        " account.limited, api_token.limited, api_token.used_at IS NULL OR api_token.used_at < {later(%s)}"
        " FROM api_token JOIN account ON account.id = api_token.user_id"
        " WHERE token_hash = %s AND revoked_at IS NULL AND expires_at > {now} AND account.disabled_at IS NULL",
        -_USED_EVERY_S,
        token_hash,
    )
    if not rows:
        return None
    token_id, name, user_id, user, role, scopes, owner_limited, limited, stale = rows[0]
    if stale:
        with connection.transaction():
            connection.changed("UPDATE api_token SET used_at = {now} WHERE id = %s", token_id)
    within = narrower(
        client_limits.of_user(user_id) if owner_limited else None,
        client_limits.of_token(token_id) if limited else None,
    )
    return Bearer(token_id, name, user_id, user, Role(role), frozenset(_scopes(scopes)), within)


_LISTED = (
    "SELECT api_token.id, account.name, api_token.name, scopes, api_token.created_at, expires_at, used_at, revoked_at,"
    " account.service, api_token.limited FROM api_token JOIN account ON account.id = api_token.user_id"
)


def all_() -> list[ListedToken]:
    """Return all tokens, the newest first."""
    return _tokens(connection.execute(f"{_LISTED} ORDER BY api_token.id DESC"))


def of_user(user_id: int) -> list[ListedToken]:
    """Return the tokens of a person that hold, the newest first."""
    rows = connection.execute(
        f"{_LISTED} WHERE user_id = %s AND revoked_at IS NULL AND expires_at > {{now}} ORDER BY api_token.id DESC",
        user_id,
    )
    return _tokens(rows)


def many(token_ids: Sequence[int]) -> list[ListedToken]:
    """Return tokens by their ids."""
    return _tokens(connection.execute(f"{_LISTED} WHERE api_token.id {{ids}}", list(token_ids)))


_HOLDS = "revoked_at IS NULL AND expires_at > {now}"

LIST = Listing(
    table="api_token",
    columns="user_id, name, expires_at, revoked_at",
    read=many,
    orders={
        "id": Order(),
        "name": Order("name", str, then=("id",)),
        "expires_at": Order("expires_at", datetime, then=("id",)),
    },
    filters={
        "user": ListFilter(int, equals("user_id"), narrows=True),
        "holds": ListFilter(bool, whether(_HOLDS, f"NOT ({_HOLDS})"), "Those that hold, or those that are over"),
        "name": ListFilter(str, begins("name"), "Its beginning"),
    },
)
"""API tokens. The list is read for one person at a time, and a person has only a few."""


def revoke(token_id: int, *, user_id: int | None = None) -> None:
    """Revoke a token; with ``user_id``, only a token of that person.

    Raises ``LookupError`` where there is no such token, or it is revoked already.
    """
    with connection.transaction():
        if not connection.changed(
            "UPDATE api_token SET revoked_at = {now} WHERE id = %s AND revoked_at IS NULL"
            " AND user_id = COALESCE(%s, user_id)",
            token_id,
            user_id,
        ):
            raise LookupError(f"no token that holds has the id {token_id}; see `nolapse token list`")


def _tokens(rows: list[tuple]) -> list[ListedToken]:
    names = _client_names([row[0] for row in rows if row[9]])
    return [
        ListedToken(
            id=row[0],
            user=row[1],
            name=row[2],
            scopes=_scopes(row[3]),
            created_at=moment(row[4]),
            expires_at=moment(row[5]),
            used_at=moment(row[6]),
            revoked_at=moment(row[7]),
            service=bool(row[8]),
            clients=names.get(row[0], ()) if row[9] else None,
        )
        for row in rows
    ]


def _client_names(token_ids: list[int]) -> dict[int, tuple[str, ...]]:
    rows = connection.execute(
        "SELECT token_id, client.name FROM api_token_client JOIN client ON client.id = client_id"
        " WHERE token_id {ids} ORDER BY client.name",
        token_ids,
    )
    found: dict[int, tuple[str, ...]] = {}
    for token_id, name in rows:
        found[token_id] = (*found.get(token_id, ()), name)
    return found


def _scopes(kept: Any) -> tuple[Scope, ...]:
    return tuple(Scope(one) for one in from_json(kept))
