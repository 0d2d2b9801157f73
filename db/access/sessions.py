"""Signed-in browsers and links that sign in once, on the database's clock. Tokens come as hashes only."""

from dataclasses import dataclass
from datetime import datetime

from db import connection
from db.access import client_limits
from db.fields import moment
from rules.access import Role, Within

_SEEN_EVERY_S = 60  # so that a request is rarely a write
_LEAP = 1_000_000
"""Far more than the number of times that a person's sessions are ended between a backup and its restore."""


@dataclass(frozen=True, slots=True)
class Session:
    """A session that holds, and whose it is."""

    id: int
    user_id: int
    name: str
    role: Role
    expires_at: datetime | None
    within: Within
    zone: str
    language: str


@dataclass(frozen=True, slots=True)
class SessionEntry:
    """A session as its owner sees it in the list."""

    id: int
    device: str
    place: str
    created_at: datetime | None
    seen_at: datetime | None
    expires_at: datetime | None


def begin(user_id: int, token_hash: str, *, max_s: int, device: str = "", place: str = "") -> None:
    """Begin a session, in the caller's transaction where there is one, and forget those that are over."""
    with connection.transaction():
        connection.changed("DELETE FROM session WHERE expires_at < {now}")
        connection.changed(
            "INSERT INTO session (user_id, token_hash, created_at, seen_at, expires_at, device, place)"
            " VALUES (%s, %s, {now}, {now}, {later(%s)}, %s, %s)",
            user_id,
            token_hash,
            max_s,
            device,
            place,
        )


def find(token_hash: str, *, idle_s: int) -> Session | None:
    """Return the session if it holds and its user may still sign in; it counts as seen now."""
    rows = connection.execute(
        "SELECT session.id, account.id, account.name, account.role, session.expires_at, account.limited,"
        " account.zone, account.language,"
        " session.seen_at < {later(%s)}"
        " FROM session JOIN account ON account.id = session.user_id"
        " WHERE session.token_hash = %s AND session.expires_at > {now} AND session.seen_at > {later(%s)}"
        " AND account.disabled_at IS NULL AND NOT account.service",
        -_SEEN_EVERY_S,
        token_hash,
        -idle_s,
    )
    if not rows:
        return None
    session_id, user_id, name, role, expires_at, limited, zone, language, stale = rows[0]
    if stale:
        with connection.transaction():
            connection.changed("UPDATE session SET seen_at = {now} WHERE id = %s", session_id)
    within = client_limits.of_user(user_id) if limited else None
    return Session(session_id, user_id, name, Role(role), moment(expires_at), within, zone, language)


def end(token_hash: str) -> None:
    """Sign out."""
    with connection.transaction():
        connection.changed("DELETE FROM session WHERE token_hash = %s", token_hash)


def of_user(user_id: int, *, idle_s: int) -> list[SessionEntry]:
    """Return the sessions of a person that hold, the newest first."""
    rows = connection.execute(
        "SELECT id, device, place, created_at, seen_at, expires_at FROM session"
        " WHERE user_id = %s AND expires_at > {now} AND seen_at > {later(%s)} ORDER BY id DESC",
        user_id,
        -idle_s,
    )
    return [SessionEntry(row[0], row[1], row[2], *(moment(at) for at in row[3:])) for row in rows]


def end_one(user_id: int, session_id: int) -> None:
    """End one of a person's sessions. Raises ``LookupError`` where it is over or somebody else's."""
    with connection.transaction():
        if not connection.changed("DELETE FROM session WHERE id = %s AND user_id = %s", session_id, user_id):
            raise LookupError(f"you have no session {session_id}; it may be over")


def end_others(user_id: int, session_id: int) -> int:
    """End all of a person's sessions but one, and return how many they were."""
    with connection.transaction():
        return connection.changed("DELETE FROM session WHERE user_id = %s AND id <> %s", user_id, session_id)


def count() -> int:
    """Count the sessions of everybody."""
    return connection.execute("SELECT COUNT(*) FROM session")[0][0]


def end_all() -> None:
    """End the sessions of everybody, the sign-ins under way, and the links that sign in, in the caller's transaction.

    Sessions that are kept in cookies end by their version. The version leaps because, after a restore, a cookie may
    name a version that this database has not reached yet.
    """
    connection.changed("UPDATE account SET session_version = session_version + %s", _LEAP)
    for table in ("session", "pending_sign_in", "sign_in_link"):
        connection.changed(f"DELETE FROM {table}")  # noqa: S608 - one of three


def add_link(user_id: int, token_hash: str, *, holds_s: int) -> None:
    """Keep a link that signs its user in once; earlier ones no longer hold."""
    with connection.transaction():
        connection.changed("DELETE FROM sign_in_link WHERE expires_at < {now} OR user_id = %s", user_id)
        connection.changed(
            "INSERT INTO sign_in_link (token_hash, user_id, expires_at) VALUES (%s, %s, {later(%s)})",
            token_hash,
            user_id,
            holds_s,
        )


def link_holder(token_hash: str) -> int | None:
    """Return whom a link signs in, if it holds; it is not used up."""
    rows = connection.execute(
        "SELECT user_id FROM sign_in_link JOIN account ON account.id = user_id"
        " WHERE token_hash = %s AND expires_at > {now} AND disabled_at IS NULL",
        token_hash,
    )
    return rows[0][0] if rows else None


def use_link(token_hash: str) -> int | None:
    """Use a link up, in the caller's transaction, and return whom it signs in; None if it does not hold."""
    rows = connection.execute(
        "DELETE FROM sign_in_link WHERE token_hash = %s AND expires_at > {now} RETURNING user_id", token_hash
    )
    return rows[0][0] if rows else None
