"""Leases on the database's clock: who leads the schedulers, and which Redis was last seen."""

from db import connection

_FOREVER_S = 10 * 365 * 86400.0


def take(name: str, holder: str, *, for_s: float) -> bool:
    """Take or renew a lease; False while somebody else holds it."""
    with connection.transaction():
        return bool(
            connection.changed(
                """
                INSERT INTO lease (name, holder, expires_at) VALUES (%s, %s, {later(%s)})
                ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at
                WHERE lease.holder = excluded.holder OR lease.expires_at < {now}
                """,
                name,
                holder,
                for_s,
            )
        )


def give_up(name: str, holder: str) -> None:
    """Let the lease go before it runs out, so that a standby need not wait."""
    with connection.transaction():
        connection.changed("DELETE FROM lease WHERE name = %s AND holder = %s", name, holder)


def remembered(name: str) -> str | None:
    """Return what ``remember`` kept under this name."""
    rows = connection.execute("SELECT holder FROM lease WHERE name = %s", name)
    return rows[0][0] if rows else None


def remember(name: str, value: str) -> None:
    """Keep one word for all processes, such as the epoch of the Redis that was last seen."""
    with connection.transaction():
        connection.changed(
            """
            INSERT INTO lease (name, holder, expires_at) VALUES (%s, %s, {later(%s)})
            ON CONFLICT (name) DO UPDATE SET holder = excluded.holder
            """,
            name,
            value,
            _FOREVER_S,
        )
