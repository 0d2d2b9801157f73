"""Triggers: a task is asked for now. The job is a row when the answer is given, whether Redis is there or not."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import Body, Header, Query
from pydantic import BaseModel, Field
from starlette.responses import JSONResponse, Response

from api_stub import idempotency
from api_stub.fields import TaskName
from api_stub.routes import router
from api_stub.security.principal import Caller
from db.access import audit
from db.ledger import work
from db.money import invoices
from db.portfolio import domains, endpoints, scans
from schedules.table import TIMETABLE
from tasks import certificates
from tasks.engine import task as tasks
from tasks.engine.task import Task

routes = router(tags=["triggers"])

_MANY = 1_000_000
_Argument = Annotated[str, Field(max_length=64, pattern="^[A-Za-z_][A-Za-z0-9_]*$")]


def _domains_due() -> int:
    return len(domains.due_after(0, _MANY, now=datetime.now(UTC)))


def _clients_due() -> int:
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).date()
    return len(invoices.clients_due_after(0, _MANY, on=tomorrow))


def _batches() -> int:
    return certificates.number_of_batches(endpoints.count())


def _batches_due() -> int:
    return certificates.number_of_batches(len(scans.due_after(0, _MANY, now=datetime.now(UTC))))


_SIZES: dict[str, Callable[[], int]] = {
    "domains.check_all": domains.count,
    "domains.check_due": _domains_due,
    "dns.read_all": domains.count,
    "certificates.scan_all": _batches,
    "certificates.scan_due": _batches_due,
    "invoices.bill_all": _clients_due,
}
"""How many jobs a fan-out leads to, its root not counted; a task that is not here is one job."""


class Triggerable(BaseModel):
    """A task that may be asked for."""

    name: str = Field(examples=["domains.check"])
    queue: str = Field(examples=["lookup"])
    about: str = Field(examples=["Look a domain up and record what is new."])
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
def list_tasks(_who: Caller) -> list[Triggerable]:
    """List the tasks that may be asked for."""
    return [_shown(one) for _, one in sorted(tasks.declared().items())]


def _shown(one: Task) -> Triggerable:
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
    idempotency_key: Annotated[str | None, Header(min_length=1, max_length=200, pattern=r"^[!-~]+$")] = None,
    dry_run: Annotated[bool, Query(description="Only say how many jobs and about how long")] = False,
) -> Response:
    """Ask for a task now, with the arguments that it takes, as a JSON object.

    With an Idempotency-Key the same request may be sent again within a day: it is answered as the first time, and does
    nothing.
    """
    task = tasks.find(job)
    given = task.validated(arguments or {})
    if dry_run:
        return JSONResponse(_estimate(task).model_dump())
    asked = idempotency.IdempotentRequest(who.user_id, idempotency_key, f"trigger {job}", arguments or {})

    def act() -> dict[str, object]:
        ticket = task.enqueue(**given)
        audit.add(who.actor, "trigger", job, {"job": ticket.job_id, "run": ticket.run_id})
        return asdict(ticket)

    return idempotency.once(asked, act, status=202)


def _estimate(task: Task) -> Estimate:
    jobs = 1 + (_SIZES[task.name]() if task.name in _SIZES else 0)
    return Estimate(task=task.name, jobs=jobs, seconds=_seconds(task, jobs))


def _seconds(task: Task, jobs: int) -> int | None:
    each = work.seconds_of_run(task.name) if task.fans_out else work.seconds_of_job(task.name)
    if each is not None:
        return max(1, round(each * jobs))
    return next((line.expected_s for line in TIMETABLE if line.task == task.name), None)
