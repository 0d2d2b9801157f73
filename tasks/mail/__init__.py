"""Mail: what is in the outbox goes to the relay.

Promise: unknown window. A mail whose answer after DATA never came may have arrived, and so may one whose sender died
in the middle: it is recorded as ``unknown``, staff are told, and it is never sent again by itself. Every other mail
is sent once.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from email.message import EmailMessage

import settings
from db.ledger import effects, transitions
from db.ledger.endings import EndedJob
from db.mail import outbox
from db.mail.outbox import Mail, MailState
from db.portfolio import alerts
from integrations import smtp
from integrations.errors import Rejected, Unsettled
from rules import mailboxes
from rules.access import Permission
from rules.jobs import AttemptOutcome, JobState
from rules.subjects import Subject
from settings.failpoints import failpoint
from tasks import outside, signed_links
from tasks.engine import outcomes
from tasks.engine.context import completing, current
from tasks.engine.task import Queue, Task, find, task
from tasks.outside.calls import measured


def post(mail: Mail, *, sent_by: Task | None = None, links: Sequence[int] = ()) -> int:
    """Put a mail into the outbox and have it sent, in the caller's transaction. The same dedupe key posts once.

    ``sent_by`` is the task that sends it where it is not ``send``: one that completes the mail on its way out.
    ``links`` are signed links whose placeholders its text holds (``tasks.signed_links``).
    """
    mail_id, new = outbox.add(mail, host=_host())
    if new:
        signed_links.go_out_in(mail_id, links)
        (sent_by or send).enqueue(mail_id=mail_id)
    return mail_id


def not_sent(job: EndedJob) -> None:
    """Write into the outbox that a mail's job ended before its task could say so: dead, cancelled, lost for good."""
    mail = outbox.find(job.args.get("mail_id"))
    if mail is None:
        return
    state = MailState.CANCELLED if job.state is JobState.CANCELLED else MailState.FAILED
    if effects.is_open(_intent(mail)):
        state = MailState.UNKNOWN
        outcomes.alert_staff(send.name, JobState.UNKNOWN)
    outbox.not_sent(mail.id, state, reply=job.error)


@task(Queue.MAIL, attempts=10, backoff_s=30, deadline_s=900, on_ended=not_sent, permission=Permission.MAIL)
def send(*, mail_id: int) -> None:
    """Hand one mail of the outbox to the relay."""
    deliver(outbox.get(mail_id))


def deliver(mail: Mail) -> None:
    """Hand a mail to the relay, and write what became of it."""
    if mail.state is MailState.SENT:  # one that failed comes here because a person wants it tried again
        return
    try:
        message = _composed(signed_links.completed(mail))
        _intend(mail)
        reply = _delivered(mail, message)
    except Rejected as error:
        _failed(mail, settings.scrub(str(error)))
        return
    except Unsettled as error:
        _unknown(mail, settings.scrub(str(error)))
        return
    failpoint("mail.after_data")
    with completing():
        outbox.ended(mail.id, MailState.SENT, reply=reply)
        effects.settle(_intent(mail), "done")
        alerts.clear("mail_failed", Subject("mail", mail.id))


def _delivered(mail: Mail, message: EmailMessage) -> str:
    """Hand the message to the relay and return its reply.

    Whatever is raised before the final dot makes the intent void: the relay has not got the mail.
    """
    try:
        failpoint("mail.before_data")
        with measured("smtp"):
            receipt = outside.relay().send(
                message,
                sender=mailboxes.read(settings.current().mail_from).address,
                recipients=[mailboxes.read(mail.recipient).address],
            )
    except Unsettled:
        raise
    except Exception:
        effects.settle(_intent(mail), "refused")
        raise
    return settings.scrub(receipt.reply)


def _failed(mail: Mail, why: str) -> None:
    with completing(transitions.JobOutcome(JobState.FAILED, AttemptOutcome.FAILED, why, failures=1)):
        outbox.ended(mail.id, MailState.FAILED, reply=why)
        effects.settle(_intent(mail), "refused")
        notice = alerts.Notice(
            kind="mail_failed",
            headline=f"A mail to {mail.recipient} was refused",
            facts=(("Subject", mail.subject), ("The relay's reply", why)),
            momentary=True,
        )
        standing = alerts.Standing(subject=Subject("mail", mail.id, mail.client_id), notices=(notice,))
        if alerts.reconcile([standing]):
            find("alerts.tell_all").enqueue()


def _unknown(mail: Mail, why: str) -> None:
    with completing(transitions.JobOutcome(JobState.UNKNOWN, AttemptOutcome.UNKNOWN, why, failures=1)):
        outbox.ended(mail.id, MailState.UNKNOWN, reply=why)
        outcomes.alert_staff(send.name, JobState.UNKNOWN)


def _intend(mail: Mail) -> None:
    """Write the intent. Raises ``Unsettled`` where an earlier attempt left one without an outcome."""
    job = current()
    if not effects.begin(_intent(mail), "smtp.data", job_id=job.claim.job_id if job else None):
        raise Unsettled("an earlier attempt ended after it had begun to send")


def _intent(mail: Mail) -> str:
    return f"mail:{mail.id}"


def _composed(mail: Mail) -> EmailMessage:
    storage = outside.storage()
    return smtp.compose(
        sender=settings.current().mail_from,
        to=mail.recipient,
        subject=mail.subject,
        text=mail.text,
        html=mail.html,
        message_id=mail.message_id,
        date=mail.created_at or datetime.now(UTC),
        attachments=[(name, kind, storage.get(key)) for name, kind, key in mail.attachments],
    )


def _host() -> str:
    return mailboxes.read(settings.current().mail_from).address.rpartition("@")[2]
