"""Leases on the database's clock: who leads the schedulers, and which Redis was last seen.

No lease holds for longer than its own length from now: one that was taken while the clock was ahead counts as over.
"""

from db import connection
from db.clock_steps import SLACK_S

UNTRUSTED_PROXY = "untrusted-proxy"
"""Where a proxy is remembered that stands in front of us and that the settings do not trust."""

_FOREVER_S = 10 * 365 * 86400.0


def take(name: str, holder: str, *, for_s: float) -> bool:
    """Take or renew a lease; False while somebody else holds it."""
    with connection.transaction():
        return bool(
            connection.changed(
                """
                INSERT INTO lease (name, holder, expires_at) VALUES (%s, %s, {later(%s)})
                ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at
                WHERE lease.holder = excluded.holder OR lease.expires_at < {now} OR lease.expires_at > {later(%s)}
                """,
                name,
                holder,
                for_s,
                for_s + SLACK_S,
            )
        )


def is_ahead(name: str, *, for_s: float) -> bool:
    """Tell whether a lease ends later than it can: the clock was ahead when it was taken."""
    return bool(
        connection.execute("SELECT 1 FROM lease WHERE name = %s AND expires_at > {later(%s)}", name, for_s + SLACK_S)
    )


def give_up(name: str, holder: str) -> None:
    """Let the lease go before it runs out, so that a standby need not wait."""
    with connection.transaction():
        connection.changed("DELETE FROM lease WHERE name = %s AND holder = %s", name, holder)


def holder(name: str) -> str | None:
    """Return who holds a lease now."""
    rows = connection.execute("SELECT holder FROM lease WHERE name = %s AND expires_at > {now}", name)
    return rows[0][0] if rows else None


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
