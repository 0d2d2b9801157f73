"""Endpoints: the list, by the time left of their certificates; and a page for each, with its timeline."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter, Response
from starlette.requests import Request

from api_stub import problems, routes
from api_stub.fields import Id
from api_stub.resources.portfolio import removals
from api_stub.security.principal import Caller
from dashboard.lists import list_keys
from dashboard.lists.list_pages import ListPage
from dashboard.portfolio import host_ports, portfolio_lists, requested_checks, served_certificates
from dashboard.portfolio.portfolio_lists import Tab, Views
from dashboard.rendering import flash_messages, render, strips
from db.portfolio import alert_lists, certificates, endpoint_lists, timelines
from db.portfolio import endpoints as portfolio
from db.portfolio.endpoint_lists import LIST
from rules.access import Within
from rules.certificates import matrix, renewal
from rules.certificates.history import EndpointHistory
from rules.certificates.renewal import Renewal
from wording.certificates import certificate_renewals, findings

pages: APIRouter = routes.router(include_in_schema=False)

_MOST_PORTS = 20
"""Endpoints of a host that are shown side by side, at the most."""


def _hosts(begun: str, within: Within) -> Sequence[str]:
    asked: dict[str, Any] = {"containing": begun.strip()} if begun.strip() else {}
    found = LIST.page("host", within=within, size=list_keys.LOOKED_THROUGH, **asked).rows
    return list_keys.beginning(dict.fromkeys(one.host for one in found), begun)


PAGE = ListPage(
    name="endpoints",
    where="/endpoints",
    title="Certificates",
    listing=LIST,
    keys=(
        list_keys.CLIENT,
        list_keys.ends("when its certificate ends"),
        replace(list_keys.plain("host", "the whole name of its host", "www.bakery.test"), values=_hosts),
        list_keys.flag("faulty", "whether something is wrong with it"),
    ),
    words="containing",
    sort="not_after",
    sorts={"host": "Host", "not_after": "Ends", "id": "Entered"},
    cells={
        "id": lambda one: one.id,
        "host": lambda one: one.host,
        "port": lambda one: one.port,
        "protocol": lambda one: one.protocol,
        "client": lambda one: one.client_name,
        "ends": lambda one: one.not_after,
        "grade": lambda one: one.known.grade if one.known else None,
        "faults": lambda one: len(one.known.faults) if one.known else None,
        "issuer": lambda one: one.known.leaf.issuer if one.known and one.known.leaf else None,
    },
)
VIEWS = Views(tabs={"": Tab(), "faulty": Tab("id", "faulty:yes"), "newest": Tab("-id")})


@pages.get("/endpoints")
def endpoint_list(request: Request, who: Caller, asked: portfolio_lists.Address) -> Response:
    """List endpoints by what is left of their certificates, or as the address says."""
    shown = portfolio_lists.context(PAGE, VIEWS, asked, who)
    outcomes = endpoint_lists.outcomes([one.id for one in shown["page"].rows])
    return render.page(
        request,
        "endpoints/endpoints.html",
        **shown,
        strips={one: strips.of_scans(scans) for one, scans in outcomes.items()},
        faulty=LIST.count(faulty=True, within=who.within),
        removals=removals.pending(who),
        first_look=portfolio_lists.first_look("certificates.scan_due"),
    )


@pages.get("/endpoints/{endpoint_id}")
def endpoint(request: Request, who: Caller, endpoint_id: Id) -> Response:
    """Show an endpoint: what is wrong and how to mend it, each address, the chains, renewal, what changed."""
    found = problems.existing(portfolio.get, endpoint_id, within=who.within)
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
        ports=host_ports.ports(LIST.page(host=found.host, within=who.within, size=_MOST_PORTS).rows),
        renewal=due,
        because=certificate_renewals.because(due) if due else "",
        marks=served_certificates.marks(found.history.leaf, due),
        served_certificates=served_certificates.history(certificates.of(endpoint_id), known),
        alerts=alert_lists.LIST.page("stage", endpoint=endpoint_id, open=True, within=who.within).rows,
        events=timelines.of("endpoint", endpoint_id, within=who.within),
        scans=endpoint_lists.scans(endpoint_id),
        removals=removals.pending(who),
    )


def _renewal(history: EndpointHistory, *, now: datetime) -> Renewal | None:
    if history.leaf is None:
        return None
    return renewal.of(history.leaf, served=history.served, window=renewal.window_of(history.finding), now=now)


@pages.post("/endpoints/{endpoint_id}/scans")
def scan(who: Caller, endpoint_id: Id) -> Response:
    """Scan an endpoint now."""
    address = problems.existing(portfolio.get, endpoint_id, within=who.within).address
    enqueued = requested_checks.request(who, "certificates.scan", endpoint_id=endpoint_id)
    return flash_messages.redirect(f"/endpoints/{endpoint_id}", requested_checks.confirmation(address, enqueued))
