"""PostgreSQL: a pool that sets our limits, begins with a transaction's first statement, and prepares what runs often.

    BEGIN goes along with the first statement    one round trip less for each transaction
    PREPARE once for each connection, EXECUTE    parsing and planning is a third of a small statement's cost
    a deadline for each answer                   the server's own, and ours where that is not heard

libpq waits for as long as a connection is open, and something between us and the server may keep it open and pass
nothing on, as a pooler that hangs does: keepalives are answered then, and ``statement_timeout`` is not heard.

Behind a pooler of transactions nothing is prepared: its connections to the server go to another client next.
"""

import math
import re
import select
import socket
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

import peewee
import psycopg2
import psycopg2.errors
import psycopg2.extensions
from playhouse import pool  # pyright: ignore[reportAttributeAccessIssue] - has no stubs

from settings import deadline_watch

_LOCK_MS = 10_000
_IDLE_IN_TRANSACTION_MS = 60_000
"""Frees what a client holds that was cut off, or hangs, in the middle of a transaction."""
_ANSWER_S = 2.0
"""How long the server may take to say that a statement ran for too long."""
_MARK = re.compile("%s")


def _limits(deadline_s: float) -> dict[str, int]:
    return {
        "statement_timeout": round(deadline_s * 1000),
        "lock_timeout": _LOCK_MS,
        "idle_in_transaction_session_timeout": _IDLE_IN_TRANSACTION_MS,
    }


@dataclass(frozen=True, slots=True)
class PreparedStatement:
    """A statement that runs so often that the server is to parse and plan it once for each connection."""

    name: str
    template: str
    """In the words of ``db.dialect``; parameters stand as ``%s``."""
    types: tuple[str, ...]
    """PostgreSQL's type of each parameter, in their order."""

    def preparing(self, filled: str) -> str:
        """Return the statement that has PostgreSQL prepare this one; ``filled`` is its template, filled in."""
        numbers = iter(range(1, len(self.types) + 1))
        numbered = _MARK.sub(lambda _: f"${next(numbers)}", filled)
        return f"PREPARE {self.name} ({', '.join(self.types)}) AS {numbered}"

    def executing(self) -> str:
        """Return the statement that runs it, with a mark for each parameter."""
        return f"EXECUTE {self.name} ({', '.join(['%s'] * len(self.types))})"


class _Connection(psycopg2.extensions.connection):
    """A connection that knows what was prepared on it, and what is to be said before its next statement."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.prepared: set[str] = set()
        self.opening = ""
        """Statements that begin a transaction, to go along with the first one in it."""
        self.deadline_s = math.inf
        """How long an answer is waited for."""


class _Cursor(psycopg2.extensions.cursor):
    """A cursor that sends a transaction's opening along; it raises OperationalError if the server hung up or is silent.

    Where libpq gives no SQLSTATE, psycopg2 may raise DatabaseError. A plan that a migration has made useless needs a
    fresh connection, too.
    """

    connection: _Connection

    def execute(self, query: Any, vars: Any = None) -> None:  # noqa: A002 - psycopg2's signature
        held = self.connection
        opening, held.opening = held.opening, ""
        hung_up = False
        call = deadline_watch.begins(time.monotonic() + held.deadline_s, partial(_hang_up, held))
        try:
            try:
                super().execute(opening + query, vars)
            finally:
                hung_up = deadline_watch.ends(call)
        except psycopg2.DatabaseError as error:
            if hung_up:
                held.close()
                raise psycopg2.OperationalError(f"no answer for {held.deadline_s:g} s, so we hung up") from error
            if type(error) is psycopg2.DatabaseError or _is_outdated_plan(error):
                held.close()  # or the pool would hand it out again
                raise psycopg2.OperationalError(str(error)) from error
            raise


def _hang_up(held: _Connection) -> None:
    with suppress(psycopg2.InterfaceError, OSError):  # it was closed or cut meanwhile, which libpq notices as well
        own = socket.socket(fileno=held.fileno())
        try:
            own.shutdown(socket.SHUT_RDWR)
        finally:
            own.detach()


def _is_outdated_plan(error: psycopg2.DatabaseError) -> bool:
    return isinstance(error, psycopg2.errors.FeatureNotSupported) and "cached plan" in str(error)


class _Limited(peewee.PostgresqlDatabase):
    """A database with our limits, set as a connection begins, or in each transaction if a pooler does not pass them on.

    PgBouncer lends a server's connection for one transaction. It refuses or drops the limits that a client begins with,
    and what a session sets, the next client gets. What is set in a transaction ends with it.
    """

    pooled = False
    """Whether something between us and the server keeps our limits from it."""
    unlimited = False
    deadline_s = math.inf
    """How long a statement may take."""

    def _connect(self) -> Any:
        try:
            opened = super()._connect()  # pyright: ignore[reportAttributeAccessIssue] - peewee has no stubs
        except psycopg2.OperationalError as error:
            if "startup parameter" not in str(error) or "options" not in self.connect_params:
                raise
            del self.connect_params["options"]
            opened = super()._connect()  # pyright: ignore[reportAttributeAccessIssue] - peewee has no stubs
        opened.deadline_s = self.deadline_s + _ANSWER_S
        with opened.cursor() as cursor:
            cursor.execute("SHOW statement_timeout")
            self.pooled = cursor.fetchone()[0] == "0"
        return opened

    def begin(self, isolation_level: Any = None) -> None:  # noqa: ARG002 - as peewee calls it
        """Have the next statement begin a transaction. Nothing is sent before it."""
        held = cast("_Connection", self.connection())  # where there was none, this finds out whether it is pooled
        held.opening = "BEGIN; " + self._limits_of_transaction()
        held.deadline_s = math.inf if self.unlimited else self.deadline_s + _ANSWER_S

    def _limits_of_transaction(self) -> str:
        if not (self.pooled or self.unlimited):
            return ""
        limits = _limits(self.deadline_s)
        told = dict.fromkeys(limits, 0) if self.unlimited else limits
        return "SET LOCAL timezone = 'UTC'; " + "".join(f"SET LOCAL {name} = {ms}; " for name, ms in told.items())

    def prepared(self, statement: PreparedStatement, filled: str) -> str:
        """Return how to run a statement on this thread's connection, having prepared it there."""
        held = cast("_Connection", self.connection())
        if self.pooled:
            return filled
        if statement.name not in held.prepared:
            self.execute_sql(statement.preparing(filled))
            held.prepared.add(statement.name)
        return statement.executing()


class Postgresql(pool.PooledPostgresqlDatabase, _Limited):
    """A pool that tests no connection with a query: where one turns out to be dead, all idle ones are dropped.

    A server that ends an idle connection sends that on it, and sends nothing else on an idle one. So a connection on
    which something was sent is not used.
    """

    def _is_closed(self, conn: Any) -> bool:
        return bool(conn.closed) or _has_been_spoken_to(conn)


def _has_been_spoken_to(conn: Any) -> bool:
    poll = select.poll()
    poll.register(conn.fileno(), select.POLLIN)
    return bool(poll.poll(0))


def opened(url: str, *, max_connections: int, wait_s: float, deadline_s: float) -> Postgresql:
    """Return the pool of the database that a URL names, whose statements may take ``deadline_s`` seconds.

    Opens no connection yet.
    """
    limits = {"timezone": "UTC", **_limits(deadline_s)}
    made = Postgresql(
        url,
        field_types={"INSTANT": "TIMESTAMPTZ"},
        max_connections=max_connections,
        stale_timeout=300,
        timeout=wait_s,
        connect_timeout=5,
        keepalives_idle=10,
        keepalives_interval=5,
        keepalives_count=3,
        tcp_user_timeout=20_000,
        application_name="nolapse",
        options=" ".join(f"-c {name}={value}" for name, value in limits.items()),
        connection_factory=_Connection,
        cursor_factory=_Cursor,
    )
    made.deadline_s = deadline_s
    return made
