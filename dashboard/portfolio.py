"""Domains, certificates and clients: by what is left, each with its page, its timeline and all that belongs to it."""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Response
from starlette.requests import Request

from api_stub import problems, routes
from api_stub.fields import Id, IdFilter
from api_stub.principal import Caller
from dashboard import fields, flash, render
from db import audit, clients, connection
from db import domains as domain_store
from db import endpoints as endpoint_store
from db.views import alerts, domains, endpoints, events, money
from db.views import clients as client_views
from db.views.paging import Page
from rules.domains import Answer
from rules.jobs import Priority
from tasks.task import find

pages: APIRouter = routes.router(include_in_schema=False)

WINDOWS = (0, 7, 14, 30, 60)
"""Days that the lists can be narrowed to; 0: what has lapsed."""

_ANSWERS = (Answer.AVAILABLE, Answer.RESERVED, Answer.UNPARSABLE)
_OF_CLIENT = 25

Within = Annotated[int | None, Query(ge=0, le=3660)]
DomainShow = Annotated[str, Query(pattern=f"^(|failing|newest|unstated|{'|'.join(_ANSWERS)})$")]


@pages.get("/domains")
def domain_list(
    request: Request,
    _who: Caller,
    *,
    show: DomainShow = "",
    within: Within = None,
    q: fields.Search = "",
    client: IdFilter = None,
    after: fields.After = None,
) -> Response:
    """List domains, the soonest to lapse first, or as the address says."""
    now = datetime.now(UTC)
    page = fields.opened(_domains, show, _until(now, within), q.strip().lower(), client, after)
    return render.page(
        request,
        "domains.html",
        page=page,
        show=show,
        within=within,
        q=q,
        answers=_ANSWERS,
        client=_client_named(client),
        windows=[(days, domains.lapsing(now + timedelta(days=days))) for days in WINDOWS],
        failing=domains.failing_count(),
    )


def _domains(
    show: str, until: datetime | None, text: str, client_id: int | None, after: str | None
) -> Page[domains.Domain]:
    if client_id is not None:
        return domains.of(client_id, after=after)
    if text:
        return domains.named(text, after=after)
    if not show:
        return domains.by_expiry(until=until, after=after)
    if show in _OTHER_ORDERS:
        return _OTHER_ORDERS[show](after=after)
    return domains.answered(Answer(show), after=after)


_OTHER_ORDERS = {
    "failing": domains.failing,
    "newest": domains.newest,
    "unstated": partial(domains.answered, Answer.REGISTERED),
}


def _until(now: datetime, within: int | None) -> datetime | None:
    return None if within is None else now + timedelta(days=within)


def _client_named(client_id: int | None) -> clients.Client | None:
    return None if client_id is None else problems.existing(clients.get, client_id)


@pages.get("/domains/{domain_id}")
def domain(request: Request, _who: Caller, domain_id: Id) -> Response:
    """Show a domain: what is known of it, what changed, what is paid for it."""
    found = problems.existing(domain_store.get, domain_id)
    return render.page(
        request,
        "domain.html",
        domain=found,
        alerts=alerts.of("domain", domain_id, "domain_expiry"),
        events=events.of("domain", domain_id),
        answers=domains.answers(domain_id),
        raw=domains.newest_raw(domain_id),
        subscriptions=client_views.subscriptions(domain_id=domain_id),
        invoices=money.invoices_of_domain(domain_id),
    )


@pages.post("/domains/{domain_id}/checks")
def check(who: Caller, domain_id: Id) -> Response:
    """Ask the registry about a domain now."""
    name = problems.existing(domain_store.get, domain_id).name
    return _asked(who, "domains.check", "domain_id", domain_id, about=name, where=f"/domains/{domain_id}")


@pages.get("/endpoints")
def endpoint_list(
    request: Request,
    _who: Caller,
    *,
    show: Annotated[str, Query(pattern="^(|faulty|newest)$")] = "",
    within: Within = None,
    q: fields.Search = "",
    client: IdFilter = None,
    after: fields.After = None,
) -> Response:
    """List endpoints by what is left of their certificates, or as the address says."""
    now = datetime.now(UTC)
    page = fields.opened(_endpoints, show, _until(now, within), q.strip().lower(), client, after)
    return render.page(
        request,
        "endpoints.html",
        page=page,
        show=show,
        within=within,
        q=q,
        client=_client_named(client),
        windows=[(days, endpoints.lapsing(now + timedelta(days=days))) for days in WINDOWS],
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
    """Show an endpoint: its certificate, its faults, what changed."""
    found = problems.existing(endpoint_store.get, endpoint_id)
    return render.page(
        request,
        "endpoint.html",
        endpoint=found,
        alerts=alerts.of("endpoint", endpoint_id, "certificate_expiry", "certificate_fault"),
        events=events.of("endpoint", endpoint_id),
        scans=endpoints.scans(endpoint_id),
    )


@pages.post("/endpoints/{endpoint_id}/scans")
def scan(who: Caller, endpoint_id: Id) -> Response:
    """Scan an endpoint now."""
    address = problems.existing(endpoint_store.get, endpoint_id).address
    return _asked(
        who, "certificates.scan", "endpoint_id", endpoint_id, about=address, where=f"/endpoints/{endpoint_id}"
    )


def _asked(who: Caller, task: str, argument: str, subject_id: int, *, about: str, where: str) -> Response:
    """Queue the look at one subject, ahead of a nightly run; what is queued already is not queued twice."""
    with connection.transaction():
        ticket = find(task).enqueue(key=f"{task}:{subject_id}", priority=Priority.URGENT, **{argument: subject_id})
        audit.add(who.actor, "trigger", task, {argument: subject_id, "job": ticket.job_id})
    state = "queued" if ticket.new else "queued already"
    return flash.back(where, f"A look at {about} is {state} as job {ticket.job_id}.")


@pages.get("/clients")
def client_list(request: Request, _who: Caller, q: fields.Search = "", after: fields.After = None) -> Response:
    """List clients by name."""
    page = fields.opened(client_views.listed, text=q.strip(), after=after)
    return render.page(request, "clients.html", page=page, q=q)


@pages.get("/clients/{client_id}")
def client(request: Request, _who: Caller, client_id: Id) -> Response:
    """Show a client with all that is theirs."""
    found = _client_named(client_id)
    return render.page(
        request,
        "client.html",
        client=found,
        alerts=alerts.of_client(client_id),
        domains=domains.of(client_id, size=_OF_CLIENT),
        endpoints=endpoints.of(client_id, size=_OF_CLIENT),
        subscriptions=client_views.subscriptions(client_id=client_id),
        invoices=money.invoices(client_id=client_id, size=10),
        events=events.of_client(client_id),
    )


@pages.get("/search")
def search(request: Request, _who: Caller, q: fields.Search = "") -> Response:
    """Find domains, endpoints and clients whose name begins like this, and a job of this number."""
    text = q.strip()
    found = bool(text)
    return render.page(
        request,
        "search.html",
        q=q,
        job_id=int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None,  # noqa: PLR2004 - BIGINT
        domains=domains.named(text.lower(), size=10).rows if found else (),
        endpoints=endpoints.named(text.lower(), size=10).rows if found else (),
        clients=client_views.listed(text=text, size=10).rows if found else (),
    )
