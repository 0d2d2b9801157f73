"""What SES tells through SNS, from the HTTP hook to the mail's state: verified by a certificate that is really fetched.

Where the certificate comes from is a server on loopback under AWS's name, with an authority that this test made.
"""

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path

import pytest
from pydantic import SecretStr

import settings
from db import connection
from db.ledger import jobs
from db.mail import mail_notices, outbox, suppressions
from db.mail.outbox import Mail
from integrations import http_client
from rules.jobs import JobState
from rules.mail.mail_outcomes import MailState
from tasks import outside
from tasks.mail import bounces
from tests.api.browser import TestClient
from tests.api.conftest import Surface
from tests.faults.marks import on_sqlite
from tests.support.sns import CERTIFICATE_PATH, HOST, SES_ID, TOPIC, SnsSigner, bounced
from tests.support.websites import Website, website
from tests.support.worker import Worker

pytestmark = on_sqlite
TOKEN = "0123456789abcdef0123456789abcdef"
ADA = "ada@clients.test"


@dataclass(frozen=True)
class Told:
    """The hook, AWS as this process sees it, and the worker that verifies what came."""

    client: TestClient
    aws: Website
    worker: Worker
    mail_id: int

    def take(self, body: str) -> jobs.Job:
        """Hand a message in as SNS does, and run the job."""
        basic = {"authorization": "Basic " + b64encode(f"sns:{TOKEN}".encode()).decode()}
        answer = self.client.post("/webhooks/sns", content=body, headers=basic)
        assert answer.status_code == 200
        with connection.session():
            return self.worker.run(answer.json()["job"])

    @property
    def state(self) -> MailState:
        with connection.session():
            return outbox.get(self.mail_id).state


@pytest.fixture(scope="module")
def signer() -> SnsSigner:
    return SnsSigner()


@pytest.fixture
def sns(surface: Surface, signer: SnsSigner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Told]:
    with connection.session(), connection.transaction():
        letter = Mail(dedupe_key="1", recipient=ADA, subject="Hi", text="Hi", html="Hi")
        mail_id, _ = outbox.add(letter, host="nolapse.test")
        outbox.sent(mail_id, reply="250 OK", provider="ses", provider_id=SES_ID)
    with (
        website(tmp_path, monkeypatch, HOST) as aws,
        settings.override(
            mail_hook_token=SecretStr(TOKEN),
            mail_sns_topics=(TOPIC,),
            allowed_networks=(ip_network("127.0.0.0/8"),),
            hosts={"*.amazonaws.com": "127.0.0.1", "*.evil.test": "127.0.0.1"},
        ),
    ):
        monkeypatch.setitem(http_client.PORTS, "https", aws.port)  # nobody but root listens on 443
        aws.put(CERTIFICATE_PATH, signer.pem)
        _forget()
        yield Told(surface.client(), aws, Worker(tmp_path), mail_id)
    _forget()


def _forget() -> None:
    outside.guard.cache_clear()
    bounces.certificate.cache_clear()


@pytest.mark.parametrize("version", ["1", "2"])
def test_a_bounce_suppresses_its_address_however_often_it_is_delivered(
    sns: Told, signer: SnsSigner, version: str
) -> None:
    body = signer.body(bounced(ADA), version=version)
    assert [sns.take(body).state for _ in range(3)] == [JobState.DONE] * 3
    assert sns.state is MailState.BOUNCED
    with connection.session():
        assert suppressions.active(ADA)
        assert len(mail_notices.of_mail(sns.mail_id)) == 1
    assert sns.aws.requests == {f"{HOST}{CERTIFICATE_PATH}": 1}, "the certificate is fetched once"


def test_a_message_of_another_key_changes_nothing(sns: Told) -> None:
    assert sns.take(SnsSigner().body(bounced(ADA))).state is JobState.FAILED
    assert sns.state is MailState.SENT


@pytest.mark.parametrize(
    "url",
    [
        f"https://sns.evil.test{CERTIFICATE_PATH}",
        f"https://{HOST}.evil.test{CERTIFICATE_PATH}",
        f"https://s3.eu-central-1.amazonaws.com{CERTIFICATE_PATH}",
        f"http://{HOST}{CERTIFICATE_PATH}",
    ],
)
def test_a_certificate_elsewhere_is_not_even_asked_for(sns: Told, signer: SnsSigner, url: str) -> None:
    assert sns.take(signer.body(bounced(ADA), SigningCertURL=url)).state is JobState.FAILED
    assert (sns.state, sum(sns.aws.requests.values())) == (MailState.SENT, 0)


def test_a_host_whose_own_certificate_is_not_to_be_trusted_is_not_believed(
    sns: Told, signer: SnsSigner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    http_client.trust.cache_clear()
    job = sns.take(signer.body(bounced(ADA)))
    assert (job.state, sns.state) == (JobState.QUEUED, MailState.SENT)
    assert "CERTIFICATE_VERIFY_FAILED" in (job.error or "")


def test_a_certificate_that_is_away_is_asked_for_again(sns: Told, signer: SnsSigner) -> None:
    sns.aws.put(CERTIFICATE_PATH, b"", status=503)
    job = sns.take(signer.body(bounced(ADA)))
    assert job.state is JobState.QUEUED
    sns.aws.put(CERTIFICATE_PATH, signer.pem)
    with connection.session():
        assert sns.worker.run(job.id).state is JobState.DONE
    assert sns.state is MailState.BOUNCED


def test_a_subscription_is_confirmed_by_a_visit_to_aws(sns: Told, signer: SnsSigner) -> None:
    path = f"/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=t"
    sns.aws.put(path, b"<ConfirmSubscriptionResponse/>")
    asked = {"Type": "SubscriptionConfirmation", "Token": "t", "SubscribeURL": f"https://{HOST}{path}"}
    assert sns.take(signer.body("You have chosen to subscribe", **asked)).state is JobState.DONE
    assert sns.aws.requests[f"{HOST}{path}"] == 1


def test_a_subscription_of_a_stranger_is_not_confirmed(sns: Told, signer: SnsSigner) -> None:
    asked = {"Type": "SubscriptionConfirmation", "Token": "t", "SubscribeURL": f"https://{HOST}/?Action=Confirm"}
    assert sns.take(SnsSigner().body("x", **asked)).state is JobState.FAILED
    elsewhere = {**asked, "SubscribeURL": "https://sns.evil.test/?Action=Confirm"}
    assert sns.take(signer.body("x", **elsewhere)).state is JobState.FAILED
    assert {path for path in sns.aws.requests if "Action" in path} == set()
