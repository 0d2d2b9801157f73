"""docs/tasks.md as its reader follows it: its modules as they stand there, its commands in their order."""

import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from db import connection
from db.ledger import schedules
from db.portfolio import alerts, clients, domains
from db.portfolio.clients import Client
from rules.jobs import JobState
from schedules.table import TIMETABLE
from tests.faults.marks import on_sqlite
from tests.support.eventually import WITHIN_S, eventually
from tests.support.forked import ROOT, Forked
from tests.support.servers import RedisServer
from tests.support.shell import Shell

pytestmark = [pytest.mark.journey, on_sqlite]


PORT = "8099"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
DOMAINS = ("bakery.example", "books.example", "cafe.example")


class Tutorial:
    """The document's blocks, with a free port in the place of its own."""

    def __init__(self, port: int) -> None:
        text = (ROOT / "docs/tasks.md").read_text(encoding="utf-8").replace(PORT, str(port))
        blocks = BLOCK.findall(text)
        self.webspace, self.panel = (block for kind, block in blocks if kind == "python")
        self.variables = dict(
            re.findall(r"^export (\w+)=(.+)$", "".join(b for kind, b in blocks if kind == "sh"), re.MULTILINE)
        )
        self.dialogues = [_dialogue(block) for kind, block in blocks if kind == "console"]


def _dialogue(block: str) -> list[tuple[list[str], list[str]]]:
    """Return each command of a block with the lines that it is to say."""
    return [
        (command.removeprefix("nolapse ").split(), said.splitlines())
        for command, said in re.findall(r"^\$ (.+)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE)
    ]


@pytest.fixture
def tutorial() -> Tutorial:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return Tutorial(free.getsockname()[1])


@pytest.fixture
def shell(database: str, redis_server: RedisServer, tmp_path: Path, tutorial: Tutorial) -> Iterator[Shell]:
    """A shell with the document's variables, and the portfolio that it begins with; the timetable stands still."""
    folder = tmp_path / "agency"
    folder.mkdir()
    (folder / "webspace.py").write_text(tutorial.webspace)
    (folder / "panel.py").write_text(tutorial.panel)
    variables = {**tutorial.variables, "PYTHONPATH": str(folder)}
    with connection.session():
        client_id = clients.add(Client(name="Agency", email="agency@agency.example"))[0]
        for name in DOMAINS:
            domains.add(name, client_id=client_id)
        for line in TIMETABLE:
            schedules.enter(line.name)
            schedules.pause(line.name, because="a test", by="a test")
        yield Shell(tmp_path, DATABASE_URL=database, REDIS_URL=redis_server.url, NOLAPSE_WEB_PORT="0", **variables)


@contextmanager
def panel(shell: Shell) -> Iterator[None]:
    """Run the document's panel."""
    process = subprocess.Popen([sys.executable, "panel.py"], cwd=shell.variables["PYTHONPATH"])
    port = int(shell.variables["AGENCY_PANEL"].rpartition(":")[2])
    try:
        eventually(lambda: _answers(port), what="the panel listens")
        yield
    finally:
        process.kill()
        process.wait()


def _answers(port: int) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def up(shell: Shell, folder: Path) -> Iterator[None]:
    """Run ``nolapse up``."""
    process = Forked(["cli.main", "up"], shell.variables, out=folder / "up.log")
    try:
        yield
    finally:
        process.signal(signal.SIGTERM)
        assert process.wait(WITHIN_S) == 0, (folder / "up.log").read_text()


def follow(shell: Shell, dialogue: list[tuple[list[str], list[str]]]) -> None:
    """Run the commands: each says the lines below it, and ends with 0 or with the code of a line such as ``[1]``."""
    for command, lines in dialogue:
        said = shell(*command)
        code, wanted = _code_and_words(lines)
        assert said.code == code, f"{command}: {said}"
        for line in wanted:
            assert _flat(line) in _flat(said.out + said.error), f"{command} does not say {line!r}: {said}"
        eventually(_settled, what="nothing runs")


def _code_and_words(lines: list[str]) -> tuple[int, list[str]]:
    codes = [line for line in lines if re.fullmatch(r"\[\d\]", line)]
    return int(codes[0][1:-1]) if codes else 0, [line for line in lines if line not in codes]


def _flat(text: str) -> str:
    return " ".join(text.split())


def _settled() -> bool:
    """Say whether every job has had its first attempt, and none runs."""
    busy = "SELECT 1 FROM job WHERE state = 'running' OR (state = 'queued' AND attempts = 0)"
    return not connection.execute(busy)


def test_what_the_tutorial_says_is_what_happens(shell: Shell, tutorial: Tutorial, tmp_path: Path) -> None:
    one, all_of_them, wrong, unreachable = tutorial.dialogues
    with up(shell, tmp_path):
        with panel(shell):
            follow(shell, [*one, *all_of_them, *wrong])
            assert {alert.headline for alert in alerts.open_() if alert.kind == "webspace_full"} == {
                "The web space of books.example is 97 % full"
            }
        follow(shell, unreachable)
        with panel(shell):
            waited = "SELECT state, attempts FROM job WHERE task = 'webspace.measure' ORDER BY id DESC LIMIT 1"
            ((state, attempts),) = eventually(
                lambda: [
                    row for row in connection.execute(waited) if row[0] not in (JobState.QUEUED, JobState.RUNNING)
                ],
                what="the job that waited has ended",
            )
    assert state == JobState.DONE
    assert attempts > 1
