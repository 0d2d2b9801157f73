"""Who would get which invoice before anything is issued, and how one that was issued is taken back."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Response
from starlette.requests import Request

from api_stub import problems, routes
from api_stub.fields import Id, TextLine
from api_stub.security.principal import Caller
from dashboard import notices, render
from db import connection
from db.access import audit
from db.money import invoices
from rules.billing.invoice_description import InvoiceKind
from tasks import invoice_drafts
from tasks import invoices as tasks
from wording import billing_lines

pages: APIRouter = routes.router(include_in_schema=False)

_PAGE = 20


@pages.get("/invoice-drafts")
def drafts(request: Request, who: Caller, after: Annotated[int, Query(ge=0, le=2**62)] = 0) -> Response:
    """Show the next clients with something due today, what they would get, and what is held back and why."""
    found, more = invoice_drafts.some_foreseen(after, _PAGE, within=who.within)
    held = {one.client_id: [(line, billing_lines.held(line)) for line in one.held] for one in found}
    return render.page(request, "money/drafts.html", foreseen=found, held=held, more=more, first=not after)


@pages.post("/invoices/{invoice_id}/credit")
def credit(who: Caller, invoice_id: Id, reason: Annotated[TextLine, Form(min_length=1, max_length=200)]) -> Response:
    """Have an invoice taken back whole by a credit note."""
    found = problems.existing(invoices.require, invoice_id, within=who.within)
    if found.kind is InvoiceKind.CREDIT_NOTE or found.voided_by is not None:
        raise problems.Problem(409, "conflict", f"{found.name} is taken back already, or is a credit note itself")
    with connection.transaction():
        job = tasks.credit.enqueue(invoice_id=invoice_id, reason=reason)
        audit.add(who.actor, "credit", f"invoice {invoice_id}", {"job": job.job_id}, reason=reason)
    return notices.redirect(f"/invoices/{invoice_id}", "A credit note is being issued.")
