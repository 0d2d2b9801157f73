"""Messages that came back are handed in by programs that show the token, and by nobody else."""

import json
from base64 import b64encode

import pytest
from pydantic import SecretStr

import settings
from db import connection
from db.ledger import jobs
from db.mail import outbox
from db.mail.outbox import Mail
from tests.api.conftest import Surface
from tests.faults.marks import on_sqlite
from tests.tasks.mail.test_returned import bounce

pytestmark = on_sqlite
TOKEN = "0123456789abcdef0123456789abcdef"
BEARER = {"authorization": f"Bearer {TOKEN}"}
TOPIC = "arn:aws:sns:eu-central-1:123456789012:mails"
OF_SNS = {
    "Type": "Notification",
    "MessageId": "m",
    "TopicArn": TOPIC,
    "Message": "{}",
    "Timestamp": "t",
    "SignatureVersion": "1",
    "Signature": "x",
    "SigningCertURL": "https://sns.eu-central-1.amazonaws.com/a.pem",
}


def test_a_message_is_read_once(surface: Surface) -> None:
    with connection.session(), connection.transaction():
        letter = Mail(dedupe_key="1", recipient="ada@clients.test", subject="Hi", text="Hi", html="Hi")
        mail_id, _ = outbox.add(letter, host="nolapse.test")
        outbox.sent(mail_id, reply="250 OK", provider="relay")
        message = bounce(mail_id)
    with settings.override(mail_hook_token=SecretStr(TOKEN)):
        client = surface.client()
        first, second = (client.post("/webhooks/mail", content=message, headers=BEARER).json() for _ in range(2))
    assert first == {"mail_id": mail_id, "kind": "unknown_recipient", "new": True}
    assert second == {**first, "new": False}


@pytest.mark.parametrize("path", ["/webhooks/mail", "/webhooks/sns"])
def test_who_does_not_show_the_token_hands_nothing_in(surface: Surface, path: str) -> None:
    client = surface.client()
    assert client.post(path, content=b"x", headers=BEARER).status_code == 404
    with settings.override(mail_hook_token=SecretStr(TOKEN)):
        for shown in ({}, {"authorization": "Bearer wrong"}, {"authorization": "Basic !"}, {"authorization": TOKEN}):
            answer = client.post(path, content=b"x", headers=shown)
            assert (answer.status_code, answer.headers["www-authenticate"][:5]) == (401, "Basic")
            assert TOKEN not in answer.text


def test_a_message_of_a_topic_of_ours_is_queued(surface: Surface) -> None:
    basic = {"authorization": "Basic " + b64encode(f"sns:{TOKEN}".encode()).decode()}
    with settings.override(mail_hook_token=SecretStr(TOKEN), mail_sns_topics=(TOPIC,)):
        client = surface.client()
        answer = client.post("/webhooks/sns", content=json.dumps(OF_SNS), headers=basic)
        other = client.post("/webhooks/sns", content=json.dumps({**OF_SNS, "TopicArn": "x"}), headers=basic)
        garbage = client.post("/webhooks/sns", content=b"\xff{", headers=basic)
    assert [one.status_code for one in (answer, other, garbage)] == [200, 400, 400]
    with connection.session():
        assert [one.id for one in jobs.newest(task="bounces.take_sns")] == [answer.json()["job"]]
