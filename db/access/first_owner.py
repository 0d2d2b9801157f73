"""The link that makes the first owner: it holds for a while, works once, and only while no person has an account."""

from db import connection

_NOBODY = "NOT EXISTS (SELECT 1 FROM account WHERE NOT service)"
_HOLDS = f"token_hash = %s AND expires_at > {{now}} AND {_NOBODY}"


def nobody_is_here() -> bool:
    """Tell whether no person has an account, not even a disabled one."""
    return bool(connection.execute(f"SELECT {_NOBODY}")[0][0])


def make_link(token_hash: str, *, holds_s: int) -> bool:
    """Keep a link in place of the one before; returns False, and keeps none, where a person has an account."""
    with connection.transaction():
        connection.changed("DELETE FROM first_owner_link")
        if not nobody_is_here():
            return False
        connection.changed(
            "INSERT INTO first_owner_link (token_hash, expires_at) VALUES (%s, {later(%s)})", token_hash, holds_s
        )
    return True


def holds(token_hash: str) -> bool:
    """Tell whether a link holds; it is not used up."""
    return bool(connection.execute(f"SELECT 1 FROM first_owner_link WHERE {_HOLDS}", token_hash))  # noqa: S608


def use(token_hash: str) -> bool:
    """Use a link up, in the caller's transaction; returns whether it held."""
    return bool(connection.changed(f"DELETE FROM first_owner_link WHERE {_HOLDS}", token_hash))  # noqa: S608
