"""Subscriptions: the list, a page for each with its terms, and forms for what changes."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Form, Response
from starlette.requests import Request

from api_stub import problems, routes
from api_stub.fields import Id, IdFilter
from api_stub.resources.billing import subscriptions as resource
from api_stub.security.principal import Caller
from dashboard.forms import entry_forms
from dashboard.forms.entry_forms import EntryPage, SentForm
from dashboard.rendering import fields, flash_messages, formatting, render
from db.billing import subscriptions
from db.billing.billing_items import BillingItem
from db.billing.subscriptions import Subscription
from rules.billing.money import display
from wording.messages import _, language

pages: APIRouter = routes.router(include_in_schema=False)

_NEW = EntryPage(
    title="New subscription",
    action="/subscriptions",
    back=("/subscriptions", "Subscriptions"),
    label="Add",
    fields=entry_forms.SUBSCRIPTION,
    lead="What is left out is the product's: its name, its price of the first day, its interval, its tax.",
)
Day = Annotated[date, Form()]
OptionalDay = Annotated[date | None, Form()]


@pages.get("/subscriptions")
def listed(request: Request, who: Caller, client: IdFilter = None, after: fields.After = None) -> Response:
    """List subscriptions, the newest first."""
    whose = fields.client_named(client, within=who.within)
    page = subscriptions.LIST.page("-id", client=client, within=who.within, after=after)
    terms = subscriptions.terms_of(page.rows)
    return render.page(request, "billing/subscriptions.html", page=page, terms=terms, client=whose)


@pages.get("/subscriptions/new")
def new(request: Request, who: Caller, client: IdFilter = None) -> Response:
    """Show the form for a subscription."""
    return entry_forms.show(request, _NEW, fields.of_client(client, within=who.within))


@pages.post("/subscriptions")
def add(request: Request, who: Caller, form: SentForm) -> Response:
    """Add a subscription."""
    with entry_forms.shown_again(request, _NEW, form.texts):
        resource.add(who, form.texts)
    return flash_messages.redirect("/subscriptions", _("It is billed from its first day on, by the nightly run."))


@pages.get("/subscriptions/{subscription_id}")
def subscription(request: Request, who: Caller, subscription_id: Id) -> Response:
    """Show a subscription with its terms, and what may be changed of it."""
    found = problems.existing(subscriptions.get, subscription_id, within=who.within)
    today = resource.today(found.client_id)
    return render.page(
        request,
        "billing/subscription.html",
        subscription=found,
        terms=subscriptions.terms_of([found])[found.id],
        current=found.cycle.period(max(0, found.cycle.index_of(today))),
        today=today,
        change_fields=entry_forms.CHANGE,
        given={"begin": found.cycle.period(found.billed).start.isoformat()},
        wrong={},
    )


@pages.post("/subscriptions/{subscription_id}/changes")
def change(request: Request, who: Caller, subscription_id: Id, form: SentForm) -> Response:
    """Change quantity, price or discount from a day on."""
    found = problems.existing(subscriptions.get, subscription_id, within=who.within)
    path = f"/subscriptions/{subscription_id}"
    page = EntryPage(
        title="Change the terms",
        action=f"{path}/changes",
        back=(path, found.description),
        label="Change",
        fields=entry_forms.CHANGE,
    )
    with entry_forms.shown_again(request, page, form.texts):
        made = resource.change(who, subscription_id, form.texts)
    return _done(found, _("The terms are changed."), made)


@pages.post("/subscriptions/{subscription_id}/pause")
def pause(who: Caller, subscription_id: Id, begin: Day, resumes: OptionalDay = None) -> Response:
    """Charge nothing from a day on."""
    found = problems.existing(subscriptions.get, subscription_id, within=who.within)
    return _done(found, _("It is paused."), resource.pause(who, subscription_id, begin, resumes))


@pages.post("/subscriptions/{subscription_id}/resume")
def resume(who: Caller, subscription_id: Id, begin: Day) -> Response:
    """Charge it again from a day on."""
    found = problems.existing(subscriptions.get, subscription_id, within=who.within)
    return _done(found, _("It is charged again."), resource.resume(who, subscription_id, begin))


@pages.post("/subscriptions/{subscription_id}/end")
def end(who: Caller, subscription_id: Id, until: Day, *, gives_back: Annotated[bool, Form()] = False) -> Response:
    """Let it end."""
    found = problems.existing(subscriptions.get, subscription_id, within=who.within)
    made = resource.end(who, subscription_id, until, gives_back=gives_back)
    return _done(found, _("It ends on {day}.", day=formatting.day(until)), made)


@pages.post("/subscriptions/{subscription_id}/continuation")
def go_on(who: Caller, subscription_id: Id) -> Response:
    """Take back that it ends."""
    found = problems.existing(subscriptions.get, subscription_id, within=who.within)
    resource.go_on(who, subscription_id)
    return _done(found, _("It goes on."), [])


def _done(found: Subscription, said: str, made: list[BillingItem]) -> Response:
    amounts = ", ".join(display(one.net, language()) for one in made)
    more = " " + _("{amounts} go onto the next invoice.", amounts=amounts) if made else ""
    return flash_messages.redirect(f"/subscriptions/{found.id}", f"{said}{more}")
