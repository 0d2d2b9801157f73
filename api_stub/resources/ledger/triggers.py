"""Triggers: a task is asked for now. The job is a row when the answer is given, whether Redis is there or not."""

from typing import Annotated, Any

from fastapi import Body, Query
from pydantic import BaseModel, Field
from starlette.responses import JSONResponse, Response

from api_stub.fields import TaskName
from api_stub.routes import router
from api_stub.security import permissions
from api_stub.security.principal import Caller, Principal
from db import connection
from db.access import audit
from db.ledger import jobs, runs
from schedules.table import TIMETABLE
from tasks.engine import task as tasks
from tasks.engine.fan_out import FanOutSize
from tasks.engine.task import EnqueuedJob, Task

routes = router(tags=["triggers"])

_Argument = Annotated[str, Field(max_length=64, pattern="^[A-Za-z_][A-Za-z0-9_]*$")]


class Triggerable(BaseModel):
    """A task that may be asked for."""

    name: str = Field(examples=["domains.check"])
    queue: str = Field(examples=["lookup"])
    about: str = Field(examples=["Ask the registry about one domain and record what changed."])
    fans_out: bool = Field(examples=[False])
    arguments: dict[str, Any] = Field(
        description="JSON Schema of its arguments",
        examples=[{"properties": {"domain_id": {"type": "integer"}}, "required": ["domain_id"], "type": "object"}],
    )


class Triggered(BaseModel):
    """The job that was asked for; ``new`` is false where the same work was queued already."""

    job_id: int = Field(examples=[42])
    run_id: int | None = Field(description="The run, where the task fans out", examples=[7])
    new: bool = Field(examples=[True])
    other_arguments: dict[str, Any] | None = Field(
        None, description="What the job that was queued already runs with, where that differs", examples=[None]
    )


class Estimate(BaseModel):
    """What a trigger would lead to. Nothing was done."""

    task: str = Field(examples=["domains.check_all"])
    jobs: int = Field(description="Jobs that would be queued, the fan-out's own among them", examples=[1201])
    seconds: int | None = Field(
        description="About how long, by how it went last or else by the timetable; null where nobody knows",
        examples=[3600],
    )
    dry_run: bool = True


@routes.get("/api/triggers")
def list_tasks(who: Caller) -> list[Triggerable]:
    """List the tasks that may be asked for."""
    return [_triggerable(one) for one in permissions.triggerable(who)]


def _triggerable(one: Task) -> Triggerable:
    return Triggerable(
        name=one.name,
        queue=one.queue,
        about=(one.function.__doc__ or "").strip(),
        fans_out=one.fans_out,
        arguments=one.arguments.model_json_schema(),
    )


@routes.post(
    "/api/triggers/{job}",
    status_code=202,
    response_model=Triggered,
    responses={200: {"model": Estimate, "description": "A dry run"}},
)
def trigger(
    who: Caller,
    job: TaskName,
    arguments: Annotated[dict[_Argument, Any] | None, Body(examples=[{}, {"domain_id": 17}])] = None,
    *,
    dry_run: Annotated[bool, Query(description="Only say how many jobs and about how long")] = False,
) -> Response:
    """Ask for a task now, with the arguments that it takes, as a JSON object."""
    task = tasks.find(job)
    given = task.validated(arguments or {})
    permissions.require_trigger(who, task, given)
    if dry_run:
        return JSONResponse(estimate(task).model_dump())
    return JSONResponse(triggered(who, task, given).as_json(), 202)


def triggered(who: Principal, task: Task, given: dict[str, Any]) -> EnqueuedJob:
    """Trigger a task with arguments that fit it, on a person's behalf. Raises ``Problem`` 403, 404."""
    permissions.require_trigger(who, task, given)
    with connection.transaction():
        enqueued = task.enqueue(**given)
        audit.add(who.actor, "trigger", task.name, {"job": enqueued.job_id, "run": enqueued.run_id})
    return enqueued


def estimate(task: Task) -> Estimate:
    """Return what a trigger would lead to, by counting: the cost is the same for a portfolio of any size."""
    size = task.size() if task.size else FanOutSize(0)
    number = 1 + size.jobs
    return Estimate(task=task.name, jobs=number, seconds=_seconds(task, number, least=size.seconds))


def _seconds(task: Task, number: int, *, least: float) -> int | None:
    """Return roughly how many seconds so many jobs take, at least ``least``; None where nothing is known."""
    each = runs.seconds_a_job(task.name) if task.fans_out else jobs.mean_seconds(task.name)
    known = each * number if each is not None else _timetabled_s(task)
    longest = max((one for one in (known, least or None) if one is not None), default=None)
    return None if longest is None else max(1, round(longest))


def _timetabled_s(task: Task) -> int | None:
    return next((line.expected_s for line in TIMETABLE if line.task == task.name), None)
