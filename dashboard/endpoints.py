"""Certificates by what is left of them, each endpoint with its page and its timeline."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Response
from starlette.requests import Request

from api_stub import problems, routes
from api_stub.fields import Id, IdFilter
from api_stub.security.principal import Caller
from dashboard import fields, host_ports, notices, render, requested_checks, served_certificates
from db.paging import Page
from db.portfolio import alert_lists, certificates, endpoint_lists, timelines
from db.portfolio import endpoints as portfolio
from rules.certificates import matrix, renewal
from rules.certificates.history import EndpointHistory
from rules.certificates.renewal import Renewal
from wording import certificate_renewals, findings

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
        "endpoints/endpoints.html",
        page=page,
        show=show,
        within=within,
        q=q,
        client=fields.client_named(client),
        windows=[(days, endpoint_lists.lapsing(now + timedelta(days=days))) for days in fields.WINDOWS],
        faulty=endpoint_lists.faulty_count(),
    )


def _endpoints(
    show: str, until: datetime | None, text: str, client_id: int | None, after: str | None
) -> Page[endpoint_lists.ListedEndpoint]:
    if client_id is not None:
        return endpoint_lists.of(client_id, after=after)
    if text:
        return endpoint_lists.named(text, after=after)
    if show == "faulty":
        return endpoint_lists.faulty(after=after)
    return (
        endpoint_lists.newest(after=after) if show == "newest" else endpoint_lists.by_expiry(until=until, after=after)
    )


@pages.get("/endpoints/{endpoint_id}")
def endpoint(request: Request, _who: Caller, endpoint_id: Id) -> Response:
    """Show an endpoint: what is wrong and how to mend it, each address, the chains, renewal, what changed."""
    found = problems.existing(portfolio.get, endpoint_id)
    now = datetime.now(UTC)
    due = _renewal(found.history, now=now)
    known = found.known
    return render.page(
        request,
        "endpoints/endpoint.html",
        endpoint=found,
        texts=findings.texts(known) if known else None,
        rows=matrix.rows(known.addresses if known else ()),
        chains=matrix.chains(known.addresses if known else ()),
        ports=host_ports.ports(portfolio.page(host=found.host, limit=_MOST_PORTS)),
        renewal=due,
        because=certificate_renewals.because(due) if due else "",
        marks=served_certificates.marks(found.history.leaf, due),
        served_certificates=served_certificates.history(certificates.of(endpoint_id), known),
        alerts=alert_lists.of("endpoint", endpoint_id, "certificate_expiry", "certificate_fault"),
        events=timelines.of("endpoint", endpoint_id),
        scans=endpoint_lists.scans(endpoint_id),
    )


def _renewal(history: EndpointHistory, *, now: datetime) -> Renewal | None:
    if history.leaf is None:
        return None
    return renewal.of(history.leaf, served=history.served, window=renewal.window_of(history.finding), now=now)


@pages.post("/endpoints/{endpoint_id}/scans")
def scan(who: Caller, endpoint_id: Id) -> Response:
    """Scan an endpoint now."""
    address = problems.existing(portfolio.get, endpoint_id).address
    enqueued = requested_checks.request(who, "certificates.scan", endpoint_id=endpoint_id)
    return notices.redirect(f"/endpoints/{endpoint_id}", requested_checks.confirmation(address, enqueued))
