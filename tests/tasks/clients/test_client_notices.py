"""Notices to clients: in their language, in their sender's name, once, and no more once they say no."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

import pytest
from pydantic import SecretStr

import settings
from db import connection
from db.billing import senders
from db.billing.senders import Sender
from db.mail import outbox
from db.mail.outbox import Mail
from db.portfolio import alerts, clients, domains
from db.portfolio.alerts import Notice, Standing
from db.portfolio.clients import Client
from rules.checks.subjects import Subject
from rules.clients import client_notices as rules
from rules.clients.client_notices import ClientNoticeKind
from rules.mail.mail_outcomes import MailState
from sandbox.smtp import SmtpServer
from tasks import mail, outside
from tasks.clients import client_notices
from tests.faults.marks import on_sqlite
from tests.support import ledger as do
from tests.support.worker import Worker
from wording import written_days

ENDS = datetime.now(UTC) + timedelta(days=5)


@pytest.fixture(autouse=True)
def by_day(ledger: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "in_hours", lambda _at: True)


@pytest.fixture
def client_id(ledger: str) -> int:
    """A German client with three domains that end soon, and a sender."""
    with connection.transaction():
        senders.add(
            Sender(name="Beispiel Agentur", email="office@agency.example", accent="#7a1f5c", city="Berlin", series="A")
        )
        made, _ = clients.add(
            Client(name="Bäckerei <b>", email="inhaber@baeckerei.example", language="de-AT", zone="Europe/Vienna")
        )
        for name in ("brot.example", "kuchen.example", "torte.example"):
            expiring(name, made, ENDS)
    return made


def expiring(name: str, client_id: int, ends: datetime) -> int:
    domain_id, _ = domains.add(name, client_id=client_id)
    connection.changed(
        "INSERT INTO domain_state (domain_id, answer, source, server, nameservers, statuses, said, failures, expires)"
        " VALUES (%s, 'registered', 'rdap', 'rdap.example', '[]', '[]', '{}', 0, %s)",
        domain_id, ends.isoformat(sep=" "),
    )  # fmt: skip
    subject = Subject("domain", domain_id, client_id)
    notice = Notice(kind="domain_expiry", headline=f"{name} expires", stage=7)
    alerts.reconcile([Standing(subject=subject, notices=(notice,))])
    return domain_id


def posted() -> list[Mail]:
    return [outbox.get(one) for one in sorted(do.mails_in(MailState.QUEUED))]


def switch_on(client_id: int, *kinds: ClientNoticeKind) -> None:
    with connection.transaction():
        clients.change(client_id, notices=list(kinds))


@contextmanager
def relay() -> Iterator[SmtpServer]:
    """Have mails taken by a relay of the sandbox."""
    with SmtpServer() as server, settings.override(smtp_url=SecretStr(server.url), mail_from="nolapse@nolapse.test"):
        outside.mail_providers.cache_clear()
        yield server
        for provider in outside.mail_providers():
            provider.close()
        outside.mail_providers.cache_clear()


def test_nothing_is_told_until_it_is_switched_on(worker: Worker, client_id: int) -> None:
    worker.perform(client_notices.notify, client_id=client_id)
    switch_on(client_id, ClientNoticeKind.CERTIFICATES)
    worker.perform(client_notices.notify, client_id=client_id)
    assert posted() == []


def test_one_letter_in_their_language_tells_all_once(worker: Worker, client_id: int) -> None:
    switch_on(client_id, *ClientNoticeKind)
    for _ in range(2):
        worker.drain(client_notices.notify_all, client_notices.notify)
        client_notices.notify_all.enqueue()
    worker.drain(client_notices.notify_all, client_notices.notify)
    (letter,) = posted()
    assert re.match(r"brot\.example läuft am \d+\. \w+ \d{4} ab, und 2 weitere", letter.subject)
    for name in ("brot.example", "kuchen.example", "torte.example"):
        assert name in letter.text
        assert name in letter.html
    assert "<b>" not in letter.html.replace("&lt;b&gt;", "")
    assert "#7a1f5c" in letter.html
    assert "Berlin" in letter.text
    assert (letter.client_id, letter.from_name, letter.reply_to) == (
        client_id,
        "Beispiel Agentur",
        "office@agency.example",
    )


@on_sqlite
def test_what_staff_closed_and_what_has_ended_is_not_told(worker: Worker, client_id: int) -> None:
    switch_on(client_id, *ClientNoticeKind)
    with connection.transaction():
        for one in alerts.open_():
            alerts.clear_all(one.subject)
        expiring("alt.example", client_id, datetime.now(UTC) - timedelta(days=3))
    worker.perform(client_notices.notify, client_id=client_id)
    assert posted() == []


@on_sqlite
def test_it_goes_out_in_the_senders_name_with_one_click_to_unsubscribe(worker: Worker, client_id: int) -> None:
    switch_on(client_id, *ClientNoticeKind)
    worker.perform(client_notices.notify, client_id=client_id)
    with relay() as server:
        worker.drain(mail.send)
        (taken,) = (one.message for one in server.mailbox)
    assert taken["From"] == "Beispiel Agentur <nolapse@nolapse.test>"
    assert taken["Reply-To"] == "office@agency.example"
    assert taken["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert re.fullmatch(r"<http://\S+/unsubscribe/\d+\.[\w-]{43}>", taken["List-Unsubscribe"])


@on_sqlite
def test_a_notice_waits_for_the_day(worker: Worker, client_id: int, monkeypatch: pytest.MonkeyPatch) -> None:
    switch_on(client_id, *ClientNoticeKind)
    monkeypatch.setattr(rules, "in_hours", lambda _at: False)
    worker.perform(client_notices.notify, client_id=client_id)
    assert posted() == []


def test_days_are_written_as_the_language_has_them() -> None:
    assert written_days.written(date(2026, 3, 8), "de-AT") == "8. März 2026"
    assert written_days.written(date(2026, 3, 8), "tlh") == "2026-03-08"
