"""What staff do about alerts: acknowledge, snooze, note, close. All of it is in the audit trail."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import Field

from api_stub.fields import Id, Moment, RequestBody, TextLine
from api_stub.problems import Problem, existing
from api_stub.resources.alerting import alerts as resource
from api_stub.resources.alerting.alerts import Alert
from api_stub.routes import router
from api_stub.security.alert_answers import Actor
from api_stub.security.principal import Caller
from db import connection
from db.access import audit
from db.portfolio import alerts
from rules.alerts import local_times
from rules.alerts.life import LONGEST_NOTE, LONGEST_SNOOZE, AlertEventKind
from tasks.alerts import tell_soon

routes = router(tags=["alerts"])

MORNING = 8 * 60
"""Minutes after midnight at which a snooze of days ends."""

_ACTIONS = {
    AlertEventKind.ACKNOWLEDGED: "alert ack",
    AlertEventKind.SNOOZED: "alert snooze",
    AlertEventKind.NOTED: "alert note",
    AlertEventKind.CLOSED: "alert close",
}

Note = Annotated[TextLine, Field(max_length=LONGEST_NOTE, examples=["Ordered at the registrar"])]


class NoteGiven(RequestBody):
    """Why, for those who look later."""

    note: Note = ""


class NoteTaken(RequestBody):
    """What is noted."""

    note: Annotated[Note, Field(min_length=1)]


class Snooze(RequestBody):
    """Until when nobody is to be told: a moment, or a number of days, which ends at 08:00 where the caller lives."""

    until: Moment | None = Field(None, examples=[None])
    days: Annotated[int, Field(ge=1, le=LONGEST_SNOOZE.days)] | None = Field(None, examples=[3])
    note: Note = ""


@routes.post("/api/alerts/{alert_id}/ack")
def acknowledge_alert(who: Caller, alert_id: Id, given: NoteGiven) -> Alert:
    """See to an open alert: nobody else is told of it, until a graver stage is reached."""
    act_on(Actor.of(who), alert_id, AlertEventKind.ACKNOWLEDGED, note=given.note)
    return resource.read_alert(who, alert_id)


@routes.post("/api/alerts/{alert_id}/snooze")
def snooze_alert(who: Caller, alert_id: Id, given: Snooze) -> Alert:
    """Put an open alert off: nobody is told until then, and whom it concerns is told then if it is still open."""
    existing(alerts.get, alert_id, within=who.within)
    until = until_of(given, who.zone)
    act_on(Actor.of(who), alert_id, AlertEventKind.SNOOZED, note=given.note, until=until)
    return resource.read_alert(who, alert_id)


@routes.post("/api/alerts/{alert_id}/notes")
def note_alert(who: Caller, alert_id: Id, given: NoteTaken) -> Alert:
    """Write a note into an alert's history."""
    act_on(Actor.of(who), alert_id, AlertEventKind.NOTED, note=given.note)
    return resource.read_alert(who, alert_id)


@routes.post("/api/alerts/{alert_id}/close")
def close_alert(who: Caller, alert_id: Id, given: NoteGiven) -> Alert:
    """Close an open alert; it stays closed while its cause holds, unless a graver stage is reached."""
    act_on(Actor.of(who), alert_id, AlertEventKind.CLOSED, note=given.note)
    return resource.read_alert(who, alert_id)


def act_on(actor: Actor, alert_id: int, kind: AlertEventKind, *, note: str = "", until: datetime | None = None) -> None:
    """Do ``kind`` to one alert. Raises ``Problem`` 404 for an unknown alert, 409 for one that is not open."""
    if not act(actor, [alert_id], kind, note=note, until=until):
        existing(alerts.get, alert_id, within=actor.within)
        raise Problem(409, "conflict", f"alert {alert_id} is not open any more")


def act(
    actor: Actor, ids: Sequence[int], kind: AlertEventKind, *, note: str = "", until: datetime | None = None
) -> list[alerts.Alert]:
    """Do ``kind`` to alerts on a person's behalf, and return the changed alerts as they were before.

    Alerts that are unknown, outside of the person's limit or not open are left out.
    """
    with connection.transaction():
        found = alerts.act(ids, kind, actor=actor.name, note=note, until=until, within=actor.within)
        details = {"note": note} if until is None else {"note": note, "until": until.isoformat()}
        for one in found:
            audit.add(actor.name, _ACTIONS[kind], f"alert {one.id}", {"kind": one.kind, **details})
        if found and until is not None:
            tell_soon()
    return found


def until_of(given: Snooze, zone: str) -> datetime:
    """Return the moment at which a snooze ends. Raises ``Problem`` 422 for one that is past, too far or not given."""
    now = datetime.now(UTC)
    if (given.until is None) == (given.days is None):
        raise Problem(422, "bad-values", "give either until, a moment, or days")
    if given.days is not None:
        return local_times.morning_after(given.days, MORNING, ZoneInfo(zone), at=now)
    until = given.until or now
    if not timedelta() < until - now <= LONGEST_SNOOZE:
        raise Problem(422, "bad-values", f"until must lie ahead, at most {LONGEST_SNOOZE.days} days")
    return until.astimezone(UTC)
