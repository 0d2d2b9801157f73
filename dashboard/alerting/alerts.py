"""Alerts: the open ones as a list, each with its history and who was told; and what staff do about them.

A person who was told by mail may answer through the mail's link, without signing in. Opening the link does nothing;
only its form acts.
"""

from dataclasses import replace
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Path, Query, Response
from starlette.requests import Request

from api_stub import problems, routes
from api_stub.fields import Id, TextLine
from api_stub.resources.alerting import alert_actions
from api_stub.resources.alerting.alert_actions import Snooze
from api_stub.security import alert_answers, signed_links
from api_stub.security.alert_answers import Actor
from api_stub.security.principal import Caller
from dashboard import documents
from dashboard.lists import list_keys, list_pages
from dashboard.lists.list_pages import ListPage
from dashboard.rendering import fields, flash_messages, render
from db.access import users
from db.alerting import alert_tellings
from db.portfolio import alert_lists, alerts
from rules.access import Within, sees
from rules.access.signed_links import LONGEST_TOKEN
from rules.alerts.life import BY_PEOPLE, LONGEST_NOTE, LONGEST_SNOOZE, AlertEventKind
from rules.alerts.routing import Recipient
from rules.checks.subjects import Subject
from rules.lists import filter_text
from rules.lists import filter_values as list_values
from wording.alerts import alert_histories, alert_sentences
from wording.messages import _

pages: APIRouter = routes.router(include_in_schema=False)


def _kinds(begun: str, within: Within) -> list[str]:
    return [one for one, _ in alert_lists.kinds(within=within) if begun.lower() in one.lower()][: list_keys.MOST_VALUES]


PAGE = ListPage(
    name="alerts",
    where="/alerts",
    title="Alerts",
    listing=alert_lists.LIST,
    keys=(
        replace(list_keys.plain("kind", "its kind", "domain_expiry"), values=_kinds),
        list_keys.CLIENT,
        list_keys.plain("storm", "what many of a kind share, as an issuer", "CN=R3"),
        list_keys.flag("lapsed", "whether its end has passed"),
        list_keys.plain("domain", "the number of the domain that it is about", "17", list_values.number),
        list_keys.plain("endpoint", "the number of the endpoint that it is about", "17", list_values.number),
    ),
    sort="stage",
    sorts={"stage": "Days left", "id": "Opened"},
    cells={
        "id": lambda one: one.id,
        "kind": lambda one: one.kind,
        "headline": lambda one: one.headline,
        "client": lambda one: one.client_name,
        "days": lambda one: one.stage,
        "opened": lambda one: one.opened_at,
        "acknowledged by": lambda one: one.state.acknowledged_by,
    },
    always=lambda _who: {"open": True},
)


@pages.get("/alerts")
def listed(
    request: Request,
    who: Caller,
    asked: list_pages.Asked,
    *,
    kind: fields.Search = "",
    storm: fields.Search = "",
    show: Annotated[str, Query(pattern="^(|lapsed)$")] = "",
) -> Response:
    """List the open alerts: the most pressing of all first, or those of a filter."""
    query = replace(asked, sort=asked.sort or ("id" if storm else ""))
    told = filter_text.of([("kind", kind), ("storm", storm), ("lapsed", "yes" if show else "")])
    shown = list_pages.shown(PAGE, who, query, folded=told)
    counted, alerts_ = alert_lists.kinds(within=who.within), shown.rows.rows
    if shown.everything and not shown.sort and not shown.after:
        alerts_ = alert_lists.pressing([one for one, _ in counted], limit=shown.size, within=who.within)
    return render.page(request, "alerting/alerts.html", kinds=counted, listed=shown, alerts=alerts_)


@pages.get("/alerts/{alert_id}")
def one(request: Request, who: Caller, alert_id: Id) -> Response:
    """Show an alert: what it is about, what to do, what happened to it, and who was told."""
    alert = problems.existing(alerts.get, alert_id, within=who.within)
    return render.page(
        request,
        "alerting/alert.html",
        alert=alert,
        advice=alert_sentences.advice(alert),
        history=[(entry, alert_histories.sentence(entry)) for entry in alerts.history(alert_id)],
        tellings=alert_tellings.of_alert(alert_id) if who.within is None else [],
        recipient=_recipient,
        documents=documents.of(Subject("alert", alert_id), within=who.within),
    )


_Note = Annotated[TextLine, Form(max_length=LONGEST_NOTE)]
_Days = Annotated[int, Form(ge=1, le=LONGEST_SNOOZE.days)]
_Token = Annotated[str, Path(max_length=LONGEST_TOKEN)]
_DONE = {
    AlertEventKind.ACKNOWLEDGED: "You see to it now; nobody else is told.",
    AlertEventKind.SNOOZED: "Put off until {until:%Y-%m-%d %H:%M} UTC; it is told then if it is still open.",
    AlertEventKind.NOTED: "Noted.",
    AlertEventKind.CLOSED: "Closed; it stays so while its cause holds.",
}


@pages.post("/alerts/{alert_id}")
def act(
    who: Caller,
    alert_id: Id,
    *,
    what: Annotated[AlertEventKind, Form()],
    note: _Note = "",
    days: _Days = 1,
) -> Response:
    """See to an alert, put it off, note something, or close it."""
    if what not in BY_PEOPLE:
        raise problems.Problem(422, "bad-values", f"people do not make an alert {what}")
    until = alert_actions.until_of(Snooze(until=None, days=days), who.zone) if what is AlertEventKind.SNOOZED else None
    alert_actions.act_on(Actor.of(who), alert_id, what, note=note, until=until)
    return flash_messages.redirect(f"/alerts/{alert_id}", _(_DONE[what]).format(until=until))


@pages.get("/answer/{token}")
def answer_page(request: Request, token: _Token) -> Response:
    """Ask what to do about the alerts of a mail: programs that fetch the links of mails must not decide that."""
    answer = alert_answers.admitted(routes.visitor(request), token)
    open_ = [
        one for one in alerts.many(answer.alert_ids) if one.open and sees(answer.actor.within, one.subject.client_id)
    ]
    return render.page(request, "alerting/answer.html", actor=answer.actor, alerts=open_, told=len(answer.alert_ids))


@pages.post("/answer/{token}")
def answer(
    request: Request,
    token: _Token,
    *,
    what: Annotated[Literal["acknowledged", "snoozed"], Form()],
    note: _Note = "",
    days: _Days = 1,
) -> Response:
    """See to the alerts of a mail, or put them off."""
    visitor = routes.visitor(request)
    answered = alert_answers.admitted(visitor, token)
    kind = AlertEventKind(what)
    until = (
        alert_actions.until_of(Snooze(until=None, days=days), answered.actor.zone)
        if kind is AlertEventKind.SNOOZED
        else None
    )
    found = alert_actions.act(answered.actor, answered.alert_ids, kind, note=note, until=until)
    signed_links.used(visitor, answered.link, str(kind))
    number = "1 alert" if len(found) == 1 else f"{len(found)} alerts"
    return render.page(request, "alerting/answered.html", number=number, what=kind, until=until)


def _recipient(key: str) -> str:
    """Return the name of a stored recipient, as people know it."""
    found = Recipient.parse(key)
    if found.kind != "person":
        return found.name
    try:
        return users.get(int(found.name)).name
    except LookupError:
        return _("person {number}", number=found.name)
