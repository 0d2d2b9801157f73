"""Connections: what the server ended while it was idle is not used."""

import peewee
import pytest

from db import connection
from db.postgres import PreparedStatement
from tests.faults.marks import on_mortal_postgres
from tests.support.disks import small_disk
from tests.support.proxy import Proxy
from tests.support.servers import PostgresServer


@pytest.mark.parametrize("database", ["postgres"], indirect=True)
def test_after_the_server_ended_idle_connections_the_next_statement_is_answered(database: str) -> None:
    with connection.session():
        first = connection.execute("SELECT pg_backend_pid()")
    with connection.session():
        assert connection.execute("SELECT pg_backend_pid()") == first, "it was kept"
    end_others()
    with connection.session():
        assert connection.execute("SELECT pg_backend_pid()") != first


def end_others() -> None:
    """End every other connection to this database, from one that is closed afterwards."""
    other = connection._open(connection.database.obj.database, 1)
    ended = other.execute_sql(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    ).fetchall()
    assert ended
    other.close()
    other.close_all()  # pyright: ignore[reportAttributeAccessIssue] - a pool without stubs


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("path", ["/proc/nolapse.db", "/proc", "/proc/version/nolapse.db"])
def test_a_path_where_no_file_can_be_made_is_a_wrong_setting(database: str, path: str) -> None:
    connection.connect(f"sqlite:///{path}")
    try:
        with pytest.raises(connection.ImpossiblePath, match=path):
            connection.require_possible_path()
    finally:
        connection.connect(database)


@pytest.mark.parametrize("database", ["postgres"], indirect=True)
def test_a_statement_is_ended_at_its_deadline_by_the_server(database: str) -> None:
    connection.connect(database, deadline_s=1)
    with pytest.raises(connection.Unreachable, match="statement timeout"), connection.session():
        connection.execute("SELECT pg_sleep(3600)")


@on_mortal_postgres
def test_who_stays_silent_past_the_deadline_is_hung_up_on(database: str, postgres_server: PostgresServer) -> None:
    name = database.partition("?")[0].rpartition("/")[2]
    with Proxy(postgres_server.folder / ".s.PGSQL.5432") as way:
        connection.connect(f"postgresql://postgres@127.0.0.1:{way.port}/{name}", deadline_s=1)
        with connection.session():
            connection.execute("SELECT 1")
            way.hush()
            with pytest.raises(connection.Unreachable, match="no answer for 3 s"):
                connection.execute("SELECT 1")
        with connection.session():
            assert connection.execute("SELECT 2") == [(2,)], "by a fresh connection"
        with connection.session(), connection.without_limits(), connection.transaction():
            connection.execute("SELECT pg_sleep(4)")
        connection.database.obj.close_all()


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_full_disk_is_what_is_said_and_not_that_the_rollback_failed(database: str) -> None:
    with connection.session():
        pages = connection.execute("PRAGMA page_count")[0][0]
        connection.execute(f"PRAGMA max_page_count = {pages + 5}")
        with pytest.raises(connection.Unreachable, match="disk is full"):
            fill()
        connection.execute("PRAGMA max_page_count = 1000000")
        fill()


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_disk_that_is_full_when_a_transaction_is_committed_is_what_is_said(
    database: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with small_disk(tmp_path_factory.mktemp("disk") / "small", mib=4) as disk:
        connection.connect(f"sqlite:///{disk.folder / 'small.db'}")
        with connection.session():
            with connection.transaction():
                connection.execute("CREATE TABLE filler (content)")
            disk.fill()
            with pytest.raises(connection.Unreachable, match="disk is full"):
                insert(rows=1000)  # what the journal has room for still goes in
        connection.database.obj.close_all()
        connection.connect(database)


def insert(*, rows: int) -> None:
    for _ in range(rows):
        with connection.transaction():
            connection.execute("INSERT INTO filler VALUES (zeroblob(2000))")


def fill() -> None:
    with connection.transaction():
        connection.execute("CREATE TABLE filler (content)")
        connection.execute("INSERT INTO filler VALUES (zeroblob(10000000))")


HALF = PreparedStatement("half", "SELECT %s / 2", ("int",))


@pytest.fixture
def filler(database: str) -> None:
    """A table of one column."""
    with connection.session():
        connection.execute("CREATE TABLE filler (content int)")


def add(*, fails: bool = False) -> None:
    connection.execute("INSERT INTO filler VALUES (7)")
    if fails:
        raise ZeroDivisionError


def test_what_is_prepared_answers_again_and_on_every_connection(database: str) -> None:
    for _ in range(2):
        with connection.session():
            assert [connection.run(HALF, number) for number in (4, 8, 8)] == [[(2,)], [(4,)], [(4,)]]
        connection.database.obj.close_all()
        connection.connect(database)


@pytest.mark.usefixtures("filler")
@pytest.mark.parametrize("database", ["postgres"], indirect=True)
def test_a_plan_that_a_migration_made_useless_is_a_reason_for_a_fresh_connection() -> None:
    everything = PreparedStatement("everything", "SELECT * FROM filler WHERE content = %s", ("int",))
    with connection.session():
        add()
        assert connection.run(everything, 7) == [(7,)]
        connection.execute("ALTER TABLE filler ADD COLUMN more text DEFAULT 'more'")
    with pytest.raises(connection.Unreachable, match="cached plan"), connection.session():
        connection.run(everything, 7)
    with connection.session():
        assert connection.run(everything, 7) == [(7, "more")]


@pytest.mark.usefixtures("filler")
def test_a_transaction_begins_with_its_first_statement_and_holds_what_comes_after() -> None:
    with connection.session():
        with connection.transaction():
            pass
        with pytest.raises(ZeroDivisionError), connection.transaction():
            add(fails=True)
        with pytest.raises(peewee.PeeweeException), connection.transaction():
            connection.execute("SELECT FROM WHERE")
        with connection.transaction():
            add()
            with pytest.raises(ZeroDivisionError), connection.savepoint():
                add(fails=True)
        assert connection.execute("SELECT COUNT(*) FROM filler") == [(1,)]
