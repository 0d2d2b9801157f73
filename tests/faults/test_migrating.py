"""A migration is applied while everything runs (F47): nothing is lost, and nobody leaves."""

import shutil
from pathlib import Path

import pytest

from db import migrate
from tests.faults.marks import postgres_first
from tests.support import tasks
from tests.support.system import System

pytestmark = pytest.mark.fault

_JOBS = 400
_NEXT = """
from peewee import TextField

TABLES = ("job", "attempt", "effect")


def up(migrator, db):
    for table in TABLES:
        db.execute_sql(f"ALTER TABLE {table} ADD COLUMN of_tomorrow TEXT NULL")
        db.execute_sql(f"CREATE INDEX {table}_of_tomorrow ON {table} (of_tomorrow)")
"""
"""What the next release may bring: columns that may be null, and their indexes, on the tables that are busiest."""


@postgres_first
def test_a_migration_under_load_loses_nothing_and_ends_nobody(
    system: System, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tomorrow = tmp_path / "migrations"
    shutil.copytree(migrate._DIRECTORY, tomorrow)
    (tomorrow / "9999_tomorrow.py").write_text(_NEXT)
    pool = system.start()
    workers = system.await_workers()
    run = tasks.write_many.enqueue(number=_JOBS)
    system.await_effects(20)

    monkeypatch.setattr(migrate, "_DIRECTORY", tomorrow)
    assert migrate.up() == ["9999_tomorrow"]
    system.await_ended(run, *(tasks.write.enqueue(name=f"afterwards {number}") for number in range(20)))
    assert system.all_outcomes().keys() == {"done"}, "no attempt failed"
    assert system.worker_pids() == workers
    assert not pool.logged("database_away")
