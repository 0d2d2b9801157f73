"""The outbox: a mail is a row before it is a message, and asking for the same mail twice makes one row."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final
from uuid import NAMESPACE_URL, uuid5

from db import connection, paging
from db.listing import ListFilter, Listing, Order, equals
from db.mail import models
from db.paging import Count
from rules.access import Within, sees


class MailState(StrEnum):
    """What became of a mail."""

    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"  # the answer after DATA never came: it may have arrived
    CANCELLED = "cancelled"  # its job was cancelled before it was sent


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
    ended_at: datetime | None = None
    client_id: int | None = None
    """Whom it is about; None: nobody, or many."""


_MAIL = (
    "SELECT id, dedupe_key, recipient, subject, text, html, attachments, message_id, state, reply, created_at,"
    " ended_at, client_id FROM mail"
)


def add(mail: Mail, *, host: str) -> tuple[int, bool]:
    """Put a mail into the outbox in the caller's transaction; returns its id and whether it is new.

    Its Message-ID is made of the dedupe key, so that it stays the same whoever sends it.
    """
    with connection.transaction():
        found = models.Mail.get_or_none(models.Mail.dedupe_key == mail.dedupe_key)
        if found is not None:
            return found.id, False
        return models.Mail.create(
            dedupe_key=mail.dedupe_key,
            message_id=f"<{uuid5(NAMESPACE_URL, f'{host}/{mail.dedupe_key}').hex}@{host}>",
            recipient=mail.recipient,
            subject=mail.subject,
            text=mail.text,
            html=mail.html,
            attachments=[list(one) for one in mail.attachments],
            client_id=mail.client_id,
        ).id, True


def find(mail_id: object) -> Mail | None:
    """Return a mail, or None."""
    for mail in connection.rows(Mail, f"{_MAIL} WHERE id = %s", mail_id):
        return replace(mail, attachments=tuple((name, kind, key) for name, kind, key in mail.attachments))
    return None


def get(mail_id: int, *, within: Within = None) -> Mail:
    """Return a mail. Raises ``LookupError``."""
    mail = find(mail_id)
    if mail is None or not sees(within, mail.client_id):
        raise LookupError(f"no mail has the id {mail_id}")
    return mail


@dataclass(frozen=True, slots=True)
class Posted:
    """A mail as lists show it, without what it says."""

    id: int
    recipient: str
    subject: str
    state: MailState
    reply: str | None
    created_at: datetime
    ended_at: datetime | None


def _posted(ids: Sequence[int]) -> list[Posted]:
    return connection.rows(
        Posted, "SELECT id, recipient, subject, state, reply, created_at, ended_at FROM mail WHERE id {ids}", list(ids)
    )


LIST: Final[Listing[Posted]] = Listing(
    table="mail",
    columns="state, recipient",
    read=_posted,
    orders={"id": Order()},
    filters={
        "state": ListFilter(MailState, equals("state"), "Only in this state"),
        "to": ListFilter(str, equals("recipient"), "Only to this address"),
    },
    owner="mail.client_id",
)
"""The whole outbox."""


def ended(mail_id: int, state: MailState, *, reply: str | None) -> None:
    """Write what became of a mail, in the caller's transaction."""
    models.Mail.update(
        state=state,
        reply=(reply or "")[:1000].replace("\0", "") or None,
        ended_at=datetime.now(UTC),
    ).where(models.Mail.id == mail_id).execute()


def not_sent(mail_id: int, state: MailState, *, reply: str) -> None:
    """Write, in the caller's transaction, that a mail's job has ended, unless it is known that the mail went out."""
    if get(mail_id).state not in (MailState.SENT, MailState.UNKNOWN):
        ended(mail_id, state, reply=reply)


def standstill() -> tuple[int, float, float | None] | None:
    """Return how many mails wait, since how many seconds the oldest does, and how long ago one was sent last.

    None where no mail waits; the last is None where none was sent. Of those sent, the newest hundred are looked at.
    """
    oldest = connection.execute(
        "SELECT {seconds(created_at, {now})} FROM mail WHERE state = 'queued' ORDER BY id LIMIT 1"
    )
    if not oldest:
        return None
    sent = connection.execute(
        "SELECT {seconds(MAX(ended_at), {now})} FROM"
        " (SELECT ended_at FROM mail WHERE state = 'sent' ORDER BY id DESC LIMIT 100) AS newest"
    )[0][0]
    waiting = paging.count("mail WHERE state = %s", "queued").number
    return waiting, float(oldest[0][0]), None if sent is None else float(sent)


def counts() -> dict[str, int]:
    """Return how many mails are in each state."""
    return {str(state): models.Mail.select().where(models.Mail.state == state).count() for state in MailState}


def unsent(*, within: Within = None) -> dict[MailState, Count]:
    """Count the mails in each state but SENT, as far as a page counts."""
    theirs, params = ("", ()) if within is None else ("AND client_id {ids}", (list(within),))
    return {
        state: paging.count(f"mail WHERE state = %s {theirs}", str(state), *params)
        for state in MailState
        if state is not MailState.SENT
    }
