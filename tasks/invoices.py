"""Invoices: what is due becomes one invoice for each client and currency, then a document, then a mail.

Promises: issuing is local (each period once, numbers without gap); the document is keyed (the same bytes under the
same key, however often); the mail is as tasks/mail says.
"""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from itertools import groupby
from zoneinfo import ZoneInfo

import settings
from db.ledger.endings import EndedJob
from db.mail import outbox
from db.money import invoices, subscriptions
from db.money.invoices import Invoice, InvoiceLine
from db.portfolio import alerts, clients
from db.portfolio.alerts import Notice, Standing
from db.portfolio.clients import Client
from integrations import pdf
from rules import languages
from rules.access import Permission
from rules.alarms import Urgency
from rules.billing import money, tax_treatment
from rules.billing.billables import affordable
from rules.billing.invoice_description import InvoiceDescription, PaymentInstructions, PostalAddress, TradeParty
from rules.billing.priced_lines import PricedLine, ServicePeriod
from rules.billing.printed_invoice import PrintedInvoice
from rules.subjects import Subject
from settings.failpoints import failpoint
from tasks import alerts as telling
from tasks import billing_due, mail, outside, senders, signed_links
from tasks.engine.context import completing
from tasks.engine.fan_out import FanOutSize
from tasks.engine.task import Queue, task
from tasks.mail import letters
from tasks.payments import client_links
from wording import printed_invoices
from wording.invoice_labels import LANGUAGES

_UNDOCUMENTED = "invoice_undocumented"
"""The kind of the alert about an invoice whose document could not be made."""


def _tomorrow() -> date:
    """Return the last day that has begun in some client's zone."""
    return (datetime.now(UTC) + timedelta(days=1)).date()


def _size() -> FanOutSize:
    return FanOutSize(invoices.count_clients_due(on=_tomorrow()))


@task(
    Queue.DEFAULT,
    unique=(),
    fans_out=True,
    size=_size,
    then="alerts.tell_of_run",
    deadline_s=900,
    permission=Permission.MONEY,
)
def bill_all() -> None:
    """Bill every client who has something due."""
    bill.fan_out(partial(invoices.clients_due_after, on=_tomorrow()), "client_id")


@task(Queue.BILLING, attempts=5, unique=("client_id",), permission=Permission.MONEY)
def bill(*, client_id: int) -> None:
    """Issue a client's invoices for all that is due today in the client's zone."""
    sender = senders.of_client(client_id)
    today = datetime.now(ZoneInfo(clients.get(client_id).zone)).date()
    with completing():
        invoices.lock_client(client_id)
        due = billing_due.of_client(client_id, on=today)
        lines = sorted(due.lines, key=lambda line: line.currency)
        for _, group in groupby(lines, key=lambda line: line.currency):
            together = affordable(list(group))
            if together:
                invoice = invoices.issue(client_id, together, series=sender.series, on=today, due_days=sender.due_days)
                failpoint("invoices.issued")
                document.enqueue(invoice_id=invoice.id)
        for one in due.settlements:
            subscriptions.settle(one.subscription_id, billed=one.billed, next_due=one.next_due)
        billing_due.tell_held(client_id, due)


def _not_documented(job: EndedJob) -> None:
    """Write why an invoice has no document, and have staff told: the client was not billed."""
    invoice = invoices.find(job.args.get("invoice_id"))
    if invoice is None or invoice.document_key:
        return
    invoices.not_documented(invoice.id, why=job.error)
    notice = Notice(
        kind=_UNDOCUMENTED,
        urgency=Urgency.URGENT,
        headline=f"Invoice {invoice.name} has no document and was not mailed",
        momentary=True,
        facts=(("Client", invoice.client_name), ("Why", job.error)),
    )
    telling.reconcile([Standing(subject=_subject(invoice), notices=(notice,))])


@task(
    Queue.BILLING,
    attempts=8,
    backoff_s=30,
    unique=("invoice_id",),
    on_ended=_not_documented,
    permission=Permission.MONEY,
)
def document(*, invoice_id: int) -> None:
    """Make an invoice's PDF, keep it, and mail it to the client."""
    invoice = invoices.require(invoice_id)
    client = clients.get(invoice.client_id)
    key = f"invoices/{invoice.series.lower()}/{invoice.number:09d}.pdf"
    sha256 = outside.storage().put(key, pdf.invoice(_printed(invoice, client)))
    failpoint("invoices.stored")
    with completing():
        invoices.documented(invoice_id, key=key, sha256=sha256)
        alerts.clear(_UNDOCUMENTED, _subject(invoice))
        link_id = client_links.make(invoice, by="invoices.document")
        mail.post(_letter(invoice, client, key, signed_links.placeholder(link_id)), links=[link_id])


def _subject(invoice: Invoice) -> Subject:
    return Subject("invoice", invoice.id, invoice.client_id)


def _printed(invoice: Invoice, client: Client) -> PrintedInvoice:
    return printed_invoices.printed(_described(invoice, client))


def _described(invoice: Invoice, client: Client) -> InvoiceDescription:
    config = settings.current()
    return InvoiceDescription(
        number=invoice.name,
        issued_on=invoice.issued_on,
        due_on=invoice.due_on,
        currency=invoice.currency,
        language=_language(client),
        seller=TradeParty(name=config.seller_name, address=PostalAddress(lines=config.seller_address)),
        buyer=TradeParty(name=client.name, address=PostalAddress(lines=client.address)),
        lines=tuple(_priced(line) for line in invoices.lines(invoice.id)),
        payment=PaymentInstructions(terms=config.payment_note or None),
    )


def _priced(line: InvoiceLine) -> PricedLine:
    return PricedLine(
        name=line.description,
        quantity=Decimal(-1 if line.net_minor < 0 else 1),
        unit_price=abs(line.net.amount),
        tax=tax_treatment.standard(Decimal(line.tax_basis_points) / 100),
        period=ServicePeriod(first_day=line.start, last_day=line.end - timedelta(days=1)),
    )


def _letter(invoice: Invoice, client: Client, key: str, link: str) -> outbox.Mail:
    language = _language(client)
    letter = letters.render(
        "invoice",
        language=language,
        client_name=client.name,
        number=invoice.name,
        total=money.display(invoice.gross, language),
        due=f"{invoice.due_on:%Y-%m-%d}" if _is_owed(invoice) else "",
        seller_name=settings.current().seller_name,
        link=link,
    )
    return outbox.Mail(
        dedupe_key=f"invoice:{invoice.id}",
        recipient=client.email,
        subject=letter.subject,
        text=letter.text,
        html=letter.html,
        attachments=((f"{invoice.name}.pdf", "application/pdf", key),),
        client_id=client.id,
    )


def _language(client: Client) -> str:
    return languages.negotiate(client.language, LANGUAGES)


def _is_owed(invoice: Invoice) -> bool:
    """Return whether something is to be paid: a sum of zero is told, and not demanded."""
    return invoice.gross.minor > 0
