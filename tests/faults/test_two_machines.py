"""Two machines with a home each and one bucket: what one of them keeps the other one mails."""

import signal
from collections.abc import Iterator

import pytest

from db import connection
from db.billing import invoice_audit
from db.documents import documents
from db.mail import outbox
from db.mail.outbox import MailState
from sandbox.smtp import SmtpServer
from tasks.billing import invoices
from tests.faults.marks import postgres_first
from tests.support import buckets, subscribed
from tests.support.eventually import WITHIN_S, eventually
from tests.support.system import System

pytestmark = [pytest.mark.fault, pytest.mark.slow]
CLIENTS = 3


@pytest.fixture
def relay() -> Iterator[SmtpServer]:
    with SmtpServer() as server:
        yield server


@pytest.fixture
def bucket() -> Iterator[dict[str, str]]:
    """The variables that name a bucket."""
    with buckets.s3_server() as endpoint:
        where = buckets.address(endpoint)
        buckets.bucket(where)
        yield buckets.variables_of(where)


@postgres_first
def test_what_one_machine_keeps_the_other_one_mails(system: System, relay: SmtpServer, bucket: dict[str, str]) -> None:
    """The relay takes nothing while the first machine works: it bills all, and the second one sends all mails."""
    relay.replies.update({_address(number): "451 try again later" for number in range(CLIENTS)})
    for number in range(CLIENTS):
        _owing(number)
    shared = {**bucket, "NOLAPSE_SMTP_URL": relay.url}
    system.scheduler(**shared)
    first = system.pool(**shared, NOLAPSE_HOME=str(system.folder / "first"))
    invoices.bill_all.enqueue()
    eventually(lambda: len(system.ask(lambda: documents.LIST.page("-id").rows)) == CLIENTS, what="all is kept")
    first.signal(signal.SIGTERM)
    first.wait()
    assert relay.mailbox == []

    relay.replies.clear()
    system.pool(**shared, NOLAPSE_HOME=str(system.folder / "second"))
    system.ask(_hurry)
    relay.wait_for(CLIENTS, timeout_s=WITHIN_S)
    eventually(lambda: system.ask(outbox.counts)[MailState.SENT] == CLIENTS, what="all mails are sent")
    attached = {mail.recipients[0]: next(mail.message.iter_attachments()).get_content() for mail in relay.mailbox}
    assert len(attached) == len(relay.mailbox) == CLIENTS
    assert all(content.startswith(b"%PDF") for content in attached.values())
    assert system.ask(invoice_audit.gaps) == []
    assert [name for name in ("first", "second") if (system.folder / name / "documents").exists()] == []


def _hurry() -> None:
    """Have what the relay put off sent now."""
    with connection.transaction():
        connection.execute("DELETE FROM lane")
        connection.execute("UPDATE job SET run_at = {now} WHERE state = 'queued'")


def _address(number: int) -> str:
    return f"client{number}@clients.test"


def _owing(number: int) -> None:
    with connection.session(), connection.transaction():
        subscribed.bakery(f"Client {number}", email=_address(number))
