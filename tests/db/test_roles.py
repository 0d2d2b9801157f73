"""Two roles of PostgreSQL, made by the manual's own statements: one migrates, one runs and cannot touch the trail."""

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import peewee
import psycopg2
import pytest
from pydantic import SecretStr

import settings
from db import connection, migrate, roles
from db.access import audit
from tests.support import ledger as do
from tests.support.servers import PostgresServer
from workers import process_start

_REFUSED = r"permission denied|must be owner"
_MANUAL = Path(__file__).parents[2] / "docs" / "operate.md"


def statements() -> list[str]:
    """Return the blocks of SQL that the manual names for two roles."""
    section = _MANUAL.read_text().partition("### Two roles of the database")[2].partition("\n## ")[0]
    return re.findall(r"```sql\n(.*?)```", section, re.DOTALL)


def run(url: str, block: str) -> None:
    with closing(psycopg2.connect(url)) as connected:
        connected.autocommit = True
        with connected.cursor() as cursor:
            for statement in filter(str.strip, block.split(";")):
                cursor.execute(statement)


def named(url: str, user: str, *, database: str = "nolapse") -> str:
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    passwords = {"nolapse_migrate": "one%20long%20random%20text", "nolapse_run": "another%20long%20random%20text"}
    return parts._replace(netloc=f"{user}:{passwords[user]}@{host}", path=f"/{database}").geturl()


@pytest.fixture
def two_roles(postgres_server: PostgresServer) -> Iterator[dict[str, str]]:
    """The URLs by which each role reaches a database that the owner has migrated."""
    admin = postgres_server.databases.admin_url
    make, grant, revoke = statements()
    run(admin, make)
    inside = urlsplit(admin)._replace(path="/nolapse").geturl()
    run(inside, grant)
    urls = {role: named(admin, role) for role in ("nolapse_migrate", "nolapse_run")}
    connection.connect(urls["nolapse_migrate"])
    migrate.up()
    connection.database.obj.close_all()
    run(urls["nolapse_migrate"], revoke)
    yield urls
    connection.database.obj.close_all()
    run(admin, "DROP DATABASE nolapse WITH (FORCE); DROP ROLE nolapse_run; DROP ROLE nolapse_migrate")


def test_who_runs_reads_and_writes_rows_and_adds_to_the_trail_and_changes_nothing_there(
    two_roles: dict[str, str],
) -> None:
    connection.connect(two_roles["nolapse_run"])
    with connection.session():
        assert not roles.owns_tables()
        do.end(do.claimed(do.queue()))
        audit.add("ada", "sign in", "session 1", {})
        for forbidden in (
            "UPDATE audit SET actor = 'eve'",
            "DELETE FROM audit",
            "ALTER TABLE audit DISABLE TRIGGER ALL",
            "DROP TABLE job",
            "CREATE TABLE mine (id int)",
            "SET session_replication_role = replica",
        ):
            with (
                pytest.raises(peewee.DatabaseError, match=r"permission denied|must be owner"),
                connection.transaction(),
            ):
                connection.execute(forbidden)
        assert [one.actor for one in audit.LIST.page("-id").rows] == ["ada"]


def test_production_refuses_to_run_as_the_owner_unless_that_is_accepted(two_roles: dict[str, str]) -> None:
    production = {"environment": "production", "public_url": "https://nolapse.example"}
    for role, accepts, refused in (
        ("nolapse_migrate", (), True),
        ("nolapse_migrate", ("database-owner",), False),
        ("nolapse_run", (), False),
    ):
        url = two_roles[role]
        connection.connect(url)
        with settings.override(**production, database_url_given=SecretStr(url), production_accepts=accepts):
            if refused:
                with pytest.raises(settings.BadSettings, match="database-owner"):
                    process_start._require_own_role()
            else:
                process_start._require_own_role()
