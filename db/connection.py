"""The database: a connection for each thread while it works, one writer at a time on SQLite, the database's own clock.

with session():            # around every message, request and tick: takes a connection, gives it back
    with transaction():    # BEGIN (IMMEDIATE on SQLite) ... COMMIT; joins the one that is open
        ...
"""

import select
import sqlite3
import threading
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

from db import rows as by_name
from db.dialect import POSTGRES, SQLITE, Dialect

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
_LIMITS = {"timezone": "'UTC'", "statement_timeout": "60000", "lock_timeout": "10000"}
_NO_LIMITS = {**_LIMITS, "statement_timeout": "0", "lock_timeout": "0"}
_POSTGRES_OPTIONS = " ".join(f"-c {name}={value.strip(chr(39))}" for name, value in _LIMITS.items())

_GIVES_WAY_MS = 500
"""Half of what ``deadlock_timeout`` is, unless somebody has set it lower."""
_BUSY_S = 20.0
_POOL_WAIT_S = 5

database = peewee.DatabaseProxy()
_writer = threading.RLock()
_thread = threading.local()


class UnsupportedDatabase(Exception):
    """Raised when the database cannot carry the ledger; the message says what is missing."""


class ImpossiblePath(UnsupportedDatabase):
    """Raised when no database can ever be where the settings say; the message names the path."""


def connect(url: str, *, max_connections: int = 64) -> None:
    """Point this process at the database that ``url`` names: ``sqlite:///path`` or ``postgresql://...``.

    Opens no connection yet. Raises ``UnsupportedDatabase`` when SQLite is older than 3.35, when the path is some other
    file, or when the URL cannot be read.
    """
    database.initialize(_open(url, max_connections))
    sql.cache_clear()


def _open(url: str, max_connections: int) -> peewee.Database:
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
    return _Postgresql(
        url,
        field_types={"INSTANT": "TIMESTAMPTZ"},
        max_connections=max_connections,
        stale_timeout=300,
        timeout=_POOL_WAIT_S,
        connect_timeout=5,
        keepalives_idle=10,
        keepalives_interval=5,
        keepalives_count=3,
        tcp_user_timeout=20_000,
        application_name="nolapse",
        options=_POSTGRES_OPTIONS,
        cursor_factory=_Cursor,
    )


class _Cursor(psycopg2.extensions.cursor):
    """Says OperationalError of a server that hung up: where libpq gives no SQLSTATE, psycopg2 may say DatabaseError."""

    def execute(self, query: Any, vars: Any = None) -> None:  # noqa: A002 - psycopg2's signature
        try:
            super().execute(query, vars)
        except psycopg2.DatabaseError as error:
            if type(error) is psycopg2.DatabaseError:
                self.connection.close()  # or the pool would hand it out again
                raise psycopg2.OperationalError(str(error)) from error
            raise


def _require_sqlite(path: Path) -> None:
    if path.is_file():
        with path.open("rb") as file:
            if file.read(len(_SQLITE_MAGIC)) not in (b"", _SQLITE_MAGIC):
                raise UnsupportedDatabase(f"{path} is not an SQLite database")


def require_possible_path() -> None:
    """Raise ``ImpossiblePath`` where SQLite's file could not even be made: that is no database that is away."""
    if dialect() is not SQLITE:
        return
    path = Path(database.obj.database)
    if path.is_dir():
        raise ImpossiblePath(f"DATABASE_URL names {path}, which is a folder; name a file in it")
    if not path.parent.is_dir():
        raise ImpossiblePath(
            f"DATABASE_URL names {path}, but there is no folder {path.parent}: make it, or mend the path"
        )


def _require_readable(url: str) -> None:
    """Refuse what libpq cannot read, without its words: they may hold a part of the password."""
    try:
        psycopg2.extensions.parse_dsn(url)
    except psycopg2.ProgrammingError:
        raise UnsupportedDatabase(
            "DATABASE_URL cannot be read (it is not shown): percent-encode what is special in user and password"
        ) from None


class _Limited(peewee.PostgresqlDatabase):
    """Sets our limits as a connection begins, and in each transaction where a pooler did not pass them on.

    PgBouncer lends a server's connection for one transaction: it refuses the limits that a client begins with, or drops
    them, and what a session sets is another client's next. What is set in a transaction ends with it.
    """

    pooled = False
    """Whether something between us and the server keeps our limits from it."""
    unlimited = False

    def _connect(self) -> Any:
        try:
            opened = super()._connect()  # pyright: ignore[reportAttributeAccessIssue] - peewee has no stubs
        except psycopg2.OperationalError as error:
            if "startup parameter" not in str(error) or "options" not in self.connect_params:
                raise
            del self.connect_params["options"]
            opened = super()._connect()  # pyright: ignore[reportAttributeAccessIssue] - peewee has no stubs
        with opened.cursor() as cursor:
            cursor.execute("SHOW statement_timeout")
            self.pooled = cursor.fetchone()[0] == "0"
        return opened

    def begin(self, isolation_level: Any = None) -> None:
        super().begin(isolation_level)
        if self.pooled or self.unlimited:
            limits = _NO_LIMITS if self.unlimited else _LIMITS
            self.execute_sql("; ".join(f"SET LOCAL {name} = {value}" for name, value in limits.items()))


class _Postgresql(pool.PooledPostgresqlDatabase, _Limited):
    """A pool that asks no connection whether it lives: whoever finds one dead drops all that are idle.

    A server that ends an idle connection says so on it, and nothing else is ever said on one: so that one is not used.
    """

    def _is_closed(self, conn: Any) -> bool:
        return bool(conn.closed) or _has_been_spoken_to(conn)


def _has_been_spoken_to(conn: Any) -> bool:
    poll = select.poll()
    poll.register(conn.fileno(), select.POLLIN)
    return bool(poll.poll(0))


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
    """Give this thread's connection back while it waits for somebody else; its next statement takes another."""
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
    """Return what a commit failed of, where the rollback after it failed too: the disk was full, and ended both."""
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
    if isinstance(obj, _Limited):
        obj.unlimited = True
    try:
        yield
    finally:
        if isinstance(obj, _Limited):
            obj.unlimited = False


@contextmanager
def held_apart(lock: int) -> Generator[None]:
    """Hold an advisory lock of PostgreSQL in a transaction of a connection of its own, which ends with this process.

    Not in a session: behind a pooler of transactions that is somebody else's a moment later.
    """
    apart = cast("_Postgresql", _open(database.obj.database, 1))
    apart.unlimited = True
    try:
        with apart.atomic():
            apart.execute_sql("SELECT pg_advisory_xact_lock(%s)", (lock,))
            yield
    finally:
        apart.close()
        apart.close_all()


def alone(name: str) -> None:
    """Wait, in the caller's transaction, for the end of any other one that is alone with this name."""
    execute("{alone}", name)


def give_way() -> None:
    """Have the caller's transaction wait for a lock for less than PostgreSQL takes to look for a deadlock.

    Where it and another wait for one another, it is this one that fails. SQLite has one writer, and no deadlocks.
    """
    if dialect() is not SQLITE:
        execute(f"SET LOCAL lock_timeout = '{_GIVES_WAY_MS}ms'")


def after_commit(act: Callable[[], None]) -> None:
    """Call ``act`` when the open transaction has been committed, or now if none is open. ``act`` must not raise."""
    database.after_commit(act)


@cache
def sql(template: str) -> str:
    """Return the statement in the database's own words, which ``db.dialect`` lists; parameters stand as ``%s``."""
    return dialect().fill(template)


def execute(template: str, *params: object) -> list[tuple[Any, ...]]:
    """Run one statement of our own and return its rows, read to their end; lists become ``{ids}`` values.

    A cursor that is half read keeps SQLite's lock.
    """
    cursor = database.execute_sql(sql(template), tuple(map(dialect().value, params)))
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
