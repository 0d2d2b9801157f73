"""Jobs: read them, retry one that ended badly, cancel one."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from api_stub import lists
from api_stub.fields import Id, Moment, Next, RequestBody, TextLine
from api_stub.problems import existing
from api_stub.routes import router
from api_stub.security import permissions
from api_stub.security.principal import Caller, Principal
from db import connection
from db.access import audit
from db.ledger import jobs, staff_actions
from db.ledger.job_lists import LIST
from db.ledger.staff_actions import Retrial
from rules.jobs import AttemptOutcome, JobState, Priority

routes = router(tags=["jobs"])

RETRIED_AT_ONCE = 500
FASTEST = 6000
"""The fastest pace at which jobs are retried together, in jobs a minute."""


class Job(BaseModel):
    """A job of the ledger. Times are UTC."""

    id: int = Field(examples=[42])
    task: str = Field(examples=["domains.check"])
    args: dict[str, Any] = Field(examples=[{"domain_id": 17}])
    queue: str = Field(examples=["lookup"])
    state: JobState = Field(examples=["dead"])
    run_id: int | None = Field(examples=[7])
    attempts: int = Field(description="Tries that began", examples=[5])
    failures: int = Field(description="Tries that count against the task's limit", examples=[5])
    waits_for: str | None = Field(description="Why a queued job does not run yet", examples=[None])
    error: str | None = Field(examples=["Unavailable: rdap.example.net did not answer within 15 s"])
    created_at: datetime | None
    run_at: datetime | None
    finished_at: datetime | None


class Attempt(BaseModel):
    """One try that ended."""

    number: int = Field(examples=[5])
    outcome: AttemptOutcome = Field(examples=["dead"])
    error: str | None = Field(examples=["Unavailable: rdap.example.net did not answer within 15 s"])
    worker_id: str | None = Field(examples=["62fb02d8"])
    started_at: datetime | None
    ended_at: datetime | None


class JobWithAttempts(Job):
    """A job and its tries, the oldest first."""

    history: list[Attempt]


class Jobs(BaseModel):
    """A page of jobs, the newest first."""

    jobs: list[Job]
    next: Next


class Steered(BaseModel):
    """What became of a job that somebody retried or cancelled."""

    id: int = Field(examples=[42])
    state: JobState = Field(
        examples=["queued"], description="`running` after a cancel: it was asked to end instead of being tried again"
    )


class JobChange(RequestBody, extra="forbid"):
    """What is to change about a queued job."""

    priority: Literal["urgent", "normal", "bulk"] = Field(examples=["urgent"])


class EndedJobs(RequestBody, extra="forbid"):
    """Which jobs that ended badly are retried together."""

    state: Literal["dead", "failed", "cancelled"] = "dead"
    since: Moment = Field(description="That ended at this moment or later", examples=["2026-03-07T18:00:00Z"])
    task: Annotated[TextLine, Field(max_length=64, examples=["mail.send"])] | None = None
    error: Annotated[TextLine, Field(max_length=253, description="That their error has in it", examples=["timed"])] = ""
    per_minute: float | None = Field(None, gt=0, le=FASTEST, description="Null: as fast as they can", examples=[60])


class Retried(BaseModel):
    """How many were queued again."""

    queued: int = Field(examples=[40])
    more: bool = Field(description=f"Whether others are left, beyond {RETRIED_AT_ONCE}: ask once more")


Asked = Annotated[lists.ListQuery, lists.asked(LIST.filters, *LIST.filters, sort="-id")]


@routes.get("/api/jobs")
def list_jobs(who: Caller, asked: Asked) -> Jobs:
    """List the jobs, the newest first."""
    page = asked.page(LIST, within=who.within)
    return Jobs(jobs=[Job(**_fields(one)) for one in page.rows], next=lists.next_(page))


@routes.get("/api/jobs/{job_id}")
def read_job(who: Caller, job_id: Id) -> JobWithAttempts:
    """Read one job with its tries."""
    job = existing(jobs.require, job_id, within=who.within)
    return JobWithAttempts(**_fields(job), history=[Attempt(**asdict(one)) for one in jobs.attempts(job_id)])


@routes.post("/api/jobs/{job_id}/retry")
def retry_job(who: Caller, job_id: Id) -> Steered:
    """Queue a job again that failed, died, was cancelled, or whose effect is unknown."""
    retried(who, job_id)
    return Steered(id=job_id, state=JobState.QUEUED)


@routes.post("/api/jobs/retry", status_code=202)
def retry_ended_jobs(who: Caller, given: EndedJobs) -> Retried:
    """Queue up to 500 jobs again that ended so since then, those that ended first, at a pace if one is given.

    Without a task they are those of all tasks on whose jobs you may act.
    What is unknown is retried one by one, because of each a person has to say first that it did not happen.
    """
    return ended_retried(who, given)


@routes.post("/api/jobs/{job_id}/cancel")
def cancel_job(who: Caller, job_id: Id) -> Steered:
    """End a queued job; ask a running one to end instead of being tried again."""
    return Steered(id=job_id, state=cancelled(who, job_id))


@routes.post("/api/jobs/{job_id}/run")
def run_job(who: Caller, job_id: Id) -> Steered:
    """Let a queued job wait no longer for its time, and go ahead of others."""
    hurried(who, job_id)
    return Steered(id=job_id, state=JobState.QUEUED)


@routes.patch("/api/jobs/{job_id}")
def change_job(who: Caller, job_id: Id, given: JobChange) -> Steered:
    """Give a queued job another priority."""
    prioritised(who, job_id, Priority[given.priority.upper()])
    return Steered(id=job_id, state=JobState.QUEUED)


def hurried(who: Principal, job_id: int) -> None:
    """Let a queued job run now, on a person's behalf. Raises ``Problem`` 403, 404, or ``NotPossible``."""
    with connection.transaction():
        job = permissions.require_job(who, job_id)
        staff_actions.run_now(job_id)
        audit.add(who.actor, "run now", f"job {job_id}", {"task": job.task}, client_id=job.client_id)


def prioritised(who: Principal, job_id: int, priority: Priority) -> None:
    """Give a queued job another priority, on a person's behalf. Raises ``Problem`` 403, 404, or ``NotPossible``."""
    with connection.transaction():
        job = permissions.require_job(who, job_id)
        staff_actions.prioritise(job_id, priority)
        before, after = Priority(job.priority).name.lower(), priority.name.lower()
        audit.add(
            who.actor,
            "priority",
            f"job {job_id}",
            {"task": job.task},
            before={"priority": before},
            after={"priority": after},
            client_id=job.client_id,
        )


def retried(who: Principal, job_id: int, *, together: Retrial | None = None, place: int = 0) -> None:
    """Queue a job again on a person's behalf. Raises ``Problem`` 403, 404, or ``NotPossible``."""
    with connection.transaction():
        before = permissions.require_job(who, job_id)
        staff_actions.retry(job_id, together=together, place=place)
        _record(who, "retry", before, JobState.QUEUED)


def cancelled(who: Principal, job_id: int) -> JobState:
    """End a job on a person's behalf and return its state. Raises ``Problem`` 403, 404, or ``NotPossible``."""
    with connection.transaction():
        before = permissions.require_job(who, job_id)
        state = staff_actions.cancel(job_id)
        _record(who, "cancel", before, state)
    return state


def ended_retried(who: Principal, asked: EndedJobs) -> Retried:
    """Queue again the jobs in the given state that ended since then, of tasks on which the caller may act.

    Raises ``Problem`` 403 for a named task on which they may not act.
    """
    if asked.task is not None:
        permissions.require_task(who, asked.task)
    found = jobs.ended_since(
        JobState(asked.state),
        asked.since,
        tasks=permissions.actable(who) if asked.task is None else [asked.task],
        error=asked.error.strip(),
        within=who.within,
        limit=RETRIED_AT_ONCE + 1,
    )
    queued = all_retried(who, found[:RETRIED_AT_ONCE], per_minute=asked.per_minute)
    return Retried(queued=queued, more=len(found) > RETRIED_AT_ONCE)


def all_retried(who: Principal, ids: Sequence[int], *, per_minute: float | None = None) -> int:
    """Queue jobs again on a person's behalf, at a pace if one is given, and return how many were queued.

    Jobs that can no longer be retried are left out. Raises ``Problem`` 403, 404 before any job is queued.
    """
    for one in ids:
        permissions.require_job(who, one)
    together, done = Retrial(per_minute=per_minute), 0
    for one in ids:
        try:
            retried(who, one, together=together, place=done)
        except staff_actions.NotPossible:
            continue
        done += 1
    return done


def _record(who: Principal, action: str, job: jobs.Job, state: JobState) -> None:
    audit.add(
        who.actor,
        action,
        f"job {job.id}",
        {"task": job.task},
        before={"state": job.state},
        after={"state": state},
        client_id=job.client_id,
    )


def _fields(job: jobs.Job) -> dict[str, Any]:
    return {**asdict(job), "args": _utf8(job.args)}


def _utf8(value: Any) -> Any:
    """Replace halves of surrogate pairs, which JSON's escapes can hold and an answer in UTF-8 cannot."""
    match value:
        case str():
            return value.encode("utf-8", "replace").decode()
        case dict():
            return {_utf8(name): _utf8(one) for name, one in value.items()}  # pyright: ignore[reportUnknownVariableType]
        case list():
            return [_utf8(one) for one in value]  # pyright: ignore[reportUnknownVariableType]
        case _:
            return value
