"""``nolapse demo``: it finds what the sandbox's truth says, would notice if it did not, and ends in order."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest

import settings
from cli.demo import expectations
from cli.demo.morning import READER
from db import connection
from db.portfolio import domains
from sandbox.portfolio import _DAYS_LEFT, portfolio
from sandbox.smtp import Delivered
from sandbox.truth import Portfolio
from sandbox.world import STAFF
from tests.support import ledger as do
from tests.support.eventually import WITHIN_S, eventually
from tests.support.forked import ROOT

pytestmark = pytest.mark.journey

DEMO = [sys.executable, "-m", "cli.main", "demo"]
_EXPIRED = (
    "UPDATE endpoint_state SET known ="
    """ json_set(known, '$.finding.faults', json('[{"fault": "expired", "words": "", "severity": 3}]'))"""
)
# A line once issued does not change: the database refuses it. One that is added is what the expectation is for.
_ONE_LINE_MORE = (
    "INSERT INTO invoice_line"
    " (invoice_id, period_start, period_end, description, net_minor, tax_basis_points)"
    " SELECT invoice_id, period_start, period_end, description, 1, tax_basis_points"
    " FROM invoice_line WHERE id = 1"
)


def environment(folder: Path) -> dict[str, str]:
    """Return this process's variables without those that are Nolapse's, and a folder for temporary files."""
    ours = ("NOLAPSE_", "DATABASE_URL", "REDIS_URL")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}  # noqa: TID251
    return {**kept, "TMPDIR": str(folder)}


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder whose path is short: sockets live in it."""
    made = Path(tempfile.mkdtemp(prefix="demo-"))
    yield made
    shutil.rmtree(made)


@dataclass(frozen=True)
class Ended:
    """A demo that ended: what it said, and what it kept in its home."""

    code: int
    out: str
    error: str
    home: Path


@pytest.fixture(scope="module")
def ended() -> Iterator[Ended]:
    """The demo, run once over everything; its data are kept."""
    made = Path(tempfile.mkdtemp(prefix="demo-"))
    home = made / "home"
    done = subprocess.run(
        [*DEMO, "--once", "--json", "--home", str(home)],
        cwd=ROOT,
        env=environment(made),
        capture_output=True,
        text=True,
        timeout=WITHIN_S,
        check=False,
    )
    yield Ended(done.returncode, done.stdout, done.stderr, home)
    shutil.rmtree(made)


def test_run_once_every_expectation_holds_and_it_says_so_in_one_json_object(ended: Ended) -> None:
    assert ended.code == 0, ended.out + ended.error
    (line,) = ended.out.splitlines()
    report = json.loads(line)
    assert ended.error == ""
    assert [one["name"] for one in report["expectations"] if not one["held"]] == []
    assert len(report["expectations"]) >= 23
    truth = portfolio(datetime.now(UTC))
    assert report["counts"]["domains"] == len(truth.domains)
    assert report["counts"]["endpoints"] == len(truth.endpoints)
    assert set(report["counts"]["jobs"]) == {"done"}
    assert report["jobs_per_second"] > 0
    assert "sign_in" not in report, "nobody is let into what has ended"


@dataclass(frozen=True)
class Remembered:
    """A world that is over: its truth, and the mails that its relay took."""

    portfolio: Portfolio
    mailbox: list[Delivered]

    @property
    def smtp(self) -> "Remembered":
        return self


@pytest.fixture(scope="module")
def mails(ended: Ended) -> list[Delivered]:
    return [_delivered(path) for path in sorted((ended.home / "sandbox-mail").glob("*.eml"))]


class TestExpectations:
    """Each of them fails where what it is about is different."""

    @pytest.fixture
    def made_at(self, ended: Ended) -> Iterator[datetime]:
        """When the portfolio was made, to the second; in a session on the database and with the keys that it left."""
        connection.connect(f"sqlite:///{ended.home / 'nolapse.db'}")
        with settings.override(home=ended.home), connection.session():
            first = domains.get(domains.ids_after(0, 1)[0]).known
            assert first.expires
            yield first.expires - timedelta(days=_DAYS_LEFT[0])
        connection.database.obj.close_all()

    @pytest.fixture
    def world(self, mails: list[Delivered], made_at: datetime) -> Remembered:
        return Remembered(portfolio(made_at), list(mails))

    def failed(self, world: Remembered, made_at: datetime) -> set[str]:
        """Return the expectations that do not hold."""
        checked: list[Any] = expectations.examine(world, made_at)  # type: ignore[arg-type] - it has what is asked of it
        assert all(one.detail for one in checked if not one.held), "a difference is said in words"
        return {one.name for one in checked if not one.held}

    def test_they_hold_over_what_the_demo_left(self, world: Remembered, made_at: datetime) -> None:
        assert self.failed(world, made_at) == set()

    @pytest.mark.parametrize(
        ("change", "expectation"),
        [
            ("UPDATE domain_state SET registrar = 'Evil Names' WHERE domain_id = 1", "every domain has"),
            ("UPDATE domain_state SET said = '{}' WHERE domain_id = 2", "every domain has"),
            ("DELETE FROM domain_state WHERE domain_id = 3", "every domain has"),
            ("UPDATE domain_state SET answer = 'registered' WHERE answer = 'available'", "every domain has"),
            ("DELETE FROM endpoint_state WHERE endpoint_id = 1", "every endpoint has"),
            (_EXPIRED, "every endpoint has"),
            ("UPDATE alert SET cleared_at = {now} WHERE kind = 'domain_expiry' AND stage = 0", "what lapses"),
            ("UPDATE alert SET stage = 14 WHERE stage = 7", "what lapses"),
            (_ONE_LINE_MORE, "every client with something due"),
            ("UPDATE counter SET next = next + 1", "invoice numbers have no gap"),
            ("UPDATE alert SET told_at = NULL WHERE id = 1", "staff were told"),
            ("DELETE FROM suppression", "what came back"),
            ("UPDATE alert SET storm = 'another' WHERE kind = 'certificate_fault'", "a storm is one line"),
            ("UPDATE alert SET acknowledged_by = '' WHERE acknowledged_by <> ''", "the alert that staff saw to"),
            ("UPDATE mail SET state = 'sent' WHERE state = 'bounced'", "no mail is left over"),
            ("UPDATE mail SET state = 'unknown' WHERE id = 1", "no mail is left over"),
            ("UPDATE job SET state = 'dead' WHERE id = 2", "every job ended"),
            ("UPDATE job SET state = 'queued', key = NULL WHERE id = 2", "every job ended"),
            ("UPDATE run SET finished_at = NULL WHERE id = 1", "every run is closed"),
        ],
    )
    def test_a_database_that_says_otherwise_is_noticed(
        self, world: Remembered, made_at: datetime, change: str, expectation: str
    ) -> None:
        with do.undone():
            assert connection.changed(change) > 0
            assert [name for name in self.failed(world, made_at) if name.startswith(expectation)]

    @pytest.mark.parametrize(
        ("recipient", "expectation"),
        [(STAFF, "staff were told"), (READER, "staff were told"), ("billing@", "every invoice was mailed once")],
    )
    @pytest.mark.parametrize("change", [lambda mail: [], lambda mail: [mail, mail]], ids=["lost", "doubled"])
    def test_a_mail_that_is_lost_or_doubled_is_noticed(
        self,
        world: Remembered,
        made_at: datetime,
        recipient: str,
        expectation: str,
        change: Callable[[Delivered], list[Delivered]],
    ) -> None:
        index = next(
            number
            for number, mail in enumerate(world.mailbox)
            if (recipient == STAFF) == (STAFF in mail.recipients) and recipient in mail.recipients[0]
        )
        world.mailbox[index : index + 1] = change(world.mailbox[index])
        assert [name for name in self.failed(world, made_at) if name.startswith(expectation)]


def _delivered(path: Path) -> Delivered:
    raw = path.read_bytes()
    message: Any = message_from_bytes(raw, policy=default)
    recipients = tuple(str(one.addr_spec) for one in message["To"].addresses)
    return Delivered(sender="", recipients=recipients, message=message, raw=raw, at=datetime.now(UTC))


@contextmanager
def started(folder: Path, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run the demo in a session of its own, by which all its processes are known; none is left after the block."""
    with (folder / "said").open("wb") as said:
        demo = subprocess.Popen(
            [*DEMO, *options], cwd=ROOT, env=environment(folder), stdout=said, stderr=said, start_new_session=True
        )
    try:
        yield demo
        eventually(lambda: not processes_of(demo.pid), what="none of its processes is left")
    finally:
        for pid in processes_of(demo.pid):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        demo.wait()


def processes_of(session: int) -> list[int]:
    """Return the processes of a session that still live."""
    listed = subprocess.run(["ps", "-A", "-o", "pid=,stat="], capture_output=True, text=True, check=True).stdout
    return [
        int(pid) for pid, state in map(str.split, listed.splitlines()) if state[0] != "Z" and _of(int(pid), session)
    ]


def _of(pid: int, session: int) -> bool:
    try:
        return os.getsid(pid) == session
    except OSError:
        return False


@pytest.mark.slow
def test_without_once_it_serves_on_until_ctrl_c_and_leaves_nothing_behind(folder: Path) -> None:
    """Ctrl-C reaches all processes of the command's group, as from a terminal."""
    with started(folder) as demo:
        eventually(lambda: ended_or_serves(demo, folder), what="the report is printed")
        assert demo.poll() is None, "it serves on"
        assert len(processes_of(demo.pid)) >= 4, "all of them are seen"
        os.killpg(demo.pid, signal.SIGINT)
        assert demo.wait(WITHIN_S) == 0
    shown = (folder / "said").read_text()
    assert "held" in shown
    assert "sign in, once" in shown
    assert "log:" in shown
    assert "FAILED" not in shown
    assert "Traceback" not in shown
    assert [path.name for path in folder.iterdir()] == ["said"], "its temporary folder and its socket are gone"


def ended_or_serves(demo: subprocess.Popen[bytes], folder: Path) -> bool:
    return demo.poll() is not None or "still running on its schedule" in (folder / "said").read_text()


def test_told_to_end_in_the_middle_of_the_night_it_leaves_nothing_behind(folder: Path) -> None:
    with started(folder, "--once", "--json") as demo:
        eventually(lambda: len(processes_of(demo.pid)) >= 5, what="its workers run")
        demo.send_signal(signal.SIGTERM)
        assert demo.wait(WITHIN_S) == 128 + signal.SIGTERM
    assert (folder / "said").read_text() == ""
    assert [path.name for path in folder.iterdir()] == ["said"]
