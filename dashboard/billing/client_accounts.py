"""A client account's page, credit that is granted and used, and the exports of invoices."""

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Query, Response
from starlette.requests import Request

from api_stub import problems, routes
from api_stub.fields import Id, TextLine
from api_stub.resources.billing import client_credit, invoice_documents
from api_stub.security.principal import Caller
from dashboard.rendering import flash_messages, render
from db.payments import statements
from db.portfolio import clients
from tasks.billing.invoice_tables import InvoiceExport
from wording.messages import _

pages: APIRouter = routes.router(include_in_schema=False)

_FormKey = Annotated[str, Form(pattern=r"^[a-f0-9]{32}$")]
_Day = Annotated[date | Literal[""], Query()]


@pages.get("/clients/{client_id}/statement")
def statement(request: Request, who: Caller, client_id: Id) -> Response:
    """Show what a client was asked for, what came, and what was owed after each."""
    client = problems.existing(clients.get, client_id, within=who.within)
    found = [statements.of_client(client_id, currency) for currency in statements.currencies(client_id)]
    return render.page(request, "billing/statement.html", client=client, statements=found)


@pages.post("/clients/{client_id}/credit")
def grant(
    who: Caller,
    client_id: Id,
    *,
    amount: Annotated[TextLine, Form(min_length=1, max_length=24)],
    currency: Annotated[str, Form(pattern=r"^[A-Z]{3}$")],
    reason: Annotated[TextLine, Form(min_length=1, max_length=200)],
    key: _FormKey,
) -> Response:
    """Put an amount to a client's credit, or take it off; the same form does it once."""
    client_credit.grant(who, client_id, amount, currency, reason=reason, key=key)
    return flash_messages.redirect(f"/clients/{client_id}/billing", _("The client's credit is changed."))


@pages.post("/invoices/{invoice_id}/credit-use")
def use(who: Caller, invoice_id: Id, key: _FormKey) -> Response:
    """Pay an invoice out of its client's credit."""
    used = client_credit.use(who, invoice_id, key=key)
    return flash_messages.redirect(
        f"/invoices/{invoice_id}",
        _("{amount} {currency} of the client's credit pay it.", amount=used.amount, currency=used.currency),
    )


@pages.get("/invoice-export")
def export(
    who: Caller,
    *,
    format: Annotated[InvoiceExport, Query()] = InvoiceExport.CSV,  # noqa: A002 - as the API calls it
    since: _Day = "",
    until: _Day = "",
) -> Response:
    """Export invoices and credit notes."""
    return invoice_documents.export_invoices(who, format=format, since=since or None, until=until or None)
