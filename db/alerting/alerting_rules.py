"""Alerting rules: routes, people, windows and the last resort, read as one."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from db import connection
from db.alerting import alert_preferences, alert_routes, maintenance_windows
from rules.access import Role
from rules.alerts.routing import Person, Preference
from rules.alerts.tellings import AlertingRules


@dataclass(frozen=True, slots=True)
class _Row:
    id: int
    role: Role
    email: str
    language: str
    zone: str
    limited: bool


def people() -> dict[int, Person]:
    """Return who can be told by mail: enabled people with an address. By their id."""
    limits: defaultdict[int, set[int]] = defaultdict(set)
    for user_id, client_id in connection.execute("SELECT user_id, client_id FROM account_client"):
        limits[user_id].add(client_id)
    preferences = alert_preferences.all_()
    rows = connection.rows(
        _Row,
        "SELECT id, role, email, language, zone, limited FROM account"
        " WHERE disabled_at IS NULL AND NOT service AND email IS NOT NULL ORDER BY id",
    )
    return {
        row.id: Person(
            id=row.id,
            role=row.role,
            email=row.email,
            language=row.language,
            zone=ZoneInfo(row.zone),
            within=frozenset(limits[row.id]) if row.limited else None,
            preference=preferences.get(row.id, Preference()),
        )
        for row in rows
    }


def current(*, last_resort: Sequence[str], channels: Collection[str] = ()) -> AlertingRules:
    """Return the rules that hold now. ``last_resort`` gets what no route takes; ``channels`` are those there are."""
    return AlertingRules(
        routes=alert_routes.all_(),
        people=people(),
        channels=channels,
        last_resort=tuple(last_resort),
        windows=maintenance_windows.standing(),
    )
