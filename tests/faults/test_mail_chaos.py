"""Mails over two providers while everything goes wrong: the sinks' own ledgers show no mail twice and none lost."""

import os
import random
import signal
from collections import Counter
from collections.abc import Iterator

import pytest

from db import connection
from db.mail import outbox
from db.mail.outbox import Mail
from rules.mail_outcomes import MailState
from sandbox.behaviour import Behaviour
from sandbox.ses import SesServer
from sandbox.smtp import SmtpServer
from tasks import mail
from tests.faults.marks import on_postgres
from tests.support.eventually import eventually
from tests.support.system import System

pytestmark = pytest.mark.fault

ENDS = {MailState.SENT, MailState.FAILED, MailState.UNKNOWN}
SHARES = {
    "well": 60,
    "no-such-user": 8,  # 5xx to RCPT
    "not-after-all": 5,  # 5xx after the dot
    "put-off": 8,  # 4xx to RCPT, for a while
    "put-off-late": 6,  # 4xx after the dot, for a while
    "closing": 6,  # 421 to RCPT: the other provider is asked
    "lost": 7,  # the other provider takes it and says nothing
}
"""What becomes of a hundred recipients."""


@pytest.fixture
def relay() -> Iterator[SmtpServer]:
    with SmtpServer() as server:
        yield server


@pytest.fixture
def ses() -> Iterator[SesServer]:
    with SesServer() as server:
        yield server


@on_postgres
@pytest.mark.parametrize(
    ("mails", "kills"), [pytest.param(120, 2, id="120"), pytest.param(5000, 25, id="5000", marks=pytest.mark.slow)]
)
def test_no_mail_is_lost_or_sent_twice(
    system: System, relay: SmtpServer, ses: SesServer, mails: int, kills: int
) -> None:
    chance = random.Random(20261129)
    fates = chance.choices(list(SHARES), weights=list(SHARES.values()), k=mails)
    to = {number: f"{fate}-{number}@clients.test" for number, fate in enumerate(fates)}
    _misbehave(relay, ses, to)
    points = {"mail.before_data": "before", "mail.after_data": "after", "completing.before_commit": "commit"}
    armed = ",".join(f"{point}=kill@{system.folder / name}" for point, name in points.items())
    system.start(
        NOLAPSE_MAIL_URLS=f"{relay.url},{ses.url}",
        NOLAPSE_MAIL_FROM="nolapse@nolapse.test",
        NOLAPSE_ALLOWED_NETWORKS="127.0.0.0/8",
        NOLAPSE_FAILPOINTS=armed,
        NOLAPSE_THREADS_MAIL="8",
    )
    with connection.session(), connection.transaction():
        for number, recipient in to.items():
            mail.post(Mail(dedupe_key=str(number), recipient=recipient, subject="Hi", text="Hi", html="Hi"))

    for kill in range(kills):
        so_far = mails * (kill + 1) // (2 * kills)
        eventually(lambda least=so_far: len(relay.mailbox) + len(ses.mailbox) >= least, what=f"{so_far} mails came")
        relay.drop_connections()
        if chance.random() < 0.5:
            for pid in system.worker_pids():
                _kill(pid)
    relay.replies = {who: reply for who, reply in relay.replies.items() if not reply.startswith("45")}
    relay.final_replies = {who: reply for who, reply in relay.final_replies.items() if reply.startswith("5")}
    eventually(lambda: _all_ended(system, mails), what="each mail has an end")

    _judge(system, relay, ses, to)
    assert all((system.folder / name).exists() for name in points.values()), "each failpoint has killed"


def _misbehave(relay: SmtpServer, ses: SesServer, to: dict[int, str]) -> None:
    replies = {
        "no-such-user": "550 5.1.1 no such user",
        "put-off": "451 4.3.0 not now",
        "closing": "421 4.3.2 going down",
        "lost": "421 4.3.2 going down",
    }
    finals = {"not-after-all": "554 5.6.0 no", "put-off-late": "451 4.3.0 not now"}
    for recipient in to.values():
        fate = recipient.partition("@")[0].rpartition("-")[0]
        if fate in replies:
            relay.replies[recipient] = replies[fate]
        if fate in finals:
            relay.final_replies[recipient] = finals[fate]
        if fate == "lost":
            ses.conduct.by_name[recipient] = Behaviour.HANG_UP


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _all_ended(system: System, mails: int) -> bool:
    """Tell whether each mail has an end; what waits for its next try is due at once."""
    with connection.session(), connection.transaction():
        connection.changed(
            "UPDATE job SET run_at = {now}, announce_at = {now} WHERE state = 'queued' AND task = 'mail.send'"
            " AND run_at > {later(2)}"
        )
    counts = system.ask(outbox.counts)
    return sum(counts[state] for state in ENDS) == mails


def _judge(system: System, relay: SmtpServer, ses: SesServer, to: dict[int, str]) -> None:
    """Compare what the outbox says with what the sinks have."""
    arrived = Counter(str(one.message["Message-ID"]) for one in relay.mailbox)
    arrived += Counter(str(one["Message-ID"]) for one in ses.mailbox)
    rows = system.rows("SELECT message_id, state, reply, recipient FROM mail")
    assert len(rows) == len(to)
    assert not [one for one, times in arrived.items() if times > 1], "a mail came twice"
    assert set(arrived) <= {message_id for message_id, *_ in rows}
    for message_id, state, reply, recipient in rows:
        came = arrived[message_id]
        if state == "sent":
            assert came == 1, (recipient, reply)
        elif state == "failed":
            assert (came, reply[:1]) == (0, "5"), (recipient, reply)
        else:
            assert reply, recipient
