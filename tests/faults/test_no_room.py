"""What is full, or can only be read, refuses writes (F13, F17, F20, F28): work waits, and goes on by itself."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg2
import pytest
import redis

from api_stub.monitoring import health as web_health
from cli import doctor
from cli.check_results import CheckResult
from db import connection
from db.ledger import health
from tasks.engine.task import EnqueuedJob
from tests.faults.marks import on_postgres, on_sqlite
from tests.support import tasks
from tests.support.disks import SmallDisk, small_disk
from tests.support.eventually import eventually
from tests.support.servers import POSTGRES_USER, PostgresServer
from tests.support.system import System

pytestmark = pytest.mark.fault

_JOBS = 20


def _queued() -> list[EnqueuedJob]:
    return [tasks.write.enqueue(name=f"{number}") for number in range(_JOBS)]


def _examined(name: str) -> CheckResult:
    return next(one for one in doctor.examine() if one.name == name)


def _redis_is_told_to_take_nothing() -> None:
    found = _examined("redis")
    assert (found.verdict, found.words.partition(":")[0]) == ("fail", "it takes nothing")
    assert web_health.redis_condition() == "unwritable"


@on_sqlite
def test_while_redis_has_no_memory_work_is_accepted_and_afterwards_all_of_it_is_done(system: System) -> None:
    system.start()
    workers = system.await_workers()
    with system.redis.client() as client:
        client.config_set("maxmemory", 1)
    tickets = _queued()
    _redis_is_told_to_take_nothing()
    system.pool()  # one that starts meanwhile does not refuse
    system.await_workers(2)

    with system.redis.client() as client:
        client.config_set("maxmemory", 0)
    system.await_ended(*tickets)
    assert workers <= system.worker_pids()
    assert _examined("redis").verdict == "ok"


@on_sqlite
@pytest.mark.parametrize("redis_server", [{"keeps": True}], indirect=True)
def test_while_redis_has_no_disk_work_is_accepted_and_afterwards_all_of_it_is_done(system: System) -> None:
    with _redis_on_small_disk(system) as disk:
        system.start()
        workers = system.await_workers()
        disk.fill()
        eventually(lambda: not _takes_words(system), what="Redis refuses writes")
        tickets = _queued()
        _redis_is_told_to_take_nothing()

        disk.make_room()
        system.await_ended(*tickets)
        assert system.worker_pids() == workers
        system.check()
        system.end()


@contextmanager
def _redis_on_small_disk(system: System) -> Iterator[SmallDisk]:
    system.redis.stop()
    with small_disk(system.redis.folder, mib=3) as disk:
        system.redis.start()
        yield disk
        system.redis.stop()
    system.redis.start()


def _takes_words(system: System) -> bool:
    with system.redis.client() as client:
        try:
            client.set("words", "x" * 10_000)
        except redis.ResponseError:
            return False
    return True


@on_postgres
def test_a_database_that_can_only_be_read_is_waited_for_and_told(system: System, database: str) -> None:
    system.start()
    system.await_workers()
    tickets = _queued()
    system.await_ended(*tickets)
    name = _name(database)
    _alter(database, f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    late = system.pool()
    eventually(lambda: late.logged("database_away"), what="one that starts says why it waits")
    assert "read-only" in str(late.logged("database_away")[0]["error"])
    connection.database.close()
    connection.database.obj.close_all()
    with pytest.raises(connection.Unreachable, match="read-only"):
        tasks.write.enqueue(name="refused")
    assert "read-only" in _examined("database").words
    with connection.session():
        assert "read-only" in str(health.refuses_writes())

    _alter(database, f"ALTER DATABASE {name} RESET default_transaction_read_only")
    connection.database.obj.close_all()
    system.await_workers(2)
    system.await_ended(*[tasks.write.enqueue(name=f"after {number}") for number in range(_JOBS)])


def _name(url: str) -> str:
    return urlsplit(url).path.removeprefix("/")


def _alter(url: str, statement: str) -> None:
    """Change the database, and end whoever is connected: their sessions began before."""
    with closing(psycopg2.connect(url)) as connected:
        connected.autocommit = True
        with connected.cursor() as cursor:
            cursor.execute("SET default_transaction_read_only = off")
            cursor.execute(statement)
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )


@pytest.fixture
def disk() -> Iterator[SmallDisk]:
    """A disk with room for a database, and little more; in no folder of pytest's, which are for one user alone."""
    with tempfile.TemporaryDirectory(prefix="nolapse-disk-") as folder, small_disk(Path(folder), mib=48) as made:
        yield made


@pytest.fixture
def sqlite_on_small_disk(sqlite: str, disk: SmallDisk) -> str:
    """The URL of an empty migrated database there."""
    return f"sqlite:///{shutil.copy(sqlite.removeprefix('sqlite:///'), disk.folder)}"


@pytest.fixture
def postgres_on_small_disk(mortal_postgres: str, postgres_server: PostgresServer, disk: SmallDisk) -> Iterator[str]:
    """The URL of an empty migrated database there, in a table space of its own."""
    place, name = disk.folder / "space", _name(mortal_postgres)
    place.mkdir()
    shutil.chown(place, POSTGRES_USER)
    with postgres_server.databases.admin() as cursor:
        cursor.execute(f"CREATE TABLESPACE {name} LOCATION '{place}'")
        cursor.execute(f"ALTER DATABASE {name} SET TABLESPACE {name}")
    yield mortal_postgres
    postgres_server.databases.drop(mortal_postgres)
    with postgres_server.databases.admin() as cursor:
        cursor.execute(f"DROP TABLESPACE {name}")


@pytest.mark.parametrize(
    "database",
    ["sqlite_on_small_disk", pytest.param("postgres_on_small_disk", marks=pytest.mark.slow)],
    indirect=True,
)
def test_while_the_databases_disk_is_full_work_is_refused_and_afterwards_goes_on(
    system: System, disk: SmallDisk
) -> None:
    system.start()
    workers = system.await_workers()
    run = tasks.write_many.enqueue(number=200)
    system.await_effects(50)
    disk.fill()
    eventually(lambda: not _takes_rows(), what="the database refuses writes")
    if connection.dialect().name == "sqlite":
        assert f"0 MB where {disk.folder}" in _examined("disk").words

    disk.make_room()
    system.await_ended(run)
    assert workers == system.worker_pids()
    if connection.dialect().name == "sqlite":
        assert system.rows("PRAGMA integrity_check") == [("ok",)]


def _takes_rows() -> bool:
    """Write until there is no room even for a row: what is left in a page is used up first."""
    try:
        for _ in range(50):
            with connection.session(), connection.transaction():
                connection.execute("CREATE TABLE IF NOT EXISTS filled (words TEXT)")
                connection.execute("INSERT INTO filled VALUES (%s)", "x" * 7000)
    except connection.Unreachable:
        return False
    return True
