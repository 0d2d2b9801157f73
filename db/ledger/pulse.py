"""Queries about the last while, for the check whether what should happen does happen."""

from db import connection


def dead_since(seconds: float) -> int:
    """Return how many jobs died within the last ``seconds``."""
    rows = connection.execute("SELECT COUNT(*) FROM job WHERE state = 'dead' AND finished_at > {later(%s)}", -seconds)
    return int(rows[0][0])


def clients_unscanned(seconds: float) -> list[int]:
    """Return the clients who have endpoints, none of which was scanned or added within the last ``seconds``."""
    rows = connection.execute(
        "SELECT endpoint.client_id FROM endpoint LEFT JOIN endpoint_state ON endpoint_state.endpoint_id = endpoint.id"
        " GROUP BY endpoint.client_id"
        " HAVING MAX(COALESCE(endpoint_state.checked_at, endpoint.created_at)) < {later(%s)}"
        " ORDER BY endpoint.client_id LIMIT 1000",
        -seconds,
    )
    return [client_id for (client_id,) in rows]


def open_about_clients(kind: str) -> list[int]:
    """Return the ids of the clients about whom an alert of this kind is open."""
    rows = connection.execute(
        "SELECT subject_id FROM alert WHERE kind = %s AND subject_kind = 'client' AND cleared_at IS NULL", kind
    )
    return [client_id for (client_id,) in rows]
