"""Routes of alerts: which alerts go to whom, and to whom next if nobody acknowledges them in time."""

from typing import Annotated, Literal, cast
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, Field

import settings
from api_stub import entries
from api_stub.fields import BIGGEST_ID, Id, RequestBody, TextLine, ZoneName
from api_stub.problems import Problem, existing
from api_stub.resources.alerting.alerts import AlertUrgency
from api_stub.routes import router
from api_stub.security.principal import Caller, Principal
from db import connection
from db.access import audit, users
from db.alerting import alert_routes
from db.portfolio import clients
from rules.access import Role
from rules.alerts import local_times, routing
from rules.alerts.routing import ALL_DAYS, LONGEST_WAIT_MINUTES, MOST_NAMES, MOST_STEPS, AlertRoute
from rules.checks.alarms import Urgency

routes = router(tags=["alerts"])

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _time(text: str) -> str:
    return local_times.written(local_times.parse(text))


TimeOfDay = Annotated[str, Field(max_length=5, examples=["07:30"]), AfterValidator(_time)]
"""Hours and minutes, from 00:00 to 23:59."""

KindPattern = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[a-z_]+(:[a-z0-9_.-]+)?\*?$")]
"""A kind of alerts, or with ``*`` at its end the beginning of several kinds."""

ChannelName = Annotated[str, Field(min_length=1, max_length=32, pattern=r"^[a-z][a-z0-9_.-]*$")]

_ThingId = Annotated[int, Field(ge=1, le=BIGGEST_ID)]


class RouteHours(RequestBody):
    """When a route holds: days of the week and a stretch of the day, which may go over midnight, in a zone."""

    days: list[Day] = Field(list(DAYS), min_length=1)
    begin: TimeOfDay = "00:00"
    end: TimeOfDay = Field("00:00", description="The same as begin: the whole day")
    zone: ZoneName = "UTC"


class RouteTarget(RequestBody):
    """Whom a route tells, after so many minutes in which nobody acknowledged what it told before."""

    after_minutes: int = Field(0, ge=0, le=LONGEST_WAIT_MINUTES)
    people: list[_ThingId] = Field([], max_length=MOST_NAMES, description="Ids of people", examples=[[]])
    roles: list[Role] = Field([], description="Everybody of these roles", examples=[["operator"]])
    channels: list[ChannelName] = Field(
        [], max_length=MOST_NAMES, description="Channels of NOLAPSE_ALERT_CHANNELS, by name", examples=[[]]
    )


class RouteGiven(RequestBody):
    """A route. Where it names no clients or kinds, it is for all."""

    name: Annotated[TextLine, Field(min_length=1, max_length=100, examples=["night"])]
    clients: list[_ThingId] = Field([], max_length=MOST_NAMES, examples=[[]])
    kinds: list[KindPattern] = Field([], max_length=MOST_NAMES, examples=[["domain_*"]])
    least: AlertUrgency = "note"
    hours: RouteHours = RouteHours.model_validate({})
    steps: list[RouteTarget] = Field(min_length=1, max_length=MOST_STEPS)


class RouteRead(RouteGiven):
    """A route as it is kept."""

    id: int = Field(examples=[2])


class RoutesRead(BaseModel):
    """All routes. Every one that matches tells; where none reaches anybody, NOLAPSE_STAFF_EMAILS are told."""

    routes: list[RouteRead]


@routes.get("/api/alert-routes")
def list_alert_routes(_who: Caller) -> RoutesRead:
    """List the routes."""
    return RoutesRead(routes=[document(one) for one in alert_routes.all_()])


@routes.post("/api/alert-routes", status_code=201)
def add_alert_route(who: Caller, given: RouteGiven) -> RouteRead:
    """Add a route."""
    return document(kept(who, given))


@routes.get("/api/alert-routes/{route_id}")
def read_alert_route(_who: Caller, route_id: Id) -> RouteRead:
    """Read one route."""
    return document(existing(alert_routes.get, route_id))


@routes.put("/api/alert-routes/{route_id}")
def change_alert_route(who: Caller, route_id: Id, given: RouteGiven) -> RouteRead:
    """Make a route what is given."""
    return document(kept(who, given, route_id=route_id))


@routes.delete("/api/alert-routes/{route_id}", status_code=204)
def remove_alert_route(who: Caller, route_id: Id) -> None:
    """Remove a route; what somebody is owed already is still told."""
    removed(who, route_id)


def kept(who: Principal, given: RouteGiven, *, route_id: int | None = None) -> AlertRoute:
    """Add a route, or change the one of that id, on a person's behalf. Raises ``Problem`` 404, 409, 422."""
    _require_there(given)
    asked = _route(given, route_id or 0)
    try:
        with connection.transaction():
            before = existing(alert_routes.get, route_id) if route_id else None
            if before:
                alert_routes.change(asked)
            made = alert_routes.get(asked.id) if before else alert_routes.add(asked)
            audit.add(
                who.actor,
                "alert route change" if before else "alert route add",
                f"alert route {made.id}",
                {"name": made.name},
                before=document(before).model_dump(mode="json") if before else None,
                after=document(made).model_dump(mode="json"),
            )
    except alert_routes.RouteNameTaken as error:
        raise Problem(409, "conflict", str(error), errors=[{"at": "body.name", "message": str(error)}]) from None
    return made


def removed(who: Principal, route_id: int) -> None:
    """Remove a route on a person's behalf. Raises ``Problem`` 404."""
    with connection.transaction():
        route = existing(alert_routes.get, route_id)
        alert_routes.remove(route_id)
        before = document(route).model_dump(mode="json")
        audit.add(who.actor, "alert route remove", f"alert route {route_id}", {"name": route.name}, before=before)


def document(route: AlertRoute) -> RouteRead:
    """Return a route as programs read it."""
    hours = route.hours
    return RouteRead(
        id=route.id,
        name=route.name,
        clients=sorted(route.clients),
        kinds=list(route.kinds),
        least=cast("AlertUrgency", route.least.name.lower()),
        hours=RouteHours(
            days=[DAYS[one] for one in sorted(hours.days)],
            begin=local_times.written(hours.begin),
            end=local_times.written(hours.end),
            zone=hours.zone.key,
        ),
        steps=[
            RouteTarget(
                after_minutes=one.after_minutes,
                people=sorted(one.people),
                roles=sorted(one.roles),
                channels=sorted(one.channels),
            )
            for one in route.steps
        ],
    )


def _require_there(given: RouteGiven) -> None:
    """Raise ``Problem`` 422 for a client, person or channel that does not exist, and for a step that names nobody."""
    channels = settings.current().alert_channels
    for client_id in given.clients:
        _existing("client", client_id, at="clients")
    for number, step in enumerate(given.steps):
        at = f"steps.{number}"
        for user_id in step.people:
            _existing("user", user_id, at=f"{at}.people")
        for name in step.channels:
            if name not in channels:
                raise entries.wrong(f"{at}.channels", f"NOLAPSE_ALERT_CHANNELS names no channel {name!r}")
        if not (step.people or step.roles or step.channels):
            raise entries.wrong(f"{at}.people", "a step names nobody: give people, roles or channels")


def _existing(kind: Literal["client", "user"], number: int, *, at: str) -> None:
    try:
        (clients if kind == "client" else users).get(number)
    except LookupError as error:
        raise entries.wrong(at, str(error)) from None


def _route(given: RouteGiven, route_id: int) -> AlertRoute:
    return AlertRoute(
        id=route_id,
        name=given.name.strip(),
        clients=frozenset(given.clients),
        kinds=tuple(dict.fromkeys(given.kinds)),
        least=Urgency[given.least.upper()],
        hours=routing.Hours(
            days=frozenset(DAYS.index(one) for one in given.hours.days) or ALL_DAYS,
            begin=local_times.parse(given.hours.begin),
            end=local_times.parse(given.hours.end),
            zone=ZoneInfo(given.hours.zone),
        ),
        steps=tuple(
            routing.RouteStep(
                after_minutes=one.after_minutes,
                people=frozenset(one.people),
                roles=frozenset(one.roles),
                channels=frozenset(one.channels),
            )
            for one in given.steps
        ),
    )
