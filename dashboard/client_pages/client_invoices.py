"""An invoice's page for its client, behind a signed link, without an account. It shows nothing of another client.

GET  /pay/{token}             the invoice, its state, what was paid, all invoices of this client
POST /pay/{token}             on to Checkout
GET  /pay/{token}/document    its PDF
GET  /pay/{token}/e-invoice   the same as XML, where it is an e-invoice
"""

from datetime import UTC, datetime
from functools import partial
from typing import Annotated
from urllib.parse import urlsplit

import structlog
from fastapi import APIRouter, Form, Path, Query, Response
from starlette.requests import Request

import settings
from api_stub import bounded_wait, document_answers, routes
from api_stub.problems import Problem
from api_stub.resources.billing import invoice_documents
from api_stub.resources.billing.invoice_documents import XmlSyntax
from api_stub.security import signed_links
from dashboard import documents
from dashboard.rendering import flash_messages, render
from db.billing import credit, invoices
from db.billing.invoices import Invoice
from db.payments import attempts, payments, settlements
from db.portfolio import clients
from rules.access.signed_links import LONGEST_TOKEN, SignedLink, SignedPurpose
from rules.billing.attempts import AttemptState
from rules.billing.einvoice import requirements
from rules.billing.settlement import InvoiceSettlement, SettlementState
from tasks import senders
from tasks.billing import invoice_descriptions
from tasks.payments import collection
from tasks.payments.collection import NotCollectable
from wording import written_days
from wording.billing import invoice_states

log = structlog.get_logger()

pages: APIRouter = routes.router(include_in_schema=False)

_Token = Annotated[str, Path(max_length=LONGEST_TOKEN)]
_MOST_INVOICES = 50
_WAIT_S = 8.0


@pages.get("/pay/{token}")
def client_invoice(request: Request, token: _Token, paid: Annotated[bool, Query()] = False) -> Response:  # noqa: FBT002 - a query
    """Show an invoice to the client whose it is."""
    link, invoice = _invoice_of(request, token)
    signed_links.used(routes.visitor(request), link, "opened")
    client, today = clients.get(invoice.client_id), datetime.now(UTC).date()
    others = invoices.LIST.page("-id", client=invoice.client_id, size=_MOST_INVOICES).rows
    settled = settlements.of_invoices([invoice, *others], on=today)
    language = invoice_states.spoken(client.language)
    return render.page(
        request,
        "client_pages/client_invoice.html",
        token=token,
        seller=senders.of_client(client.id).name,
        day=partial(written_days.written, language=language),
        client=client,
        invoice=invoice,
        settlement=settled[invoice.id],
        payments=payments.of_invoice(invoice.id),
        others=[(one, settled[one.id]) for one in others],
        balances=credit.balances(client.id),
        language=language,
        words=invoice_states.page(language),
        states=invoice_states.states(language),
        has_xml=not requirements.faults(invoice_descriptions.of_invoice(invoice)),
        can_pay=_can_pay(settled[invoice.id]),
        is_coming=paid and settled[invoice.id].outstanding > 0,
    )


@pages.post("/pay/{token}")
def pay(request: Request, token: _Token, keep: Annotated[str, Form(pattern="^(|yes)$")] = "") -> Response:
    """Lead the client to Checkout."""
    link, invoice = _invoice_of(request, token)
    client = clients.get(invoice.client_id)
    language = invoice_states.spoken(client.language)
    words = invoice_states.page(language)
    here = f"/pay/{token}"
    if settings.current().stripe_key is None:
        return flash_messages.redirect(here, words["offline"])
    try:
        begun = collection.checkout(invoice.id, link_id=link.id, keeps_card=keep == "yes", on=datetime.now(UTC).date())
    except NotCollectable as error:
        log.info("invoice_not_payable_now", invoice_id=invoice.id, why=str(error))
        return flash_messages.redirect(here, words["refused"])
    bounded_wait.until(
        lambda: attempts.require(begun.id).state is not AttemptState.ASKED,
        wait_s=min(_WAIT_S, settings.current().lookup_wait_s),
    )
    url = attempts.require(begun.id).url
    if url is None or urlsplit(url).scheme not in ("https", "http"):
        return flash_messages.redirect(here, words["preparing"])
    signed_links.used(routes.visitor(request), link, "went to pay")
    return render.page(
        request,
        "payments/onward.html",
        url=url,
        language=language,
        words=words,
        seller=senders.of_client(client.id).name,
    )


@pages.get("/pay/{token}/document")
def client_document(request: Request, token: _Token) -> Response:
    """Give the invoice's PDF to the client."""
    link, invoice = _invoice_of(request, token)
    kept = documents.of_invoice(invoice)
    if kept is None:
        raise Problem(404, "not-found", f"{invoice.name} has no document yet")
    answer = document_answers.answer(request, kept)
    if document_answers.is_first(request):
        signed_links.used(routes.visitor(request), link, "fetched")
    return answer


@pages.get("/pay/{token}/e-invoice")
def client_xml(request: Request, token: _Token, syntax: Annotated[XmlSyntax, Query()] = XmlSyntax.CII) -> Response:
    """Give the invoice as XML by EN 16931 to the client."""
    link, invoice = _invoice_of(request, token)
    answer = invoice_documents.xml_answer(invoice, syntax)
    signed_links.used(routes.visitor(request), link, "fetched")
    return answer


def _invoice_of(request: Request, token: str) -> tuple[SignedLink, Invoice]:
    """Return a token's link and its invoice. Raises ``LinkProblem`` 403, 404; ``Problem`` 429."""
    link = signed_links.admitted(routes.visitor(request), token, SignedPurpose.INVOICE, method="POST")
    invoice = invoices.find(link.subject.id)
    if invoice is None or invoice.client_id != link.subject.client_id:
        raise signed_links.gone(link)
    return link, invoice


def _can_pay(settlement: InvoiceSettlement) -> bool:
    is_open = settlement.outstanding > 0 and settlement.state is not SettlementState.DISPUTED
    return is_open and settings.current().stripe_key is not None
