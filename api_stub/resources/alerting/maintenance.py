"""Maintenance windows: during one, nobody is told of a thing's alerts; those that stay open are told afterwards."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from api_stub.fields import Id, IdField, Moment, RequestBody, TextLine
from api_stub.problems import Problem, existing
from api_stub.routes import router
from api_stub.security.principal import Caller, Principal
from db import client_of, connection
from db.access import audit
from db.alerting import maintenance_windows
from rules.access import sees
from rules.alerts.maintenance import LONGEST, MaintenanceWindow

routes = router(tags=["alerts"])

MaintainedKind = Literal["client", "domain", "endpoint"]


class WindowGiven(RequestBody):
    """When nobody is to be told of a client, of a domain with its client's endpoints below it, or of an endpoint."""

    subject_kind: MaintainedKind
    subject_id: IdField
    begins_at: Moment | None = Field(None, description="Null: now", examples=[None])
    ends_at: Moment
    reason: Annotated[TextLine, Field(max_length=200, examples=["The provider moves its servers"])] = ""


class Window(BaseModel):
    """A maintenance window. Times are UTC."""

    id: int
    subject_kind: MaintainedKind
    subject_id: int
    client_id: int | None
    begins_at: datetime
    ends_at: datetime
    reason: str = Field(examples=["The provider moves its servers"])
    made_by: str = Field(examples=["ada"])


class Windows(BaseModel):
    """The windows that are not over, by when they begin."""

    windows: list[Window]


@routes.get("/api/maintenance")
def list_maintenance(who: Caller) -> Windows:
    """List the windows that are not over."""
    return Windows(windows=[_document(one) for one in maintenance_windows.standing(within=who.within)])


@routes.post("/api/maintenance", status_code=201)
def add_maintenance(who: Caller, given: WindowGiven) -> Window:
    """Add a window."""
    return _document(added(who, given))


@routes.post("/api/maintenance/{window_id}/end")
def end_maintenance(who: Caller, window_id: Id) -> Window:
    """End a window now. What was put off to its end still comes then."""
    ended(who, window_id)
    return _document(existing(maintenance_windows.get, window_id, within=who.within))


def added(who: Principal, given: WindowGiven) -> MaintenanceWindow:
    """Add a window on a person's behalf. Raises ``Problem`` 404, 422."""
    client_id = client_of.find(given.subject_kind, given.subject_id)
    if client_id is None or not sees(who.within, client_id):
        raise Problem(404, "not-found", f"no {given.subject_kind} has the id {given.subject_id}")
    now = datetime.now(UTC)
    begins_at = given.begins_at or now
    if not (begins_at < given.ends_at and now < given.ends_at <= begins_at + LONGEST):
        raise Problem(422, "bad-values", f"a window ends after it begins and after now, within {LONGEST.days} days")
    with connection.transaction():
        made = maintenance_windows.add(
            given.subject_kind,
            given.subject_id,
            begins_at=begins_at,
            ends_at=given.ends_at,
            reason=given.reason,
            made_by=who.actor[:100],
        )
        after = _document(made).model_dump(mode="json")
        subject = f"{given.subject_kind} {given.subject_id}"
        audit.add(who.actor, "maintenance add", subject, {"window": made.id}, after=after, client_id=client_id)
    return made


def ended(who: Principal, window_id: int) -> None:
    """End a window on a person's behalf. Raises ``Problem`` 404."""
    with connection.transaction():
        window = existing(maintenance_windows.get, window_id, within=who.within)
        maintenance_windows.end(window_id)
        subject = f"{window.subject.kind} {window.subject.id}"
        audit.add(who.actor, "maintenance end", subject, {"window": window_id}, client_id=window.subject.client_id)


def _document(one: MaintenanceWindow) -> Window:
    kinds: dict[str, MaintainedKind] = {"client": "client", "domain": "domain", "endpoint": "endpoint"}
    return Window(
        id=one.id,
        subject_kind=kinds[one.subject.kind],
        subject_id=one.subject.id,
        client_id=one.subject.client_id,
        begins_at=one.begins_at,
        ends_at=one.ends_at,
        reason=one.reason,
        made_by=one.made_by,
    )
