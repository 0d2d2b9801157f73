"""Clients, domains and endpoints as people enter, change and remove them; a removal can be undone for a while."""

from collections.abc import Mapping
from typing import Any, Final, TypeVar

from fastapi import APIRouter, Response
from pydantic import BaseModel
from starlette.requests import Request

from api_stub import entries, problems, routes
from api_stub.fields import Id, IdFilter
from api_stub.resources.portfolio import clients as client_resource
from api_stub.resources.portfolio import domains as domain_resource
from api_stub.resources.portfolio import endpoints as endpoint_resource
from api_stub.resources.portfolio import removals
from api_stub.security.principal import Caller, Principal
from dashboard.forms import entry_forms
from dashboard.forms.entry_forms import EntryPage, FormField, SentForm
from dashboard.rendering import fields, flash_messages
from db.portfolio import clients, domains, endpoints
from db.portfolio.bulk_changes import Noun
from rules.billing.entries import Texts
from rules.checks import stages
from wording.domains.decisions import decided
from wording.messages import _, ngettext

pages: APIRouter = routes.router(include_in_schema=False)

M = TypeVar("M", bound=BaseModel)

_PLACES: Final[Mapping[Noun, str]] = {"client": "/clients", "domain": "/domains", "endpoint": "/endpoints"}

_NEW_CLIENT = EntryPage(
    title="New client", action="/clients", back=("/clients", "Clients"), label="Add", fields=entry_forms.CLIENT
)


@pages.get("/clients/new")
def new_client(request: Request, _who: Caller) -> Response:
    """Show the form for a client."""
    return entry_forms.show(request, _NEW_CLIENT, {"language": "en", "currency": "EUR", "zone": "UTC"})


@pages.post("/clients")
def add_client(request: Request, who: Caller, form: SentForm) -> Response:
    """Add a client, and lead to their page."""
    with entry_forms.shown_again(request, _NEW_CLIENT, form.texts):
        made = client_resource.added(who, _model(client_resource.NewClient, form.texts, who))
    return flash_messages.redirect(
        f"/clients/{made.id}", _("{name} is a client now. Add what must not lapse.", name=made.name)
    )


@pages.get("/clients/{client_id}/edit")
def edit_client(request: Request, who: Caller, client_id: Id) -> Response:
    """Show the form of a client."""
    found = problems.existing(clients.get, client_id, within=who.within)
    values = {one.name: getattr(found, one.name) for one in entry_forms.CLIENT}
    shown = entry_forms.shown({**values, "alert_days": stages.written(found.alert_days or ()) or None})
    return entry_forms.show(request, _change("client", found.id, found.name, entry_forms.CLIENT), shown)


@pages.post("/clients/{client_id}")
def change_client(request: Request, who: Caller, client_id: Id, form: SentForm) -> Response:
    """Change a client."""
    found = problems.existing(clients.get, client_id, within=who.within)
    with entry_forms.shown_again(request, _change("client", found.id, found.name, entry_forms.CLIENT), form.texts):
        sent: dict[str, Any] = {"address": [], "alert_days": None, **_values(form.texts, who)}
        made = client_resource.changed(who, client_id, entries.modelled(client_resource.ClientChange, sent))
    return flash_messages.redirect(f"/clients/{made.id}", _("{name} is changed.", name=made.name))


_NEW_DOMAIN = EntryPage(
    title="New domain",
    action="/domains/new",
    back=("/domains", "Domains"),
    label="Add and look",
    fields=entry_forms.DOMAIN,
    lead="Its registry is asked at once; its page shows the answer as it comes.",
)


@pages.get("/domains/new")
def new_domain(request: Request, who: Caller, client: IdFilter = None) -> Response:
    """Show the form for a domain."""
    return entry_forms.show(request, _NEW_DOMAIN, fields.of_client(client, within=who.within))


@pages.post("/domains/new")
def add_domain(request: Request, who: Caller, form: SentForm) -> Response:
    """Add a domain, have it looked at, and lead to its page, which is live."""
    with entry_forms.shown_again(request, _NEW_DOMAIN, form.texts):
        made = domain_resource.added(who, _model(domain_resource.NewDomain, form.texts, who))
    return flash_messages.redirect(
        f"/domains/{made.id}", _("{name} is added; its registry is being asked.", name=made.name)
    )


@pages.get("/domains/{domain_id}/edit")
def edit_domain(request: Request, who: Caller, domain_id: Id) -> Response:
    """Show the form of a domain."""
    found = problems.existing(domains.get, domain_id, within=who.within)
    values: dict[str, Any] = {
        "client": found.client_name,
        "decision": str(found.decision),
        "expires_by_hand": found.expires_by_hand,
        "alert_days": stages.written(found.own_alert_days or ()) or None,
    }
    page = _change("domain", found.id, found.name, entry_forms.DOMAIN_CHANGE)
    return entry_forms.show(request, page, entry_forms.shown(values))


@pages.post("/domains/{domain_id}")
def change_domain(request: Request, who: Caller, domain_id: Id, form: SentForm) -> Response:
    """Change a domain."""
    found = problems.existing(domains.get, domain_id, within=who.within)
    page = _change("domain", found.id, found.name, entry_forms.DOMAIN_CHANGE)
    with entry_forms.shown_again(request, page, form.texts):
        sent = {"expires_by_hand": None, "alert_days": None, **_values(form.texts, who)}
        given = entries.modelled(domain_resource.DomainChange, sent)
        made = domain_resource.changed(who, domain_id, given.model_dump(include=given.model_fields_set))
    return flash_messages.redirect(f"/domains/{made.id}", f"{made.name}: {decided(made.decision)}.")


_NEW_ENDPOINT = EntryPage(
    title="New endpoint",
    action="/endpoints",
    back=("/endpoints", "Certificates"),
    label="Add and scan",
    fields=entry_forms.ENDPOINT,
    lead="It is scanned at once; its page shows what is found as it comes.",
)


@pages.get("/endpoints/new")
def new_endpoint(request: Request, who: Caller, client: IdFilter = None) -> Response:
    """Show the form for an endpoint."""
    return entry_forms.show(request, _NEW_ENDPOINT, {"protocol": "tls", **fields.of_client(client, within=who.within)})


@pages.post("/endpoints")
def add_endpoint(request: Request, who: Caller, form: SentForm) -> Response:
    """Add an endpoint, have it scanned, and lead to its page, which is live."""
    with entry_forms.shown_again(request, _NEW_ENDPOINT, form.texts):
        made = endpoint_resource.added(who, _model(endpoint_resource.NewEndpoint, form.texts, who))
    return flash_messages.redirect(
        f"/endpoints/{made.id}", _("{address} is added and being scanned.", address=made.address)
    )


@pages.get("/endpoints/{endpoint_id}/edit")
def edit_endpoint(request: Request, who: Caller, endpoint_id: Id) -> Response:
    """Show the form of an endpoint: whose it is."""
    found = problems.existing(endpoints.get, endpoint_id, within=who.within)
    page = _change("endpoint", found.id, found.address, entry_forms.OWNER)
    return entry_forms.show(request, page, {"client": found.client_name})


@pages.post("/endpoints/{endpoint_id}")
def move_endpoint(request: Request, who: Caller, endpoint_id: Id, form: SentForm) -> Response:
    """Give an endpoint to another client."""
    found = problems.existing(endpoints.get, endpoint_id, within=who.within)
    page = _change("endpoint", found.id, found.address, entry_forms.OWNER)
    with entry_forms.shown_again(request, page, form.texts):
        owner = _model(endpoint_resource.Owner, form.texts, who)
        made = endpoint_resource.moved(who, endpoint_id, owner.client_id)
    return flash_messages.redirect(f"/endpoints/{made.id}", _("It is {client}'s now.", client=made.client_name))


@pages.post("/clients/{client_id}/removal")
def remove_client(who: Caller, client_id: Id) -> Response:
    """Remove a client with what is theirs; it can be undone for a while."""
    return _removed(who, "client", client_id)


@pages.post("/domains/{domain_id}/removal")
def remove_domain(who: Caller, domain_id: Id) -> Response:
    """Remove a domain with its history; it can be undone for a while."""
    return _removed(who, "domain", domain_id)


@pages.post("/endpoints/{endpoint_id}/removal")
def remove_endpoint(who: Caller, endpoint_id: Id) -> Response:
    """Remove an endpoint with its history; it can be undone for a while."""
    return _removed(who, "endpoint", endpoint_id)


@pages.post("/removals/{job_id}/undo")
def undo(who: Caller, job_id: Id, next: fields.Next = "/") -> Response:  # noqa: A002 - as it stands in the form
    """Undo a removal that is not done yet."""
    number = removals.undone(who, job_id)
    return flash_messages.redirect(next, ngettext("Undone: {number} stays.", "Undone: {number} stay.", number))


def _removed(who: Principal, noun: Noun, item_id: int) -> Response:
    removals.asked(who, noun, [item_id])
    minutes = removals.MINUTES
    return flash_messages.redirect(
        f"{_PLACES[noun]}/{item_id}", _("It will be gone in {minutes} minutes; until then, undo it.", minutes=minutes)
    )


def _change(noun: Noun, item_id: int, title: str, shown: tuple[FormField, ...]) -> EntryPage:
    place = f"{_PLACES[noun]}/{item_id}"
    return EntryPage(title=f"Change {title}", action=place, back=(place, title), label="Save", fields=shown)


def _model(model: type[M], texts: Texts, who: Principal) -> M:
    if "client_id" in model.model_fields and "client" not in texts:
        raise entries.wrong("client", "is missing")
    return entries.modelled(model, _values(texts, who))


def _values(texts: Texts, who: Principal) -> dict[str, Any]:
    """Return a form's texts as the values that programs send. Raises ``Problem`` 422."""
    values: dict[str, Any] = dict(texts)
    if "client" in values:
        values["client_id"] = _client(values.pop("client"), who)
    if "address" in values:
        values["address"] = [line.strip() for line in values["address"].splitlines() if line.strip()]
    if "alert_days" in values:
        values["alert_days"] = _stages(values["alert_days"])
    return values


def _client(written: str, who: Principal) -> int:
    found = clients.called(written.strip(), within=who.within)
    if found is None:
        raise entries.wrong("client", f"no client is called {written[:60]!r}")
    return found.id


def _stages(written: str) -> list[int]:
    try:
        return list(stages.parse(written))
    except stages.BadStages as error:
        raise entries.wrong("alert_days", str(error)) from None
