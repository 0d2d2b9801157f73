"""SES as others understand it: moto's server, asked by the real boto3 over our own connections."""

from collections.abc import Iterator
from email import message_from_string
from typing import Any

import boto3
import pytest
from moto.ses.models import ses_backends

from db.mail import outbox
from rules.jobs import JobState
from rules.mail.mail_outcomes import MailState
from tests.faults.marks import on_sqlite
from tests.support.buckets import s3_server
from tests.support.worker import Worker
from tests.tasks.mail.test_providers import Using, using
from tests.tasks.mail.test_sending import TO, post

pytestmark = on_sqlite
__all__ = ["using"]

REGION = "eu-central-1"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with s3_server() as endpoint:  # it serves all of AWS
        yield endpoint


@pytest.fixture
def sent(endpoint: str) -> Any:
    """What it was sent; the sender's domain is verified there."""
    keys: dict[str, Any] = {"aws_access_key_id": "AKID", "aws_secret_access_key": "secret-secret"}
    account: Any = boto3.client("sesv2", region_name=REGION, endpoint_url=endpoint, **keys)
    account.create_email_identity(EmailIdentity="nolapse.test")
    account.close()
    backend = ses_backends["123456789012"][REGION]
    backend.sent_messages.clear()
    yield backend.sent_messages
    backend.reset()


def test_a_mail_is_taken_whole_and_known_by_its_id(using: Using, endpoint: str, sent: Any, worker: Worker) -> None:
    using(f"ses://AKID:secret-secret@{REGION}?endpoint={endpoint}")
    mail_id, job_id = post()
    assert worker.run(job_id).state is JobState.DONE
    kept, (taken,) = outbox.get(mail_id), sent
    assert (kept.state, taken.source) == (MailState.SENT, "nolapse@nolapse.test")
    assert TO in taken.destinations
    assert message_from_string(taken.raw_data)["Message-ID"] == kept.message_id
    assert outbox.of_bounce(provider_id=taken.id) == kept


def test_a_sender_that_is_not_verified_is_refused(using: Using, endpoint: str, sent: Any, worker: Worker) -> None:
    using(f"ses://AKID:secret-secret@us-east-1?endpoint={endpoint}")
    mail_id, job_id = post()
    assert worker.run(job_id).state is JobState.FAILED
    assert "MessageRejected" in (outbox.get(mail_id).reply or "")
    assert sent == []
