"""Worker processes: what each runs; ask one to end once it has finished that."""

from datetime import datetime
from typing import Annotated

from fastapi import Path
from pydantic import BaseModel, Field

from api_stub.fields import RequestBody
from api_stub.problems import Problem
from api_stub.routes import router
from api_stub.security.principal import Caller, Principal
from db import connection
from db.access import audit
from db.ledger import workers

routes = router(tags=["workers"])

WorkerId = Annotated[str, Path(min_length=1, max_length=32, pattern="^[A-Za-z0-9-]+$", examples=["62fb02d8"])]


class WorkerProcess(BaseModel):
    """A process that claims jobs. Times are UTC."""

    id: str = Field(examples=["62fb02d8"])
    state: str = Field(description="alive, stopping, silent or ended", examples=["alive"])
    host: str = Field(examples=["worker-1"])
    pid: int = Field(examples=[4711])
    version: str | None = Field(examples=["0.1.0"])
    queues: list[str] = Field(examples=[["lookup", "mail"]])
    running: int = Field(description="Jobs that it runs", examples=[3])
    load: float | None = Field(description="Of its host, over a minute", examples=[0.7])
    memory_bytes: int | None = Field(examples=[96_468_992])
    started_at: datetime | None
    silent_s: float = Field(description="How long ago it was last heard of", examples=[1.5])


class StopGiven(RequestBody, extra="forbid"):
    """How a process is to end."""

    replaced: bool = Field(default=False, description="Whether another is started in its place", examples=[True])


@routes.get("/api/workers")
def list_workers(_who: Caller) -> list[WorkerProcess]:
    """List the processes that live, the longest-lived first."""
    loads = workers.loads()
    return [_document(one, loads.get(one.id, workers.Load())) for one in workers.alive()]


@routes.post("/api/workers/{worker_id}/stop", status_code=202)
def stop_worker(who: Caller, worker_id: WorkerId, given: StopGiven) -> WorkerProcess:
    """Ask a process to end gently: it finishes what it runs within the grace period, and gives back the rest."""
    return _document(stopped(who, worker_id, replaced=given.replaced), workers.loads().get(worker_id, workers.Load()))


def stopped(who: Principal, worker_id: str, *, replaced: bool) -> workers.Worker:
    """Ask a process to end, on a person's behalf. Raises ``Problem`` 404 where it is not alive, or was asked before."""
    with connection.transaction():
        found = workers.ask_to_stop(worker_id, by=who.name, replaced=replaced)
        if found is None:
            raise Problem(404, "not-found", "no process of this id lives that was not asked to end already")
        audit.add(
            who.actor, "stop", f"worker {worker_id}", {"host": found.host, "pid": found.pid, "replaced": replaced}
        )
    return found


def _document(found: workers.Worker, load: workers.Load) -> WorkerProcess:
    return WorkerProcess(
        id=found.id,
        state=found.word,
        host=found.host,
        pid=found.pid,
        version=found.version,
        queues=list(found.queues),
        running=load.running,
        load=found.load,
        memory_bytes=found.memory_bytes,
        started_at=found.started_at,
        silent_s=found.silent_s,
    )
