"""How each person wants to be told of alerts; a person without a preference is told at once."""

import json
from dataclasses import dataclass

from db import connection
from rules.alerts.routing import Preference
from rules.checks.alarms import Urgency


@dataclass(frozen=True, slots=True)
class _Row:
    user_id: int
    digest_at: int | None
    quiet_from: int | None
    quiet_until: int | None
    at_once_from: int
    muted: tuple[str, ...]


_PREFERENCES = "SELECT user_id, digest_at, quiet_from, quiet_until, at_once_from, muted FROM alert_preference"


def of(user_id: int) -> Preference:
    """Return a person's preference."""
    found = connection.rows(_Row, f"{_PREFERENCES} WHERE user_id = %s", user_id)
    return _preference(found[0]) if found else Preference()


def all_() -> dict[int, Preference]:
    """Return the preferences of those who have said something, by the person's id."""
    return {row.user_id: _preference(row) for row in connection.rows(_Row, _PREFERENCES)}


def keep(user_id: int, preference: Preference) -> None:
    """Keep what a person prefers, in the caller's transaction; what they are owed already stays as it was."""
    quiet_from, quiet_until = preference.quiet or (None, None)
    connection.changed(
        "INSERT INTO alert_preference (user_id, digest_at, quiet_from, quiet_until, at_once_from, muted)"
        " VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (user_id) DO UPDATE SET digest_at = excluded.digest_at,"
        " quiet_from = excluded.quiet_from, quiet_until = excluded.quiet_until, at_once_from = excluded.at_once_from,"
        " muted = excluded.muted",
        user_id,
        preference.digest_at,
        quiet_from,
        quiet_until,
        int(preference.at_once_from),
        json.dumps(list(preference.muted)),
    )


def _preference(row: _Row) -> Preference:
    quiet = None if row.quiet_from is None or row.quiet_until is None else (row.quiet_from, row.quiet_until)
    return Preference(
        digest_at=row.digest_at, quiet=quiet, at_once_from=Urgency(row.at_once_from), muted=tuple(row.muted)
    )
