"""Runs: what a fan-out led to."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from api_stub import lists
from api_stub.fields import Id, Next
from api_stub.problems import existing
from api_stub.resources.ledger import jobs as job_resource
from api_stub.routes import router
from api_stub.security.principal import Caller, Principal
from db.ledger import jobs, runs
from rules.jobs import NEED_A_PERSON

routes = router(tags=["runs"])


class Run(BaseModel):
    """A run; ``counts`` says how many of its jobs are in each state."""

    id: int = Field(examples=[7])
    task: str = Field(examples=["domains.check_all"])
    created_at: datetime | None
    finished_at: datetime | None = Field(description="Null while a job is unfinished")
    counts: dict[str, int] = Field(examples=[{"done": 1190, "queued": 10}])


class LaneShare(BaseModel):
    """A server that a run's look-ups go through at its pace."""

    lane: str = Field(examples=["whois.denic.de"])
    jobs: int = Field(examples=[12000])
    seconds: float = Field(description="From the run's beginning until the last of them has its turn", examples=[24000])


class PlannedRun(Run):
    """A run and its slowest lanes, the slowest first; empty where no job has to wait for its turn."""

    lanes: list[LaneShare]


class Runs(BaseModel):
    """A page of runs."""

    runs: list[Run]
    next: Next


class Rerun(BaseModel):
    """What came of a run that somebody had tried again."""

    queued: int = Field(description="Jobs that are queued again", examples=[12])


Asked = Annotated[lists.ListQuery, lists.asked(runs.LIST.filters, "task", "unfinished", sort="-id")]


@routes.get("/api/runs")
def list_runs(who: Caller, asked: Asked) -> Runs:
    """List the runs, the newest first."""
    page = asked.page(runs.LIST, within=who.within)
    return Runs(runs=[_run(one) for one in page.rows], next=lists.next_(page))


@routes.get("/api/runs/{run_id}")
def read_run(who: Caller, run_id: Id) -> PlannedRun:
    """Read one run. Its jobs are at /api/jobs?run=..."""
    run = existing(runs.require, run_id, within=who.within)
    lanes = [LaneShare(**asdict(one)) for one in runs.plan(run_id).lanes]
    return PlannedRun(**asdict(run), lanes=lanes)


@routes.post("/api/runs/{run_id}/retry", status_code=202)
def retry_run(who: Caller, run_id: Id) -> Rerun:
    """Queue again what ended badly in a run, up to 500 jobs; where the run is closed, they share a new one."""
    return Rerun(queued=rerun(who, run_id))


def rerun(who: Principal, run_id: int) -> int:
    """Queue again what ended badly in a run, on a person's behalf, and return how many. Raises ``Problem`` 404."""
    existing(runs.require, run_id, within=who.within)
    most = job_resource.RETRIED_AT_ONCE
    bad = [one.id for state in NEED_A_PERSON for one in jobs.newest(run_id=run_id, state=state, limit=most)]
    return job_resource.all_retried(who, bad[:most])


def _run(run: runs.Run) -> Run:
    return Run(**asdict(run))
