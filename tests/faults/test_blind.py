"""Where error reports go, nobody answers (F49): no job waits for that, and whoever is told to leave does."""

import signal
import socket
from collections.abc import Iterator

import pytest

from rules.jobs import JobState
from tests.faults.marks import sqlite_first
from tests.support import tasks
from tests.support.system import System

pytestmark = pytest.mark.fault

_JOBS = 60


@pytest.fixture
def hole() -> Iterator[str]:
    """A DSN whose server takes calls and never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=128) as server:
        yield f"http://public@127.0.0.1:{server.getsockname()[1]}/1"


@sqlite_first
def test_error_reports_that_nobody_takes_hold_up_no_job(system: System, hole: str) -> None:
    pool = system.start(SENTRY_DSN=hole)
    failing = [tasks.fail.enqueue(how="bug") for _ in range(_JOBS)]
    written = [tasks.write.enqueue(name=f"{number}") for number in range(_JOBS)]
    system.await_ended(*failing, *written)
    assert {system.job(one.job_id).state for one in failing} == {JobState.DEAD}

    system.await_quiet()
    pool.signal(signal.SIGTERM)
    assert pool.wait() == 0
    assert [line["how"] for line in pool.logged("worker_ended")] == ["exit 0"], "it was not killed for being late"
