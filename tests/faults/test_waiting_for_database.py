"""A process that waits for its database: a signal ends it at once, and a path that cannot be is told."""

import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.marks import on_sqlite
from tests.support.eventually import eventually
from tests.support.system import System

pytestmark = [pytest.mark.fault, on_sqlite]

MODULES = ["workers.scheduler", "workers.pool", "workers.web"]


@pytest.fixture
def mute() -> Iterator[str]:
    """The address of a server that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"postgresql://nolapse@127.0.0.1:{listening.getsockname()[1]}/none"


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize("number", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.slow)])
def test_a_signal_ends_one_that_waits_for_an_answer(
    system: System, mute: str, module: str, number: signal.Signals
) -> None:
    process = system.run(module, DATABASE_URL=mute)
    eventually(lambda: "database_away" in process.log.read_text(), what="it has noticed")
    process.signal(number)
    assert process.wait() == 0


@pytest.mark.parametrize("module", MODULES)
def test_a_path_that_cannot_be_is_not_waited_for(system: System, tmp_path: Path, module: str) -> None:
    process = system.run(module, DATABASE_URL=f"sqlite:///{tmp_path / 'nowhere' / 'nolapse.db'}")
    assert process.wait() != 0
    assert "there is no folder" in process.log.read_text()
