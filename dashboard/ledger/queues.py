"""Queues and the worker processes that serve them: pause and resume a queue, let a process end gently."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Form, Response
from starlette.requests import Request

from api_stub import routes
from api_stub.fields import TextLine
from api_stub.resources.ledger import queues as resource
from api_stub.resources.ledger import workers as worker_resource
from api_stub.resources.ledger.workers import WorkerId
from api_stub.security.principal import Caller
from dashboard.rendering import fields, flash_messages, render
from db.ledger import job_lists, queues, workers
from tasks.engine.task import Queue
from wording.messages import _

pages: APIRouter = routes.router(include_in_schema=False)

PAUSES: Final = {"": "until somebody resumes it", "1": "for an hour", "8": "for 8 hours", "24": "for a day"}
"""How long a pause may last: hours -> words; empty: without an end."""

Hours = Annotated[int | None, Form(ge=1, le=24 * 365)]
Because = Annotated[TextLine, Form(min_length=1, max_length=500)]


def until(hours: int | None) -> datetime | None:
    """Return the end of a pause of so many hours from now, in UTC; None for a pause without an end."""
    return None if hours is None else datetime.now(UTC) + timedelta(hours=hours)


@pages.get("/queues")
def queue_list(request: Request, _who: Caller) -> Response:
    """Show each queue's depth, oldest due age and rate."""
    return render.page(request, "ledger/queues.html", queues=queues.all_(list(Queue)), pauses=PAUSES)


@pages.get("/queues/{queue}")
def queue_page(request: Request, _who: Caller, queue: Queue, after: fields.After = None) -> Response:
    """List what waits in a queue, the one that is due first at the top."""
    page = job_lists.queued_page(queue, after=after)
    return render.page(request, "ledger/queue.html", queue=queues.all_([queue])[0], page=page, pauses=PAUSES)


@pages.post("/queues/{queue}/pause")
def pause(who: Caller, queue: Queue, because: Because, hours: Hours = None) -> Response:
    """Let a queue rest."""
    resource.paused(who, queue, because=because, until=until(hours))
    return flash_messages.redirect(
        f"/queues/{queue}",
        _("{queue} is paused {what}; what runs goes on.", queue=queue, what=_(PAUSES.get(str(hours or ""), ""))),
    )


@pages.post("/queues/{queue}/resume")
def resume(who: Caller, queue: Queue) -> Response:
    """Let a queue's jobs run again."""
    resource.resumed(who, queue)
    return flash_messages.redirect(f"/queues/{queue}", _("{queue} goes on.", queue=queue))


@pages.get("/workers")
def worker_list(request: Request, _who: Caller) -> Response:
    """List the processes that live, with what they run, and those that ended last."""
    return render.page(
        request, "ledger/workers.html", workers=workers.alive(), loads=workers.loads(), ended=workers.ended_last()
    )


@pages.post("/workers/{worker_id}/stop")
def stop(who: Caller, worker_id: WorkerId, *, replaced: Annotated[bool, Form()] = False) -> Response:
    """Let a process end gently."""
    found = worker_resource.stopped(who, worker_id, replaced=replaced)
    after = _("then another takes its place") if replaced else _("it is not started again before its pool is")
    return flash_messages.redirect(
        "/workers",
        _("{host}:{pid} finishes what it runs and ends; {after}.", host=found.host, pid=found.pid, after=after),
    )
