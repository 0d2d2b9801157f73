"""One-off items: the list, and forms for what is billed once; an item may be changed until it is billed."""

from fastapi import APIRouter, Response
from starlette.requests import Request

from api_stub import problems, routes
from api_stub.fields import Id, IdFilter
from api_stub.resources.billing import billing_items as resource
from api_stub.security.principal import Caller
from dashboard.forms import entry_forms
from dashboard.forms.entry_forms import EntryPage, SentForm
from dashboard.rendering import fields, flash_messages, render
from db.billing import billing_items
from wording.messages import _

pages: APIRouter = routes.router(include_in_schema=False)

_NEW = EntryPage(
    title="New one-off item",
    action="/billing-items",
    back=("/billing-items", "One-off items"),
    label="Add",
    fields=entry_forms.ITEM,
    lead="It is billed once, with the client's next invoice.",
)


@pages.get("/billing-items")
def listed(request: Request, who: Caller, client: IdFilter = None, after: fields.After = None) -> Response:
    """List one-off items, the newest first."""
    whose = fields.client_named(client, within=who.within)
    page = billing_items.LIST.page("-id", client=client, within=who.within, after=after)
    return render.page(request, "billing/billing_items.html", page=page, client=whose)


@pages.get("/billing-items/new")
def new(request: Request, who: Caller, client: IdFilter = None) -> Response:
    """Show the form for a one-off item."""
    return entry_forms.show(request, _NEW, fields.of_client(client, within=who.within))


@pages.post("/billing-items")
def add(request: Request, who: Caller, form: SentForm) -> Response:
    """Add a one-off item."""
    with entry_forms.shown_again(request, _NEW, form.texts):
        resource.add(who, form.texts)
    return flash_messages.redirect("/billing-items", _("It is billed with the client's next invoice."))


@pages.get("/billing-items/{item_id}")
def item(request: Request, who: Caller, item_id: Id) -> Response:
    """Show a one-off item."""
    found = problems.existing(billing_items.get, item_id, within=who.within)
    return render.page(request, "billing/billing_item.html", entry=found)


@pages.post("/billing-items/{item_id}")
def change(who: Caller, item_id: Id, form: SentForm) -> Response:
    """Change an item that is not billed yet."""
    where = f"/billing-items/{item_id}"
    resource.change(who, item_id, form.texts)
    return flash_messages.redirect(where, _("It is changed, and so is the draft that it is on."))


@pages.post("/billing-items/{item_id}/removal")
def remove(who: Caller, item_id: Id) -> Response:
    """Remove an item that is not billed yet."""
    resource.remove(who, item_id)
    return flash_messages.redirect("/billing-items", _("It will not be billed."))
