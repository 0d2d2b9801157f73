"""Browsers in which a person has signed in before, by the hash of a cookie. They let nobody in: see ``throttle``."""

from db import connection

_MOST = 20
"""Of one person; the oldest go."""


def find(user_id: int, token_hash: str) -> int | None:
    """Return the id of a device in which this person has signed in before."""
    rows = connection.execute(
        "SELECT id FROM known_device WHERE user_id = %s AND token_hash = %s AND expires_at > {now}", user_id, token_hash
    )
    return rows[0][0] if rows else None


def remember(user_id: int, token_hash: str, *, holds_s: int) -> None:
    """Remember that a person has signed in with a device, and forget what is over."""
    with connection.transaction():
        connection.changed("DELETE FROM known_device WHERE expires_at < {now}")
        connection.changed(
            "INSERT INTO known_device (user_id, token_hash, expires_at) VALUES (%s, %s, {later(%s)})"
            " ON CONFLICT (user_id, token_hash) DO UPDATE SET expires_at = excluded.expires_at",
            user_id,
            token_hash,
            holds_s,
        )
        connection.changed(
            "DELETE FROM known_device WHERE user_id = %s AND id NOT IN"
            " (SELECT id FROM known_device WHERE user_id = %s ORDER BY expires_at DESC, id DESC LIMIT %s)",
            user_id,
            user_id,
            _MOST,
        )
