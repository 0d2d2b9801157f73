"""Columns that mean the same on both databases."""

import json
from datetime import UTC, datetime
from typing import Any

import peewee


class Instant(peewee.Field):
    """A moment, UTC-aware: ``timestamptz`` on PostgreSQL; on SQLite a text of fixed width that sorts as time does."""

    field_type = "INSTANT"

    def db_value(self, value: datetime | str | None) -> str | None:
        """Refuse naive times: nobody knows which moment they mean."""
        return value if value is None or isinstance(value, str) else stored(value)

    def python_value(self, value: datetime | str | None) -> datetime | None:
        return moment(value)


def stored(value: datetime) -> str:
    """Return how an aware moment is written. Raises ``ValueError`` for a naive one."""
    if value.tzinfo is None:
        raise ValueError(f"{value!r} has no zone: give an aware datetime")
    return value.astimezone(UTC).isoformat(sep=" ", timespec="microseconds")


def moment(value: datetime | str | None) -> datetime | None:
    """Return what ``stored`` wrote, aware and in UTC."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    return value.astimezone(UTC) if value else None


def sure(value: datetime | str) -> datetime:
    """Return a moment from a column that is never null."""
    at = moment(value)
    if at is None:
        raise TypeError("a moment is missing")
    return at


def from_json(value: Any) -> Any:
    """Return what a column of JSON holds, which SQLite has as text."""
    return json.loads(value) if isinstance(value, str) else value
