"""The database: a connection for each thread while it works, one writer at a time on SQLite, the database's own clock.

with session():            # around every message, request and tick: takes a connection, gives it back
    with transaction():    # BEGIN (IMMEDIATE on SQLite) ... COMMIT; joins the one that is open
        ...
"""

import errno
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast
from urllib.parse import unquote

import peewee
import psycopg2
import psycopg2.extensions
from playhouse import pool  # pyright: ignore[reportAttributeAccessIssue] - has no stubs

from db import postgres
from db import rows as by_name
from db.dialect import POSTGRES, SQLITE, Dialect
from db.postgres import Postgresql, PreparedStatement

T = TypeVar("T")

Unreachable: tuple[type[Exception], ...] = (
    peewee.OperationalError,
    peewee.InterfaceError,
    peewee.InternalError,  # read-only after a failover; a transaction that was broken off
    pool.MaxConnectionsExceeded,
)
"""What is raised while the database is down, locked for too long, or out of connections: try again later."""

Conflict = peewee.IntegrityError
"""Raised when a unique or foreign key forbids the row."""

_SQLITE_MIN = (3, 35, 0)
_SQLITE_MAGIC = b"SQLite format 3\0"
_GIVES_WAY_MS = 500
"""Half of what ``deadlock_timeout`` is, unless somebody has set it lower."""
_WILL_PASS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EIO, errno.EBUSY})
"""Errors that keep a file from being opened for a while, and not for ever."""

_BUSY_S = 20.0
_POOL_WAIT_S = 5
_ASKS_AGAIN_S = 0.2

database = peewee.DatabaseProxy()
_writer = threading.RLock()
_thread = threading.local()


class UnsupportedDatabase(Exception):
    """Raised when the database cannot carry the ledger; the message says what is missing."""


class ImpossiblePath(UnsupportedDatabase):
    """Raised when no database can ever be where the settings say; the message names the path."""


def connect(url: str, *, max_connections: int = 64, deadline_s: float = 60) -> None:
    """Point this process at the database that ``url`` names: ``sqlite:///path`` or ``postgresql://...``.

    On PostgreSQL a statement may take ``deadline_s`` seconds. Opens no connection yet. Raises ``UnsupportedDatabase``
    when SQLite is older than 3.35, when the path is some other file, or when the URL cannot be read.
    """
    database.initialize(_open(url, max_connections, deadline_s))
    sql.cache_clear()


def _open(url: str, max_connections: int, deadline_s: float = 60) -> peewee.Database:
    if url.startswith("sqlite:///"):
        if sqlite3.sqlite_version_info < _SQLITE_MIN:
            raise UnsupportedDatabase(f"SQLite {sqlite3.sqlite_version} is too old: 3.35 or newer is needed")
        path = unquote(url.removeprefix("sqlite:///"))
        _require_sqlite(Path(path))
        return pool.PooledSqliteDatabase(
            path,
            pragmas={
                "journal_mode": "wal",
                "foreign_keys": 1,
                "synchronous": "full",
                "cache_size": -32_000,
                "busy_timeout": int(_BUSY_S * 1000),
            },
            lock_type="IMMEDIATE",
            field_types={"INSTANT": "TEXT"},
            timeout=_POOL_WAIT_S,
            check_same_thread=False,
            max_connections=max_connections,
        )
    _require_readable(url)
    return postgres.opened(url, max_connections=max_connections, wait_s=_POOL_WAIT_S, deadline_s=deadline_s)


def _require_sqlite(path: Path) -> None:
    if path.is_file():
        with path.open("rb") as file:
            if file.read(len(_SQLITE_MAGIC)) not in (b"", _SQLITE_MAGIC):
                raise UnsupportedDatabase(f"{path} is not an SQLite database")


def require_possible_path() -> None:
    """Raise ``ImpossiblePath`` where SQLite's file can neither be opened nor made, however long anybody waits."""
    if dialect() is not SQLITE:
        return
    path = Path(database.obj.database)
    if path.is_dir():
        raise ImpossiblePath(f"DATABASE_URL names {path}, which is a folder; name a file in it")
    if not path.parent.is_dir():
        raise ImpossiblePath(
            f"DATABASE_URL names {path}, but there is no folder {path.parent}: make it, or mend the path"
        )
    try:
        os.close(os.open(path, os.O_RDONLY if path.exists() else os.O_RDWR | os.O_CREAT, 0o644))
    except OSError as error:
        if error.errno in _WILL_PASS:
            return
        raise ImpossiblePath(
            f"DATABASE_URL names {path}, which cannot be opened or made: {error.strerror}; name a file that can be"
        ) from None


def _require_readable(url: str) -> None:
    """Refuse what libpq cannot read, without its words: they may hold a part of the password."""
    try:
        psycopg2.extensions.parse_dsn(url)
    except psycopg2.ProgrammingError:
        raise UnsupportedDatabase(
            "DATABASE_URL cannot be read (it is not shown): percent-encode what is special in user and password"
        ) from None


def dialect() -> Dialect:
    """Return the dialect of the database that this process uses."""
    return SQLITE if isinstance(database.obj, peewee.SqliteDatabase) else POSTGRES


@contextmanager
def session() -> Generator[None]:
    """Hold a connection for this thread from the first statement on; a session inside a session shares it.

    After an error that may mean a dead server the pool's idle connections are dropped, so that the next session
    begins on a fresh one. Raises one of ``Unreachable``.
    """
    if getattr(_thread, "in_session", False):
        yield
        return
    _thread.in_session = True
    try:
        yield
    except Unreachable:
        database.obj.close_idle()
        raise
    finally:
        _thread.in_session = False
        database.close()


def rest() -> None:
    """Give this thread's connection back while it waits for something else; its next statement takes another."""
    if getattr(_thread, "in_session", False) and not database.in_transaction():
        database.close()


def begin_afresh() -> None:
    """Drop this thread's connection, and the idle ones, after an error that may mean a dead server."""
    database.close()
    database.obj.close_idle()


@contextmanager
def transaction() -> Generator[None]:
    """Make all writes of the block one; joins the transaction that is already open.

    What the block raised is what is raised, also where the rollback after it fails: a full disk ends a transaction by
    itself, and "cannot rollback" would hide why.
    """
    if database.in_transaction():
        yield
        return
    first: BaseException | None = None
    with _single_writer():
        try:
            with database.transaction():
                try:
                    yield
                except BaseException as error:
                    first = error
                    raise
        except peewee.DatabaseError as error:
            hidden = first if first is not None else _hidden_by_rollback(error)
            if hidden is not None and hidden is not error:
                raise hidden from error
            raise


def _hidden_by_rollback(error: BaseException) -> peewee.DatabaseError | None:
    """Return the error of a commit that a failed rollback hides, as on a full disk; None where it hides none."""
    if "cannot rollback" not in str(error):
        return None
    before = error.__context__
    while before is not None and not (isinstance(before, peewee.DatabaseError) and str(before) != str(error)):
        before = before.__context__
    return before


@contextmanager
def savepoint() -> Generator[None]:
    """Make the block's writes undoable by themselves, inside the caller's transaction."""
    with database.savepoint():
        yield


@contextmanager
def _single_writer() -> Generator[None]:
    """On SQLite, wait for this process's other writers here: its busy timeout is no queue."""
    if dialect() is not SQLITE:
        yield
        return
    if not _writer.acquire(timeout=_BUSY_S):
        raise peewee.OperationalError(f"another thread of this process has been writing for {_BUSY_S:g} s")
    try:
        yield
    finally:
        _writer.release()


@contextmanager
def without_limits() -> Generator[None]:
    """Let each transaction of this process take as long as it takes: a migration of a large table."""
    obj = database.obj
    if isinstance(obj, Postgresql):
        obj.unlimited = True
    try:
        yield
    finally:
        if isinstance(obj, Postgresql):
            obj.unlimited = False


@contextmanager
def held_apart(lock: int) -> Generator[None]:
    """Hold an advisory lock of PostgreSQL in a transaction of a connection of its own, which ends with this process.

    The lock is not a session's: behind a pooler of transactions, a session serves somebody else a moment later. A
    waiting process asks again and again: waiting in a transaction would take a pooled connection that the holder needs.
    """
    apart = cast("Postgresql", _open(database.obj.database, 1))
    apart.unlimited = True
    try:
        while True:
            with apart.atomic():
                if apart.execute_sql("SELECT pg_try_advisory_xact_lock(%s)", (lock,)).fetchone()[0]:
                    yield
                    return
            time.sleep(_ASKS_AGAIN_S)
    finally:
        apart.close()
        apart.close_all()


def alone(name: str) -> None:
    """Hold the lock of this name until the caller's transaction ends; wait while another transaction holds it."""
    execute("{alone}", name)


def give_way() -> None:
    """Let the caller's transaction wait for a lock for less time than PostgreSQL takes to look for a deadlock.

    So where it and another wait for one another, this one fails. SQLite has one writer, and no deadlocks.
    """
    if dialect() is not SQLITE:
        execute(f"SET LOCAL lock_timeout = '{_GIVES_WAY_MS}ms'")


def after_commit(act: Callable[[], None]) -> None:
    """Call ``act`` when the open transaction has been committed, or now if none is open. ``act`` must not raise."""
    database.after_commit(act)


@cache
def sql(template: str) -> str:
    """Return a template's statement in the database's own words: see ``db.dialect``. In it, ``%s`` is a parameter."""
    return dialect().fill(template)


def execute(template: str, *params: object) -> list[tuple[Any, ...]]:
    """Run one statement of our own and return all its rows; a parameter that is a list becomes the value of ``{ids}``.

    All rows are read at once, because a cursor that is half read keeps SQLite's lock.
    """
    cursor = database.execute_sql(sql(template), tuple(map(dialect().value, params)))
    return list(cursor.fetchall()) if cursor.description else []


def run(statement: PreparedStatement, *params: object) -> list[tuple[Any, ...]]:
    """Run one statement, prepared where the database is PostgreSQL, and return its rows as ``execute`` does."""
    words, obj = sql(statement.template), database.obj
    if isinstance(obj, Postgresql):
        words = obj.prepared(statement, words)
    cursor = database.execute_sql(words, tuple(map(dialect().value, params)))
    return list(cursor.fetchall()) if cursor.description else []


def rows(kind: type[T], template: str, *params: object, **named: object) -> list[T]:
    """Run one statement and return its rows as values of ``kind``, its columns by name: see ``db.rows``.

    Parameters stand as ``%s`` or, all of them, as ``%(name)s``.
    """
    value = dialect().value
    given = {name: value(one) for name, one in named.items()} if named else tuple(map(value, params))
    cursor = database.execute_sql(sql(template), given)
    read = by_name.reader(kind, tuple(column[0] for column in cursor.description))
    return [read(row) for row in cursor.fetchall()]


def changed(template: str, *params: object) -> int:
    """Run one statement of our own and return how many rows it changed."""
    return database.execute_sql(sql(template), tuple(map(dialect().value, params))).rowcount
