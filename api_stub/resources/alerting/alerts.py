"""Alerts: states that staff should know of, whether their cause still holds, and who sees to them.

They open and resolve by themselves; what staff do about them stands in ``alert_actions``.
"""

from datetime import datetime
from typing import Annotated, Literal, cast

from pydantic import BaseModel, Field

from api_stub import lists
from api_stub.fields import Id, Next
from api_stub.problems import existing
from api_stub.routes import router
from api_stub.security.principal import Caller
from db.portfolio import alert_lists, alerts
from rules.alerts.life import AlertEventKind

routes = router(tags=["alerts"])


AlertUrgency = Literal["note", "soon", "urgent", "critical"]
"""How soon somebody should act."""


class AlertFact(BaseModel):
    """A label and its value."""

    label: str = Field(examples=["Expires"])
    value: str = Field(examples=["2026-12-05"])


class Alert(BaseModel):
    """An alert. Times are UTC."""

    id: int = Field(examples=[12])
    kind: str = Field(examples=["domain_expiry"])
    subject_kind: str = Field(description="domain, endpoint, invoice, mail or task", examples=["domain"])
    subject_id: int = Field(examples=[17])
    client_id: int | None = Field(examples=[3])
    client_name: str | None = Field(examples=["Bakery"])
    urgency: AlertUrgency
    storm: str = Field(description="What many of its kind share, such as an issuer; empty: nothing", examples=[""])
    stage: int | None = Field(description="Days before an end; null where nothing ends", examples=[7])
    headline: str = Field(examples=["bakery.example expires within 7 days, on 2026-12-05"])
    facts: list[AlertFact]
    what_to_do: str = Field(examples=["Renew it, or decide that it may lapse."])
    opened_at: datetime
    told_at: datetime | None = Field(description="When staff were told last")
    cleared_at: datetime | None = Field(description="Null while it is open")
    closed_by_staff: bool = Field(description="Whether a person closed it while its cause holds")
    acknowledged_at: datetime | None = Field(description="Since when somebody sees to it")
    acknowledged_by: str = Field(examples=["ada"])
    snoozed_until: datetime | None = Field(description="Until when nobody is told")
    flapping: bool = Field(description="Whether it comes back again and again")


class AlertHistoryEvent(BaseModel):
    """One thing that happened to an alert."""

    at: datetime
    kind: AlertEventKind
    stage: int | None
    actor: str = Field(description="Who did it; empty where it happened by itself", examples=["ada"])
    note: str = Field(examples=["Ordered at the registrar"])
    until: datetime | None = Field(description="Of a snooze: when it ends")


class AlertHistory(BaseModel):
    """What happened to an alert, the oldest first."""

    events: list[AlertHistoryEvent]


class Alerts(BaseModel):
    """A page of alerts."""

    alerts: list[Alert]
    next: Next


Asked = Annotated[
    lists.ListQuery,
    lists.asked(alert_lists.LIST.filters, "client", "kind", "storm", "domain", "endpoint", "open", sort="-id"),
]


@routes.get("/api/alerts")
def list_alerts(who: Caller, asked: Asked) -> Alerts:
    """List the alerts, the newest first, also those that are closed."""
    page = asked.page(alert_lists.LIST, within=who.within)
    return Alerts(alerts=[document(one) for one in page.rows], next=lists.next_(page))


@routes.get("/api/alerts/{alert_id}")
def read_alert(who: Caller, alert_id: Id) -> Alert:
    """Read one alert."""
    return document(existing(alerts.get, alert_id, within=who.within))


@routes.get("/api/alerts/{alert_id}/history")
def read_alert_history(who: Caller, alert_id: Id) -> AlertHistory:
    """Read what happened to an alert: the newest two hundred events, the oldest of them first."""
    existing(alerts.get, alert_id, within=who.within)
    found = alerts.history(alert_id)
    return AlertHistory(
        events=[
            AlertHistoryEvent(
                at=one.at, kind=one.kind, stage=one.stage, actor=one.actor, note=one.note, until=one.until
            )
            for one in found
        ]
    )


def document(found: alerts.Alert) -> Alert:
    """Return an alert as programs read it."""
    return Alert(
        id=found.id,
        kind=found.kind,
        subject_kind=found.subject.kind,
        subject_id=found.subject.id,
        client_id=found.subject.client_id,
        client_name=found.client_name,
        urgency=cast("AlertUrgency", found.urgency.name.lower()),
        storm=found.storm,
        stage=found.stage,
        headline=found.headline,
        facts=[AlertFact(label=label, value=value) for label, value in found.facts],
        what_to_do=found.what_to_do,
        opened_at=found.opened_at,
        told_at=found.told_at,
        cleared_at=found.cleared_at,
        closed_by_staff=found.state.held_closed,
        acknowledged_at=found.state.acknowledged_at,
        acknowledged_by=found.state.acknowledged_by,
        snoozed_until=found.state.snoozed_until,
        flapping=found.state.flapping,
    )
