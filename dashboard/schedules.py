"""Schedules: when each is due, what became of it last; pause, resume, other times, and run now."""

from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Annotated

from fastapi import APIRouter, Form, Response
from starlette.requests import Request

from api_stub import routes
from api_stub.fields import ScheduleName, TextLine
from api_stub.resources import schedules as resource
from api_stub.security.principal import Caller
from dashboard import fields, notices, render
from db.ledger import schedules
from schedules import clock
from schedules.cron import BadSchedule, Cron
from schedules.table import TIMETABLE, ScheduleLine

pages: APIRouter = routes.router(include_in_schema=False)

_AHEAD = 5


@dataclass(frozen=True, slots=True)
class ScheduleEntry:
    """A schedule as it is shown: what holds, what the timetable says, and what staff changed."""

    line: ScheduleLine
    cron: Cron
    next_at: datetime
    row: schedules.Override | None
    last: schedules.Firing | None

    @property
    def paused(self) -> bool:
        return self.row is not None and self.row.paused_at is not None

    @property
    def changed(self) -> bool:
        return self.cron != self.line.cron


def _entry(
    line: ScheduleLine, row: schedules.Override | None, last: schedules.Firing | None, now: datetime
) -> ScheduleEntry:
    cron = clock.effective(line, row) if row else line.cron
    return ScheduleEntry(line, cron, cron.after(now), row, last)


@pages.get("/schedules")
def listed(request: Request, _who: Caller) -> Response:
    """List the timetable."""
    rows, last, now = schedules.overrides(), schedules.last_firings([line.name for line in TIMETABLE]), schedules.now()
    entries = [_entry(line, rows.get(line.name), last.get(line.name), now) for line in TIMETABLE]
    return render.page(request, "schedules/schedules.html", schedules=entries)


@pages.get("/schedules/{name}")
def one(request: Request, _who: Caller, name: ScheduleName, after: fields.After = None) -> Response:
    """Show a schedule: what comes next, and every firing."""
    line = clock.line_named(TIMETABLE, name)
    page = schedules.firings_page(name, after=after)
    now = schedules.now()
    schedule = _entry(line, schedules.overrides().get(name), None, now)
    return render.page(
        request, "schedules/schedule.html", schedule=schedule, page=page, ahead=_ahead(schedule.cron, now)
    )


def _ahead(cron: Cron, now: datetime) -> list[datetime]:
    return list(islice(_moments(cron, now), _AHEAD))


def _moments(cron: Cron, at: datetime):
    while True:
        at = cron.after(at)
        yield at


@pages.post("/schedules/{name}/pause")
def pause(
    who: Caller,
    name: ScheduleName,
    because: Annotated[TextLine, Form(min_length=1, max_length=200)],
    next: fields.Next = "/schedules",  # noqa: A002 - as it stands in the form
) -> Response:
    """Stop a schedule from firing."""
    resource.paused(who, name, because=because)
    return notices.redirect(next, f"{name} is paused. What falls due meanwhile is recorded as skipped.")


@pages.post("/schedules/{name}/resume")
def resume(who: Caller, name: ScheduleName, next: fields.Next = "/schedules") -> Response:  # noqa: A002 - as in the form
    """Let a schedule fire again."""
    resource.resumed(who, name)
    return notices.redirect(next, f"{name} fires again.")


@pages.post("/schedules/{name}/run")
def run_now(who: Caller, name: ScheduleName) -> Response:
    """Fire a schedule now, and show the run."""
    enqueued = resource.fired(who, name)
    where = f"/runs/{enqueued.run_id}" if enqueued.run_id else f"/jobs/{enqueued.job_id}"
    return notices.redirect(where, f"{name} was fired." if enqueued.new else f"{name} is queued already.")


@pages.post("/schedules/{name}/times")
def edit(
    who: Caller,
    name: ScheduleName,
    cron: Annotated[TextLine, Form(max_length=100)] = "",
    zone: Annotated[TextLine, Form(max_length=64)] = "",
) -> Response:
    """Change when a schedule is due; empty goes back to the timetable's line."""
    where = f"/schedules/{name}"
    try:
        holds = resource.edited(who, name, cron=cron.strip() or None, zone=zone.strip() or None)
    except BadSchedule as error:
        return notices.redirect(where, f"Nothing was changed. {error}")
    return notices.redirect(where, f"{name} is due at {holds['cron']} ({holds['zone']}).")
