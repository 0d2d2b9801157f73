"""What came back about mails: that they arrived, bounced, were called spam. Each is told once."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from db import connection
from db.fields import stored
from db.mail import models
from rules.mail.mail_outcomes import NoticeKind

LONGEST_SAID = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class MailNotice:
    """What came back about a mail. ``key`` is the same for the same news; ``source`` is the way on which it came."""

    mail_id: int
    key: str
    kind: NoticeKind
    recipient: str
    status: str | None
    said: str
    source: str
    at: datetime


def add(notice: MailNotice) -> bool:
    """Keep a notice in the caller's transaction; False where it was told before."""
    return bool(
        connection.changed(
            "INSERT INTO mail_notice (mail_id, key, kind, recipient, status, said, source, at)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (key) DO NOTHING",
            notice.mail_id,
            notice.key,
            str(notice.kind),
            notice.recipient[:320],
            notice.status,
            notice.said[:LONGEST_SAID].replace("\0", ""),
            notice.source,
            stored(notice.at),
        )
    )


def of_mail(mail_id: int) -> list[MailNotice]:
    """Return what came back about a mail, the oldest first."""
    rows = models.MailNotice.select().where(models.MailNotice.mail == mail_id).order_by(models.MailNotice.id).limit(100)
    return [
        MailNotice(
            mail_id=mail_id,
            key=row.key,
            kind=NoticeKind(row.kind),
            recipient=row.recipient,
            status=row.status,
            said=row.said,
            source=row.source,
            at=row.at,
        )
        for row in rows
    ]


def count(recipient: str, kind: NoticeKind, *, within: timedelta) -> int:
    """Return how often something came back about mails to an address within a time."""
    found = connection.execute(
        "SELECT COUNT(*) FROM mail_notice WHERE recipient = %s AND kind = %s AND at > %s",
        recipient[:320],
        str(kind),
        stored(datetime.now(UTC) - within),
    )
    return int(found[0][0])
