"""Schedules: the timetable as it holds now; pause with a reason, resume, edit, run now."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal

from fastapi import Query
from pydantic import BaseModel, Field

from api_stub import lists
from api_stub.entries import wrong
from api_stub.fields import Moment, Next, RequestBody, ScheduleName, SearchText, TextLine
from api_stub.problems import Problem
from api_stub.resources.ledger.triggers import Triggered
from api_stub.routes import router
from api_stub.security import permissions
from api_stub.security.principal import Caller, Principal
from db import connection, paging
from db.access import audit
from db.ledger import schedules
from schedules import clock, cron_words, table
from schedules.table import TIMETABLE
from tasks.engine.task import EnqueuedJob

routes = router(tags=["schedules"])

_FIRINGS = 20


class Schedule(BaseModel):
    """A line of the timetable, with what staff changed."""

    move_with_time: ClassVar = frozenset({"next"})

    name: str = Field(examples=["domains"])
    task: str = Field(examples=["domains.check_all"])
    cron: str = Field(examples=["17 2 * * *"])
    zone: str = Field(examples=["UTC"])
    changed: bool = Field(description="Whether staff changed the times")
    catch_up: str = Field(examples=["run once"])
    expected_s: int = Field(description="About how long it takes", examples=[3600])
    next: datetime | None = Field(description="When it is due next, paused or not")
    paused_at: datetime | None
    paused_because: str | None = Field(examples=["the registry is moving"])
    paused_by: str | None = Field(examples=["ada"])
    paused_until: datetime | None = Field(description="Null: until somebody resumes it")


class Firing(BaseModel):
    """What became of one due moment."""

    due_at: datetime | None
    outcome: str = Field(examples=["fired"])
    reason: str | None = Field(examples=["run now by ada"])
    job_id: int | None = Field(examples=[42])
    run_id: int | None = Field(examples=[7])


class ScheduleWithFirings(Schedule):
    """A schedule and its newest firings."""

    firings: list[Firing]


class Pause(RequestBody, extra="forbid"):
    """Why a schedule is to stop, for those who wonder."""

    because: Annotated[TextLine, Field(min_length=1, max_length=500, examples=["the registry is moving"])]
    until: Moment | None = Field(None, description="Null: until somebody resumes it", examples=[None])


class MissedMoment(RequestBody, extra="forbid"):
    """A due moment that did not fire."""

    due_at: Moment = Field(examples=["2026-11-23T02:17:00Z"])


class Times(RequestBody, extra="forbid"):
    """When a schedule is due. What is null or left out is as the timetable says."""

    cron: (
        Annotated[
            TextLine,
            Field(max_length=100, examples=["30 3 * * *"], description="Or in words: every 6 hours at minute 17"),
        ]
        | None
    ) = None
    zone: Annotated[TextLine, Field(max_length=64, examples=["Europe/Berlin"])] | None = None


class Schedules(BaseModel):
    """A page of the timetable."""

    schedules: list[Schedule]
    next: Next


@routes.get("/api/schedules")
def list_schedules(
    _who: Caller,
    *,
    task: Annotated[SearchText | None, Query(max_length=100)] = None,
    paused: bool | None = None,
    sort: Literal["name", "-name"] = "name",
    cursor: lists.Cursor = None,
    limit: lists.Limit = 50,
) -> Schedules:
    """List the timetable, by name."""
    rows, now = schedules.overrides(), schedules.now()
    shown = [_schedule(line, rows.get(line.name), now) for line in TIMETABLE if task in (None, line.task)]
    kept = [one for one in shown if paused in (None, one.paused_at is not None)]
    page = paging.of_few(kept, lambda one: one.name, after=cursor, size=limit, falls=sort == "-name")
    return Schedules(schedules=list(page.rows), next=page.after)


@routes.get("/api/schedules/{name}")
def read_schedule(_who: Caller, name: ScheduleName) -> ScheduleWithFirings:
    """Read one schedule with its newest firings."""
    shown = _read(name)
    firings = [Firing.model_validate(asdict(one)) for one in schedules.firings(name, limit=_FIRINGS)]
    return ScheduleWithFirings(**shown.model_dump(), firings=firings)


@routes.patch("/api/schedules/{name}")
def edit_schedule(who: Caller, name: ScheduleName, times: Times) -> Schedule:
    """Change when a schedule is due; an empty object goes back to the timetable."""
    edited(who, name, cron=times.cron or None, zone=times.zone or None)
    return _read(name)


@routes.post("/api/schedules/{name}/pause")
def pause_schedule(who: Caller, name: ScheduleName, pause: Pause) -> Schedule:
    """Stop a schedule from firing; what falls due meanwhile is recorded as skipped."""
    paused(who, name, because=pause.because, until=pause.until)
    return _read(name)


@routes.post("/api/schedules/{name}/resume")
def resume_schedule(who: Caller, name: ScheduleName) -> Schedule:
    """Let a schedule fire again."""
    resumed(who, name)
    return _read(name)


@routes.post("/api/schedules/{name}/run", status_code=202)
def run_schedule(who: Caller, name: ScheduleName) -> Triggered:
    """Fire a schedule now, whether it is paused or not."""
    return Triggered.model_validate(fired(who, name).as_json())


@routes.post("/api/schedules/{name}/backfill", status_code=202)
def backfill_schedule(who: Caller, name: ScheduleName, given: MissedMoment) -> Triggered:
    """Fire a due moment after all that was skipped, coalesced or parked."""
    return Triggered.model_validate(made_up(who, name, given.due_at).as_json())


def line_for(who: Principal, name: str) -> table.ScheduleLine:
    """Return a line of the timetable. Raises ``UnknownSchedule``; ``Problem`` 403 where the caller may not steer it."""
    line = clock.line_named(TIMETABLE, name)
    permissions.require_task(who, line.task)
    return line


def edited(who: Principal, name: str, *, cron: str | None, zone: str | None) -> Mapping[str, Any]:
    """Change when a schedule is due, on a person's behalf, and return the values that hold. ``cron`` may be in words.

    Raises as ``line_for``, or ``BadSchedule``.
    """
    line = line_for(who, name)
    cron = cron_words.expression(cron) if cron else None
    with connection.transaction():
        before = _times(line)
        holds = clock.edit(line, cron=cron, zone=zone)
        audit.add(who.actor, "edit", f"schedule {name}", holds, before=before, after=_times(line))
    return holds


def paused(who: Principal, name: str, *, because: str, until: datetime | None = None) -> None:
    """Pause a schedule on a person's behalf. Raises as ``line_for``, or ``Problem`` 422 for an end that has passed."""
    line = line_for(who, name)
    if until is not None and until <= schedules.now():
        raise wrong("until", "this moment has passed")
    with connection.transaction():
        clock.pause(line, because=because, by=who.name, until=until)
        details = {"because": because, **({"until": until.isoformat()} if until else {})}
        audit.add(who.actor, "pause", f"schedule {name}", details, reason=because)


def made_up(who: Principal, name: str, due_at: datetime) -> EnqueuedJob:
    """Fire a missed moment on a person's behalf. Raises as ``line_for``, or ``Problem`` 404 where it was not missed."""
    line = line_for(who, name)
    with connection.transaction():
        enqueued = clock.make_up(line, due_at, by=who.actor)
        if enqueued is None:
            raise Problem(404, "not-found", f"{name} missed nothing at {due_at:%Y-%m-%d %H:%M} UTC")
        details = {"due_at": due_at.isoformat(), "job": enqueued.job_id, "run": enqueued.run_id}
        audit.add(who.actor, "backfill", f"schedule {name}", details)
    return enqueued


def resumed(who: Principal, name: str) -> None:
    """Resume a schedule on a person's behalf. Raises as ``line_for``."""
    line = line_for(who, name)
    with connection.transaction():
        clock.resume(line)
        audit.add(who.actor, "resume", f"schedule {name}", {})


def fired(who: Principal, name: str) -> EnqueuedJob:
    """Fire a schedule now, on a person's behalf. Raises as ``line_for``."""
    line = line_for(who, name)
    with connection.transaction():
        enqueued = clock.run_now(line, by=who.actor)
        details = {"job": enqueued.job_id, "run": enqueued.run_id}
        audit.add(who.actor, "run now", f"schedule {name}", details)
    return enqueued


def _times(line: table.ScheduleLine) -> dict[str, object]:
    row = schedules.overrides().get(line.name)
    cron = clock.effective(line, row) if row else line.cron
    return {"cron": cron.expression, "zone": cron.zone}


def _read(name: str) -> Schedule:
    return _schedule(clock.line_named(TIMETABLE, name), schedules.overrides().get(name), schedules.now())


def _schedule(line: table.ScheduleLine, row: schedules.Override | None, now: datetime) -> Schedule:
    cron = clock.effective(line, row) if row else line.cron
    pause = row if row and row.pauses(now) else None
    return Schedule(
        name=line.name,
        task=line.task,
        cron=cron.expression,
        zone=cron.zone,
        changed=cron != line.cron,
        catch_up=line.catch_up,
        expected_s=line.expected_s,
        next=cron.after(now),
        paused_at=pause.paused_at if pause else None,
        paused_because=pause.paused_because if pause else None,
        paused_by=pause.paused_by if pause else None,
        paused_until=pause.paused_until if pause else None,
    )
