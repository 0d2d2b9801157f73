"""Jobs and runs: lists by filter, a page for each; retry, cancel, hurry and prioritise a job, retry what a run left."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Form, Query, Response
from starlette.requests import Request

from api_stub import problems, routes
from api_stub.fields import Id, IdFilter, TaskFilter
from api_stub.resources import jobs as resource
from api_stub.resources import runs as run_resource
from api_stub.security import permissions
from api_stub.security.principal import Caller
from dashboard import fields, notices, render
from db.ledger import effects, job_counts, job_lists, job_waits, jobs, runs, staff_actions
from db.ledger.job_paths import LOOKED_THROUGH
from rules.jobs import NEED_A_PERSON, UNFINISHED, JobState, Priority
from tasks.engine.task import Queue, declared

pages: APIRouter = routes.router(include_in_schema=False)

_BAD_OF_RUN = 10
_HOURS = {"1": "of the last hour", "24": "of the last day", "168": "of the last week"}
PriorityName = Literal["urgent", "normal", "bulk"]


@pages.get("/runs")
def run_list(
    request: Request,
    who: Caller,
    task: TaskFilter = None,
    show: Annotated[str, Query(pattern="^(|open)$")] = "",
    after: fields.After = None,
) -> Response:
    """List the runs with their progress."""
    unfinished = True if show == "open" else None
    page = runs.LIST.page("-id", task=task or None, unfinished=unfinished, within=who.within, after=after)
    tasks = sorted(name for name, one in declared().items() if one.fans_out)
    return render.page(request, "work/runs.html", page=page, task=task or "", tasks=tasks, show=show)


@pages.get("/runs/{run_id}")
def run_page(request: Request, who: Caller, run_id: Id) -> Response:
    """Show a run: its progress, and what went wrong in it."""
    found = problems.existing(runs.require, run_id, within=who.within)
    bad = [
        job
        for state in NEED_A_PERSON
        if found.counts.get(state)
        for job in jobs.newest(run_id=run_id, state=state, limit=_BAD_OF_RUN)
    ]
    return render.page(
        request,
        "work/run.html",
        run=found,
        bad=bad,
        states=list(JobState),
        plan=runs.plan(run_id),
        may_retry=permissions.may_act_on(who, found.task),
    )


@dataclass(frozen=True, slots=True)
class JobAddress:
    """What the address of the list says; empty is anything."""

    state: Annotated[str, Query(pattern=f"^(|{'|'.join(JobState)})$")] = ""
    task: TaskFilter = None
    run: IdFilter = None
    queue: Annotated[str, Query(pattern=f"^(|{'|'.join(Queue)})$")] = ""
    error: fields.Search = ""
    argument: fields.Search = ""
    hours: Annotated[str, Query(pattern=f"^(|{'|'.join(_HOURS)})$")] = ""

    def filters(self) -> dict[str, Any]:
        """Return the filters of the list."""
        now = datetime.now(UTC)
        return {
            "state": JobState(self.state) if self.state else None,
            "task": self.task or None,
            "run": self.run,
            "queue": self.queue or None,
            "error": self.error.strip() or None,
            "argument": self.argument.strip() or None,
            "since": now - timedelta(hours=int(self.hours)) if self.hours else None,
        }


@pages.get("/jobs")
def job_list(
    request: Request, who: Caller, asked: Annotated[JobAddress, Depends()], after: fields.After = None
) -> Response:
    """List jobs, by the filters that stand in the address."""
    task, narrowed = asked.task, bool(asked.queue or asked.error or asked.argument or asked.hours)
    return render.page(
        request,
        "work/jobs.html",
        page=job_lists.LIST.page("-id", **asked.filters(), within=who.within, after=after),
        wanted=asked,
        more={"queue": asked.queue, "error": asked.error, "argument": asked.argument, "hours": asked.hours},
        looked_through=LOOKED_THROUGH if asked.error or asked.argument else None,
        queues=list(Queue),
        hours=_HOURS,
        states=list(JobState),
        counts={} if task or asked.run or narrowed else job_counts.counts(within=who.within),
        tasks=sorted({*(one.name for one in permissions.known(who)), *([task] if task else [])}),
    )


@pages.get("/jobs/{job_id}")
def job_page(request: Request, who: Caller, job_id: Id) -> Response:
    """Show a job: its attempts, and the sentence why it is not running."""
    found = problems.existing(jobs.require, job_id, within=who.within)
    acts = permissions.may_act_on(who, found.task)
    return render.page(
        request,
        "work/job.html",
        job=found,
        waiting=job_waits.waiting(found, within=who.within),
        attempts=jobs.attempts(job_id)[::-1],
        may_retry=acts and found.state in staff_actions.RETRYABLE,
        may_cancel=acts and found.state in UNFINISHED and not found.cancelled,
        may_hurry=acts and found.state is JobState.QUEUED,
        priorities=[one.name.lower() for one in Priority],
        priority=Priority(found.priority).name.lower(),
        effects=effects.of_job(job_id),
    )


@pages.post("/jobs/{job_id}/retry")
def retry(who: Caller, job_id: Id, next: fields.Next = "") -> Response:  # noqa: A002 - as it stands in the form
    """Queue a job again that ended badly."""
    resource.retried(who, job_id)
    return notices.redirect(next or f"/jobs/{job_id}", f"Job {job_id} is queued again.")


@pages.post("/jobs/{job_id}/cancel")
def cancel(who: Caller, job_id: Id, next: fields.Next = "") -> Response:  # noqa: A002 - as it stands in the form
    """End a queued job; ask a running one to end."""
    state = resource.cancelled(who, job_id)
    outcome = "is cancelled" if state is JobState.CANCELLED else "runs, and will not be tried again"
    return notices.redirect(next or f"/jobs/{job_id}", f"Job {job_id} {outcome}.")


@pages.post("/jobs/{job_id}/run")
def run_now(who: Caller, job_id: Id) -> Response:
    """Let a queued job run now."""
    resource.hurried(who, job_id)
    return notices.redirect(f"/jobs/{job_id}", f"Job {job_id} waits for nothing but its turn, ahead of others.")


@pages.post("/jobs/{job_id}/priority")
def prioritise(who: Caller, job_id: Id, priority: Annotated[PriorityName, Form()]) -> Response:
    """Give a queued job another priority."""
    resource.prioritised(who, job_id, Priority[priority.upper()])
    return notices.redirect(f"/jobs/{job_id}", f"Job {job_id} is {priority} now.")


@pages.post("/runs/{run_id}/retry")
def retry_run(who: Caller, run_id: Id) -> Response:
    """Queue again what ended badly in a run."""
    number = run_resource.rerun(who, run_id)
    return notices.redirect(f"/runs/{run_id}", f"{number} job{'' if number == 1 else 's'} queued again.")
