"""Behind PgBouncer that lends connections for one transaction: migrations wait for one another, and limits hold."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg2
import psycopg2.extensions
import pytest

from db import connection, migrate
from tests.support.eventually import eventually
from tests.support.servers import POSTGRES_USER

PROGRAM = shutil.which("pgbouncer")
pytestmark = pytest.mark.skipif(PROGRAM is None, reason="no pgbouncer: apt-get install pgbouncer")

DROPPED = "ignore_startup_parameters = options, extra_float_digits"
REFUSED = ""


@pytest.fixture(params=[DROPPED, REFUSED], ids=["drops options", "refuses options"])
def pooled(request: pytest.FixtureRequest, postgres: str) -> Iterator[str]:
    """The URL of a migrated database behind a PgBouncer in transaction mode, with two connections to the server."""
    given = psycopg2.extensions.parse_dsn(postgres)
    folder = Path(given["host"]) if given["host"].startswith("/") else Path("/tmp")
    ini = folder / "pgbouncer.ini"
    server = " ".join(
        f"{name}={value}" for name, value in given.items() if name in {"host", "port", "user", "password"}
    )
    ini.write_text(
        f"[databases]\n* = {server}\n[pgbouncer]\npool_mode = transaction\ndefault_pool_size = 2\nauth_type = any\n"
        f"listen_port = 6543\nunix_socket_dir = {folder}\n{request.param}\n"
    )
    ini.chmod(0o644)  # whoever PgBouncer runs as reads it
    user = POSTGRES_USER if os.geteuid() == 0 else None
    with (folder / "pgbouncer.log").open("wb") as log:
        process = subprocess.Popen([str(PROGRAM), str(ini)], user=user, stdout=log, stderr=log)
    url = f"postgresql://{given['user']}@/{given['dbname']}?host={folder}&port=6543"
    try:
        eventually(lambda: answers(url), what="pgbouncer answers")
        yield url
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()
        ini.unlink()


def answers(url: str) -> bool:
    try:
        psycopg2.connect(url).close()
    except psycopg2.OperationalError:
        return False
    return True


@pytest.fixture
def behind(pooled: str) -> Iterator[None]:
    connection.connect(pooled)
    try:
        yield
    finally:
        connection.database.close()
        connection.database.obj.close_all()


@pytest.mark.usefixtures("behind")
def test_limits_hold_in_each_transaction_and_are_nobody_elses_afterwards() -> None:
    with connection.session():
        for _ in range(3):
            with connection.transaction():
                assert connection.execute("SHOW statement_timeout") == [("1min",)]
                assert connection.execute("SHOW lock_timeout") == [("10s",)]
                assert connection.execute("SHOW idle_in_transaction_session_timeout") == [("1min",)]
            assert connection.execute("SHOW statement_timeout") == [("0",)]


@pytest.mark.usefixtures("behind")
def test_those_who_migrate_at_once_wait_for_one_another_and_a_second_time_nobody_hangs() -> None:
    with connection.session(), connection.transaction():
        connection.execute("DELETE FROM schema_migration WHERE name = '0011_endings'")
        connection.execute('ALTER TABLE "invoice" DROP COLUMN "document_error"')
        connection.execute('DROP INDEX "effect_settled"')
        connection.execute('DROP INDEX "domain_answer_raw"')
    with ThreadPoolExecutor(3) as workers:
        applied = [one.result() for one in [workers.submit(migrate.up) for _ in range(3)]]
    assert sorted(applied) == [[], [], ["0011_endings"]]
    assert migrate.up() == []


@pytest.mark.usefixtures("behind")
def test_a_migration_has_no_limit() -> None:
    with connection.session(), connection.without_limits(), connection.transaction():
        assert connection.execute("SHOW statement_timeout") == [("0",)]
