"""The schema: migrations make what the models say, on both databases, also when two of them run at once."""

import importlib
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from playhouse import schema_diff  # pyright: ignore[reportAttributeAccessIssue] - has no stubs

from db import base, connection, fields, migrate, schema
from db.outside import models as outside
from db.portfolio import models as portfolio
from tests.support.crowds import at_once
from tests.support.forked import ROOT

MIGRATIONS = sorted(path.stem for path in (ROOT / "db" / "migrations").glob("[0-9]*.py"))
HISTORY = "schema_migration"
"""The migration runner's own table."""

SEARCHED = ("client", "domain", "endpoint", "mail", "job")
"""What the search finds by a part of its text: no model says how, see db/text_search.py."""

Catalogue = dict[str, list[tuple[Any, ...]]]
BERLIN_SUMMER = timezone(timedelta(hours=2))


@pytest.fixture(params=["sqlite", "postgres"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], str]]:
    """Makes databases without any table, of one kind; returns their URLs."""
    if request.param == "sqlite":
        names = iter(range(100))
        yield lambda: f"sqlite:///{tmp_path / f'empty-{next(names)}.db'}"
        return
    databases = request.getfixturevalue("_databases")
    made: list[str] = []

    def make() -> str:
        made.append(databases.create())
        return made[-1]

    yield make
    for url in made:
        databases.drop(url)


@contextmanager
def connected(url: str) -> Iterator[None]:
    connection.connect(url)
    try:
        with connection.session():
            yield
    finally:
        connection.database.close()
        connection.database.obj.close_all()


def catalogue() -> Catalogue:
    """Return all that the database knows of our tables, in its own words."""
    return _of_postgres() if connection.dialect().name == "postgresql" else _of_sqlite()


def _of_postgres() -> Catalogue:
    ours = f"table_schema = 'public' AND table_name <> '{HISTORY}'"
    return {
        "columns": connection.execute(
            "SELECT table_name, column_name, ordinal_position, data_type, character_maximum_length, is_nullable,"
            f" column_default FROM information_schema.columns WHERE {ours} ORDER BY 1, 2"
        ),
        "indexes": connection.execute(
            "SELECT tablename, indexname, indexdef FROM pg_indexes"
            f" WHERE schemaname = 'public' AND tablename <> '{HISTORY}' AND NOT indexname {{ids}} ORDER BY 1, 2",
            [f"{one}_trigrams" for one in SEARCHED],
        ),
        "constraints": connection.execute(
            "SELECT relname, conname, pg_get_constraintdef(pg_constraint.oid) FROM pg_constraint"
            f" JOIN pg_class ON pg_class.oid = conrelid WHERE relname <> '{HISTORY}' ORDER BY 1, 2"
        ),
    }


def _of_sqlite() -> Catalogue:
    tables = [
        row[0]
        for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name <> %s", HISTORY)
        if not row[0].startswith(("sqlite_", *(f"{one}_text" for one in SEARCHED)))
    ]
    found: Catalogue = {"tables": sorted((one,) for one in tables), "columns": [], "keys": []}
    for table in sorted(tables):
        found["columns"] += [(table, *row) for row in connection.execute(f"SELECT * FROM pragma_table_info('{table}')")]
        found["keys"] += sorted(
            (table, *row[2:]) for row in connection.execute(f"SELECT * FROM pragma_foreign_key_list('{table}')")
        )
    found["indexes"] = connection.execute(
        "SELECT tbl_name, name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name <> %s ORDER BY 1, 2", HISTORY
    )
    return found


def made_by_models(url: str) -> Catalogue:
    with connected(url):
        connection.database.create_tables(schema.TABLES)
        return catalogue()


def made_by_migrations(url: str) -> Catalogue:
    with connected(url):
        migrate.up()
        return catalogue()


def test_migrating_an_empty_database_makes_exactly_what_the_models_say(empty: Callable[[], str]) -> None:
    migrated, modelled = made_by_migrations(empty()), made_by_models(empty())
    assert migrated.keys() == modelled.keys()
    for kind, rows in modelled.items():
        assert migrated[kind] == rows, kind
    assert len(modelled["columns"]) > 150, "the catalogue was really read"
    assert any("CASCADE" in str(row) for row in modelled.get("constraints", modelled.get("keys", [])))


def test_the_comparison_sees_a_column_an_index_and_a_foreign_key_that_differ(empty: Callable[[], str]) -> None:
    wanted = made_by_models(empty())
    changes = (
        "ALTER TABLE job ADD COLUMN stray INTEGER",
        "DROP INDEX job_due",
        "CREATE TABLE stray (id INTEGER REFERENCES client (id) ON DELETE CASCADE)",
    )
    for change in changes:
        url = empty()
        made_by_migrations(url)
        with connected(url):
            connection.execute(change)
            assert catalogue() != wanted, change


def test_every_model_is_among_the_tables(empty: Callable[[], str]) -> None:
    modules = [importlib.import_module(f"db.{one.parent.name}.models") for one in (ROOT / "db").glob("*/models.py")]
    written = {
        one
        for module in modules
        for one in vars(module).values()
        if isinstance(one, type) and issubclass(one, base.Table)
    }
    assert written - {base.Table, base.Row} == set(schema.TABLES)


def test_peewees_own_comparison_finds_no_difference(database: str) -> None:
    with connection.session():
        found = str(schema_diff.diff_models(connection.database.obj, schema.TABLES)).splitlines()
    assert [one for one in found if not any(f"drop index {name}.{name}_trigrams" in one for name in SEARCHED)] == []


def test_migrating_again_applies_nothing(database: str) -> None:
    assert migrate.up() == []
    assert migrate.pending() == []
    migrate.require_current()


def test_a_database_that_lacks_a_migration_is_refused_by_name(empty: Callable[[], str]) -> None:
    with connected(empty()):
        with pytest.raises(migrate.SchemaOutdated, match=rf"{MIGRATIONS[0]}.*{MIGRATIONS[-1]}.*nolapse migrate"):
            migrate.require_current()
        assert migrate.up() == MIGRATIONS
        migrate.require_current()


def test_threads_that_migrate_at_once_apply_each_migration_once(empty: Callable[[], str]) -> None:
    connection.connect(empty())
    applied = at_once(4, lambda _: migrate.up())
    with connection.session():
        assert [name for names in applied for name in names] == MIGRATIONS
        assert migrate.pending() == []
    connection.database.obj.close_all()


def test_processes_that_migrate_at_once_apply_each_migration_once(empty: Callable[[], str]) -> None:
    """Each waits at the same line of its standard input until all have started."""
    url = empty()
    program = (
        "import sys; from db import connection, migrate; connection.connect(sys.argv[1]);"
        "print('ready', flush=True); sys.stdin.readline(); print(migrate.up())"
    )
    started = [
        subprocess.Popen(
            [sys.executable, "-c", program, url],
            cwd=ROOT,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for _ in range(4)
    ]
    for one in started:
        assert one.stdout
        assert one.stdout.readline() == "ready\n"
    for one in started:
        assert one.stdin
        one.stdin.write("go\n")
        one.stdin.flush()
    said = [one.communicate(timeout=30) for one in started]
    assert sorted(out for out, _ in said) == sorted([f"{MIGRATIONS}\n", *["[]\n"] * 3]), said


@pytest.mark.usefixtures("ledger")
class TestInstants:
    def test_a_naive_time_is_refused(self) -> None:
        naive = datetime(2026, 3, 1, 12)  # noqa: DTZ001 - that is the point
        with pytest.raises(ValueError, match="has no zone"):
            outside.Measurement.create(minute=naive, service="whois", outcome="ok", calls=1, seconds=1.0)
        with pytest.raises(ValueError, match="has no zone"):
            fields.stored(naive)
        assert outside.Measurement.select().count() == 0

    @pytest.mark.parametrize(
        "given",
        [
            datetime(2026, 3, 1, 12, 30, 15, 123456, UTC),
            datetime(2026, 3, 29, 2, 30, tzinfo=BERLIN_SUMMER),
            datetime(1970, 1, 1, tzinfo=UTC),
            datetime(2999, 12, 31, 23, 59, 59, 999999, UTC),
        ],
    )
    def test_a_time_comes_back_as_the_same_moment_in_utc(self, given: datetime) -> None:
        portfolio.Domain.insert(client=_client(), name="a.test", created_at=given).execute()
        back = portfolio.Domain.get().created_at
        assert back == given
        assert back.tzinfo is UTC

    def test_no_time_comes_back_as_none(self) -> None:
        domain = portfolio.Domain.create(client=_client(), name="a.test")
        portfolio.DomainState.create(domain=domain, answer="registered", source="rdap", server="x")
        assert portfolio.DomainState.get().expires is None

    def test_times_are_compared_and_sorted_as_moments_whatever_zone_they_were_given_in(self) -> None:
        noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
        given = [noon + timedelta(seconds=1), noon.astimezone(BERLIN_SUMMER), noon - timedelta(microseconds=1)]
        for number, at in enumerate(given):
            portfolio.Domain.insert(client=_client(), name=f"{number}.test", created_at=at).execute()
        ordered = [row.name for row in portfolio.Domain.select().order_by(portfolio.Domain.created_at)]
        assert ordered == ["2.test", "1.test", "0.test"]
        assert (
            portfolio.Domain.select().where(portfolio.Domain.created_at >= noon.astimezone(BERLIN_SUMMER)).count() == 2
        )

    def test_what_the_database_writes_as_now_sorts_with_what_we_write(self) -> None:
        before = datetime.now(UTC) - timedelta(seconds=5)
        now = fields.moment(connection.execute("SELECT {now}")[0][0])
        later = fields.moment(connection.execute("SELECT {later(%s)}", 3600.5)[0][0])
        assert now
        assert later
        assert before < now < before + timedelta(seconds=60)
        assert timedelta(seconds=3599) < later - now < timedelta(seconds=3602)
        rows = connection.execute("SELECT {now} > %s, {now} < %s", fields.stored(before), fields.stored(later))
        assert [bool(cell) for cell in rows[0]] == [True, True]


def _client() -> int:
    found, _ = portfolio.Client.get_or_create(name="Bakery", defaults={"email": "bakery@bakery.test"})
    return found.id
