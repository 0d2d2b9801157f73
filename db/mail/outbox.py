"""The outbox: a mail is a row before it is a message, and asking for the same mail twice makes one row."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from secrets import token_hex
from typing import Final

from db import connection, paging
from db.listing import ListFilter, Listing, Order, equals
from db.mail import models
from db.paging import Count
from db.text_search import contains
from rules.access import Within, sees
from rules.mail.mail_outcomes import GONE, MailState


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
    bounce_token: str | None = None
    """In its return path, by which a bounce finds it."""
    provider: str | None = None
    """Who took it."""
    from_name: str | None = None
    """In whose name it is sent; None: as the settings say."""
    reply_to: str | None = None
    logo_of: int | None = None
    """The sender whose logo its HTML shows, which goes out with it."""
    unsubscribe: str | None = None
    """A signed link's placeholder, by which its reader gets no more of its kind."""


_MAIL = (
    "SELECT id, dedupe_key, recipient, subject, text, html, attachments, message_id, state, reply, created_at,"
    " ended_at, client_id, bounce_token, provider, from_name, reply_to, logo_of, unsubscribe FROM mail"
)


def add(mail: Mail, *, host: str) -> tuple[int, bool]:
    """Put a mail into the outbox in the caller's transaction; returns its id and whether it is new.

    Its Message-ID stays the same whoever sends it. It is random: nobody can guess it to forge a bounce, and a database
    that was restored does not give it to another mail.
    """
    with connection.transaction():
        found = models.Mail.get_or_none(models.Mail.dedupe_key == mail.dedupe_key)
        if found is not None:
            return found.id, False
        return models.Mail.create(
            dedupe_key=mail.dedupe_key,
            message_id=f"<{token_hex(16)}@{host}>",
            bounce_token=token_hex(12),
            recipient=mail.recipient,
            subject=mail.subject,
            text=mail.text,
            html=mail.html,
            attachments=[list(one) for one in mail.attachments],
            client_id=mail.client_id,
            from_name=mail.from_name,
            reply_to=mail.reply_to,
            logo_of=mail.logo_of,
            unsubscribe=mail.unsubscribe,
        ).id, True


def find(mail_id: object) -> Mail | None:
    """Return a mail, or None."""
    return next(iter(_newest_where("id = %s", mail_id)), None)


def of_bounce(*, tokens: Sequence[str] = (), message_ids: Sequence[str] = (), provider_id: str = "") -> Mail | None:
    """Return the mail that a bounce or notice is about, by the first of these that finds one; None where none does."""
    ways = (
        *(("bounce_token = %s", token) for token in tokens),
        *(("provider_id = %s", one) for one in (provider_id,) if one),
        *(("message_id = %s", one) for one in message_ids),
    )
    return next((mail for where, value in ways for mail in _newest_where(where, value)), None)


def locked(mail_id: int) -> Mail:
    """Return a mail that nobody else changes until the caller's transaction ends. Raises ``LookupError``."""
    connection.execute("SELECT id FROM mail WHERE id = %s {locked}", mail_id)
    return get(mail_id)


def _newest_where(where: str, value: object) -> list[Mail]:
    found = connection.rows(Mail, f"{_MAIL} WHERE {where} ORDER BY id DESC LIMIT 1", value)
    return [replace(one, attachments=tuple((name, kind, key) for name, kind, key in one.attachments)) for one in found]


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
        "containing": contains("mail", "recipient"),
    },
    owner="mail.client_id",
)
"""The whole outbox."""


def sending(mail_id: int) -> None:
    """Write, in the caller's transaction, that a provider is being asked."""
    _change(mail_id, state=MailState.SENDING, ended_at=None)


def waits(mail_id: int) -> None:
    """Write, in the caller's transaction, that the provider has not taken it: it waits for its next try."""
    connection.changed("UPDATE mail SET state = 'queued' WHERE id = %s AND state = 'sending'", mail_id)


def sent(mail_id: int, *, reply: str, provider: str, provider_id: str | None = None) -> None:
    """Write, in the caller's transaction, that a provider has taken a mail; what came back meanwhile stands."""
    _change(
        mail_id,
        reply=_bounded_reply(reply),
        ended_at=datetime.now(UTC),
        provider=provider[:100],
        provider_id=provider_id,
    )
    before = [str(one) for one in MailState if one not in GONE]
    connection.changed("UPDATE mail SET state = 'sent' WHERE id = %s AND state {ids}", mail_id, before)


def ended(mail_id: int, state: MailState, *, reply: str | None) -> None:
    """Write what became of a mail, in the caller's transaction."""
    _change(mail_id, state=state, reply=_bounded_reply(reply), ended_at=datetime.now(UTC))


def came_back(mail_id: int, state: MailState) -> None:
    """Write, in the caller's transaction, what a mail is after something came back about it."""
    _change(mail_id, state=state)


def not_sent(mail_id: int, state: MailState, *, reply: str) -> None:
    """Write, in the caller's transaction, that a mail's job has ended, unless it is known that the mail went out."""
    if get(mail_id).state not in GONE | {MailState.UNKNOWN, MailState.SUPPRESSED}:
        ended(mail_id, state, reply=reply)


def settle(mail_id: int, state: MailState) -> bool:
    """Give a mail whose fate is unknown another state, in the caller's transaction; False where it is not unknown."""
    return bool(connection.changed("UPDATE mail SET state = %s WHERE id = %s AND state = 'unknown'", state, mail_id))


def _change(mail_id: int, **values: object) -> None:
    models.Mail.update(**values).where(models.Mail.id == mail_id).execute()


def _bounded_reply(reply: str | None) -> str | None:
    return (reply or "")[:1000].replace("\0", "") or None


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
        " (SELECT ended_at FROM mail WHERE state IN ('sent', 'delivered') ORDER BY id DESC LIMIT 100) AS newest"
    )[0][0]
    waiting = paging.count("mail WHERE state = %s", "queued").number
    return waiting, float(oldest[0][0]), None if sent is None else float(sent)


def counts() -> dict[str, int]:
    """Return how many mails are in each state."""
    return {str(state): models.Mail.select().where(models.Mail.state == state).count() for state in MailState}


def unsent(*, within: Within = None) -> dict[MailState, Count]:
    """Count the mails in each state but SENT and DELIVERED, up to ``paging.MANY`` of each."""
    theirs, params = ("", ()) if within is None else ("AND client_id {ids}", (list(within),))
    return {
        state: paging.count(f"mail WHERE state = %s {theirs}", str(state), *params)
        for state in MailState
        if state not in (MailState.SENT, MailState.DELIVERED)
    }
