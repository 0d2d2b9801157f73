"""Senders of invoices, and how each client is billed."""

from dataclasses import asdict

from fastapi import APIRouter, Response
from starlette.requests import Request

from api_stub import problems, routes
from api_stub.fields import Id
from api_stub.problems import Problem
from api_stub.resources.billing import senders as resource
from api_stub.security.principal import Caller
from dashboard.forms import entry_forms
from dashboard.forms.entry_forms import EntryPage, SentForm
from dashboard.rendering import fields, flash_messages, render
from db import connection
from db.access import audit
from db.billing import billing_items, billing_profiles, credit, senders, vat_evidence
from db.portfolio import clients
from db.portfolio.clients import Client
from rules.billing.party_entries import PROFILE_FIELDS, SENDER_FIELDS
from tasks.billing import vat_id_checks
from tasks.payments import collection
from wording.messages import _

pages: APIRouter = routes.router(include_in_schema=False)

_NEW = EntryPage(
    title="New sender", action="/senders", back=("/senders", "Senders"), label="Add", fields=entry_forms.SENDER
)
_MOST_SENDERS = 200
_ITEMS = 10


@pages.get("/senders")
def listed(request: Request, _who: Caller, after: fields.After = None) -> Response:
    """List the senders."""
    return render.page(request, "billing/senders.html", page=senders.LIST.page("name", after=after))


@pages.get("/senders/new")
def new(request: Request, _who: Caller) -> Response:
    """Show the form for a sender."""
    return entry_forms.show(request, _NEW, {"due_days": "14", "accent": "#0b5c6b", "series": "INV"})


@pages.post("/senders")
def add(request: Request, who: Caller, form: SentForm) -> Response:
    """Add a sender."""
    with entry_forms.shown_again(request, _NEW, form.texts):
        resource.add(who, form.texts)
    return flash_messages.redirect("/senders", _("The sender is there."))


@pages.get("/senders/{sender_id}")
def sender(request: Request, _who: Caller, sender_id: Id) -> Response:
    """Show a sender, and the form that changes it."""
    found = problems.existing(senders.get, sender_id)
    given = entry_forms.shown({name: getattr(found, name) for name in SENDER_FIELDS})
    return entry_forms.show(request, _edit(found.id, found.name), given)


@pages.post("/senders/{sender_id}")
def change(request: Request, who: Caller, sender_id: Id, form: SentForm) -> Response:
    """Change a sender."""
    page = _edit(sender_id, problems.existing(senders.get, sender_id).name)
    with entry_forms.shown_again(request, page, form.texts):
        resource.change(who, sender_id, form.texts)
    return flash_messages.redirect("/senders", _("The sender is changed; invoices that are issued stay as they are."))


@pages.post("/senders/{sender_id}/default")
def make_default(who: Caller, sender_id: Id) -> Response:
    """Let a sender be that of each client who has no other."""
    found = resource.make_default(who, sender_id)
    return flash_messages.redirect(
        "/senders", _("{name} sends the invoices of each client who has no other sender.", name=found.name)
    )


@pages.get("/clients/{client_id}/billing")
def profile(request: Request, who: Caller, client_id: Id) -> Response:
    """Show how a client is billed, what waits for their next invoice, and what they have to their credit."""
    client = problems.existing(clients.get, client_id, within=who.within)
    given = asdict(billing_profiles.get(client_id))
    return render.page(
        request,
        "billing/billing_profile.html",
        client=client,
        form=_profile(client),
        given=entry_forms.shown({name: given[name] for name in PROFILE_FIELDS}),
        wrong={},
        balances=credit.balances(client_id),
        credit=credit.entries(client_id),
        form_key=collection.new_key(),
        vat_checks=vat_evidence.of_client(client_id),
        asks_vies=vat_id_checks.is_asked(client_id),
        items=billing_items.LIST.page("-id", client=client_id, billed=False, within=who.within, size=_ITEMS).rows,
    )


@pages.post("/clients/{client_id}/billing")
def save_profile(request: Request, who: Caller, client_id: Id, form: SentForm) -> Response:
    """Keep how a client is billed."""
    page = _profile(problems.existing(clients.get, client_id, within=who.within))
    with entry_forms.shown_again(request, page, form.texts):
        resource.save_profile(who, client_id, form.texts)
    return flash_messages.redirect(f"/clients/{client_id}/billing", _("It is saved."))


@pages.post("/clients/{client_id}/vat-id-checks")
def check_vat_id(who: Caller, client_id: Id) -> Response:
    """Ask VIES about a client's VAT-ID now."""
    problems.existing(clients.get, client_id, within=who.within)
    if not vat_id_checks.is_asked(client_id):
        raise Problem(409, "conflict", "The client has no VAT-ID of the EU, or NOLAPSE_VIES_URL is not set")
    with connection.transaction():
        vat_id_checks.ask(client_id)
        audit.add(who.actor, "check VAT-ID", f"client {client_id}", {}, client_id=client_id)
    return flash_messages.redirect(f"/clients/{client_id}/billing", _("VIES is being asked."))


def _edit(sender_id: int, name: str) -> EntryPage:
    return EntryPage(
        title=name,
        action=f"/senders/{sender_id}",
        back=("/senders", "Senders"),
        label="Save",
        fields=entry_forms.SENDER,
        lead="Invoices that are issued stay as they are.",
    )


def _profile(client: Client) -> EntryPage:
    names = {str(one.id): one.name for one in senders.LIST.page("name", size=_MOST_SENDERS).rows}
    return EntryPage(
        title=f"How {client.name} is billed",
        action=f"/clients/{client.id}/billing",
        back=(f"/clients/{client.id}", client.name),
        label="Save",
        fields=entry_forms.profile(names),
    )
