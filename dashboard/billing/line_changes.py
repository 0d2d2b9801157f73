"""A period of a subscription before it is billed: its charges, and the form that changes its line."""

from typing import Any

from fastapi import APIRouter, Response
from starlette.requests import Request

from api_stub import routes
from api_stub.fields import Id
from api_stub.problems import Problem
from api_stub.resources.billing import line_changes as resource
from api_stub.resources.billing.line_changes import PeriodNumber
from api_stub.security.principal import Caller
from dashboard.forms import entry_forms
from dashboard.forms.entry_forms import EntryPage, SentForm
from dashboard.rendering import flash_messages, render
from db.billing.subscriptions import Subscription
from rules.billing.line_changes import LineChange
from wording.messages import _

pages: APIRouter = routes.router(include_in_schema=False)


@pages.get("/subscriptions/{subscription_id}/periods/{number}")
def period(request: Request, who: Caller, subscription_id: Id, number: PeriodNumber) -> Response:
    """Show what a period's line would be, and what was changed about it."""
    found = resource.with_period(who, subscription_id, number)
    charged, change = resource.charged(found, number)
    return render.page(
        request,
        "billing/period.html",
        subscription=found,
        period=found.cycle.period(number),
        number=number,
        charges=charged,
        change=change,
        change_fields=entry_forms.LINE_CHANGE,
        given=_form_values(change),
    )


@pages.post("/subscriptions/{subscription_id}/periods/{number}")
def change_line(request: Request, who: Caller, subscription_id: Id, number: PeriodNumber, form: SentForm) -> Response:
    """Change a period's line: its text, price or quantity, when it is billed, or that it is left out."""
    found = resource.with_period(who, subscription_id, number)
    path = f"/subscriptions/{subscription_id}/periods/{number}"
    page = EntryPage(
        title="Change this period only",
        action=path,
        back=(path, found.description),
        label="Change",
        fields=entry_forms.LINE_CHANGE,
    )
    with entry_forms.shown_again(request, page, form.texts):
        resource.change(who, subscription_id, number, form.texts)
    return _to_drafts(found, _("It is changed, and so is the draft that it is on."))


@pages.post("/subscriptions/{subscription_id}/periods/{number}/restoration")
def restore_line(who: Caller, subscription_id: Id, number: PeriodNumber) -> Response:
    """Let a period be billed as the terms say."""
    found = resource.with_period(who, subscription_id, number)
    try:
        resource.restore(who, subscription_id, number)
    except Problem as problem:
        if problem.kind != "conflict":
            raise
        return _to_drafts(found, _("Nothing was changed: {detail}.", detail=problem.detail))
    return _to_drafts(found, _("It is billed as its terms say."))


def _to_drafts(found: Subscription, said: str) -> Response:
    return flash_messages.redirect(f"/clients/{found.client_id}/invoice-drafts", said)


def _form_values(change: LineChange | None) -> dict[str, str]:
    if change is None:
        return {}
    values: dict[str, Any] = {
        "description": change.description,
        "price": change.unit_price.amount if change.unit_price else None,
        "quantity": f"{change.quantity.normalize():f}" if change.quantity is not None else None,
        "not_before": change.not_before,
        "omitted": change.omitted,
        "reason": change.reason,
    }
    return entry_forms.shown(values)
