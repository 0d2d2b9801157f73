"""Kill -9 around what cannot be undone (F2): an invoice and its document come once; a mail never comes twice."""

from collections.abc import Iterator

import pytest

from db import connection
from db.billing import invoice_audit
from db.billing import invoices as store
from db.mail import outbox
from db.mail.outbox import Mail, MailState
from sandbox.smtp import SmtpServer
from tasks import mail
from tasks.billing import invoices
from tests.faults.marks import on_postgres, postgres_first
from tests.support.eventually import WITHIN_S, eventually
from tests.support.subscribed import bakery
from tests.support.system import System

pytestmark = pytest.mark.fault

FOUR = {"NOLAPSE_WORKER_PROCESSES": "4"}
AT_NIGHT = (
    "invoices.checked", "invoices.issued", "invoices.stored",
    "fan_out.after_chunk", "completing.before_commit", "completing.after_commit",
)  # fmt: skip


@pytest.fixture
def relay() -> Iterator[SmtpServer]:
    """A mail relay that keeps what it is given."""
    with SmtpServer() as server:
        yield server


@postgres_first
@pytest.mark.parametrize("point", ["invoices.checked", "invoices.issued", "invoices.stored"])
def test_a_billing_that_is_killed_leaves_one_invoice_one_document_and_one_mail(
    point: str, system: System, relay: SmtpServer
) -> None:
    client_id = _somebody_who_owes_something()
    _start_and_kill_once(system, relay, point, **FOUR)
    invoices.bill.enqueue(client_id=client_id)

    (sent,) = relay.wait_for(1, timeout_s=WITHIN_S)
    _await_mail(system, MailState.SENT)
    (invoice,) = system.ask(store.all_)
    assert invoice.number == 1
    (attached,) = sent.message.iter_attachments()
    stored = (system.folder / "home" / "documents").rglob("*")
    documents = [path.read_bytes() for path in stored if path.is_file()]
    assert documents == [attached.get_content()]
    assert len(relay.mailbox) == 1


@pytest.mark.slow
@postgres_first
@pytest.mark.parametrize("point", AT_NIGHT)
def test_a_night_of_four_workers_of_which_one_is_killed_ends_with_the_same_numbers_and_documents(
    point: str, system: System, relay: SmtpServer
) -> None:
    clients_ = _a_night(system, relay, point)
    relay.wait_for(len(clients_), timeout_s=WITHIN_S)
    eventually(lambda: system.ask(outbox.counts)[MailState.SENT] == len(clients_), what="all mails are sent")
    _require_one_invoice_each(system, clients_)
    assert len(relay.mailbox) == len(clients_)


@pytest.mark.slow
@postgres_first
@pytest.mark.parametrize(("point", "arrived"), [("mail.before_data", 15), ("mail.after_data", 16)])
def test_a_night_of_four_workers_of_which_one_dies_in_a_mail_leaves_that_one_unknown(
    point: str, arrived: int, system: System, relay: SmtpServer
) -> None:
    clients_ = _a_night(system, relay, point)
    eventually(lambda: system.ask(outbox.counts)[MailState.SENT] == len(clients_) - 1, what="the others are sent")
    _await_mail(system, MailState.UNKNOWN)
    _require_one_invoice_each(system, clients_)
    assert len(relay.mailbox) == arrived


def _a_night(system: System, relay: SmtpServer, point: str) -> list[int]:
    """Have 16 clients billed by four workers, of which the first to get to a failpoint dies; return the clients."""
    owing = [_somebody_who_owes_something(f"Client {number}") for number in range(16)]
    _start_and_kill_once(system, relay, point, **FOUR)
    invoices.bill_all.enqueue()
    return owing


def _require_one_invoice_each(system: System, clients_: list[int]) -> None:
    assert (system.folder / "killed").exists()
    issued = system.ask(store.all_)
    assert sorted(one.number for one in issued) == list(range(1, len(clients_) + 1))
    assert {one.client_id for one in issued} == set(clients_)
    assert system.ask(invoice_audit.faults) == []
    assert all(one.document_key for one in issued)


@on_postgres
@pytest.mark.parametrize(("point", "arrived"), [("mail.before_data", 0), ("mail.after_data", 1)])
def test_a_mail_whose_sender_was_killed_is_unknown_and_never_sent_again(
    point: str, arrived: int, system: System, relay: SmtpServer
) -> None:
    _start_and_kill_once(system, relay, point, **FOUR)
    with connection.session(), connection.transaction():
        mail.post(Mail(dedupe_key="once", recipient="you@there.test", subject="Hello", text="Hello", html="Hello"))

    _await_mail(system, MailState.UNKNOWN)
    assert system.states()["unknown"] == 1
    system.await_alert(f"jobs_unknown:{mail.send.name}")
    assert len(relay.mailbox) == arrived


def _start_and_kill_once(system: System, relay: SmtpServer, point: str, **changes: str) -> None:
    armed = {"NOLAPSE_FAILPOINTS": f"{point}=kill@{system.folder / 'killed'}", "NOLAPSE_SMTP_URL": relay.url}
    system.start(**armed, **changes)


def _await_mail(system: System, state: MailState) -> None:
    eventually(lambda: system.ask(outbox.counts)[state] == 1, what=f"the mail is {state}")
    assert (system.folder / "killed").exists()


def _somebody_who_owes_something(name: str = "Bakery") -> int:
    with connection.session(), connection.transaction():
        return bakery(name)
