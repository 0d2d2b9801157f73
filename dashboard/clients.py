"""Clients with all that is theirs, and the search over everything."""

from fastapi import APIRouter, Response
from starlette.requests import Request

from api_stub import routes
from api_stub.fields import Id
from api_stub.security.principal import Caller
from dashboard import fields, render
from db.money import lists
from db.portfolio import alert_lists, client_lists, domain_lists, endpoint_lists, timelines

pages: APIRouter = routes.router(include_in_schema=False)

_OF_CLIENT = 25


@pages.get("/clients")
def client_list(request: Request, _who: Caller, q: fields.Search = "", after: fields.After = None) -> Response:
    """List clients by name."""
    page = fields.opened(client_lists.listed, text=q.strip(), after=after)
    return render.page(request, "clients/clients.html", page=page, q=q)


@pages.get("/clients/{client_id}")
def client(request: Request, _who: Caller, client_id: Id) -> Response:
    """Show a client with all that is theirs."""
    found = fields.client_named(client_id)
    return render.page(
        request,
        "clients/client.html",
        client=found,
        alerts=alert_lists.of_client(client_id),
        domains=domain_lists.of(client_id, size=_OF_CLIENT),
        endpoints=endpoint_lists.of(client_id, size=_OF_CLIENT),
        subscriptions=client_lists.subscriptions(client_id=client_id),
        invoices=lists.invoices(client_id=client_id, size=10),
        events=timelines.of_client(client_id),
    )


@pages.get("/search")
def search(request: Request, _who: Caller, q: fields.Search = "") -> Response:
    """Find domains, endpoints and clients whose name begins like this, and a job of this number."""
    text = q.strip()
    found = bool(text)
    return render.page(
        request,
        "clients/search.html",
        q=q,
        job_id=int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None,  # noqa: PLR2004 - BIGINT
        domains=domain_lists.named(text.lower(), size=10).rows if found else (),
        endpoints=endpoint_lists.named(text.lower(), size=10).rows if found else (),
        clients=client_lists.listed(text=text, size=10).rows if found else (),
    )
