"""Mails over two providers while everything goes wrong: the sinks' own ledgers show no mail twice and none lost."""

import os
import random
import signal
from collections import Counter
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path

import pytest

from db import connection
from db.mail import outbox
from db.mail.outbox import Mail
from rules.mail.mail_outcomes import MailState
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
    "well": 58,
    "no-such-user": 8,  # 5xx to RCPT
    "not-after-all": 5,  # 5xx after the dot
    "put-off": 8,  # 4xx to RCPT, for a while
    "put-off-late": 6,  # 4xx after the dot, for a while
    "closing": 6,  # 421 to RCPT: the other provider is asked
    "lost": 6,  # the other provider takes it and says nothing
    "unanswered": 3,  # the relay takes it, is silent for a while, and its connection dies
}
"""What becomes of a hundred recipients."""

POINTS = (
    "claim.after",
    "work.before",
    "mail.before_data",
    "mail.after_data",
    "completing.begun",
    "completing.before_commit",
    "completing.after_commit",
    "ack.before",
)
"""Each failpoint that a mail passes on its way, in turn."""


@pytest.fixture
def sinks() -> Iterator[tuple[SmtpServer, SesServer]]:
    """A relay, and the provider that is asked where that one surely did not take a mail."""
    with SmtpServer() as relay, SesServer() as ses:
        yield relay, ses


@on_postgres
@pytest.mark.parametrize(
    ("mails", "kills", "processes"),
    [
        pytest.param(120, 2, 1, id="120"),
        # Of several, some work while the pool waits longer and longer before it starts those anew that die young.
        pytest.param(5000, 40, 4, id="5000", marks=pytest.mark.slow),
    ],
)
def test_no_mail_is_lost_or_sent_twice(
    system: System,
    sinks: tuple[SmtpServer, SesServer],
    *,
    mails: int,
    kills: int,
    processes: int,
    request: pytest.FixtureRequest,
) -> None:
    relay, ses = sinks
    chance = random.Random(20261129)
    fates = chance.choices(list(SHARES), weights=list(SHARES.values()), k=mails)
    to = {number: f"{fate}-{number}@clients.test" for number, fate in enumerate(fates)}
    _misbehave(relay, ses, to)
    killed = {point: system.folder / point for point in POINTS}
    system.start(
        NOLAPSE_MAIL_URLS=f"{relay.url},{ses.url}",
        NOLAPSE_MAIL_FROM="nolapse@nolapse.test",
        NOLAPSE_ALLOWED_NETWORKS="127.0.0.0/8",
        NOLAPSE_FAILPOINTS=",".join(f"{point}=kill@{once}" for point, once in killed.items()),
        NOLAPSE_THREADS_MAIL="8",
        NOLAPSE_WORKER_PROCESSES=str(processes),
    )
    with connection.session(), connection.transaction():
        for number, recipient in to.items():
            mail.post(Mail(dedupe_key=str(number), recipient=recipient, subject="Hi", text="Hi", html="Hi"))

    deaths: Counter[str] = Counter()
    for kill, point in enumerate(islice(cycle(POINTS), kills)):
        so_far = mails * (kill + 1) // (2 * kills)
        eventually(lambda least=so_far: len(relay.mailbox) + len(ses.mailbox) >= least, what=f"{so_far} mails came")
        relay.drop_connections()
        if chance.random() < 0.5:
            for pid in system.worker_pids():
                deaths["at random"] += _kill(pid)
        if kills > len(POINTS):
            deaths[point] += _armed_again(killed[point])
    relay.replies = {who: reply for who, reply in relay.replies.items() if not reply.startswith("45")}
    relay.final_replies = {who: reply for who, reply in relay.final_replies.items() if reply.startswith("5")}
    eventually(lambda: _all_ended(system, mails), what="each mail has an end")

    ledger = _judge(system, relay, ses, to)
    deaths += Counter(point for point, once in killed.items() if once.exists())
    request.node.add_report_section("call", "ledger", f"{ledger}\nkilled: {dict(deaths)}")
    assert set(POINTS) <= set(deaths), "each failpoint has killed"


def _misbehave(relay: SmtpServer, ses: SesServer, to: dict[int, str]) -> None:
    replies = {
        "no-such-user": "550 5.1.1 no such user",
        "put-off": "451 4.3.0 not now",
        "closing": "421 4.3.2 going down",
        "lost": "421 4.3.2 going down",
    }
    finals = {"not-after-all": "554 5.6.0 no", "put-off-late": "451 4.3.0 not now"}
    relay.conduct.delay_s = 0.5
    for recipient in to.values():
        fate = recipient.partition("@")[0].rpartition("-")[0]
        if fate in replies:
            relay.replies[recipient] = replies[fate]
        if fate in finals:
            relay.final_replies[recipient] = finals[fate]
        if fate == "lost":
            ses.conduct.by_name[recipient] = Behaviour.HANG_UP
        if fate == "unanswered":
            relay.conduct.by_name[recipient] = Behaviour.RESET


def _kill(pid: int) -> bool:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def _armed_again(once: Path) -> bool:
    """Have the next worker that gets to a failpoint die there, too; tell whether one has died there since last time."""
    try:
        once.unlink()
    except FileNotFoundError:
        return False
    return True


def _all_ended(system: System, mails: int) -> bool:
    """Tell whether each mail has an end; what waits for its next try is due at once."""
    with connection.session(), connection.transaction():
        connection.changed(
            "UPDATE job SET run_at = {now}, announce_at = {now} WHERE state = 'queued' AND task = 'mail.send'"
            " AND run_at > {later(2)}"
        )
    counts = system.ask(outbox.counts)
    return sum(counts[state] for state in ENDS) == mails


def _judge(system: System, relay: SmtpServer, ses: SesServer, to: dict[int, str]) -> str:
    """Compare what the outbox says with what the sinks have, and return the counts of both."""
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
    counts = Counter(f"{state} and {'came' if arrived[one] else 'did not come'}" for one, state, *_ in rows)
    return f"{len(rows)} mails: {dict(counts)}; the relay has {len(relay.mailbox)}, SES {len(ses.mailbox)}"
