"""Jobs: a list by filter, a page for each; retry, cancel, hurry and prioritise one."""

import json
from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form, Query, Response
from starlette.requests import Request

from api_stub import problems, routes
from api_stub.fields import Id, IdFilter, TaskFilter
from api_stub.resources.ledger import jobs as resource
from api_stub.security import permissions
from api_stub.security.principal import Caller
from dashboard.lists import list_keys, list_pages
from dashboard.lists.list_pages import ListPage
from dashboard.rendering import fields, flash_messages, render
from db.ledger import effects, job_counts, job_lists, job_waits, jobs, staff_actions
from db.ledger.job_paths import LOOKED_THROUGH
from rules.jobs import UNFINISHED, JobState, Priority
from rules.lists import filter_text
from rules.lists import filter_values as list_values
from rules.lists.filter_text import FilterText
from tasks.engine.task import Queue, declared
from wording.messages import _

pages: APIRouter = routes.router(include_in_schema=False)

PriorityName = Literal["urgent", "normal", "bulk"]


PAGE = ListPage(
    name="jobs",
    where="/jobs",
    title="Jobs",
    listing=job_lists.LIST,
    keys=(
        list_keys.choice("state", "its state", map(str, JobState), JobState),
        list_keys.plain("task", "its task", "domains.check", values=declared),
        list_keys.choice("queue", "its queue", map(str, Queue)),
        list_keys.plain("run", "the number of its run", "17", list_values.number),
        list_keys.CLIENT,
        list_keys.moment("since", "made so long ago at the most, or from that day on"),
        list_keys.moment("until", "made before"),
        list_keys.plain("error", "what its error has", "timeout"),
        list_keys.plain("argument", "what its arguments have", "domain_id=17"),
    ),
    sort="-id",
    sorts={"id": "Made"},
    cells={
        "id": lambda one: one.id,
        "task": lambda one: one.task,
        "state": lambda one: one.state,
        "queue": lambda one: one.queue,
        "arguments": lambda one: json.dumps(one.args),
        "run": lambda one: one.run_id,
        "attempts": lambda one: one.attempts,
        "made": lambda one: one.created_at,
        "ended": lambda one: one.finished_at,
        "error": lambda one: one.error,
    },
)


@dataclass(frozen=True, slots=True)
class JobAddress:
    """The parameters of the list's address beside its filter; an empty one filters nothing."""

    state: Annotated[str, Query(pattern=f"^(|{'|'.join(JobState)})$")] = ""
    task: TaskFilter = None
    run: IdFilter = None
    queue: Annotated[str, Query(pattern=f"^(|{'|'.join(Queue)})$")] = ""
    error: fields.Search = ""
    argument: fields.Search = ""
    hours: Annotated[str, Query(pattern="^(|1|24|168)$")] = ""

    def folded(self) -> FilterText:
        """Return the parameters as a filter."""
        return filter_text.of(
            [
                ("state", self.state),
                ("task", self.task or ""),
                ("run", str(self.run or "")),
                ("queue", self.queue),
                ("error", self.error.strip()),
                ("argument", self.argument.strip()),
                ("since", f"{self.hours}h" if self.hours else ""),
            ]
        )


@pages.get("/jobs")
def job_list(
    request: Request, who: Caller, asked: list_pages.Asked, told: Annotated[JobAddress, Depends()]
) -> Response:
    """List jobs, by the filter that stands in the address."""
    listed = list_pages.shown(PAGE, who, asked, folded=told.folded())
    narrowed = {one.key for one in listed.written.tokens} - {"state"}
    return render.page(
        request,
        "ledger/jobs.html",
        listed=listed,
        page=listed.rows,
        run=listed.filters.get("run"),
        looked_through=LOOKED_THROUGH if narrowed & {"error", "argument"} else None,
        states=list(JobState),
        counts={} if narrowed else job_counts.counts(within=who.within),
    )


@pages.get("/jobs/{job_id}")
def job_page(request: Request, who: Caller, job_id: Id) -> Response:
    """Show a job: its attempts, and the sentence why it is not running."""
    found = problems.existing(jobs.require, job_id, within=who.within)
    acts = permissions.may_act_on(who, found.task)
    return render.page(
        request,
        "ledger/job.html",
        job=found,
        waiting=job_waits.waiting(found, within=who.within),
        attempts=jobs.attempts(job_id)[::-1],
        traces=jobs.traces(job_id) if who.within is None else {},
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
    return flash_messages.redirect(next or f"/jobs/{job_id}", _("Job {job_id} is queued again.", job_id=job_id))


@pages.post("/jobs/{job_id}/cancel")
def cancel(who: Caller, job_id: Id, next: fields.Next = "") -> Response:  # noqa: A002 - as it stands in the form
    """End a queued job; ask a running one to end."""
    state = resource.cancelled(who, job_id)
    cancelled = state is JobState.CANCELLED
    said = _("Job {job_id} is cancelled.") if cancelled else _("Job {job_id} runs, and will not be tried again.")
    return flash_messages.redirect(next or f"/jobs/{job_id}", said.format(job_id=job_id))


@pages.post("/jobs/{job_id}/run")
def run_now(who: Caller, job_id: Id) -> Response:
    """Let a queued job run now."""
    resource.hurried(who, job_id)
    return flash_messages.redirect(
        f"/jobs/{job_id}", _("Job {job_id} waits for nothing but its turn, ahead of others.", job_id=job_id)
    )


@pages.post("/jobs/{job_id}/priority")
def prioritise(who: Caller, job_id: Id, priority: Annotated[PriorityName, Form()]) -> Response:
    """Give a queued job another priority."""
    resource.prioritised(who, job_id, Priority[priority.upper()])
    return flash_messages.redirect(
        f"/jobs/{job_id}", _("Job {job_id} is {priority} now.", job_id=job_id, priority=_(priority))
    )
