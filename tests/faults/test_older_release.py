"""Workers of an older release run beside new ones, as they do during an upgrade: on one ledger and one Redis."""

import io
import os
import signal
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from rules.jobs import JobState
from tests.support import tasks
from tests.support.eventually import WITHIN_S, eventually
from tests.support.forked import ROOT
from tests.support.system import System

pytestmark = [pytest.mark.fault, pytest.mark.slow]

OLDER = "57635dde18"
"""The last commit before modules were moved and the tables for ways to sign in were added."""

_JOBS = 400


@pytest.fixture(scope="module")
def older(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The older release's tree, out of the history; it runs on today's packages."""
    archived = subprocess.run(["git", "archive", OLDER], cwd=ROOT, capture_output=True, check=False)
    if archived.returncode:
        pytest.skip(f"the history does not reach back to commit {OLDER}, or git is missing")
    folder = tmp_path_factory.mktemp("older")
    with tarfile.open(fileobj=io.BytesIO(archived.stdout)) as tree:
        tree.extractall(folder, filter="data")
    return folder


@contextmanager
def running(older: Path, system: System, *command: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run ``python -m`` of the older release in the system; it is told to end when the block is over."""
    environment = {**system._environment({}), "PYTHONPATH": str(older)}
    with (system.folder / f"older-{command[0]}.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", *command], cwd=older, env=environment, stdout=log, stderr=log, start_new_session=True
        )
    try:
        yield process
        process.send_signal(signal.SIGTERM)
        assert process.wait(WITHIN_S) == 0, (system.folder / f"older-{command[0]}.log").read_text()
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def shares(system: System) -> dict[str, int]:
    """Return how many attempts each worker process has ended."""
    return dict(system.rows("SELECT worker_id, COUNT(*) FROM attempt GROUP BY worker_id"))


@pytest.mark.parametrize("database", ["sqlite", "postgres"], indirect=True)
def test_workers_of_an_older_release_and_new_ones_do_the_same_work_once_each(system: System, older: Path) -> None:
    system.scheduler()
    with running(older, system, "workers.pool"):
        system.await_workers(1)
        system.pool()
        system.await_workers(2)
        runs = [tasks.write_many.enqueue(number=_JOBS)]
        with running(older, system, "tests.support.enqueue", "by the older release") as enqueues:
            assert enqueues.wait(WITHIN_S) == 0
        eventually(lambda: len(shares(system)) > 1, what="both releases have done something")
        system.await_ended(*runs)
        system.await_effects(_JOBS + 2)
    assert len(shares(system)) == 2, "the older release's worker and the new one"
    assert min(shares(system).values()) > 1
    numbers = {str(number): 1 for number in range(1, _JOBS + 1)}
    assert system.effects() == {**numbers, f"run:{runs[0].run_id}": 1, "by the older release": 1}
    assert system.states() == {"done": _JOBS + 3}


@pytest.mark.parametrize("database", ["sqlite", "postgres"], indirect=True)
def test_what_an_older_worker_held_when_it_was_killed_a_new_one_finishes(system: System, older: Path) -> None:
    go = system.folder / "go"
    system.scheduler()
    held = tasks.wait_for.enqueue(name="held", path=str(go))
    with running(older, system, "workers.pool") as pool:
        (worker,) = system.await_workers(1)
        eventually(lambda: system.job(held.job_id).state == JobState.RUNNING, what="the older worker has it")
        system.pool()
        system.await_workers(2)
        os.kill(worker, signal.SIGKILL)
        pool.send_signal(signal.SIGTERM)
        assert pool.wait(WITHIN_S) == 0
        go.touch()
        system.await_ended(held)
    assert system.effects() == {"held": 1}
