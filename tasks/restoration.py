"""After a restore: the database is back where it was, while the world went on. What may have been done is not repeated.

    mails, charges, refunds that wait   their intent is written: a mail is for a person to settle, Stripe is asked first
    billing and reminders that wait     cancelled, and their schedules paused: a person resumes them
    people who are signed in            sign in again: a session that was ended since would be back

A mail that a job of the backup leads to later, as an invoice's document does, is for a person to settle, too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from db import connection
from db.access import audit, sessions
from db.ledger import effects, jobs, ledger_history, schedules, staff_actions
from tasks import mail, payments
from tasks.access import send_link
from tasks.billing import credit_notes, invoices
from tasks.payments import dunning

SCHEDULES = ("invoices", "reminders")
"""What is paused: it would issue or send anew what clients may have."""

_BECAUSE = "the database was restored: see what was issued and sent since the backup, then resume"
_CANCELLED = {
    one.name
    for one in (
        invoices.bill_all,
        invoices.bill,
        invoices.credit,
        credit_notes.issue,
        dunning.remind_all,
        dunning.remind,
    )
}


def _intent_of_attempt(args: Mapping[str, object]) -> str:
    return payments.intent_of("attempt", args["attempt_id"])


def _intent_of_mail(args: Mapping[str, object]) -> str:
    return mail.intent_of(args["mail_id"])


def _intent_of_refund(args: Mapping[str, object]) -> str:
    return payments.intent_of("refund", args["refund_id"])


_INTENDED = {
    mail.send.name: _intent_of_mail,
    send_link.name: _intent_of_mail,
    payments.charge.name: _intent_of_attempt,
    payments.open_checkout.name: _intent_of_attempt,
    payments.give_back.name: _intent_of_refund,
}


@dataclass(frozen=True, slots=True)
class Restoration:
    """What may have been done since the backup: ids of jobs, and how many sessions the backup brought back."""

    mails: Sequence[int]
    payments: Sequence[int]
    cancelled: Sequence[int]
    sessions: int


def survey() -> Restoration:
    """Return what may have been done since the backup; change nothing."""
    waiting = jobs.unfinished([*_INTENDED, *_CANCELLED])
    mails = {mail.send.name, send_link.name}
    return Restoration(
        mails=[job.id for job in waiting if job.task in mails],
        payments=[job.id for job in waiting if job.task in _INTENDED.keys() - mails],
        cancelled=[job.id for job in waiting if job.task in _CANCELLED],
        sessions=sessions.count(),
    )


def accept(*, by: str, noted_steps: int) -> Restoration:
    """Keep what may have been done from being done again, in one transaction, and let the ledger go on.

    ``noted_steps`` is how far the ledger was, by the notes outside it.
    """
    with connection.transaction():
        found = survey()
        for job_id in (*found.mails, *found.payments):
            job = jobs.require(job_id)
            effects.begin(_INTENDED[job.task](job.args), effects.BEFORE_RESTORE, job_id=job_id)
        for job_id in found.cancelled:
            staff_actions.cancel(job_id)
        for name in SCHEDULES:
            schedules.enter(name)
            schedules.pause(name, because=_BECAUSE, by=by)
        sessions.end_all()
        ledger_history.go_on_from(noted_steps)
        audit.add(by, "restored", "ledger", {"mails": len(found.mails), "payments": len(found.payments)})
    return found
