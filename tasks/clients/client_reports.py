"""Monthly reports to clients: off by default, of the last month of their own calendar, each made once.

    what happened ──rows──> ClientReport ──wording──> PrintedReport ──Typst──> PDF ──> a document, a mail

Promise: keyed, then local. The PDF is stored under a key of its bytes; its document, its mail and the row that says
that the month is done, which is unique by client and month, are one transaction.
"""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from db import client_reports, connection
from db.documents import documents
from db.documents.documents import Document
from db.portfolio import clients
from db.portfolio.clients import Client
from rules.access import Permission
from rules.checks.subjects import Subject
from rules.clients import client_notices
from rules.clients import client_reports as rules
from rules.clients.client_reports import ReportMonth
from rules.clients.printed_report import PrintedReport
from tasks import mail, senders
from tasks.documents import keeping
from tasks.engine.context import completing
from tasks.engine.fan_out import FanOutSize
from tasks.engine.task import Queue, task
from tasks.mail import attachments, client_mails, letters
from tasks.mail.letters.brand import Brand
from wording.clients import client_reports as wording
from wording.clients.client_reports import ReportParties


def _size() -> FanOutSize:
    return FanOutSize(len(client_reports.clients_after(0, 100_000)))


@task(Queue.DEFAULT, unique=(), fans_out=True, size=_size, deadline_s=900, permission=Permission.MAIL)
def make_all() -> None:
    """Make the report of the last month for every client who gets one and has none yet."""
    if rules.due(datetime.now(UTC).date()):
        make.fan_out(client_reports.clients_after, "client_id")


@task(Queue.DEFAULT, attempts=5, unique=("client_id",), permission=Permission.MAIL)
def make(*, client_id: int) -> None:
    """Make a client's report of their last month and mail it, if it is due, and day where they are."""
    client = clients.get(client_id)
    now = datetime.now(ZoneInfo(client.zone))
    month = rules.due(now.date())
    if month is None or not client_notices.in_hours(now) or not _is_wanted(client, month):
        return
    from integrations import pdf  # noqa: PLC0415 - few processes typeset

    printed = report(client, month)
    made = keeping.put(
        Subject("client", client_id, client_id),
        pdf.report(printed),
        name=f"report-{month.first:%Y-%m}.pdf",
        content_type="application/pdf",
        added_by="client_reports.make",
    )
    with completing():
        connection.alone(f"client report {client_id}")
        if _is_wanted(clients.get(client_id), month):
            kept, _ = documents.add(made)
            mail_id = _post(client, month, kept) if client.email else None
            client_reports.add(client_id, month, document_id=kept.id, mail_id=mail_id)


def _is_wanted(client: Client, month: ReportMonth) -> bool:
    return client.monthly_report and not client_reports.is_made(client.id, month)


def report(client: Client, month: ReportMonth) -> PrintedReport:
    """Return what a client's report of a month says, in their language."""
    sender, zone = senders.of_client(client.id), ZoneInfo(client.zone)
    parties = ReportParties(
        client=client.name,
        seller=sender.name,
        language=client.language,
        zone=zone,
        accent=Brand.of_sender(sender).colour,
    )
    return wording.printed(client_reports.report(client.id, month, zone), parties)


def preview(client: Client, on: date) -> PrintedReport:
    """Return the report that is made on a day, of the month before it."""
    return report(client, rules.before(on))


def _post(client: Client, month: ReportMonth, kept: Document) -> int:
    """Put the letter with the report into the outbox and return its mail's id."""
    sender = senders.of_client(client.id)
    letter = letters.render(
        "monthly_report",
        language=client.language,
        brand=Brand.of_sender(sender),
        client_name=client.name,
        month=wording.month_named(month, client.language),
        seller_name=sender.name,
    )
    return mail.post(
        client_mails.mail(
            letter,
            client,
            sender,
            dedupe_key=f"report:{client.id}:{month.first:%Y-%m}",
            attachments=((kept.name, kept.content_type, attachments.named(kept.id)),),
        )
    )
