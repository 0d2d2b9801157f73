"""Queues, workers, runs, jobs and dead letters; a job can be retried and cancelled."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Response
from starlette.requests import Request

from api_stub import problems, routes
from api_stub.fields import Id, IdFilter, TaskFilter
from api_stub.resources import jobs as resource
from api_stub.security import permissions
from api_stub.security.principal import Caller, Principal
from dashboard import fields, notices, render
from db.ledger import jobs, queues, runs, staff_actions, workers
from rules.jobs import UNFINISHED, JobState
from tasks.engine.task import Queue, declared

pages: APIRouter = routes.router(include_in_schema=False)

_RETRIED_AT_ONCE = 500
_BAD_OF_RUN = 10


@pages.get("/queues")
def queue_list(request: Request, _who: Caller) -> Response:
    """Show each queue's depth, oldest due age and rate."""
    return render.page(request, "work/queues.html", queues=queues.all_(list(Queue)))


@pages.get("/queues/{queue}")
def queue_page(request: Request, _who: Caller, queue: Queue, after: fields.After = None) -> Response:
    """List what waits in a queue, the one that is due first at the top."""
    page = jobs.queued_page(queue, after=after)
    return render.page(request, "work/queue.html", queue=queues.all_([queue])[0], page=page)


@pages.get("/workers")
def worker_list(request: Request, _who: Caller) -> Response:
    """List the processes that live, with what they run, and those that ended last."""
    return render.page(
        request, "work/workers.html", workers=workers.alive(), loads=workers.loads(), ended=workers.ended_last()
    )


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
        for state in jobs.NEED_A_PERSON
        if found.counts.get(state)
        for job in jobs.page(jobs.Filter(run_id=run_id, state=state), size=_BAD_OF_RUN).rows
    ]
    return render.page(request, "work/run.html", run=found, bad=bad, states=list(JobState), plan=runs.plan(run_id))


@pages.get("/jobs")
def job_list(
    request: Request,
    who: Caller,
    *,
    state: Annotated[str, Query(pattern=f"^(|{'|'.join(JobState)})$")] = "",
    task: TaskFilter = None,
    run: IdFilter = None,
    after: fields.After = None,
) -> Response:
    """List jobs, by the filters that stand in the address."""
    wanted = jobs.Filter(state=JobState(state) if state else None, task=task or None, run_id=run, within=who.within)
    page = jobs.page(wanted, after=after)
    return render.page(
        request,
        "work/jobs.html",
        page=page,
        wanted=wanted,
        states=list(JobState),
        counts={} if task or run else jobs.counts(within=who.within),
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
        waiting=jobs.waiting(found, within=who.within),
        attempts=jobs.attempts(job_id)[::-1],
        may_retry=acts and found.state in staff_actions.RETRYABLE,
        may_cancel=acts and found.state in UNFINISHED and not found.cancelled,
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


@pages.get("/dead")
def dead(
    request: Request,
    who: Caller,
    state: Annotated[str, Query(pattern="^(dead|unknown|failed)$")] = "dead",
    task: TaskFilter = None,
    after: fields.After = None,
) -> Response:
    """List the dead letters: what was given up, what nobody knows of, what was refused."""
    chosen = JobState(state)
    page = jobs.page(jobs.Filter(state=chosen, task=task or None, within=who.within), after=after)
    counted = jobs.counts(within=who.within)
    return render.page(
        request,
        "work/dead.html",
        page=page,
        state=chosen,
        states=[(one, counted[one]) for one in jobs.NEED_A_PERSON],
        task=task or "",
        groups=jobs.by_task(chosen, within=who.within),
    )


@pages.post("/dead/retries")
def retry_many(
    who: Caller,
    job: fields.Ids = [],  # noqa: B006 - FastAPI copies it
    state: Annotated[str, Form(pattern="^(|dead|unknown|failed)$")] = "",
    task: Annotated[str, Form(pattern=r"^[A-Za-z0-9_.-]*$", max_length=64)] = "",
    next: fields.Next = "/dead",  # noqa: A002 - as it stands in the form
) -> Response:
    """Queue the chosen jobs again, or the newest of a task."""
    chosen = job or (_newest_of(who, JobState(state), task) if state and task else [])
    for one in chosen:
        permissions.require_job(who, one)
    queued = sum(_retried(who, one) for one in chosen)
    if not chosen:
        return notices.redirect(next, "Nothing was chosen: tick the jobs to retry first.")
    left = len(chosen) - queued
    return notices.redirect(next, f"{queued} queued again." + (f" {left} had changed meanwhile." if left else ""))


def _newest_of(who: Principal, state: JobState, task: str) -> list[int]:
    wanted = jobs.Filter(state=state, task=task, within=who.within)
    return [one.id for one in jobs.page(wanted, size=_RETRIED_AT_ONCE).rows]


def _retried(who: Principal, job_id: int) -> bool:
    try:
        resource.retried(who, job_id)
    except staff_actions.NotPossible:
        return False
    return True
