"""A database restored from a backup (F48): nobody works on it before a person has looked, and no mail comes twice."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from cli.output import Exit
from db import connection
from db.mail import outbox
from db.mail.outbox import Mail
from rules.mail.mail_outcomes import MailState
from sandbox.smtp import SmtpServer
from tasks import mail, restoration
from tests.faults.marks import on_sqlite
from tests.support import tasks
from tests.support.eventually import WITHIN_S, eventually
from tests.support.system import System
from workers import history_notes

pytestmark = [pytest.mark.fault, on_sqlite]


@pytest.fixture
def relay() -> Iterator[SmtpServer]:
    """A mail relay that keeps what it is given."""
    with SmtpServer() as server:
        yield server


class Backup:
    """A backup of the database, taken and restored as the manual says."""

    def __init__(self, url: str) -> None:
        self._path = Path(url.removeprefix("sqlite:///"))
        self._kept = self._path.with_suffix(".kept")

    def take(self) -> None:
        with closing(sqlite3.connect(self._path)) as source, closing(sqlite3.connect(self._kept)) as target:
            source.backup(target)

    def restore(self) -> None:
        connection.database.obj.close_all()
        for old in self._path.parent.glob(f"{self._path.name}-*"):
            old.unlink()
        shutil.copy(self._kept, self._path)


@pytest.fixture
def backup(database: str) -> Backup:
    """What takes a backup, and restores it."""
    return Backup(database)


def test_what_went_out_after_the_backup_does_not_go_out_again(
    system: System, relay: SmtpServer, backup: Backup
) -> None:
    with connection.session(), connection.transaction():
        mail.post(Mail(dedupe_key="one", recipient="you@there.test", subject="Hello", text="Hello", html="Hello"))
    with connection.session():
        history_notes.keep()
    backup.take()
    system.start(NOLAPSE_SMTP_URL=relay.url)
    relay.wait_for(1, timeout_s=WITHIN_S)
    eventually(lambda: system.ask(outbox.counts)[MailState.SENT] == 1, what="the mail is sent")
    with connection.session():
        history_notes.keep()
    system.end()

    backup.restore()
    for module in ("workers.pool", "tests.support.scheduler"):
        _refuses_to_start(system, module)
    with connection.session():
        found = restoration.accept(by="ann", noted_steps=history_notes.furthest())
        history_notes.go_on()
    assert len(found.mails) == 1
    system.start(NOLAPSE_SMTP_URL=relay.url)
    written = tasks.write.enqueue(name="after the restore")
    system.await_ended(written)
    eventually(lambda: system.ask(outbox.counts)[MailState.UNKNOWN] == 1, what="the mail is for a person to settle")
    system.await_alert(f"jobs_unknown:{mail.send.name}")
    assert len(relay.mailbox) == 1


def _refuses_to_start(system: System, module: str) -> None:
    refused = system.run(module)
    assert refused.wait() == Exit.COULD_NOT
    (line,) = refused.logged("refused_to_start")
    assert "run `nolapse restored`" in str(line["error"])
