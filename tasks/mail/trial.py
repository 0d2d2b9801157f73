"""A mail that an owner sends to themselves, to see whether mails go out: the way that all mails go."""

from dataclasses import dataclass

from db.access import secret_tokens
from db.access.users import User
from db.ledger import jobs
from db.mail import outbox
from db.mail.outbox import Mail
from rules.mail.mail_outcomes import MailState
from tasks import mail
from tasks.mail import letters

_NEWEST = 50


@dataclass(frozen=True, slots=True)
class TrialOutcome:
    """The state of a trial mail, and what the relay, or the job that sends the mail, says of it."""

    mail_id: int
    state: MailState
    said: str


def post(user: User) -> int:
    """Put the mail into the outbox, in the caller's transaction, and return its id."""
    letter = letters.render("trial", language=user.language, user_name=user.name)
    return mail.post(
        Mail(
            dedupe_key=f"trial:{user.id}:{secret_tokens.made()[:16]}",
            recipient=user.email or "",
            subject=letter.subject,
            text=letter.text,
            html=letter.html,
        )
    )


def outcome(mail_id: int, user: User) -> TrialOutcome | None:
    """Return what became of a mail of this person's; None for one that is not theirs."""
    try:
        sent = outbox.get(mail_id)
    except LookupError:
        return None
    if not sent.dedupe_key.startswith(f"trial:{user.id}:"):
        return None
    return TrialOutcome(mail_id, sent.state, sent.reply or _waits_for(mail_id))


def _waits_for(mail_id: int) -> str:
    """Return why the job that sends a mail tries again, empty where it has not tried yet."""
    sending = jobs.newest(task=mail.send.name, limit=_NEWEST)
    return next((one.error or "" for one in sending if one.args.get("mail_id") == mail_id), "")
