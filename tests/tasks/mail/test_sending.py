"""Mail against the sandbox's relay: sent once; what may have arrived is unknown, told, and not sent again by itself."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from email.utils import parseaddr
from pathlib import Path

import pytest
from pydantic import SecretStr

import settings
from db import connection
from db.billing import senders
from db.billing.senders import Sender
from db.ledger import effects, jobs, recovery, staff_actions, transitions
from db.mail import outbox
from db.mail.outbox import Mail, MailState
from db.portfolio import alerts
from rules.jobs import CRASHES_ALLOWED, AttemptOutcome, JobState, backoff_s
from sandbox.behaviour import Behaviour
from sandbox.world import World
from settings import failpoints
from tasks import alerts as telling
from tasks import mail, outside
from tasks.engine import runner
from tests.support import ledger as do
from tests.support.tellings import tell
from tests.support.worker import Worker

Sandbox = Callable[..., World]
TO = "ada@clients.test"


def letter(key: str = "letter:1", *, recipient: str = TO, attachments: tuple[tuple[str, str, str], ...] = ()) -> Mail:
    return Mail(
        dedupe_key=key, recipient=recipient, subject="Grüße", text="Text", html="<p>Text</p>", attachments=attachments
    )


def post(one: Mail | None = None) -> tuple[int, int]:
    """Post a mail; return its id and that of the job that sends it."""
    with connection.transaction():
        mail_id = mail.post(one or letter())
    (job,) = [one for one in jobs.newest(task="mail.send") if one.args["mail_id"] == mail_id]
    return mail_id, job.id


def send_and_hang_up_after_the_dot(world: World, worker: Worker, job_id: int) -> jobs.Job:
    """Let the relay take a mail, say nothing, and go away."""
    world.smtp.conduct.by_name[TO] = Behaviour.SILENT
    came = len(world.smtp.mailbox)
    with ThreadPoolExecutor(1) as pool:
        gone = pool.submit(lambda: (world.smtp.wait_for(came + 1, timeout_s=10), world.smtp.drop_connections()))
        job = worker.run(job_id)
        gone.result()
    world.smtp.conduct.by_name.clear()
    return job


def test_a_senders_logo_goes_out_with_a_mail_that_shows_it_for_as_long_as_there_is_one(
    sandbox: Sandbox, worker: Worker
) -> None:
    world = sandbox()
    sender_id = senders.add(Sender(name="Agency", series="AG", logo="data:image/png;base64,iVBORw0KGgo="))
    for number in range(2):
        worker.run(post(replace(letter(f"letter:{number}"), logo_of=sender_id))[1])
        senders.change(sender_id, {"logo": None})
    images = [[one.get_content_type() for one in sent.message.walk()].count("image/png") for sent in world.smtp.mailbox]
    assert images == [1, 0]


@pytest.mark.parametrize("address", ["ü@agency.test", "a..b@agency.test", "post@bäckerei.test"])
def test_a_mail_in_a_senders_name_goes_out_from_each_address_that_the_settings_take(
    sandbox: Sandbox, worker: Worker, address: str
) -> None:
    world = sandbox()
    with settings.override(mail_from=settings.load(mail_from=address).mail_from):
        assert worker.run(post(replace(letter(), from_name="Bäckerei, Inc."))[1]).state is JobState.DONE
    (sent,) = world.smtp.mailbox
    assert "Inc." in str(sent.message["From"])


class TestPost:
    def test_a_mail_is_a_row_before_it_is_a_message(self, worker: Worker) -> None:
        mail_id, job_id = post()
        kept = outbox.get(mail_id)
        assert (kept.state, kept.recipient, kept.subject) == (MailState.QUEUED, TO, "Grüße")
        assert jobs.require(job_id).args == {"mail_id": mail_id}

    def test_the_same_mail_posted_again_is_one_row_and_one_job(self, worker: Worker) -> None:
        mail_id, _ = post()
        with connection.transaction():
            assert mail.post(letter()) == mail_id
        assert len(jobs.newest(task="mail.send")) == 1

    def test_what_is_posted_in_a_transaction_that_is_undone_is_never_sent(self, worker: Worker) -> None:
        with do.undone():
            mail.post(letter())
        assert jobs.newest() == []
        assert outbox.counts()["queued"] == 0

    def test_its_message_id_is_nobodys_guess_and_stays_with_it(self, sandbox: Sandbox) -> None:
        """Of another row with the same key, as after a restore, it is another: two mails are not taken for one."""
        sandbox()
        mail_id, _ = post()
        first = outbox.get(mail_id)
        assert first.message_id.endswith("@nolapse.test>")
        with connection.transaction():
            assert outbox.get(mail.post(letter())).message_id == first.message_id
            connection.execute("DELETE FROM mail")
        again = outbox.get(mail.post(letter()))
        assert again.message_id != first.message_id
        assert again.bounce_token != first.bounce_token


class TestSend:
    def test_a_mail_is_sent_once_however_often_it_is_asked_for(self, sandbox: Sandbox, worker: Worker) -> None:
        world = sandbox()
        mail_id, job_id = post()
        assert worker.run(job_id).state is JobState.DONE
        assert worker.perform(mail.send, mail_id=mail_id).state is JobState.DONE
        (delivered,) = world.smtp.mailbox
        kept = outbox.get(mail_id)
        assert (delivered.recipients, delivered.message["Subject"]) == ((TO,), "Grüße")
        assert delivered.message["Message-ID"] == kept.message_id
        assert parseaddr(delivered.message["From"])[1] == delivered.sender == "nolapse@nolapse.test"
        assert (kept.state, kept.reply) == (MailState.SENT, "250 2.0.0 OK: kept")
        assert do.outcome_of(f"mail:{mail_id}") == "done"

    @pytest.mark.parametrize("behaviour", [Behaviour.HANG_UP, Behaviour.GARBAGE])
    def test_a_relay_that_cannot_now_gets_the_same_message_later(
        self, sandbox: Sandbox, worker: Worker, behaviour: Behaviour
    ) -> None:
        world = sandbox()
        mail_id, job_id = post()
        world.smtp.conduct.default = behaviour
        for failures in (1, 2):
            job = worker.run(job_id)
            assert (job.state, job.failures) == (JobState.QUEUED, failures)
            assert outbox.get(mail_id).state is MailState.QUEUED
        world.smtp.conduct.default = Behaviour.NORMAL
        assert worker.run(job_id).state is JobState.DONE
        (delivered,) = world.smtp.mailbox
        assert delivered.message["Message-ID"] == outbox.get(mail_id).message_id
        assert [one.outcome for one in jobs.attempts(job_id)] == [
            AttemptOutcome.RETRIED,
            AttemptOutcome.RETRIED,
            AttemptOutcome.DONE,
        ]

    def test_a_relay_that_we_ask_too_often_is_left_alone_and_no_try_is_used_up(
        self, sandbox: Sandbox, worker: Worker
    ) -> None:
        world = sandbox()
        world.smtp.conduct.default = Behaviour.THROTTLE
        mail_id, job_id = post()
        job = [worker.run(job_id) for _ in range(2)][-1]
        assert (job.state, job.failures) == (JobState.QUEUED, 0)
        assert "too often" in (job.waits_for or "")
        assert outbox.get(mail_id).state is MailState.QUEUED
        assert world.smtp.connections == 1

    def test_a_no_after_the_dot_that_may_be_asked_again_is_asked_again(self, sandbox: Sandbox, worker: Worker) -> None:
        world = sandbox()
        world.smtp.final_replies[TO] = "451 4.3.0 greylisted"
        mail_id, job_id = post()
        assert worker.run(job_id).state is JobState.QUEUED
        world.smtp.final_replies.clear()
        assert worker.run(job_id).state is JobState.DONE
        assert len(world.smtp.mailbox) == 1
        assert outbox.get(mail_id).state is MailState.SENT

    @pytest.mark.parametrize("where", ["replies", "final_replies"])
    def test_a_no_for_good_is_failed_with_the_relays_words(self, sandbox: Sandbox, worker: Worker, where: str) -> None:
        world = sandbox()
        getattr(world.smtp, where)[TO] = "550 5.1.1 no such user"
        mail_id, job_id = post()
        job = worker.run(job_id)
        assert (job.state, job.error) == (JobState.FAILED, "550 5.1.1 no such user")
        assert (outbox.get(mail_id).state, outbox.get(mail_id).reply) == (MailState.FAILED, "550 5.1.1 no such user")
        assert world.smtp.mailbox == []

    def test_of_a_refused_mail_to_staff_the_same_staff_are_not_told_by_mail(
        self, sandbox: Sandbox, worker: Worker
    ) -> None:
        world = sandbox()
        world.smtp.replies[TO] = "550 5.1.1 no such user"
        for key, told in (("letter:staff", []), ("letter:client", ["ada@nolapse.test"])):
            with settings.override(staff_emails=(TO,) if key == "letter:staff" else ("ada@nolapse.test",)):
                worker.run(post(letter(key))[1])
                tell(worker)
            assert [outbox.get(one).recipient for one in do.mails_in(MailState.QUEUED)] == told, "a client's is told"

    def test_refused_mails_of_alerts_are_one_alert_and_lead_to_no_more(self, sandbox: Sandbox, worker: Worker) -> None:
        world = sandbox()
        for number in range(3):
            to = f"staff-{number}@nolapse.test"
            world.smtp.replies[to] = "550 5.1.1 no such user"
            worker.run(post(letter(f"alerts:{number}", recipient=to))[1])
        assert [one.kind for one in alerts.open_()] == ["alert_mail_failed"]
        worker.run(post(letter("alerts:well"))[1])
        assert alerts.open_() == []

    @pytest.mark.parametrize("recipient", ["", "no address", "a@b\r\nBcc: eve@evil.test"])
    def test_a_recipient_that_is_no_address_is_failed_and_nothing_leaves(
        self, sandbox: Sandbox, worker: Worker, recipient: str
    ) -> None:
        world = sandbox()
        mail_id, job_id = post(letter(recipient=recipient))
        assert worker.run(job_id).state is JobState.FAILED
        assert outbox.get(mail_id).state is MailState.FAILED
        assert world.smtp.mailbox == []

    def test_one_that_failed_and_that_a_person_retries_is_really_sent(self, sandbox: Sandbox, worker: Worker) -> None:
        world = sandbox()
        world.smtp.replies[TO] = "550 5.2.1 mailbox disabled"
        mail_id, job_id = post()
        worker.run(job_id)
        world.smtp.replies.clear()
        staff_actions.retry(job_id)
        assert worker.run(job_id).state is JobState.DONE
        assert len(world.smtp.mailbox) == 1
        assert outbox.get(mail_id).state is MailState.SENT


class TestUnknown:
    def test_a_mail_that_was_sent_whole_and_not_answered_is_unknown_and_staff_are_told(
        self, sandbox: Sandbox, worker: Worker
    ) -> None:
        world = sandbox()
        mail_id, job_id = post()
        job = send_and_hang_up_after_the_dot(world, worker, job_id)
        assert (job.state, outbox.get(mail_id).state) == (JobState.UNKNOWN, MailState.UNKNOWN)
        assert outbox.get(mail_id).reply
        worker.drain(telling.ended_badly)
        tell(worker)
        (alert,) = alerts.open_()
        assert alert.kind == "jobs_unknown:mail.send"
        assert alert.told

    def test_it_is_never_sent_again_by_itself(self, sandbox: Sandbox, worker: Worker) -> None:
        world = sandbox()
        mail_id, job_id = post()
        send_and_hang_up_after_the_dot(world, worker, job_id)
        assert worker.claims.claim([job_id]) == []
        with connection.transaction():
            assert mail.post(letter()) == mail_id
        assert worker.perform(mail.send, mail_id=mail_id).state is JobState.UNKNOWN
        assert len(world.smtp.mailbox) == 1

    def test_a_person_who_retries_it_has_the_same_message_sent_again(self, sandbox: Sandbox, worker: Worker) -> None:
        world = sandbox()
        mail_id, job_id = post()
        send_and_hang_up_after_the_dot(world, worker, job_id)
        staff_actions.retry(job_id)
        assert worker.run(job_id).state is JobState.DONE
        assert outbox.get(mail_id).state is MailState.SENT
        first, second = (one.message["Message-ID"] for one in world.smtp.mailbox)
        assert first == second

    def test_an_intent_that_a_killed_attempt_left_is_unknown_and_nothing_is_sent(
        self, sandbox: Sandbox, worker: Worker
    ) -> None:
        world = sandbox()
        mail_id, job_id = post()
        effects.begin(f"mail:{mail_id}", "smtp.data", job_id=job_id)
        job = worker.run(job_id)
        assert (job.state, outbox.get(mail_id).state) == (JobState.UNKNOWN, MailState.UNKNOWN)
        assert outbox.get(mail_id).reply == "an earlier attempt ended after it had begun to send"
        assert world.smtp.connections == 0
        assert [one.args for one in jobs.newest(task="alerts.ended_badly")] == [
            {"task": "mail.send", "state": "unknown"}
        ]

    def test_one_that_froze_while_it_sent_is_fenced_off_and_nobody_claims_to_know(
        self, sandbox: Sandbox, worker: Worker
    ) -> None:
        """A frozen worker has written its intent, another finds it, and the first thaws too late to say how it went."""
        world = sandbox()
        mail_id, job_id = post()
        worker.claims.claim([job_id])
        frozen = worker.claims.pick(job_id)
        assert frozen
        effects.begin(f"mail:{mail_id}", "smtp.data", job_id=job_id)
        do.let_claim_run_out(job_id)
        recovery.expire()
        assert worker.run(job_id).state is JobState.UNKNOWN
        with pytest.raises(transitions.ClaimLost), connection.transaction():
            transitions.end(frozen, transitions.DONE)
        assert world.smtp.mailbox == []


class TestIntent:
    """A mail is unknown only where its text may have gone out whole."""

    def test_a_relay_that_cannot_even_be_built_leaves_no_open_intent(self, sandbox: Sandbox, worker: Worker) -> None:
        sandbox()
        mail_id, job_id = post()
        outside.mail_providers.cache_clear()
        with settings.override(smtp_url=SecretStr("smtp://relay.test?tls=none")):
            assert worker.run(job_id).state is JobState.QUEUED
        assert not effects.is_open(f"mail:{mail_id}")
        assert worker.run(job_id).state is JobState.DONE

    def test_whatever_is_raised_before_the_final_dot_makes_it_void(self, sandbox: Sandbox, worker: Worker) -> None:
        world = sandbox()
        mail_id, job_id = post()
        with settings.override(failpoints="mail.before_data=raise"):
            failpoints._armed.cache_clear()
            job = worker.run(job_id)
        failpoints._armed.cache_clear()
        assert (job.state, do.outcome_of(f"mail:{mail_id}")) == (JobState.QUEUED, "refused")
        assert worker.run(job_id).state is JobState.DONE
        assert len(world.smtp.mailbox) == 1


class TestEndedFromOutside:
    """What the outbox says of a mail whose task never came to say it."""

    def test_a_mail_whose_relay_stays_away_is_failed_and_staff_are_told(self, sandbox: Sandbox, worker: Worker) -> None:
        world = sandbox()
        world.smtp.conduct.default = Behaviour.HANG_UP
        mail_id, job_id = post()
        with connection.transaction():
            connection.changed("UPDATE job SET failures = %s WHERE id = %s", mail.send.attempts - 2, job_id)
        assert worker.run(job_id).state is JobState.QUEUED
        job, kept = worker.run(job_id), outbox.get(mail_id)
        assert (job.state, kept.state) == (JobState.DEAD, MailState.FAILED)
        assert kept.reply == job.error
        assert kept.ended_at
        worker.drain(telling.ended_badly)
        assert [one.kind for one in alerts.open_()] == ["jobs_dead:mail.send"]

    def test_it_waits_through_the_outage_of_a_weekend(self) -> None:
        """Also where chance makes each wait as short as it may be."""
        waits = (backoff_s(one, first_s=mail.send.backoff_s, jitter=1.0) for one in range(1, mail.send.attempts))
        assert sum(waits) > 72 * 3600

    def test_a_person_who_retries_it_has_it_sent(self, sandbox: Sandbox, worker: Worker) -> None:
        world = sandbox()
        mail_id, job_id = post()
        staff_actions.cancel(job_id)
        assert (outbox.get(mail_id).state, outbox.get(mail_id).reply) == (MailState.CANCELLED, "its job was cancelled")
        staff_actions.retry(job_id)
        assert worker.run(job_id).state is JobState.DONE
        assert outbox.get(mail_id).state is MailState.SENT
        assert len(world.smtp.mailbox) == 1

    @pytest.mark.parametrize("given_back", ["released", "expired", "crashed"])
    def test_one_that_was_to_end_while_it_ran_is_cancelled_whoever_takes_it_back(
        self, worker: Worker, given_back: str
    ) -> None:
        mail_id, job_id = post()
        (claim,) = worker.claims.claim([job_id])
        staff_actions.cancel(job_id)
        match given_back:
            case "released":
                recovery.release([claim], begun=True)
            case "expired":
                do.let_claim_run_out(job_id)
                recovery.expire()
            case _:
                recovery.crashed(worker.id, begun=[job_id], alone=False, how="SIGKILL")
        assert (jobs.require(job_id).state, outbox.get(mail_id).state) == (JobState.CANCELLED, MailState.CANCELLED)

    @pytest.mark.parametrize(("begun", "state"), [(False, MailState.FAILED), (True, MailState.UNKNOWN)])
    def test_one_whose_sender_was_killed_for_good_may_have_gone_only_where_sending_had_begun(
        self, tmp_path: Path, ledger: str, *, begun: bool, state: MailState
    ) -> None:
        alone = Worker(tmp_path, alone=True)
        mail_id, job_id = post()
        if begun:
            effects.begin(f"mail:{mail_id}", "smtp.data", job_id=job_id)
        with connection.transaction():
            connection.changed("UPDATE job SET suspect = TRUE WHERE id = %s", job_id)
        for _ in range(CRASHES_ALLOWED):
            do.make_due(job_id)
            alone.claims.claim([job_id])
            recovery.crashed(alone.id, begun=[job_id], alone=True, how="SIGKILL")
        assert (jobs.require(job_id).state, outbox.get(mail_id).state) == (JobState.DEAD, state)
        told = {str(one.args["state"]) for one in jobs.newest(task="alerts.ended_badly")}
        assert told == ({"dead", "unknown"} if begun else {"dead"})

    def test_a_second_job_of_a_mail_that_went_out_cannot_call_it_unsent(self, sandbox: Sandbox, worker: Worker) -> None:
        sandbox()
        mail_id, job_id = post()
        second = mail.send.enqueue(mail_id=mail_id).job_id
        worker.run(job_id)
        staff_actions.cancel(second)
        assert outbox.get(mail_id).state is MailState.SENT


class TestAttachments:
    def test_what_is_stored_is_attached(self, sandbox: Sandbox, worker: Worker) -> None:
        world = sandbox()
        outside.storage().put("letters/a.pdf", b"%PDF-1.7 a letter")
        _, job_id = post(letter(attachments=(("a.pdf", "application/pdf", "letters/a.pdf"),)))
        assert worker.run(job_id).state is JobState.DONE
        (delivered,) = world.smtp.mailbox
        (attached,) = delivered.message.iter_attachments()
        assert (attached.get_filename(), attached.get_content()) == ("a.pdf", b"%PDF-1.7 a letter")

    def test_a_mail_whose_document_is_missing_is_failed_and_not_called_unknown(
        self, sandbox: Sandbox, worker: Worker
    ) -> None:
        world = sandbox()
        mail_id, job_id = post(letter(attachments=(("a.pdf", "application/pdf", "letters/a.pdf"),)))
        job = worker.run(job_id)
        assert (job.state, outbox.get(mail_id).state) == (JobState.FAILED, MailState.FAILED)
        assert world.smtp.connections == 0
        outside.storage().put("letters/a.pdf", b"%PDF-1.7 a letter")
        staff_actions.retry(job_id)
        assert worker.run(job_id).state is JobState.DONE
        assert len(world.smtp.mailbox) == 1

    def test_a_storage_that_cannot_now_is_asked_again_and_nothing_is_unknown(
        self, sandbox: Sandbox, worker: Worker
    ) -> None:
        world = sandbox()
        key = "letters/a.pdf"
        outside.storage().put(key, b"%PDF-1.7 a letter")
        stored = settings.current().home / "documents" / key
        mail_id, job_id = post(letter(attachments=(("a.pdf", "application/pdf", key),)))
        stored.unlink()
        stored.symlink_to(stored)  # reading it fails in a way that is not "missing"
        assert worker.run(job_id).state is JobState.QUEUED
        assert outbox.get(mail_id).state is MailState.QUEUED
        stored.unlink()
        outside.storage().put(key, b"%PDF-1.7 a letter")
        assert worker.run(job_id).state is JobState.DONE
        assert len(world.smtp.mailbox) == 1


def test_two_workers_with_the_same_mail_send_it_once(sandbox: Sandbox, worker: Worker) -> None:
    """Two jobs for one mail, which only a mistake could make, meet at its intent."""
    world = sandbox()
    mail_id, _ = post()
    ids = [mail.send.enqueue(mail_id=mail_id).job_id for _ in range(4)]
    worker.claims.claim(ids)
    do.at_once(4, lambda place: runner.run(worker.claims, ids[place]))
    assert len(world.smtp.mailbox) == 1
