"""PostgreSQL: a pool that sets our limits, begins with a transaction's first statement, and prepares what runs often.

    BEGIN goes along with the first statement    one round trip less for each transaction
    PREPARE once for each connection, EXECUTE    parsing and planning is a third of a small statement's cost

Behind a pooler of transactions nothing is prepared: its connections to the server are another client's next.
"""

import re
import select
from dataclasses import dataclass
from typing import Any, cast

import peewee
import psycopg2
import psycopg2.errors
import psycopg2.extensions
from playhouse import pool  # pyright: ignore[reportAttributeAccessIssue] - has no stubs

_BOUNDS_MS = {"statement_timeout": 60_000, "lock_timeout": 10_000, "idle_in_transaction_session_timeout": 60_000}
_LIMITS = {"timezone": "'UTC'", **{name: str(bound) for name, bound in _BOUNDS_MS.items()}}
"""The last one frees what somebody holds whom no answer reaches: a transaction begins with its first write."""
_NO_LIMITS = {**_LIMITS, **dict.fromkeys(_BOUNDS_MS, "0")}
_OPTIONS = " ".join(f"-c {name}={value.strip(chr(39))}" for name, value in _LIMITS.items())
_MARK = re.compile("%s")


@dataclass(frozen=True, slots=True)
class PreparedStatement:
    """A statement that runs so often that the server is to parse and plan it once for each connection."""

    name: str
    template: str
    """In the words of ``db.dialect``; parameters stand as ``%s``."""
    types: tuple[str, ...]
    """PostgreSQL's type of each parameter, in their order."""

    def preparing(self, filled: str) -> str:
        """Return the statement that has PostgreSQL prepare this one, whose words are ``filled`` in."""
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


class _Cursor(psycopg2.extensions.cursor):
    """Sends what opens a transaction along, and says OperationalError of a server that hung up.

    Where libpq gives no SQLSTATE, psycopg2 may say DatabaseError. A plan that a migration has made useless is another
    reason for a fresh connection.
    """

    connection: _Connection

    def execute(self, query: Any, vars: Any = None) -> None:  # noqa: A002 - psycopg2's signature
        opening, self.connection.opening = self.connection.opening, ""
        try:
            super().execute(opening + query, vars)
        except psycopg2.DatabaseError as error:
            if type(error) is psycopg2.DatabaseError or _is_outdated_plan(error):
                self.connection.close()  # or the pool would hand it out again
                raise psycopg2.OperationalError(str(error)) from error
            raise


def _is_outdated_plan(error: psycopg2.DatabaseError) -> bool:
    return isinstance(error, psycopg2.errors.FeatureNotSupported) and "cached plan" in str(error)


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

    def begin(self, isolation_level: Any = None) -> None:  # noqa: ARG002 - as peewee calls it
        """Have the next statement begin a transaction. Nothing is sent before it."""
        held = cast("_Connection", self.connection())  # where there was none, this finds out whether it is pooled
        opening = "BEGIN; "
        if self.pooled or self.unlimited:
            limits = _NO_LIMITS if self.unlimited else _LIMITS
            opening += "".join(f"SET LOCAL {name} = {value}; " for name, value in limits.items())
        held.opening = opening

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
    """A pool that asks no connection whether it lives: whoever finds one dead drops all that are idle.

    A server that ends an idle connection says so on it, and nothing else is ever said on one: so that one is not used.
    """

    def _is_closed(self, conn: Any) -> bool:
        return bool(conn.closed) or _has_been_spoken_to(conn)


def _has_been_spoken_to(conn: Any) -> bool:
    poll = select.poll()
    poll.register(conn.fileno(), select.POLLIN)
    return bool(poll.poll(0))


def opened(url: str, *, max_connections: int, wait_s: float) -> Postgresql:
    """Return the pool of the database that a URL names; opens no connection yet."""
    return Postgresql(
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
        options=_OPTIONS,
        connection_factory=_Connection,
        cursor_factory=_Cursor,
    )
