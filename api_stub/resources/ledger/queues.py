"""Queues: what is due and what runs; pause one with a reason, resume it."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import BaseModel, Field

from api_stub.fields import Moment, RequestBody, TextLine
from api_stub.problems import Problem
from api_stub.routes import router
from api_stub.security.principal import Caller, Principal
from db import connection
from db.access import audit
from db.ledger import queue_pauses, queues
from tasks.engine.task import Queue

routes = router(tags=["queues"])


class QueueRest(BaseModel):
    """Why a queue rests. Times are UTC."""

    because: str = Field(examples=["the registry is moving"])
    by: str = Field(examples=["ada"])
    since: datetime
    until: datetime | None = Field(description="Null: until somebody resumes it")


class JobQueue(BaseModel):
    """A queue now."""

    name: str = Field(examples=["lookup"])
    due: int = Field(description="Jobs that may run now, counted up to 10,000", examples=[12])
    later: int = Field(description="Jobs that are due later, counted up to 10,000", examples=[3])
    running: int = Field(examples=[4])
    oldest_s: float | None = Field(description="How long the oldest due job has waited", examples=[2.5])
    per_minute: float = Field(description="Jobs that end, over the last five minutes", examples=[120.0])
    drained_s: float | None = Field(description="Until what is due will have run at that rate", examples=[6.0])
    paused: QueueRest | None


class QueuePauseGiven(RequestBody, extra="forbid"):
    """Why a queue is to rest, and until when."""

    because: Annotated[TextLine, Field(min_length=1, max_length=500, examples=["the registry is moving"])]
    until: Moment | None = Field(None, description="Null: until somebody resumes it", examples=[None])


@routes.get("/api/queues")
def list_queues(_who: Caller) -> list[JobQueue]:
    """List the queues."""
    return [_document(one) for one in queues.all_(list(Queue))]


@routes.post("/api/queues/{queue}/pause")
def pause_queue(who: Caller, queue: Queue, given: QueuePauseGiven) -> JobQueue:
    """Let a queue rest: nothing of it is begun; what runs goes on."""
    paused(who, queue, because=given.because, until=given.until)
    return _read(queue)


@routes.post("/api/queues/{queue}/resume")
def resume_queue(who: Caller, queue: Queue) -> JobQueue:
    """Let a queue's jobs run again."""
    resumed(who, queue)
    return _read(queue)


def paused(who: Principal, queue: Queue, *, because: str, until: datetime | None = None) -> None:
    """Pause a queue on a person's behalf. Raises ``Problem`` 422 for an end that has passed."""
    if until is not None and until <= datetime.now(UTC):
        raise Problem(422, "bad-values", "until: this moment has passed", errors=[_PASSED])
    with connection.transaction():
        queue_pauses.pause(queue, because=because, by=who.name, until=until)
        details = {"because": because, "until": until.isoformat() if until else None}
        audit.add(who.actor, "pause", f"queue {queue}", details, reason=because)


def resumed(who: Principal, queue: Queue) -> None:
    """Resume a queue on a person's behalf. Raises ``Problem`` 409 where it is not paused."""
    with connection.transaction():
        if not queue_pauses.resume(queue):
            raise Problem(409, "conflict", f"the queue {queue} is not paused")
        audit.add(who.actor, "resume", f"queue {queue}", {})


_PASSED = {"at": "body.until", "message": "this moment has passed"}


def _read(queue: Queue) -> JobQueue:
    return _document(queues.all_([queue])[0])


def _document(found: queues.QueueStatus) -> JobQueue:
    pause = found.pause
    return JobQueue(
        name=found.name,
        due=found.due.number,
        later=found.later.number,
        running=found.running,
        oldest_s=found.oldest_s,
        per_minute=found.per_minute,
        drained_s=found.drained_s,
        paused=QueueRest(
            because=pause.paused_because, by=pause.paused_by, since=pause.paused_at, until=pause.paused_until
        )
        if pause
        else None,
    )
