"""Routes of alerts: which alerts go to whom, and to whom next; with a form to add a route and to change one."""

import contextlib
from collections.abc import Generator
from typing import Annotated, Any

from fastapi import APIRouter, Form, Response
from starlette.requests import Request

import settings
from api_stub import entries, routes
from api_stub.fields import BIGGEST_ID, Id, TextLine
from api_stub.problems import Problem, existing
from api_stub.resources.alerting import alert_routes as resource
from api_stub.resources.alerting.alert_routes import DAYS, RouteGiven
from api_stub.security.principal import Caller, Principal
from dashboard.rendering import fields, flash_messages, formatting, render
from db.access import users
from db.alerting import alert_routes
from rules.access import Role
from rules.checks.alarms import Urgency
from wording.messages import _

pages: APIRouter = routes.router(include_in_schema=False)

_IN_FORM = 2
"""Steps of a route that the form has fields for."""

_Line = Annotated[TextLine, Form(max_length=100)]
_Words = Annotated[TextLine, Form(max_length=2000)]
_People = Annotated[list[Annotated[int, Form(ge=1, le=BIGGEST_ID)]], Form(max_length=200)]
_Roles = Annotated[list[Role], Form()]
_Channels = Annotated[list[TextLine], Form(max_length=50)]


@pages.get("/alert-routes")
def listed(request: Request, who: Caller) -> Response:
    """List the routes."""
    found = [resource.document(one) for one in alert_routes.all_()]
    everybody = [one for one in users.all_() if not one.service and one.disabled_at is None]
    return render.page(
        request,
        "alerting/routes.html",
        routes=found,
        people=everybody,
        names={one.id: one.name for one in users.all_()},
        roles=list(Role),
        channels=list(settings.current().alert_channels),
        days={day: short for day, (short, _) in zip(DAYS, formatting.weekdays(), strict=True)},
        urgencies=[one.name.lower() for one in Urgency],
        zone_of_who=who.zone,
    )


@pages.post("/alert-routes")
def save(  # noqa: PLR0913 - a form has its fields
    who: Caller,
    *,
    name: _Line,
    route_id: Annotated[int | None, Form(ge=1, le=BIGGEST_ID)] = None,
    clients: fields.ClientNumbers = "",
    kinds: _Words = "",
    least: _Line = "note",
    day: Annotated[list[str], Form(max_length=7)] = [],  # noqa: B006 - FastAPI copies it
    begin: _Line = "00:00",
    end: _Line = "00:00",
    zone: _Line = "UTC",
    people: _People = [],  # noqa: B006 - FastAPI copies it
    roles: _Roles = [],  # noqa: B006 - FastAPI copies it
    channels: _Channels = [],  # noqa: B006 - FastAPI copies it
    next_minutes: Annotated[int, Form(ge=0, le=10_080)] = 30,
    next_people: _People = [],  # noqa: B006 - FastAPI copies it
    next_roles: _Roles = [],  # noqa: B006 - FastAPI copies it
    next_channels: _Channels = [],  # noqa: B006 - FastAPI copies it
) -> Response:
    """Add a route, or change one."""
    steps = [
        {"after_minutes": minutes, "people": some, "roles": of_roles, "channels": through}
        for minutes, some, of_roles, through in (
            (0, people, roles, channels),
            (next_minutes, next_people, next_roles, next_channels),
        )
        if some or of_roles or through
    ]
    steps += _further_steps(route_id)
    hours = {"days": day or list(DAYS), "begin": begin, "end": end, "zone": zone}
    given = {
        "name": name,
        "clients": fields.client_numbers(clients) or [],
        "kinds": kinds.replace(",", " ").split(),
        "least": least,
        "hours": hours,
        "steps": steps,
    }
    if not steps:
        raise entries.wrong("people", _("name people, a role or a channel that is told first"))
    with _at_fields():
        return _saved(who, entries.modelled(RouteGiven, given), route_id)


@contextlib.contextmanager
def _at_fields() -> Generator[None]:
    """Rename the fields of the second step in a ``Problem`` raised within, so that it names the form's fields."""
    try:
        yield
    except Problem as problem:
        problem.errors = [{**one, "at": one["at"].replace("steps.1.", "steps.1.next_")} for one in problem.errors]
        raise


def _further_steps(route_id: int | None) -> list[dict[str, Any]]:
    """Return the stored steps that the form has no fields for: a route made by the API may have more."""
    if route_id is None:
        return []
    kept = resource.document(existing(alert_routes.get, route_id))
    return [one.model_dump() for one in kept.steps[_IN_FORM:]]


def _saved(who: Principal, given: RouteGiven, route_id: int | None) -> Response:
    made = resource.kept(who, given, route_id=route_id)
    return flash_messages.redirect(
        "/alert-routes", _("The route {name} is saved; it holds from the next alert on.", name=made.name)
    )


@pages.post("/alert-routes/{route_id}/remove")
def remove(who: Caller, route_id: Id) -> Response:
    """Remove a route."""
    resource.removed(who, route_id)
    return flash_messages.redirect(
        "/alert-routes", _("The route is removed; what somebody is owed already is still told.")
    )
