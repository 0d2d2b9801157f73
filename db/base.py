"""What every table is made of. Models never leave ``db``: what goes out are ids and frozen dataclasses."""

from datetime import UTC, datetime

from peewee import BigAutoField, Model

from db.connection import database


def now() -> datetime:
    """Return this machine's moment, aware and in UTC: a column's default."""
    return datetime.now(UTC)


class Table(Model):
    """A table of Nolapse."""

    class Meta:
        database = database
        legacy_table_names = False


class Row(Table):
    """A table whose rows have a number of their own."""

    id = BigAutoField()
