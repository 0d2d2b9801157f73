"""Brings a database to the schema that the models say, by Peewee's own migration runner."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import peewee
from playhouse.migrations import Runner

from db import connection

_DIRECTORY = Path(__file__).parent / "migrations"
_WAITS_S = 60
_SEQUENCE_LOCK = 7_665_273  # any number that nobody else uses for an advisory lock in this database


class SchemaOutdated(Exception):
    """Raised when the database has not seen all migrations; the message says what to run."""


def up() -> list[str]:
    """Apply what is pending, in order, and return the names. Two that migrate at once wait for one another."""
    with _one_at_a_time(), connection.session():
        return list(_runner().up() or ())


@contextmanager
def _one_at_a_time() -> Generator[None]:
    """Hold a lock over the several transactions of migrations; it ends with this process, whatever ends that.

    On SQLite it is a lock on a file beside the database, taken before the database is opened: the change to WAL does
    not wait for other processes.
    """
    if connection.dialect().name == "sqlite":
        lock = peewee.SqliteDatabase(f"{connection.database.obj.database}-migrating", timeout=_WAITS_S)
        with lock.connection_context(), lock.transaction("EXCLUSIVE"):
            yield
        return
    with connection.held_apart(_SEQUENCE_LOCK), connection.without_limits():
        yield


def pending() -> list[str]:
    """Return the names of the migrations that the database has not seen."""
    with connection.session():
        return [one.name for one in _runner().status() if one.applied is None]


def require_current() -> None:
    """Raise ``SchemaOutdated`` unless every migration has been applied."""
    waiting = pending()
    if waiting:
        raise SchemaOutdated(f"the database lacks {', '.join(waiting)}: run `nolapse migrate`")


def _runner() -> Runner:
    return Runner(connection.database.obj, directory=str(_DIRECTORY))
