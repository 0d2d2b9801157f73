"""Failure groups on a page: retry a canary, retry the rest at a pace, discard and undo, a note and an owner."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form, Query, Response
from starlette.requests import Request

from api_stub import routes
from api_stub.fields import Id, TaskFilter, TextLine
from api_stub.resources.ledger import failures as resource
from api_stub.resources.ledger import jobs as job_resource
from api_stub.resources.ledger.failures import BadState
from api_stub.resources.ledger.jobs import FASTEST, EndedJobs
from api_stub.security import permissions
from api_stub.security.principal import Caller
from dashboard.rendering import fields, flash_messages, render
from db.ledger import failures, job_counts, job_lists, jobs, schedules, staff_actions
from db.ledger.failures import FailureKey
from rules.jobs import NEED_A_PERSON, JobState
from wording.messages import _

pages: APIRouter = routes.router(include_in_schema=False)

_LONGEST_H = 31 * 24
_Task = Annotated[TextLine, Form(max_length=64)]
_Host = Annotated[TextLine, Form(max_length=120)]
_SINCE = {"1": "in the last hour", "4": "in the last 4 hours", "24": "in the last day", "72": "in the last 3 days"}
_PACES = {"": "as fast as they can", "600": "600 a minute", "60": "60 a minute", "6": "6 a minute"}


@dataclass(frozen=True, slots=True)
class GroupForm:
    """The failure group that a form is about."""

    task: _Task
    kind: _Task
    host: _Host = ""
    state: Annotated[BadState, Form()] = "dead"

    @property
    def key(self) -> FailureKey:
        return FailureKey(self.task, self.kind, self.host)


Group = Annotated[GroupForm, Depends()]
Next = fields.Next


@pages.get("/dead")
def dead(
    request: Request,
    who: Caller,
    *,
    state: Annotated[str, Query(pattern="^(dead|unknown|failed)$")] = "dead",
    task: TaskFilter = None,
    kind: Annotated[str, Query(max_length=64)] = "",
    host: Annotated[str, Query(max_length=120)] = "",
    after: fields.After = None,
) -> Response:
    """List the dead letters: what was given up, what nobody knows of, what was refused; of a task, or of one group."""
    chosen = JobState(state)
    key = FailureKey(task, kind, host) if task and kind else None
    page = (
        failures.page(chosen, key, after=after, within=who.within)
        if key
        else job_lists.LIST.page("-id", state=chosen, task=task or None, within=who.within, after=after)
    )
    counted = job_counts.counts(within=who.within)
    groups = failures.groups(chosen, within=who.within)
    return render.page(
        request,
        "ledger/dead.html",
        page=page,
        state=chosen,
        states=[(one, counted[one]) for one in NEED_A_PERSON],
        titles=resource.TITLES,
        task=task or "",
        key=key,
        groups=groups,
        acts={one.task: permissions.may_act_on(who, one.task) for one in groups},
        canaries={one.canary_id: jobs.get(one.canary_id) for one in groups if one.canary_id},
        discards=failures.discards() if who.within is None else (),
        paces=_PACES,
        hours=_SINCE,
        together=chosen in staff_actions.RETRYABLE_TOGETHER,
        at_once=job_resource.RETRIED_AT_ONCE,
    )


@pages.post("/dead/retries")
def retry_chosen(
    who: Caller,
    job: fields.Ids = [],  # noqa: B006 - FastAPI copies it
    next: Next = "/dead",  # noqa: A002 - as it stands in the form
) -> Response:
    """Queue the chosen jobs again."""
    if not job:
        return flash_messages.redirect(next, _("Nothing was chosen: tick the jobs to retry first."))
    queued = job_resource.all_retried(who, job)
    left = len(job) - queued
    return flash_messages.redirect(
        next,
        _("{queued} queued again.", queued=queued) + (_(" {left} had changed meanwhile.", left=left) if left else ""),
    )


@pages.post("/dead/ended/retry")
def retry_ended(
    who: Caller,
    *,
    state: Annotated[Literal["dead", "failed"], Form()] = "dead",
    hours: Annotated[int, Form(ge=1, le=_LONGEST_H)],
    task: Annotated[TextLine, Form(max_length=64)] = "",
    error: Annotated[TextLine, Form(max_length=253)] = "",
    per_minute: Annotated[float | None, Form(gt=0, le=FASTEST)] = None,
    next: Next = "/dead",  # noqa: A002 - as it stands in the form
) -> Response:
    """Queue again what ended so of late."""
    since = schedules.now() - timedelta(hours=hours)
    asked = EndedJobs(state=state, since=since, task=task.strip() or None, error=error, per_minute=per_minute)
    done = job_resource.ended_retried(who, asked)
    return flash_messages.redirect(
        next,
        _("{queued} queued again.", queued=done.queued) + (_(" There are more: ask once more.") if done.more else ""),
    )


@pages.post("/dead/groups/retry")
def retry_group(
    who: Caller,
    group: Group,
    *,
    canary: Annotated[bool, Form()] = False,
    per_minute: Annotated[float | None, Form(gt=0, le=FASTEST)] = None,
    next: Next = "/dead",  # noqa: A002 - as it stands in the form
) -> Response:
    """Queue a group again: one as a canary, or all of it at a pace."""
    found = resource.retried(who, JobState(group.state), group.key, canary=canary, per_minute=per_minute)
    if canary:
        return flash_messages.redirect(
            next,
            _("Job {canary_id} is tried as the canary. Retry the rest once it is done.", canary_id=found.canary_id),
        )
    pace = f", {per_minute:g} a minute" if per_minute else ""
    return flash_messages.redirect(next, _("{queued} queued again{pace}.", queued=found.queued, pace=pace))


@pages.post("/dead/groups/discard")
def discard_group(
    who: Caller,
    group: Group,
    because: Annotated[TextLine, Form(min_length=1, max_length=500)],
    next: Next = "/dead",  # noqa: A002 - as it stands in the form
) -> Response:
    """Put a group away."""
    found = resource.discarded(who, JobState(group.state), group.key, because=because)
    return flash_messages.redirect(next, _("{jobs} discarded. For a day this can be undone here.", jobs=found.jobs))


@pages.post("/dead/groups/note")
def note_group(
    who: Caller,
    group: Group,
    note: Annotated[TextLine, Form(max_length=1000)] = "",
    owner: Annotated[TextLine, Form(max_length=100)] = "",
    next: Next = "/dead",  # noqa: A002 - as it stands in the form
) -> Response:
    """Say something of a group, and who sees to it."""
    resource.described(who, group.key, note=note, owner=owner)
    return flash_messages.redirect(next, _("It is noted."))


@pages.post("/dead/discards/{discard_id}/undo")
def undo(who: Caller, discard_id: Id, next: Next = "/dead") -> Response:  # noqa: A002 - as it stands in the form
    """Bring back what was put away."""
    found = resource.undone(who, discard_id)
    return flash_messages.redirect(next, _("Undone: {jobs} are back.", jobs=found.jobs))
