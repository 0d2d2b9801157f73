"""The outbox: a mail is a row before it is a message, and asking for the same mail twice makes one row."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from uuid import NAMESPACE_URL, uuid5

from db.connection import transaction
from db.mail.models import Mail as Row


class MailState(StrEnum):
    """What became of a mail."""

    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"  # the answer after DATA never came: it may have arrived


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A mail to send. ``attachments`` are (file name, content type, storage key); the Message-ID never changes."""

    id: int = 0
    dedupe_key: str
    recipient: str
    subject: str
    text: str
    html: str
    attachments: tuple[tuple[str, str, str], ...] = ()
    message_id: str = ""
    state: MailState = MailState.QUEUED
    reply: str | None = None
    created_at: datetime | None = None


def add(mail: Mail, *, host: str) -> tuple[int, bool]:
    """Put a mail into the outbox in the caller's transaction; returns its id and whether it is new.

    Its Message-ID is made of the dedupe key, so that it stays the same whoever sends it.
    """
    with transaction():
        found = Row.get_or_none(Row.dedupe_key == mail.dedupe_key)
        if found is not None:
            return found.id, False
        return Row.create(
            dedupe_key=mail.dedupe_key,
            message_id=f"<{uuid5(NAMESPACE_URL, f'{host}/{mail.dedupe_key}').hex}@{host}>",
            recipient=mail.recipient,
            subject=mail.subject,
            text=mail.text,
            html=mail.html,
            attachments=[list(one) for one in mail.attachments],
        ).id, True


def get(mail_id: int) -> Mail:
    """Return a mail. Raises ``LookupError``."""
    row = Row.get_or_none(Row.id == mail_id)
    if row is None:
        raise LookupError(f"no mail has the id {mail_id}")
    return Mail(
        id=row.id,
        dedupe_key=row.dedupe_key,
        recipient=row.recipient,
        subject=row.subject,
        text=row.text,
        html=row.html,
        attachments=tuple((name, kind, key) for name, kind, key in row.attachments),
        message_id=row.message_id,
        state=MailState(row.state),
        reply=row.reply,
        created_at=row.created_at,
    )


def ended(mail_id: int, state: MailState, *, reply: str | None) -> None:
    """Write what became of a mail, in the caller's transaction."""
    Row.update(
        state=state,
        reply=(reply or "")[:1000].replace("\0", "") or None,
        ended_at=datetime.now(UTC),
    ).where(Row.id == mail_id).execute()


def counts() -> dict[str, int]:
    """Return how many mails are in each state."""
    return {str(state): Row.select().where(Row.state == state).count() for state in MailState}


def in_state(state: MailState, *, limit: int = 50) -> Sequence[int]:
    """Return the newest mails of a state."""
    return [row.id for row in Row.select(Row.id).where(Row.state == state).order_by(Row.id.desc()).limit(limit)]
