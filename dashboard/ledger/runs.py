"""Runs: a list by filter, a page for each; run again what ended badly."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from starlette.requests import Request

from api_stub import problems, routes
from api_stub.fields import Id, TaskFilter
from api_stub.resources.ledger import runs as run_resource
from api_stub.security import permissions
from api_stub.security.principal import Caller
from dashboard.lists import list_keys, list_pages
from dashboard.lists.list_pages import ListPage
from dashboard.rendering import flash_messages, render, strips
from db.ledger import jobs, runs
from db.portfolio import run_groups
from rules.jobs import NEED_A_PERSON, JobState
from rules.lists import filter_text
from tasks.engine.task import declared
from wording.messages import ngettext

pages: APIRouter = routes.router(include_in_schema=False)

_BAD_OF_RUN = 10
_TABS = 5


def _fan_outs() -> list[str]:
    return sorted(name for name, one in declared().items() if one.fans_out)


PAGE = ListPage(
    name="runs",
    where="/runs",
    title="Runs",
    listing=runs.LIST,
    keys=(
        list_keys.plain("task", "the task of its root", "domains.check_all", values=_fan_outs),
        list_keys.flag("unfinished", "whether it is not closed yet"),
    ),
    sort="-id",
    sorts={"id": "Started"},
    cells={
        "id": lambda one: one.id,
        "task": lambda one: one.task,
        "state": lambda one: one.word,
        "jobs": lambda one: one.total,
        "badly": lambda one: one.bad,
        "started": lambda one: one.created_at,
        "ended": lambda one: one.finished_at,
    },
)


@pages.get("/runs")
def run_list(
    request: Request,
    who: Caller,
    asked: list_pages.Asked,
    task: TaskFilter = None,
    show: Annotated[str, Query(pattern="^(|open)$")] = "",
) -> Response:
    """List the runs with their progress."""
    told = filter_text.of([("task", task or ""), ("unfinished", "yes" if show else "")])
    listed = list_pages.shown(PAGE, who, asked, folded=told)
    outcomes = runs.outcomes([one.id for one in listed.rows.rows])
    return render.page(
        request,
        "ledger/runs.html",
        listed=listed,
        page=listed.rows,
        tasks=runs.ran(_fan_outs()),
        tabs=_TABS,
        strips={one: strips.of_runs(past) for one, past in outcomes.items()},
    )


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
        "ledger/run.html",
        run=found,
        bad=bad,
        states=list(JobState),
        plan=runs.plan(run_id),
        **_grouped(found),
        counted=run_groups.MOST,
        ends_at=None if found.left_s is None else datetime.now(UTC) + timedelta(seconds=found.left_s),
        may_retry=permissions.may_act_on(who, found.task),
    )


def _grouped(run: runs.Run) -> dict[str, Any]:
    """Return a run's results in groups for the template: by issuer for certificates, by suffix for domains."""
    if run.task.startswith("certificates."):
        return {"groups": run_groups.by_issuer(run.id, run.created_at, run.finished_at), "grouped_by": "issuer"}
    return {"groups": run_groups.by_suffix(run.id, run.counts), "grouped_by": "suffix"}


@pages.post("/runs/{run_id}/retry")
def retry_run(who: Caller, run_id: Id) -> Response:
    """Queue again what ended badly in a run."""
    number = run_resource.rerun(who, run_id)
    return flash_messages.redirect(
        f"/runs/{run_id}", ngettext("{number} job queued again.", "{number} jobs queued again.", number)
    )
