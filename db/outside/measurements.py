"""How calls of outside services went, summed up by minute."""

from dataclasses import dataclass
from datetime import UTC, datetime

from db import connection
from db.fields import moment, stored


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


@dataclass(frozen=True, slots=True)
class Service:
    """How calls of an outside service went. ``mean_s`` is seconds for each."""

    name: str
    outcome: str
    calls: int
    mean_s: float


def services(*, minutes: int = 60) -> list[Service]:
    """Return the calls of the last minutes by service and outcome."""
    # Grouped by an expression: otherwise PostgreSQL might walk over the whole index by service, not the last minutes.
    return connection.rows(
        Service,
        "SELECT MIN(service) AS name, outcome, SUM(calls) AS calls, SUM(seconds) / SUM(calls) AS mean_s"
        " FROM measurement WHERE minute > {later(%s)} GROUP BY service || '', outcome ORDER BY 1, 2",
        -60.0 * minutes,
    )


def silent(minutes: int, *, least: int) -> list[str]:
    """Return the services with at least ``least`` calls in the last minutes, none of which went well."""
    rows = connection.execute(
        "SELECT MIN(service) FROM measurement WHERE minute > {later(%s)} GROUP BY service || ''"
        " HAVING SUM(calls) >= %s AND SUM(CASE WHEN outcome = 'ok' THEN calls ELSE 0 END) = 0 ORDER BY 1",
        -60.0 * minutes,
        least,
    )
    return [row[0] for row in rows]


def last_ok(service: str) -> datetime | None:
    """Return the last minute in which a call of a service went well; None where none is kept."""
    rows = connection.execute("SELECT MAX(minute) FROM measurement WHERE service = %s AND outcome = 'ok'", service)
    return moment(rows[0][0])
