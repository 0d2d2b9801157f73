"""Maintenance windows: those that are not over, a form to add one, and an end to each."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Form, Response
from starlette.requests import Request

from api_stub import problems, routes
from api_stub.fields import BIGGEST_ID, Id, TextLine
from api_stub.resources.alerting import maintenance as resource
from api_stub.resources.alerting.maintenance import MaintainedKind, WindowGiven
from api_stub.security.principal import Caller
from dashboard.rendering import flash_messages, render
from db.alerting import maintenance_windows
from rules.alerts.maintenance import LONGEST
from wording.messages import _

pages: APIRouter = routes.router(include_in_schema=False)

_HOURS = LONGEST // timedelta(hours=1)


@pages.get("/maintenance")
def listed(request: Request, who: Caller) -> Response:
    """List the windows that are not over."""
    windows = maintenance_windows.standing(within=who.within)
    return render.page(request, "alerting/maintenance.html", windows=windows, most_hours=_HOURS)


@pages.post("/maintenance")
def add(
    who: Caller,
    *,
    kind: Annotated[MaintainedKind, Form()],
    number: Annotated[int, Form(ge=1, le=BIGGEST_ID)],
    hours: Annotated[int, Form(ge=1, le=_HOURS)],
    begins_in: Annotated[int, Form(ge=0, le=_HOURS)] = 0,
    reason: Annotated[TextLine, Form(max_length=200)] = "",
) -> Response:
    """Add a window that begins in so many hours and lasts so many."""
    begins_at = datetime.now(UTC) + timedelta(hours=begins_in)
    given = WindowGiven(
        subject_kind=kind,
        subject_id=number,
        begins_at=begins_at,
        ends_at=begins_at + timedelta(hours=hours),
        reason=reason,
    )
    with problems.at_field("number"):
        resource.added(who, given)
    return flash_messages.redirect("/maintenance", _("Nobody is told of it until the window ends."))


@pages.post("/maintenance/{window_id}/end")
def end(who: Caller, window_id: Id) -> Response:
    """End a window now."""
    resource.ended(who, window_id)
    return flash_messages.redirect(
        "/maintenance", _("The window is over; what was put off to its end comes then all the same.")
    )
