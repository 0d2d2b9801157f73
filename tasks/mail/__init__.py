"""Mail: what is in the outbox goes to the relay.

Promise: unknown window. A mail whose answer after DATA never came may have arrived, and so may one whose sender died
in the middle: it is recorded as ``unknown``, staff are told, and it is never sent again by itself. Every other mail
is sent once. A database that is away meanwhile costs nothing: the process holds the outcome until it is back.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from functools import partial

import settings
from db import connection
from db.ledger import effects, ledger_history, staff_actions, transitions
from db.ledger.effects import OpenEffect
from db.ledger.endings import EndedJob
from db.mail import outbox, suppressions
from db.mail.outbox import Mail
from db.mail.suppressions import Suppression
from db.portfolio import alerts
from integrations import smtp
from integrations.errors import Rejected, Unsettled
from rules.access import Permission
from rules.bounces.origin import return_path
from rules.checks.subjects import Subject
from rules.jobs import AttemptOutcome, JobState
from rules.mail import mailboxes
from rules.mail.mail_outcomes import GONE, MailState
from rules.translatable import Translatable
from settings.failpoints import failpoint
from tasks import senders, signed_links
from tasks.engine import outcomes
from tasks.engine.context import completing, current, intend
from tasks.engine.task import Queue, Task, find, task
from tasks.mail import attachments, handing_over, unsaved_outcomes
from tasks.mail.handing_over import Taken

PATIENCE = 160
"""Failures after which a mail is given up: 76 hours at the least, five days as a rule (RFC 5321, section 4.5.4.1)."""

DEADLINE_S = 6 * 3600.0
"""Calls of a relay have deadlines of their own; this one is for a database that is away when its outcome is known."""


def post(mail: Mail, *, sent_by: Task | None = None, links: Sequence[int] = ()) -> int:
    """Put a mail into the outbox and have it sent, in the caller's transaction. The same dedupe key posts once.

    ``sent_by`` is the task that sends it where it is not ``send``: one that completes the mail on its way out.
    ``links`` are signed links whose placeholders its text holds (``tasks.signed_links``).
    """
    mail_id, new = outbox.add(mail, host=_host())
    if new:
        signed_links.go_out_in(mail_id, links)
        queued = (sent_by or send).enqueue(mail_id=mail_id)
        _doubt_if_restored(mail_id, queued.job_id)
    return mail_id


def _doubt_if_restored(mail_id: int, job_id: int) -> None:
    """Leave a mail to a person where the job that posts it was in a restored backup: it may have gone out before."""
    cause = current()
    if cause is not None and ledger_history.was_in_backup(cause.claim.job_id):
        effects.begin(intent_of(mail_id), effects.BEFORE_RESTORE, job_id=job_id)


def not_sent(job: EndedJob) -> None:
    """Write into the outbox that a mail's job ended before its task could say so: dead, cancelled, unknown."""
    mail = outbox.find(job.args.get("mail_id"))
    if mail is None:
        return
    state = MailState.CANCELLED if job.state is JobState.CANCELLED else MailState.FAILED
    if effects.is_open(intent_of(mail.id)):
        state = MailState.UNKNOWN
        outcomes.alert_staff(send.name, JobState.UNKNOWN)
    outbox.not_sent(mail.id, state, reply=job.error)


@task(
    Queue.MAIL,
    attempts=PATIENCE,
    backoff_s=30,
    deadline_s=DEADLINE_S,
    on_ended=not_sent,
    permission=Permission.MAIL,
)
def send(*, mail_id: int) -> None:
    """Hand one mail of the outbox to the relay."""
    deliver(outbox.get(mail_id))


def deliver(mail: Mail) -> None:
    """Hand a mail to the relay, and write what became of it."""
    if mail.state in GONE:  # one that failed comes here because a person wants it tried again
        return
    if held_back := suppressions.active(mail.recipient):
        _suppressed(mail, held_back)
        return
    try:
        message = _composed(signed_links.completed(mail))
        begun = _intend(mail)
        taken = _delivered(mail, message, begun)
    except Rejected as error:
        unsaved_outcomes.write(partial(_failed, mail, settings.scrub(str(error))), late=_nothing)
        return
    except Unsettled as error:
        _unknown(mail, settings.scrub(str(error)))
        return
    failpoint("mail.after_data")
    unsaved_outcomes.write(partial(_sent, mail, taken), late=partial(_sent_after_all, mail, taken, begun))


def intent_of(mail_id: object) -> str:
    """Return the key of the intent to send a mail."""
    return f"mail:{mail_id}"


def _delivered(mail: Mail, message: EmailMessage, begun: OpenEffect) -> Taken:
    """Hand the message to a provider and return who took it.

    Any error before the final dot makes the intent void: the relay has not got the mail.
    """
    try:
        failpoint("mail.before_data")
        return handing_over.hand_over(
            message, sender=_return_path(mail), recipient=mailboxes.read(mail.recipient).address
        )
    except Unsettled:
        raise
    except Exception:
        unsaved_outcomes.write(partial(_refused, mail, begun), late=_nothing)
        raise


def _refused(mail: Mail, begun: OpenEffect) -> None:
    """Void the intent that ``begun`` is. A later attempt's intent stays: this may be written late, or a second time."""
    with connection.transaction():
        outbox.locked(mail.id)
        if effects.open_(intent_of(mail.id)) == begun:
            effects.record_outcome(intent_of(mail.id), "refused")
            outbox.waits(mail.id)


def _sent(mail: Mail, taken: Taken) -> None:
    with completing():
        _write_sent(mail, taken)


def _sent_after_all(mail: Mail, taken: Taken, begun: OpenEffect) -> None:
    """Write that a mail was taken, though its job is no longer ours, unless a person has decided about it since."""
    with connection.transaction():
        now = outbox.locked(mail.id)
        if now.state in (MailState.SENDING, MailState.UNKNOWN) and effects.open_(intent_of(mail.id)) == begun:
            _write_sent(mail, taken)
            if begun.job_id is not None:
                staff_actions.end_unknown(begun.job_id)


def _write_sent(mail: Mail, taken: Taken) -> None:
    receipt = taken.receipt
    reply = settings.scrub(receipt.reply)
    outbox.sent(mail.id, reply=reply, provider=taken.provider, provider_id=receipt.provider_id)
    effects.record_outcome(intent_of(mail.id), "done")
    alerts.clear("mail_failed", Subject("mail", mail.id))
    if mail.dedupe_key.startswith("alerts:"):
        alerts.clear("alert_mail_failed", Subject("task", 0))


def _nothing() -> None:
    """Write nothing: the process that has the job now goes by what is in the database."""


def _failed(mail: Mail, why: str) -> None:
    with completing(transitions.JobOutcome(JobState.FAILED, AttemptOutcome.FAILED, why, failures=1)):
        outbox.ended(mail.id, MailState.FAILED, reply=why)
        effects.record_outcome(intent_of(mail.id), "refused")
        _tell(mail, Translatable("A mail to {address} was refused", address=mail.recipient), ("The relay's reply", why))


def _suppressed(mail: Mail, entry: Suppression) -> None:
    """End a mail to a suppressed address, and tell staff, since somebody waits for the mail."""
    why = f"{entry.address} gets no mail since {entry.created_at:%Y-%m-%d} ({entry.reason})"
    with completing(transitions.JobOutcome(JobState.FAILED, AttemptOutcome.FAILED, why, failures=1)):
        outbox.ended(mail.id, MailState.SUPPRESSED, reply=why)
        _tell(mail, Translatable("A mail to {address} was not sent", address=mail.recipient), ("Why", why))


def _tell(mail: Mail, headline: str, why: tuple[str, str]) -> None:
    """Open an alert about a mail that was not sent.

    All mails about alerts share one alert: an alert for each would lead to more such mails, for ever.
    """
    of_alerts = mail.dedupe_key.startswith("alerts:")
    notice = alerts.Notice(
        kind="alert_mail_failed" if of_alerts else "mail_failed",
        headline=headline,
        facts=(("Subject", mail.subject), why),
        momentary=not of_alerts,
    )
    subject = Subject("task", 0) if of_alerts else Subject("mail", mail.id, mail.client_id)
    if alerts.reconcile([alerts.Standing(subject=subject, notices=(notice,))]):
        find("alerts.tell_all").enqueue()


def _unknown(mail: Mail, why: str) -> None:
    with completing(transitions.JobOutcome(JobState.UNKNOWN, AttemptOutcome.UNKNOWN, why, failures=1)):
        outbox.not_sent(mail.id, MailState.UNKNOWN, reply=why)
        outcomes.alert_staff(send.name, JobState.UNKNOWN)


def _intend(mail: Mail) -> OpenEffect:
    """Write the intent and return it. Raises ``Unsettled`` where an earlier attempt left one without an outcome."""
    with connection.transaction():
        begun = intend(intent_of(mail.id), "smtp.data")
        if begun:
            outbox.sending(mail.id)
        intent = effects.open_(intent_of(mail.id))
    if begun and intent is not None:
        return intent
    if intent is not None and intent.step == effects.BEFORE_RESTORE:
        raise Unsettled("the database was restored from a backup, after which this mail may have gone out")
    raise Unsettled("an earlier attempt ended after it had begun to send")


def _composed(mail: Mail) -> EmailMessage:
    return smtp.compose(
        sender=_in_name_of(mail.from_name),
        to=mail.recipient,
        subject=mail.subject,
        text=mail.text,
        html=mail.html,
        message_id=mail.message_id,
        date=mail.created_at or datetime.now(UTC),
        attachments=[(name, kind, attachments.read(key)) for name, kind, key in mail.attachments],
        logo=senders.logo_in_mail(mail.logo_of),
        reply_to=mail.reply_to,
        unsubscribe=mail.unsubscribe,
    )


def _in_name_of(name: str | None) -> str:
    """Return the From of a mail: the settings' address, in the name of the sender whose letter it is.

    ``mailboxes`` reads the address, as it does in the settings: Python's own parser refuses letters beyond ASCII.
    """
    written = settings.current().mail_from
    return f"{str(Address(name)).removesuffix('<>')}<{mailboxes.read(written).address}>" if name else written


def _return_path(mail: Mail) -> str:
    """Return the envelope sender, to which a mail bounces: each mail's own, where the settings name an address."""
    config = settings.current()
    if config.mail_bounces and mail.bounce_token:
        return return_path(config.mail_bounces, mail.bounce_token)
    return mailboxes.read(config.mail_from).address


def _host() -> str:
    return mailboxes.read(settings.current().mail_from).address.rpartition("@")[2]
