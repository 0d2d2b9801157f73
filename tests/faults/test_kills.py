"""Kill -9 at every named place (F1, F3): the work is resumed, and has one effect."""

import re
from pathlib import Path

import pytest

from db import connection
from db.ledger import schedules
from tests.faults.marks import on_postgres
from tests.support import tasks
from tests.support.forked import ROOT
from tests.support.system import Process, System

pytestmark = pytest.mark.fault

_KILLED = -9
_CHUNK = 1000

IN_A_WORKER = (
    "claim.after",
    "work.before",
    "work.middle",
    "completing.begun",
    "completing.before_commit",
    "completing.after_commit",
    "ack.before",
    "fan_out.after_chunk",
)
IN_A_SCHEDULER = ("dispatcher.before_push", "clock.decided")
IN_WHOEVER_ENQUEUES = ("enqueue.before_notify",)
_ON_SQLITE_TOO = ("claim.after", "completing.begun", "completing.before_commit", "completing.after_commit")


def test_every_failpoint_has_a_test_that_kills_there() -> None:
    planted = {name for path in _modules() for name in re.findall(r'failpoint\("([^"]+)"\)', path.read_text())}
    tested = {path: path.read_text() for path in (ROOT / "tests").rglob("test_*.py")}
    untested = {name for name in planted if not any(re.search(rf'"{name}["=]', text) for text in tested.values())}
    assert not untested


def _modules() -> list[Path]:
    own = [path for path in ROOT.iterdir() if (path / "__init__.py").exists()]
    return [path for folder in own for path in folder.rglob("*.py") if not path.name.startswith("test_")]


@pytest.mark.parametrize(
    ("point", "database"),
    [
        *((point, "postgres") for point in IN_A_WORKER),
        *(
            pytest.param(point, "sqlite", marks=() if point in _ON_SQLITE_TOO else pytest.mark.slow)
            for point in IN_A_WORKER
        ),
    ],
    indirect=["database"],
)
def test_a_worker_that_is_killed_at(point: str, system: System) -> None:
    pool = system.start(**_killed_once_at(point, system))
    number = _CHUNK + 3 if point.startswith("fan_out") else 3
    run = tasks.write_many.enqueue(number=number)
    system.await_ended(run)

    assert [line["how"] for line in pool.logged("worker_died")] == ["SIGKILL"]
    assert system.effects() == {str(one): 1 for one in range(1, number + 1)} | {f"run:{run.run_id}": 1}
    assert system.rows("SELECT COUNT(*) FROM job WHERE state <> 'done' OR crashes > 0") == [(0,)]


@on_postgres
def test_a_scheduler_that_is_killed_before_it_dispatches(system: System) -> None:
    run = tasks.write_many.enqueue(number=3)
    system.pool()
    _killed_and_started_again(system, "dispatcher.before_push")

    system.await_ended(run)


@on_postgres
def test_a_scheduler_that_is_killed_while_it_decides(system: System) -> None:
    with connection.session(), connection.transaction():
        schedules.enter("each")
        schedules.edit("each", cron="*/5 * * * *", zone="UTC")
        connection.changed("UPDATE schedule SET decided_until = {later(-3600)}")
    system.pool()
    _killed_and_started_again(system, "clock.decided")

    system.await_effects(12)
    assert {outcome for (outcome,) in system.rows("SELECT outcome FROM firing")} == {"fired"}


@on_postgres
def test_whoever_enqueues_and_is_killed_before_it_announces(system: System) -> None:
    system.start()
    system.await_workers()
    client = system.run("tests.support.enqueue", "accepted", **_killed_once_at("enqueue.before_notify", system))
    assert client.wait() == _KILLED

    system.await_effects(1)


def _killed_and_started_again(system: System, point: str) -> Process:
    first = system.scheduler(**_killed_once_at(point, system))
    assert first.wait() == _KILLED
    return system.scheduler()


def _killed_once_at(point: str, system: System) -> dict[str, str]:
    return {"NOLAPSE_FAILPOINTS": f"{point}=kill@{system.folder / 'killed'}"}
