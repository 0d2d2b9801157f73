"""Invoices with their documents, and the mail outbox."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Form, Query, Response
from starlette.requests import Request
from starlette.responses import RedirectResponse

from api_stub import problems, routes
from api_stub.fields import Id, IdFilter, TextLine
from api_stub.resources.mail import mails
from api_stub.security.principal import Caller
from dashboard import documents
from dashboard.lists import list_keys, list_pages
from dashboard.lists.list_pages import ListPage
from dashboard.payments import payments
from dashboard.rendering import fields, flash_messages, render
from db.mail import mail_notices, outbox
from db.money import invoices
from db.payments import settlements
from rules.access import Permission, Within
from rules.access.audit import LONGEST_REASON
from rules.billing import money
from rules.checks.subjects import Subject
from rules.lists import filter_text
from rules.lists import filter_values as list_values
from rules.mail.mail_outcomes import MailState
from tasks.mail.settling import SettledAs
from wording import mail_words
from wording.messages import _

pages: APIRouter = routes.router(include_in_schema=False)


def _numbers(begun: str, within: Within) -> Sequence[str]:
    """Return numbers of invoices: the one that was typed if there is it, and those of the newest that begin so."""
    typed = begun.strip()
    exact = invoices.LIST.page(number=int(typed), within=within, size=1).rows if typed.isdecimal() else ()
    newest = invoices.LIST.page("-id", within=within, size=list_keys.LOOKED_THROUGH).rows
    numbers = [str(one.number) for one in (*exact, *newest) if str(one.number).startswith(typed)]
    return list(dict.fromkeys(numbers))[: list_keys.MOST_VALUES]


INVOICES = ListPage(
    name="invoices",
    where="/invoices",
    title="Invoices",
    listing=invoices.LIST,
    keys=(
        list_keys.CLIENT,
        replace(list_keys.plain("number", "its number, in whatever series", "17", list_values.number), values=_numbers),
        list_keys.flag("documented", "whether it has its document"),
    ),
    sort="-id",
    sorts={"id": "Issued", "gross": "Total"},
    cells={
        "id": lambda one: one.id,
        "invoice": lambda one: one.name,
        "client": lambda one: one.client_name,
        "issued": lambda one: one.issued_on,
        "due": lambda one: one.due_on,
        "currency": lambda one: one.currency,
        "total": lambda one: money.written(one.gross),
    },
)


@pages.get("/invoices")
def invoice_list(
    request: Request,
    who: Caller,
    asked: list_pages.Asked,
    client: IdFilter = None,
    show: Annotated[str, Query(pattern="^(|undocumented)$")] = "",
) -> Response:
    """List invoices, newest first."""
    fields.client_named(client, within=who.within)
    told = filter_text.of([("client", str(client or "")), ("documented", "no" if show else "")])
    listed = list_pages.shown(INVOICES, who, asked, folded=told)
    whose = fields.client_named(listed.filters.get("client"), within=who.within)
    settled = settlements.of_invoices(listed.rows.rows, on=datetime.now(UTC).date())
    return render.page(request, "money/invoices.html", listed=listed, page=listed.rows, client=whose, settled=settled)


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


MAILS = ListPage(
    name="mails",
    where="/mail",
    title="Mail",
    listing=outbox.LIST,
    keys=(
        list_keys.choice("state", "its state", map(str, MailState), MailState),
        list_keys.plain("to", "the whole address", "office@bakery.test"),
    ),
    words="containing",
    sort="-id",
    sorts={"id": "Made"},
    cells={
        "id": lambda one: one.id,
        "state": lambda one: one.state,
        "to": lambda one: one.recipient,
        "subject": lambda one: one.subject,
        "made": lambda one: one.created_at,
        "ended": lambda one: one.ended_at,
        "reply": lambda one: one.reply,
    },
)


@pages.get("/mail")
def mail_list(
    request: Request,
    who: Caller,
    asked: list_pages.Asked,
    state: Annotated[str, Query(pattern=f"^(|{'|'.join(MailState)})$")] = "",
    to: Annotated[fields.Search, Query(max_length=320)] = "",
) -> Response:
    """List the outbox, newest first."""
    listed = list_pages.shown(MAILS, who, asked, folded=filter_text.of([("state", state), ("to", to.strip())]))
    return render.page(
        request,
        "money/mails.html",
        listed=listed,
        page=listed.rows,
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
    state = mails.settled(who, mail_id, settlement, reason=reason)
    return flash_messages.redirect(
        where, _("It counts as sent.") if state is MailState.SENT else _("It is sent again.")
    )
