"""What comes back about a mail: its state, its address, and what staff hear; each is told once."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from db import connection
from db.ledger import jobs
from db.mail import mail_notices, outbox, suppressions
from db.mail.outbox import Mail
from db.mail.suppressions import Suppression
from db.portfolio import alerts, clients
from db.portfolio.clients import Client
from rules.jobs import JobState
from rules.mail.mail_outcomes import BILLING_ADDRESS, MailState, NoticeKind
from sandbox.world import World
from tasks import mail
from tasks.mail import returned
from tests.support.worker import Worker
from tests.tasks.mail.test_sending import TO, letter, post, send_and_hang_up_after_the_dot

Sandbox = Callable[..., World]
BOUNCE = """Return-Path: <>
From: MAILER-DAEMON@mx.clients.test
To: nolapse@nolapse.test
Subject: Undelivered Mail Returned to Sender
Content-Type: multipart/report; report-type=delivery-status; boundary=x

--x
Content-Type: message/delivery-status

Final-Recipient: rfc822; {to}
Action: {action}
Status: {status}

--x
Content-Type: text/rfc822-headers

Message-ID: {message_id}
--x--
"""


def bounce(mail_id: int, *, status: str = "5.1.1", action: str = "failed", number: int = 0) -> bytes:
    about = outbox.get(mail_id)
    text = BOUNCE.format(to=about.recipient, action=action, status=status, message_id=about.message_id)
    return f"X-Number: {number}\n{text}".encode()


@pytest.fixture
def sent(sandbox: Sandbox, worker: Worker) -> int:
    """A mail that the relay took."""
    sandbox()
    mail_id, job_id = post()
    assert worker.run(job_id).state is JobState.DONE
    return mail_id


def test_a_bounce_finds_its_mail_and_suppresses_its_address(sent: int, worker: Worker) -> None:
    taken = returned.take_in(bounce(sent), source="mailbox")
    assert (taken.mail_id, taken.kind, taken.new) == (sent, NoticeKind.UNKNOWN_RECIPIENT, True)
    assert outbox.get(sent).state is MailState.BOUNCED
    entry = suppressions.active(f"Ada <{TO.upper()}>")
    assert entry
    assert (entry.reason, entry.mail_id, entry.created_by) == ("unknown_recipient", sent, "mailbox")

    next_id, job_id = post(letter("letter:2"))
    assert worker.run(job_id).state is JobState.FAILED
    assert outbox.get(next_id).state is MailState.SUPPRESSED
    assert "unknown_recipient" in (outbox.get(next_id).reply or "")
    assert [one.kind for one in alerts.open_()] == ["mail_failed"]


def test_the_same_bounce_is_told_once(sent: int) -> None:
    assert returned.take_in(bounce(sent), source="mailbox").new
    assert not returned.take_in(bounce(sent), source="hook").new
    assert len(mail_notices.of_mail(sent)) == 1


def test_a_bounce_of_the_billing_address_is_an_alert_about_the_client(sent: int) -> None:
    client_id, _ = clients.add(Client(name="Bakery", email=TO.title()))
    returned.take_in(bounce(sent), source="mailbox")
    (alert,) = alerts.open_()
    assert (alert.kind, alert.subject.id) == (BILLING_ADDRESS, client_id)
    assert "Bakery" in alert.headline
    assert len(jobs.newest(task="alerts.tell_all")) == 1


def test_what_is_about_no_mail_of_ours_changes_nothing(sent: int) -> None:
    stranger = bounce(sent).replace(outbox.get(sent).message_id.encode(), b"<other@nolapse.test>")
    assert returned.take_in(stranger, source="mailbox").mail_id is None
    assert suppressions.active(TO) is None
    assert outbox.get(sent).state is MailState.SENT


def test_a_delay_suppresses_nobody_and_a_delivery_is_one(sent: int) -> None:
    returned.take_in(bounce(sent, status="4.4.1", action="delayed"), source="mailbox")
    assert outbox.get(sent).state is MailState.SENT
    returned.take_in(bounce(sent, status="2.0.0", action="delivered"), source="mailbox")
    assert outbox.get(sent).state is MailState.DELIVERED
    assert suppressions.active(TO) is None


def test_a_mailbox_that_is_full_three_times_gets_nothing_for_a_while(sent: int) -> None:
    for number in range(3):
        assert suppressions.active(TO) is None
        returned.take_in(bounce(sent, status="5.2.2", number=number), source="mailbox")
    entry = suppressions.active(TO)
    assert entry
    assert entry.expires_at


def test_what_comes_back_about_an_unknown_mail_settles_it(sandbox: Sandbox, worker: Worker) -> None:
    world = sandbox()
    mail_id, job_id = post()
    assert send_and_hang_up_after_the_dot(world, worker, job_id).state is JobState.UNKNOWN
    worker.run(jobs.newest(task="alerts.ended_badly")[0].id)
    assert alerts.open_()
    returned.take_in(bounce(mail_id, status="2.0.0", action="delivered"), source="mailbox")
    assert (outbox.get(mail_id).state, jobs.require(job_id).state) == (MailState.DELIVERED, JobState.DONE)
    assert alerts.open_() == []


def test_a_suppression_that_is_over_holds_nothing_back(sandbox: Sandbox, worker: Worker) -> None:
    world = sandbox()
    past = datetime(2020, 1, 1, tzinfo=UTC)
    suppressions.add(
        Suppression(address=TO, reason="hard", said="", created_by="mailbox", created_at=past, expires_at=past)
    )
    _, job_id = post()
    assert worker.run(job_id).state is JobState.DONE
    assert len(world.smtp.mailbox) == 1


def test_a_longer_suppression_stands(ledger: str) -> None:
    now = datetime.now(UTC)

    def add(reason: str, expires_at: datetime | None) -> None:
        suppressions.add(
            Suppression(address=TO, reason=reason, said="", created_by="x", created_at=now, expires_at=expires_at)
        )

    add("hard", now.replace(year=now.year + 1))
    add("complaint", None)
    add("full", now.replace(year=now.year + 2))
    entry = suppressions.active(TO)
    assert entry
    assert entry.reason == "complaint"
    with connection.transaction():
        suppressions.lift(entry.id)
    assert suppressions.active(TO) is None
    with pytest.raises(LookupError):
        suppressions.lift(entry.id)


def test_a_bounce_that_comes_before_the_sender_wrote_its_outcome_is_not_overwritten(sent: int) -> None:
    with connection.transaction():
        outbox.sending(sent)
    returned.take_in(bounce(sent), source="mailbox")
    with connection.transaction():
        outbox.sent(sent, reply="250 OK", provider="smtp")
    assert outbox.get(sent).state is MailState.BOUNCED
    mail.deliver(outbox.get(sent))
    assert outbox.get(sent).state is MailState.BOUNCED


def test_a_mail_that_is_read_again_has_what_came_back(sent: int) -> None:
    returned.take_in(bounce(sent), source="mailbox")
    (notice,) = mail_notices.of_mail(sent)
    assert (notice.kind, notice.status, notice.source) == (NoticeKind.UNKNOWN_RECIPIENT, "5.1.1", "mailbox")
    assert isinstance(outbox.get(sent), Mail)
