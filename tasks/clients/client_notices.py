"""Notices to clients about what of theirs ends: off by default, in their language, by day, each stage once.

    what is open as an alert, with its end ──rules──> what is due ──> one letter of a kind, with all of it

Promise: local. The rows that say what was told, and the mail that tells it, are written in the transaction that ends
the job. What staff closed is not told: they have seen to it.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import settings
from db import connection
from db.access import signed_links as stored_links
from db.access.signed_links import NewLink
from db.portfolio import client_notices, clients
from db.portfolio.clients import Client
from rules import languages
from rules.access import Permission
from rules.access.signed_links import SignedPurpose
from rules.checks.subjects import Subject
from rules.clients import client_notices as rules
from rules.clients.client_notices import ClientNoticeKind, DueNotice
from tasks import mail, senders, signed_links
from tasks.engine.context import completing
from tasks.engine.fan_out import FanOutSize
from tasks.engine.task import Queue, task
from tasks.mail import client_mails, letters
from tasks.mail.letters.brand import Brand
from wording import written_days

_LINK_HOLDS_S = 90 * 86400
_MOST_LINES = 50


def _size() -> FanOutSize:
    return FanOutSize(len(client_notices.clients_after(0, 100_000)))


@task(Queue.DEFAULT, unique=(), fans_out=True, size=_size, deadline_s=900, permission=Permission.MAIL)
def notify_all() -> None:
    """Look at every client who is told of anything."""
    notify.fan_out(client_notices.clients_after, "client_id")


@task(Queue.DEFAULT, attempts=5, unique=("client_id",), permission=Permission.MAIL)
def notify(*, client_id: int) -> None:
    """Mail a client the notices that are due, if it is day where they are."""
    client = clients.get(client_id)
    zone = ZoneInfo(client.zone)
    now = datetime.now(UTC).astimezone(zone)
    with completing():
        if client.email and rules.in_hours(now):
            connection.alone(f"client notices {client_id}")
            for kind in clients.get(client_id).notices:
                due = rules.due(
                    client_notices.ending(client_id, kind, zone),
                    stages=settings.current().client_notice_days,
                    sent=client_notices.sent(client_id, kind),
                    on=now.date(),
                )
                if due:
                    client_notices.add(client_id, kind, due, mail_id=_post(client, kind, due))


def _post(client: Client, kind: ClientNoticeKind, due: Sequence[DueNotice]) -> int:
    """Put the letter about these into the outbox and return its mail's id."""
    sender = senders.of_client(client.id)
    language = languages.negotiate(client.language, letters.LANGUAGES)
    first = due[0].thing
    letter = letters.render(
        rules.LETTERS[kind],
        language=language,
        facts=[(one.thing.name, written_days.written(one.thing.ends_on, client.language)) for one in due[:_MOST_LINES]],
        brand=Brand.of_sender(sender),
        client_name=client.name,
        seller_name=sender.name,
        first=first.name,
        ends=written_days.written(first.ends_on, client.language),
        more=len(due) - 1,
    )
    link_id = stored_links.add(_unsubscribing(client))
    return mail.post(
        client_mails.mail(
            letter,
            client,
            sender,
            dedupe_key=f"notice:{client.id}:{kind}:{first.subject_id}:{first.ends_on}:{due[0].days}",
            unsubscribe=signed_links.placeholder(link_id),
        ),
        links=[link_id],
    )


def _unsubscribing(client: Client) -> NewLink:
    return NewLink(
        purpose=SignedPurpose.NOTICES,
        subject=Subject("client", client.id, client.id),
        holds_s=_LINK_HOLDS_S,
        created_by="client_notices.notify",
        method="POST",
    )
