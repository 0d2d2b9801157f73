"""Certificates by what is left of them, each endpoint with its page and its timeline."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Response
from starlette.requests import Request

from api_stub import problems, routes
from api_stub.fields import Id, IdFilter
from api_stub.security.principal import Caller
from dashboard import fields, flash, host_ports, render, requested_checks, served_certificates
from db.portfolio import certificates
from db.portfolio import endpoints as store
from db.views import alerts, endpoints, events
from db.views.paging import Page
from rules.certificates import matrix, renewal
from rules.certificates.history import EndpointHistory
from rules.certificates.renewal import Renewal

pages: APIRouter = routes.router(include_in_schema=False)

_MOST_PORTS = 20
"""Endpoints of a host that are shown beside one another."""


@pages.get("/endpoints")
def endpoint_list(
    request: Request,
    _who: Caller,
    *,
    show: Annotated[str, Query(pattern="^(|faulty|newest)$")] = "",
    within: fields.Within = None,
    q: fields.Search = "",
    client: IdFilter = None,
    after: fields.After = None,
) -> Response:
    """List endpoints by what is left of their certificates, or as the address says."""
    now = datetime.now(UTC)
    page = fields.opened(_endpoints, show, fields.until(now, within), q.strip().lower(), client, after)
    return render.page(
        request,
        "endpoints.html",
        page=page,
        show=show,
        within=within,
        q=q,
        client=fields.client_named(client),
        windows=[(days, endpoints.lapsing(now + timedelta(days=days))) for days in fields.WINDOWS],
        faulty=endpoints.faulty_count(),
    )


def _endpoints(
    show: str, until: datetime | None, text: str, client_id: int | None, after: str | None
) -> Page[endpoints.Endpoint]:
    if client_id is not None:
        return endpoints.of(client_id, after=after)
    if text:
        return endpoints.named(text, after=after)
    if show == "faulty":
        return endpoints.faulty(after=after)
    return endpoints.newest(after=after) if show == "newest" else endpoints.by_expiry(until=until, after=after)


@pages.get("/endpoints/{endpoint_id}")
def endpoint(request: Request, _who: Caller, endpoint_id: Id) -> Response:
    """Show an endpoint: what is wrong and how to mend it, each address, the chains, renewal, what changed."""
    found = problems.existing(store.get, endpoint_id)
    now = datetime.now(UTC)
    due = _renewal(found.past, now=now)
    sights = found.known.sights if found.known else ()
    return render.page(
        request,
        "endpoint.html",
        endpoint=found,
        rows=matrix.rows(sights),
        paths=matrix.paths(sights, now=now),
        ports=host_ports.ports(store.page(host=found.host, limit=_MOST_PORTS)),
        renewal=due,
        marks=served_certificates.marks(found.past.leaf, due),
        served_certificates=served_certificates.history(certificates.of(endpoint_id), found.known),
        alerts=alerts.of("endpoint", endpoint_id, "certificate_expiry", "certificate_fault"),
        events=events.of("endpoint", endpoint_id),
        scans=endpoints.scans(endpoint_id),
    )


def _renewal(past: EndpointHistory, *, now: datetime) -> Renewal | None:
    return (
        renewal.judge(past.leaf, held=past.held, window=renewal.window_of(past.finding), now=now) if past.leaf else None
    )


@pages.post("/endpoints/{endpoint_id}/scans")
def scan(who: Caller, endpoint_id: Id) -> Response:
    """Scan an endpoint now."""
    address = problems.existing(store.get, endpoint_id).address
    enqueued = requested_checks.request(who, "certificates.scan", endpoint_id=endpoint_id)
    return flash.back(f"/endpoints/{endpoint_id}", requested_checks.confirmation(address, enqueued))
