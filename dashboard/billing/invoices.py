"""Invoices: the list, and a page for each with its lines, its documents and what was paid of it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query, Response
from starlette.requests import Request
from starlette.responses import RedirectResponse

from api_stub import problems, routes
from api_stub.fields import Id, IdFilter
from api_stub.security.principal import Caller
from dashboard import documents
from dashboard.lists import list_keys, list_pages
from dashboard.lists.list_pages import ListPage
from dashboard.payments import payments
from dashboard.rendering import fields, render
from db.billing import invoices
from db.payments import settlements
from rules.access import Within
from rules.billing import money
from rules.checks.subjects import Subject
from rules.lists import filter_text
from rules.lists import filter_values as list_values

pages: APIRouter = routes.router(include_in_schema=False)


def _numbers(begun: str, within: Within) -> Sequence[str]:
    """Return the numbers of invoices that begin with the text: the exact one, then those among the newest."""
    typed = begun.strip()
    exact = invoices.LIST.page(number=int(typed), within=within, size=1).rows if typed.isdecimal() else ()
    newest = invoices.LIST.page("-id", within=within, size=list_keys.LOOKED_THROUGH).rows
    numbers = [str(one.number) for one in (*exact, *newest) if str(one.number).startswith(typed)]
    return list(dict.fromkeys(numbers))[: list_keys.MOST_VALUES]


PAGE = ListPage(
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
    listed = list_pages.shown(PAGE, who, asked, folded=told)
    whose = fields.client_named(listed.filters.get("client"), within=who.within)
    settled = settlements.of_invoices(listed.rows.rows, on=datetime.now(UTC).date())
    return render.page(request, "billing/invoices.html", listed=listed, page=listed.rows, client=whose, settled=settled)


@pages.get("/invoices/{invoice_id}")
def invoice_page(request: Request, who: Caller, invoice_id: Id) -> Response:
    """Show an invoice with its lines, each with the domain that it is for."""
    found = problems.existing(invoices.require, invoice_id, within=who.within)
    return render.page(
        request,
        "billing/invoice.html",
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
