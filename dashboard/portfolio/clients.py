"""Clients: the list, and a page for each with its domains, endpoints, invoices and subscriptions."""

from datetime import UTC, datetime

from fastapi import APIRouter, Response
from starlette.requests import Request

from api_stub import problems, routes
from api_stub.fields import Id
from api_stub.resources.portfolio import removals
from api_stub.security.principal import Caller
from dashboard import documents
from dashboard.client_pages import client_status
from dashboard.lists import list_keys, list_pages
from dashboard.lists.list_pages import ListPage
from dashboard.portfolio import lapses
from dashboard.rendering import render
from db.access import users
from db.billing import invoices, subscriptions
from db.mail import outbox
from db.payments import settlements
from db.portfolio import alert_lists, clients, domain_lists, endpoint_lists, timelines
from rules.access import Permission
from rules.checks.subjects import Subject
from rules.clients.client_notices import ClientNoticeKind
from wording.messages import N_

pages: APIRouter = routes.router(include_in_schema=False)

_OF_CLIENT = 25
_ALERTS = 20
_INVOICES = 10
_SETTLED = 50
"""Newest invoices of a client that are searched for unpaid ones."""
_MAILS = 8
_NEXT = 8

_NOTICE_KINDS = (
    (ClientNoticeKind.DOMAINS, N_("Domains that expire soon")),
    (ClientNoticeKind.CERTIFICATES, N_("Certificates that end soon")),
)


PAGE = ListPage(
    name="clients",
    where="/clients",
    title="Clients",
    listing=clients.LIST,
    keys=(list_keys.plain("name", "the whole name", "Mill Bakery"),),
    words="containing",
    sort="name",
    sorts={"name": "Name", "id": "Entered"},
    cells={
        "id": lambda one: one.id,
        "client": lambda one: one.name,
        "email": lambda one: one.email,
        "language": lambda one: one.language,
        "currency": lambda one: one.currency,
    },
)


@pages.get("/clients")
def client_list(request: Request, who: Caller, asked: list_pages.Asked) -> Response:
    """List clients by name."""
    listed = list_pages.shown(PAGE, who, asked)
    held = clients.holdings([one.id for one in listed.rows.rows])
    return render.page(request, "clients/clients.html", listed=listed, page=listed.rows, holdings=held)


@pages.get("/clients/{client_id}")
def client(request: Request, who: Caller, client_id: Id) -> Response:
    """Show a client with all that is theirs."""
    found = problems.existing(clients.get, client_id, within=who.within)
    now, subscribed = datetime.now(UTC), subscriptions.of_client(client_id)
    issued = invoices.LIST.page("-id", client=client_id, size=_SETTLED).rows
    settled = settlements.of_invoices(issued, on=now.date())
    ending = lapses.coming(now, most=_NEXT, client=client_id, within=who.within)
    to_pay = lapses.of_money([(one, settled[one.id]) for one in issued], subscribed)
    theirs = frozenset({client_id})
    return render.page(
        request,
        "clients/client.html",
        client=found,
        alerts=alert_lists.LIST.page("stage", client=client_id, open=True, within=who.within, size=_ALERTS).rows,
        domains=domain_lists.of_client(client_id, within=who.within, size=_OF_CLIENT),
        endpoints=endpoint_lists.LIST.page("not_after", client=client_id, within=who.within, size=_OF_CLIENT),
        lapses=lapses.soonest([*ending, *to_pay], most=_NEXT),
        subscriptions=subscribed,
        invoices=issued[:_INVOICES],
        settled=settled,
        mails=outbox.LIST.page("-id", within=theirs, size=_MAILS).rows,
        people=users.limited_to(client_id) if who.may(Permission.PEOPLE) and who.within is None else [],
        events=timelines.of_client(client_id),
        documents=documents.of(Subject("client", client_id), within=who.within),
        status_links=client_status.links_of(client_id) if who.may(Permission.PORTFOLIO) else [],
        notice_kinds=_NOTICE_KINDS,
        removals=removals.pending(who),
    )
