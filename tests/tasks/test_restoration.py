"""After a restore: what may have been done since the backup is not done again by itself."""

from pathlib import Path

import pytest
from pydantic import SecretStr

import settings
from db import connection
from db.access import audit, sessions, users
from db.ledger import effects, jobs, ledger_history, schedules
from db.mail import outbox
from rules.access import Role
from rules.jobs import JobState
from rules.mail.mail_outcomes import MailState
from tasks import mail, payments, restoration
from tasks.billing import invoices
from tasks.mail import settling
from tasks.mail.settling import SettledAs
from tests.support.servers import RedisServer
from tests.support.worker import Worker
from tests.tasks.mail.test_sending import post
from workers import history_notes

pytestmark = pytest.mark.usefixtures("ledger")


def accepted() -> restoration.Restoration:
    return restoration.accept(by="ann", noted_steps=0)


def test_a_mail_that_waited_is_for_a_person_and_goes_out_where_they_say_so(worker: Worker) -> None:
    mail_id, job_id = post()
    assert accepted().mails == [job_id]
    ended = worker.run(job_id)
    assert (ended.state, outbox.get(mail_id).state) == (JobState.UNKNOWN, MailState.UNKNOWN)
    assert "restored from a backup" in (ended.error or "")
    settling.settle(mail_id, SettledAs.SEND_AGAIN)
    assert not effects.is_open(mail.intent_of(mail_id))
    assert jobs.require(job_id).state is JobState.QUEUED


def test_a_mail_of_later_goes_out_as_ever() -> None:
    accepted()
    mail_id, _ = post()
    assert not effects.is_open(mail.intent_of(mail_id))


def test_stripe_is_asked_before_it_is_told_again() -> None:
    charged = payments.charge.enqueue(attempt_id=7).job_id
    refunded = payments.give_back.enqueue(refund_id=9).job_id
    assert accepted().payments == [charged, refunded]
    assert effects.is_open(payments.intent_of("attempt", 7))
    assert effects.is_open(payments.intent_of("refund", 9))


def test_billing_waits_for_a_person() -> None:
    billing = invoices.bill.enqueue(client_id=1).job_id
    assert accepted().cancelled == [billing]
    assert jobs.require(billing).state is JobState.CANCELLED
    rows = schedules.overrides()
    assert {name: rows[name].paused_by for name in restoration.SCHEDULES} == {"invoices": "ann", "reminders": "ann"}


def test_everybody_signs_in_anew_and_the_trail_says_why() -> None:
    user_id = users.add("ada", Role.OWNER)
    sessions.begin(user_id, "0" * 64, max_s=60)
    assert restoration.survey().sessions == 1
    accepted()
    assert sessions.count() == 0
    assert all(users.of_session(user_id, version) is None for version in range(1000)), "nor do those in cookies"
    assert users.of_session(user_id, users.session_version(user_id))
    assert next(iter(audit.LIST.read([1]))).action == "restored"


def test_a_look_changes_nothing() -> None:
    _, job_id = post()
    assert restoration.survey().mails == [job_id]
    assert not effects.is_open(mail.intent_of(1))
    assert ledger_history.find() is None


class TestNotes:
    """How far the ledger has come, noted where a restore of the database does not reach."""

    def test_a_ledger_that_goes_on_is_current(self) -> None:
        history_notes.require_current()
        for _ in range(3):
            history_notes.keep()
        history_notes.require_current()

    def test_a_ledger_behind_its_note_is_current_again_once_a_person_has_looked(self) -> None:
        self._fall_behind()
        with pytest.raises(history_notes.DatabaseRestored, match="nolapse restored"):
            history_notes.keep()
        restoration.accept(by="ann", noted_steps=history_notes.furthest())
        history_notes.go_on()
        history_notes.keep()

    def test_the_note_of_another_ledger_says_nothing(self) -> None:
        self._fall_behind()
        with connection.transaction():
            connection.changed("UPDATE ledger_history SET name = 'another'")
        history_notes.require_current()

    def test_redis_has_a_note_too(self, redis_server: RedisServer, tmp_path: Path) -> None:
        with settings.override(redis_url_given=SecretStr(redis_server.url)):
            self._fall_behind()
            (tmp_path / "history.json").unlink()
            assert history_notes.is_behind()

    @pytest.mark.parametrize("text", ["", "{", "[]", '{"name": 3}', '{"name": "a", "steps": "many"}'])
    def test_a_note_that_cannot_be_read_says_nothing(self, text: str, tmp_path: Path) -> None:
        history_notes.keep()
        (tmp_path / "history.json").write_text(text)
        history_notes.require_current()

    def _fall_behind(self) -> None:
        for _ in range(3):
            history_notes.keep()
        with connection.transaction():
            connection.changed("UPDATE ledger_history SET steps = steps - 1")
