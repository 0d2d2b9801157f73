"""Invoices with their documents, and the mail outbox."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Form, Query, Response
from starlette.requests import Request
from starlette.responses import RedirectResponse

from api_stub import problems, routes
from api_stub.fields import Id, IdFilter, TextLine
from api_stub.resources import mails
from api_stub.security.principal import Caller
from dashboard import documents, fields, notices, payments, render
from db.ledger.staff_actions import NotPossible
from db.mail import mail_notices, outbox
from db.money import invoices
from db.payments import settlements
from db.portfolio import clients
from rules.access import Permission
from rules.audit import LONGEST_REASON
from rules.mail_outcomes import MailState
from rules.subjects import Subject
from tasks.mail.settling import SettledAs
from wording import mail_words

pages: APIRouter = routes.router(include_in_schema=False)


@pages.get("/invoices")
def invoice_list(
    request: Request,
    who: Caller,
    client: IdFilter = None,
    show: Annotated[str, Query(pattern="^(|undocumented)$")] = "",
    after: fields.After = None,
) -> Response:
    """List invoices, newest first."""
    documented = False if show == "undocumented" else None
    page = invoices.LIST.page("-id", client=client, documented=documented, within=who.within, after=after)
    whose = problems.existing(clients.get, client, within=who.within) if client else None
    settled = settlements.of_invoices(page.rows, on=datetime.now(UTC).date())
    return render.page(request, "money/invoices.html", page=page, client=whose, show=show, settled=settled)


@pages.get("/invoices/{invoice_id}")
def invoice_page(request: Request, who: Caller, invoice_id: Id) -> Response:
    """Show an invoice with its lines, each with the domain that it is for."""
    found = problems.existing(invoices.require, invoice_id, within=who.within)
    return render.page(
        request,
        "money/invoice.html",
        invoice=found,
        lines=invoices.lines(found.id),
        documents=documents.of(Subject("invoice", found.id), within=who.within),
        **payments.of_invoice(found),
    )


@pages.get("/invoices/{invoice_id}/document")
def document(who: Caller, invoice_id: Id) -> Response:
    """Send the browser to an invoice's PDF."""
    found = problems.existing(invoices.require, invoice_id, within=who.within)
    kept = documents.of_invoice(found)
    if kept is None:
        raise problems.Problem(404, "not-found", f"{found.name} has no document yet")
    return RedirectResponse(f"/documents/{kept.id}/file", status_code=303)


@pages.get("/mail")
def mail_list(
    request: Request,
    who: Caller,
    state: Annotated[str, Query(pattern=f"^(|{'|'.join(MailState)})$")] = "",
    to: Annotated[fields.Search, Query(max_length=320)] = "",
    after: fields.After = None,
) -> Response:
    """List the outbox, newest first."""
    chosen = MailState(state) if state else None
    page = outbox.LIST.page("-id", state=chosen, to=to.strip() or None, within=who.within, after=after)
    return render.page(
        request,
        "money/mails.html",
        page=page,
        state=state,
        to=to,
        states=list(MailState),
        counts=outbox.unsent(within=who.within),
    )


@pages.get("/mail/{mail_id}")
def mail_page(request: Request, who: Caller, mail_id: Id) -> Response:
    """Show a mail: its text, the relay's reply, and what came back about it."""
    found = problems.existing(outbox.get, mail_id, within=who.within)
    return render.page(
        request,
        "money/mail.html",
        mail=found,
        means=mail_words.STATES[found.state],
        notices=mail_notices.of_mail(found.id),
        told=mail_words.NOTICES,
        may_settle=found.state is MailState.UNKNOWN and who.may(Permission.MAIL),
    )


@pages.post("/mail/{mail_id}/settlement")
def settle(
    who: Caller,
    mail_id: Id,
    settlement: Annotated[SettledAs, Form()],
    reason: Annotated[TextLine, Form(min_length=1, max_length=LONGEST_REASON)],
) -> Response:
    """Say of an unknown mail that it arrived, or have it sent again."""
    where = f"/mail/{mail_id}"
    try:
        state = mails.settled(who, mail_id, settlement, reason=reason)
    except NotPossible as error:
        return notices.redirect(where, f"Nothing was changed: {error}.")
    return notices.redirect(where, "It counts as sent." if state is MailState.SENT else "It is sent again.")
