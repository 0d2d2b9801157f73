"""A mail of which nobody knows: a person settles it, exactly once, whoever else is about to."""

from collections.abc import Callable
from functools import partial

import pytest

from db import connection
from db.ledger import effects, jobs, staff_actions
from db.ledger.staff_actions import NotPossible
from db.mail import outbox
from integrations.mail_provider import Receipt
from rules.jobs import JobState
from rules.mail.mail_outcomes import MailState
from sandbox.world import World
from tasks import mail
from tasks.mail import settling
from tasks.mail.handing_over import Taken
from tasks.mail.settling import SettledAs
from tests.support import ledger as do
from tests.support.worker import Worker
from tests.tasks.mail.test_sending import post, send_and_hang_up_after_the_dot

Sandbox = Callable[..., World]


@pytest.fixture
def world(sandbox: Sandbox) -> World:
    return sandbox()


@pytest.fixture
def unknown(world: World, worker: Worker) -> tuple[int, int]:
    """A mail of which nobody knows, and its job. The relay has it."""
    mail_id, job_id = post()
    assert send_and_hang_up_after_the_dot(world, worker, job_id).state is JobState.UNKNOWN
    return mail_id, job_id


def settle(mail_id: int, settlement: SettledAs) -> MailState:
    with connection.session(), connection.transaction():
        return settling.settle(mail_id, settlement)


def test_one_that_arrived_is_sent_and_its_job_is_done(unknown: tuple[int, int]) -> None:
    mail_id, job_id = unknown
    assert settle(mail_id, SettledAs.ARRIVED) is MailState.SENT
    assert (outbox.get(mail_id).state, jobs.require(job_id).state) == (MailState.SENT, JobState.DONE)
    assert do.outcome_of(f"mail:{mail_id}") == "done"


def test_one_that_is_sent_again_goes_out_once_more_with_its_message_id(
    unknown: tuple[int, int], world: World, worker: Worker
) -> None:
    mail_id, job_id = unknown
    assert settle(mail_id, SettledAs.SEND_AGAIN) is MailState.QUEUED
    assert worker.run(job_id).state is JobState.DONE
    assert outbox.get(mail_id).state is MailState.SENT
    assert {one.message["Message-ID"] for one in world.smtp.mailbox} == {outbox.get(mail_id).message_id}
    assert len(world.smtp.mailbox) == 2


def test_one_whose_job_is_gone_is_sent_by_a_new_one(unknown: tuple[int, int], world: World, worker: Worker) -> None:
    mail_id, job_id = unknown
    with connection.transaction():
        connection.execute("DELETE FROM job WHERE id = %s", job_id)
    settle(mail_id, SettledAs.SEND_AGAIN)
    (job,) = jobs.newest(task="mail.send")
    assert worker.run(job.id).state is JobState.DONE
    assert len(world.smtp.mailbox) == 2


@pytest.mark.parametrize("settlement", SettledAs)
def test_only_one_that_is_unknown_can_be_settled(world: World, worker: Worker, settlement: SettledAs) -> None:
    mail_id, job_id = post()
    with pytest.raises(NotPossible, match="is queued"):
        settle(mail_id, settlement)
    worker.run(job_id)
    with pytest.raises(NotPossible, match="is sent"):
        settle(mail_id, settlement)
    assert len(world.smtp.mailbox) == 1


def test_of_several_that_press_at_once_one_counts(unknown: tuple[int, int]) -> None:
    mail_id, job_id = unknown
    done: list[SettledAs] = []

    def press(place: int) -> None:
        settlement = list(SettledAs)[place % 2]
        try:
            settle(mail_id, settlement)
        except NotPossible:
            return
        done.append(settlement)

    do.at_once(6, press)
    assert len(done) == 1
    again = done[0] is SettledAs.SEND_AGAIN
    assert outbox.get(mail_id).state is (MailState.QUEUED if again else MailState.SENT)
    assert jobs.require(job_id).state is (JobState.QUEUED if again else JobState.DONE)


class TestAWorkerThatComesLate:
    """It holds the relay's 250, though others have called its mail unknown meanwhile."""

    TAKEN = Taken("relay.test:25", Receipt(reply="250 late", refused={}))

    def write(self, mail_id: int) -> Callable[[], None]:
        begun = effects.open_(f"mail:{mail_id}")
        assert begun
        return partial(mail._sent_after_all, outbox.get(mail_id), self.TAKEN, begun)

    def test_settles_it_where_nobody_has(self, unknown: tuple[int, int]) -> None:
        mail_id, job_id = unknown
        self.write(mail_id)()
        assert (outbox.get(mail_id).state, outbox.get(mail_id).reply) == (MailState.SENT, "250 late")
        assert jobs.require(job_id).state is JobState.DONE
        with pytest.raises(NotPossible):
            settle(mail_id, SettledAs.SEND_AGAIN)

    @pytest.mark.parametrize("settlement", SettledAs)
    def test_writes_nothing_over_what_a_person_said(self, unknown: tuple[int, int], settlement: SettledAs) -> None:
        mail_id, _ = unknown
        late = self.write(mail_id)
        state = settle(mail_id, settlement)
        late()
        assert (outbox.get(mail_id).state, outbox.get(mail_id).reply != "250 late") == (state, True)

    def test_writes_nothing_into_a_newer_try(self, unknown: tuple[int, int]) -> None:
        mail_id, job_id = unknown
        late = self.write(mail_id)
        settle(mail_id, SettledAs.SEND_AGAIN)
        effects.begin(f"mail:{mail_id}", "smtp.data", job_id=job_id)
        with connection.transaction():
            outbox.sending(mail_id)
        late()
        assert outbox.get(mail_id).state is MailState.SENDING
        assert effects.is_open(f"mail:{mail_id}")


def test_a_retry_of_its_job_may_be_followed_by_the_word_that_it_arrived(
    unknown: tuple[int, int], world: World, worker: Worker
) -> None:
    mail_id, job_id = unknown
    staff_actions.retry(job_id)
    assert settle(mail_id, SettledAs.ARRIVED) is MailState.SENT
    assert worker.run(job_id).state is JobState.DONE
    assert len(world.smtp.mailbox) == 1
