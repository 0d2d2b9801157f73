"""Invoice drafts: who would get which invoice, before any is issued; and credit notes for issued invoices."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Response
from starlette.requests import Request

from api_stub import problems, routes
from api_stub.fields import Id, TextLine
from api_stub.resources.billing import credit_notes
from api_stub.resources.billing.credit_notes import LinePlace
from api_stub.security.principal import Caller
from dashboard.rendering import flash_messages, render
from rules.billing.billables import Billable, HeldLine
from rules.billing.invoice_description import MAX_LINES
from tasks.billing import invoice_drafts
from wording import messages
from wording.billing import billing_lines
from wording.messages import _

pages: APIRouter = routes.router(include_in_schema=False)

_PAGE = 20


@pages.get("/invoice-drafts")
def drafts(request: Request, who: Caller, after: Annotated[int, Query(ge=0, le=2**62)] = 0) -> Response:
    """Show the next clients with something due today, what they would get, and what is held back and why."""
    found, more = invoice_drafts.some_foreseen(after, _PAGE, within=who.within)
    held = {one.client_id: [(line, messages.said(billing_lines.held(line))) for line in one.held] for one in found}
    return render.page(request, "billing/drafts.html", foreseen=found, held=held, more=more, first=not after)


@pages.get("/clients/{client_id}/invoice-drafts")
def client_drafts(request: Request, who: Caller, client_id: Id) -> Response:
    """Show what a client would get today, line by line, each with the way to change it before it is issued."""
    found = problems.existing(invoice_drafts.foreseen, client_id, within=who.within)
    held = [(line, messages.said(billing_lines.held(line))) for line in found.held]
    return render.page(request, "billing/client_drafts.html", foreseen=found, held=held, where=_where)


def _where(line: Billable | HeldLine) -> str:
    """Return the address of the page on which a line is changed."""
    if line.item_id is not None:
        return f"/billing-items/{line.item_id}"
    whole = f"/subscriptions/{line.subscription_id}"
    return whole if line.number is None else f"{whole}/periods/{line.number}"


@pages.post("/invoices/{invoice_id}/credit")
def credit(
    who: Caller,
    invoice_id: Id,
    *,
    reason: Annotated[TextLine, Form(min_length=1, max_length=200)],
    line: Annotated[list[LinePlace] | None, Form(max_length=MAX_LINES)] = None,
    amount: Annotated[TextLine, Form(max_length=24)] = "",
    key: Annotated[str, Form(pattern=r"^[a-f0-9]{32}$")],
) -> Response:
    """Have an invoice taken back by a credit note: these lines, an amount, or all that is left."""
    credit_notes.credit(who, invoice_id, lines=line or [], amount=amount.strip() or None, reason=reason, key=key)
    return flash_messages.redirect(f"/invoices/{invoice_id}", _("A credit note is being issued."))
