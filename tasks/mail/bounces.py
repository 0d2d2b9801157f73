"""What comes back about our mails: read from a mailbox, handed in by a program, told by Amazon SES through SNS.

Promise: local. What came is told once by its key, in the transaction that ends the job or before a message is marked as
seen; a mailbox that is read again, and a message that SNS delivers again, change nothing.
"""

from datetime import UTC, datetime
from functools import lru_cache

import structlog

import settings
from db import connection
from db.mail import outbox, suppressions
from db.mail.mail_notices import MailNotice
from integrations import http_client
from integrations.deadline import Deadline
from integrations.errors import Rejected, Unavailable
from rules.access import Permission
from rules.mail import ses_events, sns
from rules.mail.mailbox_address import MailboxAddress
from rules.mail.ses_events import SesEvent
from rules.mail.sns import NotFromSns, SnsMessage
from settings import reports
from tasks import outside
from tasks.engine.context import completing
from tasks.engine.task import Queue, task
from tasks.mail import returned
from tasks.outside import rate_limits

log = structlog.get_logger()

MOST_AT_ONCE = 200
"""Messages that one job reads; the next job reads on."""

_MAILBOX_S = 120.0
_CERTIFICATE_S = 15.0
_OK = 200


@task(Queue.MAIL, attempts=3, backoff_s=60, deadline_s=600, unique=(), permission=Permission.MAIL)
def fetch() -> None:
    """Read what has come into the mailbox for bounces; without one there is nothing to do."""
    address = mailbox()
    if address is None:
        return
    limit = rate_limits.for_mail()
    with (
        limit("imap", f"{address.host}:{address.port}"),
        outside.returned_mailbox(address, Deadline.after(_MAILBOX_S)) as box,
    ):
        for uid in box.unseen(most=MOST_AT_ONCE):
            _taken_in(uid, box.message(uid))
            box.seen(uid)


def _taken_in(uid: str, message: bytes) -> None:
    """Take one message in. A fault of ours is reported, and does not hold up the other messages."""
    try:
        taken = returned.take_in(message, source="mailbox")
    except connection.Unreachable:
        raise
    except Exception as error:
        log.exception("bounce_not_read", uid=uid)
        reports.report(error)
    else:
        log.info("bounce_read", uid=uid, mail_id=taken.mail_id, kind=taken.kind, new=taken.new)


def mailbox() -> MailboxAddress | None:
    """Return the mailbox for bounces; None where the settings name none."""
    url = settings.current().mail_box_url
    return MailboxAddress.parse(url.get_secret_value()) if url else None


@task(Queue.MAIL, attempts=8, backoff_s=30, permission=Permission.MAIL)
def take_sns(*, body: str) -> None:
    """Verify a message of SNS, then write what it tells of mails, or confirm its subscription."""
    message, to_visit = _verified(body)
    if to_visit:
        _visited(to_visit)
        log.info("sns_subscription_confirmed", topic=message.topic)
        return
    told = ses_events.read(message.fields["Message"]) if message.kind == "Notification" else []
    notices = [notice for notice in map(_notice, told) if notice]
    with completing():
        for notice in notices:
            returned.tell(notice)


def _verified(body: str) -> tuple[SnsMessage, str]:
    """Return a message that SNS signed for a topic of ours, and the URL that confirms a subscription, or "".

    Raises ``Rejected``.
    """
    try:
        message = sns.read(body)
        sns.require_topic(message, settings.current().mail_sns_topics)
        sns.verify(message, certificate(message.certificate_url))
        to_visit = message.subscribe_url if message.kind == "SubscriptionConfirmation" else ""
    except NotFromSns as error:
        raise Rejected(f"this is not taken as a message of SNS: {error}") from None
    return message, to_visit


@lru_cache(maxsize=16)
def certificate(url: str) -> bytes:
    """Return the certificate at an address that is AWS's own. Raises Unavailable or Rejected."""
    return _visited(url)


def _visited(url: str) -> bytes:
    answer = http_client.call(
        url,
        guard=outside.guard(),
        deadline=Deadline.after(_CERTIFICATE_S),
        headers={},
        service="sns",
        limit=rate_limits.for_sign_in(),
    )
    if answer.status != _OK:
        raise Unavailable(f"SNS answers {answer.status}")
    return answer.body


def _notice(event: SesEvent) -> MailNotice | None:
    mail = outbox.of_bounce(provider_id=event.message_id)
    if mail is None:
        log.info("ses_event_of_no_mail", kind=event.kind)
        return None
    return MailNotice(
        mail_id=mail.id,
        key=event.key,
        kind=event.kind,
        recipient=suppressions.of(mail.recipient),
        status=event.status,
        said=event.said,
        source="ses",
        at=datetime.now(UTC),
    )
