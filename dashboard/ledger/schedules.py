"""Schedules: when each is due, its last firing; pause, resume, edit the times, run now."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, Query, Response
from starlette.requests import Request

from api_stub import routes
from api_stub.fields import Moment, ScheduleName, TextLine
from api_stub.resources.ledger import schedules as resource
from api_stub.security.principal import Caller
from dashboard.ledger import queues
from dashboard.rendering import fields, flash_messages, render, strips
from db.ledger import schedules
from schedules import clock, cron_words
from schedules.cron import BadSchedule, Cron
from schedules.table import TIMETABLE, ScheduleLine
from wording.messages import _

pages: APIRouter = routes.router(include_in_schema=False)

_AHEAD = 20


@dataclass(frozen=True, slots=True)
class ScheduleEntry:
    """A schedule as it is shown: the times that hold, those of the timetable, and the changes of staff."""

    line: ScheduleLine
    cron: Cron
    next_at: datetime
    row: schedules.Override | None
    last: schedules.Firing | None
    now: datetime

    @property
    def paused(self) -> bool:
        return self.row is not None and self.row.pauses(self.now)

    @property
    def changed(self) -> bool:
        return self.cron != self.line.cron


def _entry(
    line: ScheduleLine, row: schedules.Override | None, last: schedules.Firing | None, now: datetime
) -> ScheduleEntry:
    cron = clock.effective(line, row) if row else line.cron
    return ScheduleEntry(line, cron, cron.after(now), row, last, now)


@pages.get("/schedules")
def listed(request: Request, _who: Caller, show: Annotated[str, Query(pattern="^(|paused)$")] = "") -> Response:
    """List the timetable, or what of it is paused."""
    rows, last, now = schedules.overrides(), schedules.last_firings([line.name for line in TIMETABLE]), schedules.now()
    entries = [_entry(line, rows.get(line.name), last.get(line.name), now) for line in TIMETABLE]
    shown = [one for one in entries if one.paused or not show]
    names = [one.line.name for one in shown]
    return render.page(
        request,
        "ledger/schedules.html",
        schedules=shown,
        strips={name: strips.of_firings(past) for name, past in schedules.histories(names).items()},
        show=show,
        paused=sum(one.paused for one in entries),
        pauses=queues.PAUSES,
    )


@pages.get("/schedules/{name}")
def one(request: Request, _who: Caller, name: ScheduleName, after: fields.After = None) -> Response:
    """Show a schedule: what comes next, and every firing."""
    return _page(request, name, after=after)


def _page(
    request: Request,
    name: str,
    *,
    after: str | None = None,
    given: Mapping[str, str] | None = None,
    wrong: str = "",
) -> Response:
    """Show a schedule; where new times were refused, with the ``given`` ones and what is ``wrong`` with them."""
    line = clock.line_named(TIMETABLE, name)
    row, now = schedules.overrides().get(name), schedules.now()
    schedule = _entry(line, row, None, now)
    times = {"cron": row.cron or "", "zone": row.zone or ""} if row else {"cron": "", "zone": ""}
    return render.page(
        request,
        "ledger/schedule.html",
        schedule=schedule,
        page=schedules.firings_page(name, after=after),
        ahead=_ahead(schedule.cron, now),
        history=schedules.histories([name])[name],
        pauses=queues.PAUSES,
        given=given or times,
        wrong=wrong,
        examples=cron_words.EXAMPLES,
    )


@dataclass(frozen=True, slots=True)
class Upcoming:
    """A due moment ahead; ``there`` is in the schedule's zone, ``shift`` tells of a change of the clocks before it."""

    at: datetime
    there: datetime
    shift: str = ""


def _ahead(cron: Cron, now: datetime) -> list[Upcoming]:
    zone, offset = ZoneInfo(cron.zone), now.astimezone(ZoneInfo(cron.zone)).utcoffset()
    found = list[Upcoming]()
    for at in islice(_moments(cron, now), _AHEAD):
        there = at.astimezone(zone)
        shift = "" if there.utcoffset() == offset else _("clocks changed: UTC{offset}", offset=f"{there:%z}")
        found.append(Upcoming(at, there, shift))
        offset = there.utcoffset()
    return found


def _moments(cron: Cron, at: datetime):
    while True:
        at = cron.after(at)
        yield at


@pages.post("/schedules/{name}/pause")
def pause(
    who: Caller,
    name: ScheduleName,
    because: Annotated[TextLine, Form(min_length=1, max_length=200)],
    hours: queues.Hours = None,
    next: fields.Next = "/schedules",  # noqa: A002 - as it stands in the form
) -> Response:
    """Stop a schedule from firing."""
    resource.paused(who, name, because=because, until=queues.until(hours))
    return flash_messages.redirect(
        next, _("{name} is paused. What falls due meanwhile is recorded as skipped.", name=name)
    )


@pages.post("/schedules/{name}/resume")
def resume(who: Caller, name: ScheduleName, next: fields.Next = "/schedules") -> Response:  # noqa: A002 - as in the form
    """Let a schedule fire again."""
    resource.resumed(who, name)
    return flash_messages.redirect(next, _("{name} fires again.", name=name))


@pages.post("/schedules/{name}/run")
def run_now(who: Caller, name: ScheduleName) -> Response:
    """Fire a schedule now, and show the run."""
    enqueued = resource.fired(who, name)
    where = f"/runs/{enqueued.run_id}" if enqueued.run_id else f"/jobs/{enqueued.job_id}"
    return flash_messages.redirect(
        where, _("{name} was fired.", name=name) if enqueued.new else _("{name} is queued already.", name=name)
    )


@pages.post("/schedules/{name}/backfill")
def backfill(who: Caller, name: ScheduleName, due_at: Annotated[Moment, Form()]) -> Response:
    """Fire a missed moment after all, and show the run."""
    enqueued = resource.made_up(who, name, due_at)
    where = f"/runs/{enqueued.run_id}" if enqueued.run_id else f"/jobs/{enqueued.job_id}"
    return flash_messages.redirect(
        where, _("{name} makes up for {due_at} UTC.", name=name, due_at=f"{due_at:%Y-%m-%d %H:%M}")
    )


@pages.post("/schedules/{name}/times")
def edit(
    request: Request,
    who: Caller,
    name: ScheduleName,
    cron: Annotated[TextLine, Form(max_length=100)] = "",
    zone: Annotated[TextLine, Form(max_length=64)] = "",
) -> Response:
    """Change when a schedule is due; empty goes back to the timetable. What cannot be read keeps the form open."""
    try:
        holds = resource.edited(who, name, cron=cron.strip() or None, zone=zone.strip() or None)
    except BadSchedule as error:
        answer = _page(request, name, given={"cron": cron, "zone": zone}, wrong=str(error))
        answer.status_code = 422
        return answer
    return flash_messages.redirect(
        f"/schedules/{name}", _("{name} is due at {cron} ({zone}).", name=name, cron=holds["cron"], zone=holds["zone"])
    )
