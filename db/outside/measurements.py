"""How calls of outside services went, summed up by minute."""

from datetime import UTC, datetime

from db import connection
from db.fields import stored


def add(service: str, outcome: str, *, calls: int, seconds: float) -> None:
    """Add calls to the running minute's sum."""
    minute = stored(datetime.now(UTC).replace(second=0, microsecond=0))
    with connection.transaction():
        connection.changed(
            """
            INSERT INTO measurement (minute, service, outcome, calls, seconds) VALUES (%s, %s, %s, %s, %s)
            ON CONFLICT (service, minute, outcome)
            DO UPDATE SET calls = measurement.calls + excluded.calls, seconds = measurement.seconds + excluded.seconds
            """,
            minute,
            service,
            outcome[:32],
            calls,
            seconds,
        )


def summary() -> list[tuple[str, str, int, float]]:
    """Return service, outcome, calls and mean seconds, over all that is kept."""
    rows = connection.execute(
        "SELECT service, outcome, SUM(calls), SUM(seconds) / SUM(calls) FROM measurement"
        " GROUP BY service, outcome ORDER BY service, outcome"
    )
    return [(row[0], row[1], int(row[2]), float(row[3])) for row in rows]
