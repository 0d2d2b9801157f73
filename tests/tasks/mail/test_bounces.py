"""What comes back by mailbox and through SNS: read once, verified, and bounded, whatever the other side does."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import ip_network

import pytest
from pydantic import SecretStr

import settings
from db import connection
from db.mail import mail_notices, outbox, suppressions
from db.mail.outbox import Mail
from integrations import imap
from integrations.deadline import Deadline
from integrations.errors import Unavailable
from integrations.guard import Guard
from rules.jobs import JobState
from rules.mail.mail_outcomes import MailState, NoticeKind
from rules.mail.mailbox_address import MailboxAddress
from sandbox.behaviour import Behaviour
from sandbox.imap import ImapServer
from tasks import outside
from tasks.mail import bounces
from tests.support.sns import CERTIFICATE_PATH, HOST, SES_ID, TOPIC, SnsSigner, bounced, told
from tests.support.worker import Worker
from tests.tasks.mail.test_returned import bounce

LOOPBACK = (ip_network("127.0.0.0/8"),)


@contextmanager
def using(**changes: object) -> Iterator[None]:
    with settings.override(allowed_networks=LOOPBACK, **changes):
        outside.guard.cache_clear()
        yield
    outside.guard.cache_clear()


@pytest.fixture
def sent(ledger: str) -> int:
    """A mail that SES took."""
    with connection.transaction():
        letter = Mail(dedupe_key="1", recipient="ada@clients.test", subject="Hi", text="Hi", html="Hi")
        mail_id, _ = outbox.add(letter, host="nolapse.test")
        outbox.sent(mail_id, reply="250 OK", provider="ses", provider_id=SES_ID)
    return mail_id


class TestMailbox:
    @pytest.fixture
    def box(self) -> Iterator[ImapServer]:
        with ImapServer() as server, using(mail_box_url=SecretStr(server.url)):
            yield server

    def test_what_has_come_is_read_once(self, box: ImapServer, sent: int, worker: Worker) -> None:
        box.messages += [bounce(sent), b"Subject: lunch?\r\n\r\nAt one?\r\n"]
        assert worker.perform(bounces.fetch).state is JobState.DONE
        assert outbox.get(sent).state is MailState.BOUNCED
        assert suppressions.active("ada@clients.test")
        assert box.seen == {1, 2}
        assert worker.perform(bounces.fetch).state is JobState.DONE
        assert box.requests["FETCH"] == 2

    def test_one_that_is_read_again_after_a_crash_is_told_once(
        self, box: ImapServer, sent: int, worker: Worker
    ) -> None:
        box.messages.append(bounce(sent))
        worker.perform(bounces.fetch)
        box.seen.clear()
        worker.perform(bounces.fetch)
        assert len(mail_notices.of_mail(sent)) == 1

    def test_without_a_mailbox_there_is_nothing_to_do(self, worker: Worker) -> None:
        assert worker.perform(bounces.fetch).state is JobState.DONE

    @pytest.mark.parametrize("command", ["LOGIN", "SELECT", "SEARCH", "FETCH"])
    @pytest.mark.parametrize("behaviour", [Behaviour.HANG_UP, Behaviour.GARBAGE, Behaviour.HUGE])
    def test_a_server_that_misbehaves_is_asked_again_later(
        self, box: ImapServer, sent: int, worker: Worker, command: str, behaviour: Behaviour
    ) -> None:
        box.messages.append(bounce(sent))
        box.conduct.by_name[command] = behaviour
        assert worker.perform(bounces.fetch).state is JobState.QUEUED
        assert box.seen == set()

    def test_a_server_that_says_nothing_is_left_at_the_deadline(self, box: ImapServer) -> None:
        box.conduct.by_name["SEARCH"] = Behaviour.SILENT
        address = MailboxAddress.parse(box.url)
        with (
            pytest.raises(Unavailable),
            imap.opened(address, guard=Guard(allowed=LOOPBACK), deadline=Deadline.after(0.3)) as opened,
        ):
            opened.unseen(most=1)

    def test_a_wrong_password_is_told_without_it(self, box: ImapServer, worker: Worker) -> None:
        with using(mail_box_url=SecretStr(box.url.replace("mailbox-secret", "wrong-secret"))):
            job = worker.perform(bounces.fetch)
        assert job.state is JobState.QUEUED
        assert "wrong-secret" not in str(job)


@pytest.fixture(scope="module")
def signer() -> SnsSigner:
    return SnsSigner()


@pytest.fixture
def take(worker: Worker, signer: SnsSigner, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], JobState]]:
    """Takes a message of SNS. What AWS would serve at the certificate's address is remembered as fetched."""
    fetched = {f"https://{HOST}{CERTIFICATE_PATH}": signer.pem}
    monkeypatch.setattr(bounces, "certificate", fetched.__getitem__)
    with using(mail_sns_topics=(TOPIC,)):
        yield lambda body: worker.perform(bounces.take_sns, body=body).state


class TestSns:
    @pytest.mark.parametrize("version", ["1", "2"])
    def test_a_bounce_that_is_signed_is_told_once(
        self, take: Callable[[str], JobState], signer: SnsSigner, sent: int, version: str
    ) -> None:
        for _ in range(2):
            assert take(signer.body(bounced("ada@clients.test"), version=version)) is JobState.DONE
        (notice,) = mail_notices.of_mail(sent)
        assert (notice.kind, notice.status, notice.source) == (NoticeKind.UNKNOWN_RECIPIENT, "5.1.1", "ses")
        assert outbox.get(sent).state is MailState.BOUNCED
        assert suppressions.active("ada@clients.test")

    def test_a_delivery_and_then_a_complaint(
        self, take: Callable[[str], JobState], signer: SnsSigner, sent: int
    ) -> None:
        take(signer.body(told("Delivery", delivery={"recipients": ["ada@clients.test"], "smtpResponse": "250 ok"})))
        assert outbox.get(sent).state is MailState.DELIVERED
        complained = {"complainedRecipients": [{"emailAddress": "ada@clients.test"}]}
        take(signer.body(told("Complaint", complaint=complained)))
        assert outbox.get(sent).state is MailState.COMPLAINED
        entry = suppressions.active("ada@clients.test")
        assert entry
        assert entry.expires_at is None

    @pytest.mark.parametrize(
        "changes",
        [
            {"Message": json.dumps(told("Delivery"))},
            {"TopicArn": "arn:aws:sns:eu-central-1:1:other"},
            {"SigningCertURL": "https://sns.eu-central-1.amazonaws.com.evil.test/a.pem"},
            {"SigningCertURL": "http://sns.eu-central-1.amazonaws.com/a.pem"},
            {"SigningCertURL": "https://sns.eu-central-1.amazonaws.com:8443/a.pem"},
            {"SigningCertURL": "https://user@sns.eu-central-1.amazonaws.com/a.pem"},
            {"SigningCertURL": "https://s3.amazonaws.com/mine/a.pem"},
            {"SignatureVersion": "3"},
            {"Signature": "AAAA"},
            {"Type": "Other"},
        ],
    )
    def test_what_is_not_signed_by_aws_changes_nothing(
        self, take: Callable[[str], JobState], signer: SnsSigner, sent: int, changes: dict[str, str]
    ) -> None:
        forged = {**json.loads(signer.body(bounced("ada@clients.test"))), **changes}
        assert take(json.dumps(forged)) is JobState.FAILED
        assert mail_notices.of_mail(sent) == []

    @pytest.mark.parametrize("said", ["", "[]", "{}", '{"eventType": "Bounce", "mail": 1}', "x" * 1000, "[" * 5000])
    def test_a_signed_message_that_says_nothing_does_nothing(
        self, take: Callable[[str], JobState], signer: SnsSigner, sent: int, said: str
    ) -> None:
        assert take(signer.body(None, Message=said)) is JobState.DONE
        assert mail_notices.of_mail(sent) == []

    def test_a_subscription_is_confirmed_at_aws_alone(self, take: Callable[[str], JobState], signer: SnsSigner) -> None:
        asked = {"Type": "SubscriptionConfirmation", "Token": "t", "SubscribeURL": "https://evil.test/?Action=Confirm"}
        assert take(signer.body("x", **asked)) is JobState.FAILED
