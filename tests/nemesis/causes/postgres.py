"""PostgreSQL away, read-only, locked, out of connections, changed, with a clock that is wrong (F18 to F24, F47)."""

import random
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress

import psycopg2

from tests.nemesis.installation import Installation

_MOST_CONNECTIONS = 500


def restarted(*, immediate: bool):
    """Return the fault that stops it, in order or in the way of a crash, until the fault is over."""

    @contextmanager
    def cause(target: Installation, _dice: random.Random) -> Iterator[None]:
        if target.postgres.process:
            target.postgres.stop(immediate=immediate)
        yield
        if not target.postgres.process:
            target.postgres.start()

    return cause


@contextmanager
def sessions_ended(target: Installation, _dice: random.Random) -> Iterator[None]:
    _ask(target, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
    yield


@contextmanager
def read_only(target: Installation, _dice: random.Random) -> Iterator[None]:
    _ask(target, "ALTER SYSTEM SET default_transaction_read_only = on", "SELECT pg_reload_conf()")
    yield
    _ask(target, "ALTER SYSTEM RESET default_transaction_read_only", "SELECT pg_reload_conf()")


@contextmanager
def locked(target: Installation, _dice: random.Random) -> Iterator[None]:
    """Hold a lock on all jobs."""
    with ExitStack() as held, suppress(psycopg2.Error):
        with suppress(psycopg2.Error):
            other = held.enter_context(closing(psycopg2.connect(target.database_url)))
            with other.cursor() as cursor:
                cursor.execute("SET default_transaction_read_only = off; LOCK TABLE job IN ACCESS EXCLUSIVE MODE")
        yield


@contextmanager
def no_connections(target: Installation, _dice: random.Random) -> Iterator[None]:
    """Take every connection that the server still gives."""
    with ExitStack() as held, suppress(psycopg2.Error):
        with suppress(psycopg2.OperationalError):
            for _ in range(_MOST_CONNECTIONS):
                held.enter_context(closing(psycopg2.connect(target.database_url)))
        yield


@contextmanager
def migrated(target: Installation, _dice: random.Random) -> Iterator[None]:
    """Give the busiest table a column, and take it away again, as migrations do."""
    patience = "SET lock_timeout = '2s'; SET default_transaction_read_only = off"
    _ask(target, patience, "ALTER TABLE job ADD COLUMN IF NOT EXISTS nemesis INTEGER", url=target.database_url)
    yield
    _ask(target, patience, "ALTER TABLE job DROP COLUMN IF EXISTS nemesis", url=target.database_url)


def clock(wrong_by_s: float):
    """Return the fault that sets the database's clock, which is the one that counts, wrong."""

    @contextmanager
    def cause(target: Installation, _dice: random.Random) -> Iterator[None]:
        assert target.clock
        target.clock.be_wrong_by(wrong_by_s)
        yield
        target.clock.be_right()

    return cause


def _ask(target: Installation, *statements: str, url: str = "") -> None:
    """Say something to the server, if it is there: another fault may have it down."""
    with suppress(psycopg2.Error), closing(psycopg2.connect(url or target.postgres.databases.admin_url)) as connected:
        connected.autocommit = True
        with connected.cursor() as cursor:
            for one in statements:
                cursor.execute(one)
