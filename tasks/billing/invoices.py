"""Invoices: what is due becomes one invoice for each client and currency, then a document, then a mail.

Promises: issuing is local (each period once, numbers without gap); the document is keyed (the same bytes under the
same key, however often) and made once; the mail carries the document and a signed link to the invoice, and promises
what tasks/mail promises. Where there is online payment, the link is printed on the document as well.
"""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial

import settings
from db.billing import invoices, subscriptions
from db.billing.invoices import Invoice
from db.documents import documents
from db.documents.documents import Document
from db.ledger.endings import EndedJob
from db.mail import outbox
from db.payments import settlements
from db.portfolio import alerts, clients
from db.portfolio.alerts import Notice, Standing
from db.portfolio.clients import Client
from integrations.errors import Rejected
from rules import languages
from rules.access import Permission
from rules.access.signed_links import SignedLink
from rules.billing import money
from rules.billing.crediting import CreditWish, NotCreditable
from rules.billing.einvoice import cii, requirements
from rules.billing.invoice_description import InvoiceDescription
from rules.checks.alarms import Urgency
from rules.checks.subjects import Subject
from rules.translatable import Translatable
from settings.failpoints import failpoint
from tasks import alerts as telling
from tasks import mail, senders, signed_links
from tasks.billing import billing_due, credit_drafts, invoice_descriptions, invoice_documents, invoice_drafts
from tasks.billing.invoice_drafts import ClientDrafts, InvoiceDraft
from tasks.documents import adoption, keeping
from tasks.engine.context import completing
from tasks.engine.errors import Parked
from tasks.engine.fan_out import FanOutSize
from tasks.engine.task import Queue, task
from tasks.mail import attachments, client_mails, letters
from tasks.mail.letters.brand import Brand
from tasks.payments import client_links
from wording import written_days

_NOT_ISSUED = "invoice_not_issued"
"""The kind of the alert about a client whose invoices could not be issued."""

_UNDOCUMENTED = "invoice_undocumented"
"""The kind of the alert about an invoice whose document could not be made."""


def _tomorrow() -> date:
    """Return tomorrow in UTC: no zone is further ahead."""
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


def _not_issued(job: EndedJob) -> None:
    """Open an alert that says why a client was not billed."""
    for client in clients.many([int(str(job.args["client_id"]))]):
        notice = Notice(
            kind=_NOT_ISSUED,
            urgency=Urgency.URGENT,
            headline=Translatable("{client} was not billed", client=client.name),
            facts=(("Why", job.error),),
        )
        telling.reconcile([Standing(subject=_client(client.id), notices=(notice,))])


@task(Queue.BILLING, attempts=5, unique=("client_id",), on_ended=_not_issued, permission=Permission.MONEY)
def bill(*, client_id: int) -> None:
    """Issue a client's invoices for all that is due today in the client's zone, after they were checked as drafts."""
    today = invoice_drafts.today_of(client_id)
    checked = invoice_drafts.of_client(client_id, on=today)
    for draft in checked.drafts:
        invoice_drafts.check(draft.description)
    failpoint("invoices.checked")
    with completing():
        invoices.lock_client(client_id)
        found = invoice_drafts.of_client(client_id, on=today)
        if any(draft not in checked.drafts for draft in found.drafts):
            raise Parked(Translatable("something of the client's was changed meanwhile"), delay_s=1)
        for draft in found.drafts:
            document.enqueue(invoice_id=_issue(found, draft).id)
        for one in found.due.progress:
            subscriptions.record_billed(one.subscription_id, billed=one.billed, next_due=one.next_due)
        billing_due.tell_held(client_id, found.due)
        alerts.clear(_NOT_ISSUED, _client(client_id))


def _issue(found: ClientDrafts, draft: InvoiceDraft) -> Invoice:
    issued = invoices.issue(
        found.client_id,
        draft.lines,
        series=found.series,
        on=found.on,
        due_days=found.sender.due_days,
        describe=lambda number: replace(draft.description, number=number),
    )
    failpoint("invoices.issued")
    return issued


@task(Queue.BILLING, attempts=5, unique=("invoice_id",), permission=Permission.MONEY)
def credit(*, invoice_id: int, reason: str = "") -> None:
    """Take back what is left of an invoice by a credit note, and mail it: once, however often that is asked."""
    invoice = invoices.require(invoice_id)
    today = invoice_drafts.today_of(invoice.client_id)
    try:
        part, draft = credit_drafts.draft(invoice, CreditWish(), on=today, reason=reason)
    except NotCreditable as error:
        if invoices.require(invoice_id).voided_by is None:
            raise Rejected(str(error)) from None
        with completing():
            return
    invoice_drafts.check(draft)
    with completing():
        invoices.lock_client(invoice.client_id)
        now = invoices.require(invoice_id)
        if now.voided_by is not None:
            return
        if now.credited_minor != invoice.credited_minor:
            raise Parked(Translatable("a part of the invoice was taken back meanwhile"), delay_s=1)
        note = invoices.credit(invoice, part, on=today, describe=lambda number: replace(draft, number=number))
        settlements.settle_surplus(invoice_id)
        document.enqueue(invoice_id=note.id)


def _not_documented(job: EndedJob) -> None:
    """Record why an invoice has no document, and open an alert: the client did not get the invoice."""
    invoice = invoices.find(job.args.get("invoice_id"))
    if invoice is None or invoice.document_key:
        return
    invoices.not_documented(invoice.id, why=job.error)
    notice = Notice(
        kind=_UNDOCUMENTED,
        urgency=Urgency.URGENT,
        headline=Translatable("Invoice {invoice} has no document and was not mailed", invoice=invoice.name),
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
    """Make an invoice's PDF, keep it, and mail it to the client. What was made once is never made anew."""
    invoice = invoices.require(invoice_id)
    if invoice.document_key is not None:
        return
    client = clients.get(invoice.client_id)
    link = client_links.standing(invoice, by=document.name)
    made = keeping.put(
        _subject(invoice),
        _rendered(_payable(invoice_descriptions.of_invoice(invoice), link)),
        name=f"{invoice.name}.pdf",
        content_type="application/pdf",
        added_by=document.name,
        kept_until=adoption.kept_until(invoice),
    )
    failpoint("invoices.stored")
    with completing():
        kept, _ = documents.add(made)
        invoices.documented(invoice_id, key=kept.storage_key, sha256=kept.sha256)
        alerts.clear(_UNDOCUMENTED, _subject(invoice))
        mail.post(_letter(invoice, client, kept, signed_links.placeholder(link.id)), links=[link.id])


def _subject(invoice: Invoice) -> Subject:
    return Subject("invoice", invoice.id, invoice.client_id)


def _client(client_id: int) -> Subject:
    return Subject("client", client_id, client_id)


def _payable(said: InvoiceDescription, link: SignedLink) -> InvoiceDescription:
    """Return what is printed: with the client's link where there is online payment. The link is in no row."""
    if settings.current().stripe_key is None:
        return said
    return replace(said, payment=replace(said.payment, link=signed_links.address(link)))


def _rendered(said: InvoiceDescription) -> bytes:
    """Return the PDF; it carries the invoice for programs where it is an e-invoice, checked before its issue."""
    if invoice_drafts.is_e_invoice(said) and not requirements.faults(said):
        return invoice_documents.facturx(said, cii.document(said))
    return invoice_documents.pdf(said)


def _letter(invoice: Invoice, client: Client, kept: Document, link: str) -> outbox.Mail:
    language, sender = languages.negotiate(client.language, letters.LANGUAGES), senders.of_client(client.id)
    letter = letters.render(
        "invoice",
        language=language,
        brand=Brand.of_sender(sender),
        client_name=client.name,
        number=invoice.name,
        total=money.display(invoice.gross, language),
        due=written_days.written(invoice.due_on, language) if _is_owed(invoice) else "",
        seller_name=sender.name,
        link=link,
    )
    return client_mails.mail(
        letter,
        client,
        sender,
        dedupe_key=f"invoice:{invoice.id}",
        attachments=((kept.name, kept.content_type, attachments.named(kept.id)),),
    )


def _is_owed(invoice: Invoice) -> bool:
    """Return whether something is to be paid: a sum of zero is told, and not demanded."""
    return invoice.gross.minor > 0
