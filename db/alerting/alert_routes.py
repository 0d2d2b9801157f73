"""Routes of alerts, in the order in which they were added."""

import json
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from db import connection
from rules.access import Role
from rules.alerts.routing import AlertRoute, Hours, RouteStep
from rules.checks.alarms import Urgency

_COLUMNS = "name, clients, kinds, least, days, begins, ends, zone, steps"


class RouteNameTaken(ValueError):
    """Raised when another route has this name."""


@dataclass(frozen=True, slots=True)
class _Row:
    id: int
    name: str
    clients: tuple[int, ...]
    kinds: tuple[str, ...]
    least: int
    days: tuple[int, ...]
    begins: int
    ends: int
    zone: str
    steps: tuple[dict[str, Any], ...]


def all_() -> tuple[AlertRoute, ...]:
    """Return all routes."""
    return tuple(map(_route, connection.rows(_Row, f"SELECT id, {_COLUMNS} FROM alert_route ORDER BY id")))  # noqa: S608


def get(route_id: int) -> AlertRoute:
    """Return a route. Raises ``LookupError``."""
    for row in connection.rows(_Row, f"SELECT id, {_COLUMNS} FROM alert_route WHERE id = %s", route_id):  # noqa: S608
        return _route(row)
    raise LookupError(f"no route has the id {route_id}")


def add(route: AlertRoute) -> AlertRoute:
    """Add a route in the caller's transaction and return it with its id. Raises ``RouteNameTaken``."""
    with connection.transaction():
        rows = connection.execute(
            f"INSERT INTO alert_route ({_COLUMNS}) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)"  # noqa: S608
            " ON CONFLICT (name) DO NOTHING RETURNING id",
            *_values(route),
        )
    if not rows:
        raise RouteNameTaken(f"there is a route {route.name!r} already")
    return get(rows[0][0])


def change(route: AlertRoute) -> None:
    """Make a route what is given, in the caller's transaction. Raises ``LookupError``, ``RouteNameTaken``."""
    with connection.transaction():
        connection.execute("SELECT id FROM alert_route WHERE id = %s {locked}", get(route.id).id)
        others = connection.execute("SELECT 1 FROM alert_route WHERE name = %s AND id <> %s", route.name, route.id)
        if others:
            raise RouteNameTaken(f"there is a route {route.name!r} already")
        connection.changed(
            "UPDATE alert_route SET name = %s, clients = %s, kinds = %s, least = %s, days = %s, begins = %s,"
            " ends = %s, zone = %s, steps = %s WHERE id = %s",
            *_values(route),
            route.id,
        )


def remove(route_id: int) -> None:
    """Remove a route, in the caller's transaction; what it owes already is still told."""
    connection.changed("DELETE FROM alert_route WHERE id = %s", route_id)


def _values(route: AlertRoute) -> tuple[object, ...]:
    steps = [
        {
            "after_minutes": one.after_minutes,
            "people": sorted(one.people),
            "roles": sorted(map(str, one.roles)),
            "channels": sorted(one.channels),
        }
        for one in route.steps
    ]
    hours = route.hours
    return (
        route.name, json.dumps(sorted(route.clients)), json.dumps(list(route.kinds)), int(route.least),
        json.dumps(sorted(hours.days)), hours.begin, hours.end, hours.zone.key, json.dumps(steps),
    )  # fmt: skip


def _route(row: _Row) -> AlertRoute:
    return AlertRoute(
        id=row.id,
        name=row.name,
        clients=frozenset(row.clients),
        kinds=row.kinds,
        least=Urgency(row.least),
        hours=Hours(days=frozenset(row.days), begin=row.begins, end=row.ends, zone=ZoneInfo(row.zone)),
        steps=tuple(
            RouteStep(
                after_minutes=one["after_minutes"],
                people=frozenset(one["people"]),
                roles=frozenset(map(Role, one["roles"])),
                channels=frozenset(one["channels"]),
            )
            for one in row.steps
        ),
    )
