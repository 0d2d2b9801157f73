"""Alerts: what staff were told of, and whether its cause still holds. They open and close by themselves."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from api_stub import lists
from api_stub.fields import Id, Next
from api_stub.problems import existing
from api_stub.routes import router
from api_stub.security.principal import Caller
from db.portfolio import alert_lists, alerts

routes = router(tags=["alerts"])


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
    stage: int | None = Field(description="Days before an end; null where nothing ends", examples=[7])
    headline: str = Field(examples=["bakery.example expires within 7 days, on 2026-12-05"])
    facts: list[AlertFact]
    what_to_do: str = Field(examples=["Renew it, or decide that it may lapse."])
    opened_at: datetime
    told_at: datetime | None = Field(description="When staff were told last")
    cleared_at: datetime | None = Field(description="Null while its cause holds")


class Alerts(BaseModel):
    """A page of alerts."""

    alerts: list[Alert]
    next: Next


Asked = Annotated[
    lists.ListQuery,
    lists.asked(alert_lists.LIST.filters, "client", "kind", "domain", "endpoint", "open", sort="-id"),
]


@routes.get("/api/alerts")
def list_alerts(who: Caller, asked: Asked) -> Alerts:
    """List the alerts, the newest first, also those that are closed."""
    page = asked.page(alert_lists.LIST, within=who.within)
    return Alerts(alerts=[_alert(one) for one in page.rows], next=lists.next_(page))


@routes.get("/api/alerts/{alert_id}")
def read_alert(who: Caller, alert_id: Id) -> Alert:
    """Read one alert."""
    return _alert(existing(alerts.get, alert_id, within=who.within))


def _alert(found: alerts.Alert) -> Alert:
    return Alert(
        id=found.id,
        kind=found.kind,
        subject_kind=found.subject.kind,
        subject_id=found.subject.id,
        client_id=found.subject.client_id,
        client_name=found.client_name,
        stage=found.stage,
        headline=found.headline,
        facts=[AlertFact(label=label, value=value) for label, value in found.facts],
        what_to_do=found.what_to_do,
        opened_at=found.opened_at,
        told_at=found.told_at,
        cleared_at=found.cleared_at,
    )
