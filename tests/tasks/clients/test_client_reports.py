"""Monthly reports: off until somebody says so, one for each client and month, whatever is repeated at once."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from db import client_reports as store
from db import connection
from db.mail import outbox
from db.portfolio import clients, domains
from db.portfolio.clients import Client
from rules.checks.subjects import Subject
from rules.clients import client_notices as notices
from rules.clients import client_reports as rules
from rules.clients.client_reports import ReportMonth
from rules.mail.mail_outcomes import MailState
from tasks import outside
from tasks.clients import client_reports
from tests.support import kept_documents
from tests.support import ledger as do
from tests.support.worker import Worker

UTC_ZONE = ZoneInfo("UTC")
MONTH = rules.before(datetime.now(UTC).date())


@pytest.fixture(autouse=True)
def due(ledger: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notices, "in_hours", lambda _at: True)
    monkeypatch.setattr(rules, "due", rules.before)


@pytest.fixture
def client_id(ledger: str) -> int:
    with connection.transaction():
        made, _ = clients.add(
            Client(name="Bäckerei *b*", email="inhaber@baeckerei.example", language="de", monthly_report=True)
        )
        clients.add(Client(name="Other", email="other@client.example"))
        domains.add("brot.example", client_id=made)
    return made


def test_a_report_is_made_once_stored_and_mailed(worker: Worker, client_id: int) -> None:
    for _ in range(2):
        client_reports.make_all.enqueue()
        worker.drain(client_reports.make_all, client_reports.make)
    worker.perform(client_reports.make, client_id=client_id)
    (letter,) = [outbox.get(one) for one in do.mails_in(MailState.QUEUED)]
    assert letter.recipient == "inhaber@baeckerei.example"
    assert letter.subject.startswith("Bericht für ")
    ((name, kind, _),) = letter.attachments
    assert (name, kind) == (f"report-{MONTH.first:%Y-%m}.pdf", "application/pdf")
    (kept,) = kept_documents.of(Subject("client", client_id, client_id))
    assert outside.storage().get(kept.storage_key).startswith(b"%PDF-")
    (made,) = store.of_client(client_id)
    assert (made.month, made.document_id, made.mail_id) == (MONTH.first, kept.id, letter.id)


def test_nobody_gets_one_who_did_not_say_so(worker: Worker, client_id: int) -> None:
    with connection.transaction():
        clients.change(client_id, monthly_report=False)
    client_reports.make_all.enqueue()
    worker.drain(client_reports.make_all, client_reports.make)
    worker.perform(client_reports.make, client_id=client_id)
    assert do.mails_in(MailState.QUEUED) == []
    assert kept_documents.of(Subject("client", client_id, client_id)) == []


def test_who_has_no_address_gets_a_document_alone(worker: Worker, client_id: int) -> None:
    with connection.transaction():
        clients.change(client_id, email="")
    worker.perform(client_reports.make, client_id=client_id)
    assert do.mails_in(MailState.QUEUED) == []
    assert [one.mail_id for one in store.of_client(client_id)] == [None]


def test_a_month_is_written_down_once_even_by_two_at_once(client_id: int) -> None:
    with connection.transaction():
        store.add(client_id, MONTH, document_id=1, mail_id=None)
    with pytest.raises(connection.Conflict), connection.transaction():
        store.add(client_id, MONTH, document_id=2, mail_id=None)


def test_a_report_says_what_happened_in_its_month_alone(client_id: int) -> None:
    now = datetime.now(UTC)
    with connection.transaction():
        domain = domains.add("kuchen.example", client_id=client_id)[0]
        other = domains.add("other.example", client_id=client_id + 1)[0]
        in_month = datetime(MONTH.first.year, MONTH.first.month, 15, tzinfo=UTC)
        for owner, subject, at in (
            (client_id, domain, in_month),
            (client_id, domain, in_month - timedelta(days=40)),
            (client_id + 1, other, in_month),
        ):
            connection.execute(
                "INSERT INTO event (at, kind, subject_kind, subject_id, client_id, after)"
                " VALUES (%s, 'renewed', 'domain', %s, %s, '2031-05-06T00:00:00+00:00')",
                at.isoformat(sep=" "), subject, owner,
            )  # fmt: skip
        connection.changed("UPDATE domain SET created_at = %s", (now - timedelta(days=90)).isoformat(sep=" "))
    report = store.report(client_id, MONTH, UTC_ZONE)
    assert [(one.name, one.until) for one in report.renewed] == [("kuchen.example", date(2031, 5, 6))]
    assert report.watched.domains == 2
    assert store.report(client_id, ReportMonth(date(2020, 2, 1)), UTC_ZONE).renewed == []
