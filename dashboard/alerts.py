"""Alerts: the open ones as a list, and each with its history and who was told."""

from fastapi import APIRouter, Response
from starlette.requests import Request

from api_stub import problems, routes
from api_stub.fields import Id
from api_stub.security.principal import Caller
from dashboard import fields, render
from db.access import users
from db.alerting import alert_tellings
from db.portfolio import alert_lists, alerts
from rules.alerts.routing import Recipient
from wording import alert_advice, alert_histories

pages: APIRouter = routes.router(include_in_schema=False)


@pages.get("/alerts")
def listed(
    request: Request, who: Caller, kind: fields.Search = "", storm: fields.Search = "", after: fields.After = None
) -> Response:
    """List the open alerts: of one kind, of one kind and storm, or the most pressing of all."""
    counted = alert_lists.kinds(within=who.within)
    page = (
        alert_lists.LIST.page(
            "id" if storm else "stage", kind=kind, storm=storm or None, open=True, within=who.within, after=after
        )
        if kind
        else None
    )
    shown = page.rows if page else alert_lists.pressing([one for one, _ in counted], limit=50, within=who.within)
    return render.page(
        request,
        "alerts/alerts.html",
        kinds=counted,
        kind=kind,
        storm=storm,
        alerts=shown,
        after=page.after if page else None,
    )


@pages.get("/alerts/{alert_id}")
def one(request: Request, who: Caller, alert_id: Id) -> Response:
    """Show an alert: what it is about, what to do, what happened to it, and who was told."""
    alert = problems.existing(alerts.get, alert_id, within=who.within)
    return render.page(
        request,
        "alerts/alert.html",
        alert=alert,
        advice=alert.what_to_do or alert_advice.advice(alert.kind),
        history=[(entry, alert_histories.sentence(entry)) for entry in alerts.history(alert_id)],
        tellings=alert_tellings.of_alert(alert_id) if who.within is None else [],
        recipient=_recipient,
    )


def _recipient(key: str) -> str:
    """Return who a stored recipient is, as people know them."""
    found = Recipient.parse(key)
    if found.kind != "person":
        return found.name
    try:
        return users.get(int(found.name)).name
    except LookupError:
        return f"person {found.name}"
