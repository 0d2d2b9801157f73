"""Settlement of mails whose fate is unknown: a person says that a mail arrived, or has it sent again, once."""

from enum import StrEnum

from db import connection
from db.ledger import effects, jobs, staff_actions
from db.ledger.staff_actions import NotPossible
from db.mail import outbox
from rules.access import Within
from rules.mail.mail_outcomes import MailState
from tasks import mail


class SettledAs(StrEnum):
    """What a person says of a mail of which nobody knows."""

    ARRIVED = "arrived"
    SEND_AGAIN = "send_again"


def settle(mail_id: int, settlement: SettledAs, *, within: Within = None) -> MailState:
    """Settle a mail that is unknown, in the caller's transaction, and return what it is then.

    Of two people that settle at once, the second waits and gets ``NotPossible``. A worker that still holds the outcome
    and comes late overwrites nothing. Raises ``NotPossible`` where the mail is not unknown, ``LookupError`` where
    there is none.
    """
    found = outbox.get(mail_id, within=within)
    arrived = settlement is SettledAs.ARRIVED
    state = MailState.SENT if arrived else MailState.QUEUED
    with connection.transaction():
        if not outbox.settle(mail_id, state):
            now = outbox.get(mail_id).state
            raise NotPossible(f"mail {mail_id} is {now}: only one that is unknown can be settled")
        intent = effects.open_(mail.intent_of(mail_id))
        job_id = intent.job_id if intent else None
        if arrived:
            known_to_have_gone(mail_id)
        else:
            effects.forget(mail.intent_of(mail_id))
            _send_again(found.id, job_id)
    return state


def known_to_have_gone(mail_id: int) -> None:
    """Settle the intent and the job of a mail that a provider is now known to have taken."""
    intent = effects.open_(mail.intent_of(mail_id))
    if intent is None:
        return
    effects.record_outcome(mail.intent_of(mail_id), "done")
    if intent.job_id is not None:
        staff_actions.end_unknown(intent.job_id)


def _send_again(mail_id: int, job_id: int | None) -> None:
    """Queue again the job that ended as unknown, or a new job where that one is gone."""
    if job_id is not None and jobs.get(job_id) is not None:
        staff_actions.retry(job_id)
    else:
        mail.send.enqueue(mail_id=mail_id)
