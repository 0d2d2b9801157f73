"""Clients with all that is theirs, and the search over everything."""

from functools import partial
from typing import Any, TypeVar

from fastapi import APIRouter, Response
from starlette.requests import Request

from api_stub import problems, routes
from api_stub.fields import Id
from api_stub.security.principal import Caller
from dashboard import documents, fields, render
from db.ledger import jobs
from db.listing import Identified, Listing
from db.money import invoices, subscriptions
from db.portfolio import alert_lists, clients, domain_lists, endpoint_lists, timelines
from rules.access import Within
from rules.subjects import Subject

pages: APIRouter = routes.router(include_in_schema=False)

T = TypeVar("T", bound=Identified)

_OF_CLIENT = 25
_ALERTS = 20
_FOUND = 10
_DIGITS_OF_ID = 19


@pages.get("/clients")
def client_list(request: Request, who: Caller, q: fields.Search = "", after: fields.After = None) -> Response:
    """List clients by name."""
    page = clients.LIST.page("name", containing=q.strip() or None, within=who.within, after=after)
    return render.page(
        request, "clients/clients.html", page=page, q=q, holdings=clients.holdings([one.id for one in page.rows])
    )


@pages.get("/clients/{client_id}")
def client(request: Request, who: Caller, client_id: Id) -> Response:
    """Show a client with all that is theirs."""
    found = problems.existing(clients.get, client_id, within=who.within)
    return render.page(
        request,
        "clients/client.html",
        client=found,
        alerts=alert_lists.LIST.page("stage", client=client_id, open=True, within=who.within, size=_ALERTS).rows,
        domains=domain_lists.LIST.page("lapses", client=client_id, within=who.within, size=_OF_CLIENT),
        endpoints=endpoint_lists.LIST.page("not_after", client=client_id, within=who.within, size=_OF_CLIENT),
        subscriptions=subscriptions.of_client(client_id),
        invoices=invoices.LIST.page("-id", client=client_id, size=_FOUND),
        events=timelines.of_client(client_id),
        documents=documents.of(Subject("client", client_id), within=who.within),
    )


@pages.get("/search")
def search(request: Request, who: Caller, q: fields.Search = "") -> Response:
    """Find domains, endpoints and clients whose name begins like this, and a job of this number."""
    text = q.strip()
    found, few = bool(text), partial(_few, who.within)
    return render.page(
        request,
        "clients/search.html",
        q=q,
        job_id=_job(who, text),
        domains=few(domain_lists.LIST, "name", beginning=text.lower()) if found else (),
        endpoints=few(endpoint_lists.LIST, "host", beginning=text.lower()) if found else (),
        clients=few(clients.LIST, "name", containing=text) if found else (),
    )


def _few(within: Within, listing: Listing[T], sort: str, **asked: Any) -> tuple[T, ...]:
    return listing.page(sort, within=within, size=_FOUND, **asked).rows


def _job(who: Caller, text: str) -> int | None:
    """Return the number of a job that may be there; who is limited is told of their own jobs alone."""
    number = int(text) if text.isascii() and text.isdigit() and len(text) < _DIGITS_OF_ID else None
    return number if number is not None and (who.within is None or jobs.get(number, within=who.within)) else None
