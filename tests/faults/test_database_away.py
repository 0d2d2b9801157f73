"""PostgreSQL may be restarted under load, or be away for long (F18, F19): nothing is lost, and no worker looks dead."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from db import connection
from db.mail import outbox
from db.mail.outbox import Mail
from rules.jobs import AttemptOutcome, JobState
from sandbox.behaviour import Behaviour
from sandbox.smtp import SmtpServer
from sandbox.stripe import payments
from sandbox.stripe.objects import Objects
from sandbox.stripe.webhooks import body_of, signature
from tasks import mail
from tasks.engine.task import EnqueuedJob
from tests.api.test_process import serve
from tests.faults.marks import on_mortal_postgres
from tests.support import tasks
from tests.support.eventually import WITHIN_S, eventually, throughout
from tests.support.servers import PostgresServer
from tests.support.system import CLAIM_S, System

pytestmark = pytest.mark.fault

_JOBS = 1500
_SLOW_S = 2.0
_SECRET = "whsec_of_the_tests"


@on_mortal_postgres
@pytest.mark.parametrize("immediate", [False, True], ids=["fast", "immediate"])
def test_a_restart_under_load_loses_nothing_and_doubles_nothing(
    system: System, postgres_server: PostgresServer, *, immediate: bool
) -> None:
    scheduler, pool = system.scheduler(), system.pool()
    workers = system.await_workers()
    run = tasks.write_many.enqueue(number=_JOBS)
    for moment in (1, 500):
        system.await_effects(moment)
        postgres_server.stop(immediate=immediate)
        postgres_server.start()

    system.await_ended(run)
    assert system.effects().total() == _JOBS + 1
    assert system.states() == {"done": _JOBS + 2}
    assert system.worker_pids() == workers, "no worker process left because of the database"
    assert scheduler.runs
    assert pool.runs


@on_mortal_postgres
def test_an_outage_of_three_times_a_claim_makes_no_worker_look_dead(
    system: System, postgres_server: PostgresServer
) -> None:
    scheduler, pool = system.scheduler(), system.pool()
    (worker,) = system.await_workers()
    ends_meanwhile = [_running(system, "meanwhile", number) for number in range(2)]
    ends_afterwards = [_running(system, "afterwards", number) for number in range(2)]
    queued = [tasks.write.enqueue(name=f"queued {number}") for number in range(20)]

    postgres_server.stop()
    (system.folder / "meanwhile").touch()
    throughout(lambda: scheduler.runs and pool.runs, for_s=3 * CLAIM_S)
    with _frozen(worker):  # a worker may well find the database later than the scheduler does
        postgres_server.start()
        _await_leader(system)
        throughout(lambda: not scheduler.logged("claims_expired"), for_s=CLAIM_S / 3)
    (system.folder / "afterwards").touch()

    system.await_ended(*ends_meanwhile, *ends_afterwards, *queued)
    assert not {AttemptOutcome.LOST, AttemptOutcome.CRASHED} & set(system.all_outcomes())
    assert not scheduler.logged("claims_expired")
    assert system.worker_pids() == {worker}


@on_mortal_postgres
@pytest.mark.parametrize("reply", ["", "550 5.1.1 no such user"], ids=["taken", "refused"])
def test_what_a_relay_says_while_the_database_is_away_is_written_when_it_is_back(
    system: System, postgres_server: PostgresServer, reply: str
) -> None:
    to = "you@there.test"
    with SmtpServer() as relay:
        relay.conduct.by_name[to], relay.conduct.delay_s = Behaviour.SLOW, _SLOW_S
        relay.final_replies.update({to: reply} if reply else {})
        pool = system.start(NOLAPSE_SMTP_URL=relay.url)
        with connection.session(), connection.transaction():
            mail.post(Mail(dedupe_key="once", recipient=to, subject="Hello", text="Hello", html="Hello"))
        eventually(lambda: system.ask(outbox.counts)["sending"] == 1, what="the relay is asked")
        postgres_server.stop()
        eventually(lambda: pool.logged("mail_outcome_held"), what="the relay has answered")
        postgres_server.start()

        state = "failed" if reply else "sent"
        eventually(lambda: system.ask(outbox.counts)[state] == 1, what=f"the mail is {state}")
        assert len(relay.mailbox) == (0 if reply else 1)
        assert system.ask(outbox.counts)["unknown"] == 0


def _running(system: System, until: str, number: int) -> EnqueuedJob:
    """Start a job that runs until there is a file of this name."""
    ticket = tasks.wait_for.enqueue(name=f"{until} {number}", path=str(system.folder / until))
    system.await_state(ticket.job_id, JobState.RUNNING)
    return ticket


def _await_leader(system: System) -> None:
    """Wait until a scheduler has found the database."""
    leads = "SELECT 1 FROM lease WHERE name = 'scheduler' AND expires_at > {now}"
    eventually(lambda: system.rows(leads), what="a scheduler leads again")


@on_mortal_postgres
def test_stripe_is_told_to_come_again_and_its_event_is_kept_once_the_database_is_back(
    system: System, postgres_server: PostgresServer
) -> None:
    """Stripe repeats for three days whatever is not answered with a 2xx (F41)."""
    system.start(NOLAPSE_STRIPE_WEBHOOK_SECRETS=_SECRET)
    served = serve(system, NOLAPSE_STRIPE_WEBHOOK_SECRETS=_SECRET)
    objects = Objects(account="acct_1")
    payments.create_intent(objects, {"amount": "100", "currency": "eur", "metadata": {}})
    body = body_of(objects.events[0])

    def sent() -> int:
        signed = {"stripe-signature": signature(body, [_SECRET]), "content-type": "application/json"}
        return httpx.post(f"{served.url}/webhooks/stripe", content=body, headers=signed, timeout=WITHIN_S).status_code

    postgres_server.stop()
    assert [sent() for _ in range(3)] == [503] * 3
    postgres_server.start()
    eventually(lambda: sent() == 200, what="the event is taken")
    assert sent() == 200, "and again: Stripe may not have heard"
    eventually(lambda: system.rows("SELECT state FROM webhook") == [("folded",)], what="it is folded, once")


@contextmanager
def _frozen(pid: int) -> Iterator[None]:
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)
