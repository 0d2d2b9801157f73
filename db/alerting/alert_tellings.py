"""Tellings: news that is not routed yet, what each recipient is owed, and the mail or delivery that told it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from db import connection
from db.fields import moment, stored, sure
from db.portfolio import alert_changes, alerts
from rules.alerts.routing import News, Recipient
from rules.alerts.tellings import Telling
from rules.checks.alarms import Urgency
from rules.checks.subjects import Subject
from rules.mail import mailboxes
from rules.mail.mailboxes import NotAMailbox

BATCH = 2000
"""Pieces of news that are routed in one transaction."""

_MOST_TOLD = 20_000
"""How many tellings one mail ends at the most."""


@dataclass(frozen=True, slots=True)
class _Row:
    event_id: int
    alert_id: int
    words: str
    at: datetime
    until: datetime | None
    kind: str
    subject_kind: str
    subject_id: int
    client_id: int | None
    urgency: Urgency
    host: str | None
    mailed_to: str | None


def unrouted(limit: int = BATCH) -> list[tuple[int, News]]:
    """Return the oldest news that is not routed yet, each with its event's id."""
    rows = connection.rows(
        _Row,
        "SELECT alert_event.id AS event_id, alert_id, news AS words, at, until, alert.kind, subject_kind, subject_id,"
        " alert.client_id, alert_event.urgency, COALESCE(domain.name, endpoint.host) AS host,"
        " mail.recipient AS mailed_to"
        " FROM alert_event JOIN alert ON alert.id = alert_id"
        " LEFT JOIN domain ON subject_kind = 'domain' AND domain.id = subject_id"
        " LEFT JOIN endpoint ON subject_kind = 'endpoint' AND endpoint.id = subject_id"
        " LEFT JOIN mail ON subject_kind = 'mail' AND mail.id = subject_id"
        " WHERE unrouted ORDER BY alert_event.id LIMIT %s",
        limit,
    )
    return [(row.event_id, _news(row)) for row in rows]


def owe(event_ids: Sequence[int], tellings: Sequence[Telling]) -> None:
    """Write tellings and mark events as routed, in the caller's transaction. A telling that exists stays as it is."""
    alert_changes.lock([one.alert_id for one in tellings])
    rows = [
        {"alert_id": one.alert_id, "recipient": one.recipient.key, "words": one.words, "due_at": stored(one.due_at)}
        for one in tellings
    ]
    connection.changed(
        "INSERT INTO alert_telling (alert_id, recipient, words, due_at) SELECT {of(alert_id, bigint)},"
        " {of(recipient, text)}, {of(words, text)}, {of(due_at, timestamptz)} FROM {objects} WHERE TRUE"
        " ON CONFLICT (alert_id, recipient, words) DO NOTHING",
        json.dumps(rows),
    )
    connection.changed("UPDATE alert_event SET unrouted = FALSE WHERE id {ids}", list(event_ids))


@dataclass(frozen=True, slots=True)
class WaitingRecipient:
    """A recipient with open tellings: when the first is due, and the last of those that are due by now.

    Where none is due yet, ``last_due`` is ``first_due``.

    ``last_mail_at`` is when their last mail, or message to a channel, was posted.
    """

    recipient: Recipient
    first_due: datetime
    last_due: datetime
    last_mail_at: datetime | None


def waiting(*, now: datetime) -> list[WaitingRecipient]:
    """Return the recipients with open tellings, ordered by when their first is due."""
    rows = connection.execute(
        "SELECT recipient, MIN(due_at), MAX(CASE WHEN due_at <= %s THEN due_at END),"
        " COALESCE((SELECT MAX(told.ended_at) FROM alert_telling AS told"
        " WHERE told.recipient = alert_telling.recipient AND told.mail_id IS NOT NULL),"
        " (SELECT MAX(told.ended_at) FROM alert_telling AS told"
        " WHERE told.recipient = alert_telling.recipient AND told.delivery_id IS NOT NULL))"
        " FROM alert_telling WHERE ended_at IS NULL GROUP BY recipient ORDER BY 2, 1",
        stored(now),
    )
    return [
        WaitingRecipient(Recipient.parse(key), sure(first), moment(last_due) or sure(first), moment(mailed))
        for key, first, last_due, mailed in rows
    ]


def due(recipient: Recipient, *, now: datetime) -> list[tuple[int, Telling]]:
    """Return what a recipient is to be told now, each with its id; the oldest first."""
    rows = connection.execute(
        "SELECT id, alert_id, words, due_at FROM alert_telling"
        " WHERE recipient = %s AND ended_at IS NULL AND due_at <= %s ORDER BY due_at, id LIMIT %s",
        recipient.key,
        stored(now),
        _MOST_TOLD,
    )
    return [
        (number, Telling(alert_id=alert_id, recipient=recipient, words=words, due_at=sure(due_at)))
        for number, alert_id, words, due_at in rows
    ]


def told(
    ids: Sequence[int],
    alert_ids: Sequence[int],
    *,
    at: datetime,
    mail_id: int | None = None,
    delivery_id: int | None = None,
) -> None:
    """Remember, in the caller's transaction, with which mail or delivery tellings of alerts were told."""
    alerts.mark_told(alert_changes.lock(alert_ids), at=at)
    _end_tellings(ids, at, mail_id=mail_id, delivery_id=delivery_id)


def dropped(ids: Sequence[int], *, at: datetime) -> None:
    """Remember, in the caller's transaction, that tellings are not owed any more."""
    _end_tellings(ids, at)


def of_delivery(delivery_id: int) -> list[Telling]:
    """Return what a delivery to a channel was to tell."""
    rows = connection.execute(
        "SELECT alert_id, recipient, words, due_at FROM alert_telling WHERE delivery_id = %s ORDER BY id", delivery_id
    )
    return [
        Telling(alert_id=alert_id, recipient=Recipient.parse(key), words=words, due_at=sure(due_at))
        for alert_id, key, words, due_at in rows
    ]


@dataclass(frozen=True, slots=True)
class ToldLine:
    """A telling of an alert, with its mail or delivery; one that ended without either was dropped."""

    recipient: str
    words: str
    due_at: datetime
    ended_at: datetime | None
    mail_id: int | None
    delivery_id: int | None


def of_alert(alert_id: int, *, limit: int = 100) -> list[ToldLine]:
    """Return who was told of an alert and who is to be, the oldest first."""
    return connection.rows(
        ToldLine,
        "SELECT recipient, words, due_at, ended_at, mail_id, delivery_id FROM alert_telling WHERE alert_id = %s"
        " ORDER BY due_at, id LIMIT %s",
        alert_id,
        limit,
    )


def of_mail(mail_id: int) -> tuple[Recipient | None, list[int]]:
    """Return the recipient whom a mail told of alerts, and the alerts' ids; None and no ids where it told of none."""
    rows = connection.execute(
        "SELECT recipient, alert_id FROM alert_telling WHERE mail_id = %s ORDER BY alert_id", mail_id
    )
    return (Recipient.parse(rows[0][0]) if rows else None), list(dict.fromkeys(row[1] for row in rows))


def _end_tellings(
    ids: Sequence[int], at: datetime, *, mail_id: int | None = None, delivery_id: int | None = None
) -> None:
    connection.changed(
        "UPDATE alert_telling SET ended_at = %s, mail_id = %s, delivery_id = %s WHERE id {ids}",
        stored(at), mail_id, delivery_id, list(ids),
    )  # fmt: skip


def _news(row: _Row) -> News:
    return News(
        alert_id=row.alert_id,
        words=row.words,
        at=row.until or row.at,
        kind=row.kind,
        subject=Subject(row.subject_kind, row.subject_id, row.client_id),
        urgency=Urgency(row.urgency),
        host=row.host or "",
        unreachable=frozenset({_address(row.mailed_to)}) if row.mailed_to else frozenset(),
    )


def _address(written: str) -> str:
    try:
        return mailboxes.read(written).address.casefold()
    except NotAMailbox:
        return written.casefold()
