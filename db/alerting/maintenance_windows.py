"""Maintenance windows: of clients, domains and endpoints, those that are still to come or not over."""

from dataclasses import dataclass
from datetime import datetime

from db import client_of, connection
from db.fields import stored
from rules.access import Within, sees
from rules.alerts.maintenance import MaintenanceWindow
from rules.checks.subjects import Subject


@dataclass(frozen=True, slots=True)
class _Row:
    id: int
    subject_kind: str
    subject_id: int
    client_id: int
    host: str | None
    begins_at: datetime
    ends_at: datetime
    reason: str
    made_by: str


_WINDOWS = (
    "SELECT maintenance_window.id, subject_kind, subject_id, maintenance_window.client_id, domain.name AS host,"
    " begins_at, ends_at, reason, made_by FROM maintenance_window"
    " LEFT JOIN domain ON subject_kind = 'domain' AND domain.id = subject_id"
)


def standing(*, within: Within = None) -> tuple[MaintenanceWindow, ...]:
    """Return the windows that are not over, by when they begin."""
    rows = connection.rows(_Row, f"{_WINDOWS} WHERE ends_at > {{now}} ORDER BY begins_at, maintenance_window.id")
    return tuple(_window(row) for row in rows if sees(within, row.client_id))


def get(window_id: int, *, within: Within = None) -> MaintenanceWindow:
    """Return a window. Raises ``LookupError``."""
    for row in connection.rows(_Row, f"{_WINDOWS} WHERE maintenance_window.id = %s", window_id):
        if sees(within, row.client_id):
            return _window(row)
    raise LookupError(f"no maintenance window has the id {window_id}")


def add(
    subject_kind: str, subject_id: int, *, begins_at: datetime, ends_at: datetime, reason: str, made_by: str
) -> MaintenanceWindow:
    """Add a window, in the caller's transaction. Raises ``LookupError`` where there is no such thing."""
    client_id = client_of.find(subject_kind, subject_id)
    if client_id is None:
        raise LookupError(f"no {subject_kind} has the id {subject_id}")
    with connection.transaction():
        rows = connection.execute(
            "INSERT INTO maintenance_window (subject_kind, subject_id, client_id, begins_at, ends_at, reason, made_by)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s) RETURNING id",
            subject_kind, subject_id, client_id, stored(begins_at), stored(ends_at), reason, made_by,
        )  # fmt: skip
    return get(rows[0][0])


def end(window_id: int) -> None:
    """End a window now, in the caller's transaction; one that has not begun never will.

    Tellings that were put off to the window's planned end keep that time: they do not come sooner.
    """
    connection.changed("UPDATE maintenance_window SET ends_at = {now} WHERE id = %s AND ends_at > {now}", window_id)


def _window(row: _Row) -> MaintenanceWindow:
    return MaintenanceWindow(
        id=row.id,
        subject=Subject(row.subject_kind, row.subject_id, row.client_id),
        host=row.host or "",
        begins_at=row.begins_at,
        ends_at=row.ends_at,
        reason=row.reason,
        made_by=row.made_by,
    )
