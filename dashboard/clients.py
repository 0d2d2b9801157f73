"""Clients with all that is theirs, and the search over everything."""

from fastapi import APIRouter, Response
from starlette.requests import Request

from api_stub import routes
from api_stub.fields import Id
from api_stub.security.principal import Caller
from dashboard import fields, render
from db.money import invoices, subscriptions
from db.portfolio import alert_lists, clients, domain_lists, endpoint_lists, timelines

pages: APIRouter = routes.router(include_in_schema=False)

_OF_CLIENT = 25
_ALERTS = 20
_FOUND = 10


@pages.get("/clients")
def client_list(request: Request, _who: Caller, q: fields.Search = "", after: fields.After = None) -> Response:
    """List clients by name."""
    page = clients.LIST.page("name", containing=q.strip() or None, after=after)
    return render.page(
        request, "clients/clients.html", page=page, q=q, holdings=clients.holdings([one.id for one in page.rows])
    )


@pages.get("/clients/{client_id}")
def client(request: Request, _who: Caller, client_id: Id) -> Response:
    """Show a client with all that is theirs."""
    found = fields.client_named(client_id)
    return render.page(
        request,
        "clients/client.html",
        client=found,
        alerts=alert_lists.LIST.page("stage", client=client_id, open=True, size=_ALERTS).rows,
        domains=domain_lists.LIST.page("lapses", client=client_id, size=_OF_CLIENT),
        endpoints=endpoint_lists.LIST.page("not_after", client=client_id, size=_OF_CLIENT),
        subscriptions=subscriptions.of_client(client_id),
        invoices=invoices.page(client_id=client_id, size=10),
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
        domains=domain_lists.LIST.page("name", beginning=text.lower(), size=_FOUND).rows if found else (),
        endpoints=endpoint_lists.LIST.page("host", beginning=text.lower(), size=_FOUND).rows if found else (),
        clients=clients.LIST.page("name", containing=text, size=_FOUND).rows if found else (),
    )
