"""What a task is: ``@task`` makes one of a function, ``.enqueue`` makes a job of it.

@task(Queue.SCAN, attempts=5)
def scan(*, endpoint_id: int) -> None:
    seen = tls.fetch(...)
    with completing():              # the job's end and the block's writes are one transaction
        endpoints.record(...)
        alerts.tell.enqueue(...)    # and so are the jobs that it leads to
"""

import difflib
import hashlib
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError, create_model

import settings
from db import connection
from db.ledger import runs, transitions
from db.ledger.dispatch import Dispatch
from rules.jobs import Priority
from settings.failpoints import failpoint
from tasks.engine.context import current, fenced
from tasks.engine.errors import BadArguments, UnknownTask
from tasks.outside import pacing
from tasks.transport import notifier

_CHUNK = 1000
_LARGE_CHUNK = 20_000
"""Ids that are put into groups at once, so that groups which are to run last are behind all others."""

_RESERVED = {"key", "delay_s", "priority"}


class Queue(StrEnum):
    """Queues are split by what a job waits for, so that a slow registry never delays a mail."""

    LOOKUP = "lookup"
    SCAN = "scan"
    BILLING = "billing"
    MAIL = "mail"
    DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class EnqueuedJob:
    """What enqueueing returns. ``new`` is False where a queued job had the same key; ``run_id`` is a fan-out's."""

    job_id: int
    run_id: int | None
    new: bool


@dataclass(frozen=True)
class Task:
    """A function with what the ledger needs to know of it."""

    name: str
    queue: Queue
    function: Callable[..., None]
    attempts: int
    """Failures after which its job is dead."""
    backoff_s: float
    """The first wait after a failure; doubles."""
    deadline_s: float
    """How long it may run before its process is given up."""
    fans_out: bool = False
    """Whether each of its jobs opens a run of which it is the root."""
    then: str | None = None
    """The task that is to be done, with ``run_id``, once the run is closed."""
    arguments: type[BaseModel] = field(default=BaseModel, repr=False)

    def __call__(self, **args: Any) -> None:
        """Run the function here and now."""
        self.function(**args)

    def validated(self, args: Mapping[str, object]) -> dict[str, Any]:
        """Return ``args`` as the function's signature takes them. Raises ``BadArguments`` naming each that is not."""
        try:
            return self.arguments.model_validate(dict(args)).model_dump()
        except ValidationError as error:
            complaints = "; ".join(f"{one['loc'][0]}: {one['msg']}" for one in error.errors())
            takes = ", ".join(self.arguments.model_fields) or "none"
            raise BadArguments(f"{self.name} does not take these arguments ({complaints}); it takes: {takes}") from None

    def enqueue(
        self, *, key: str | None = None, delay_s: float = 0.0, priority: Priority = Priority.NORMAL, **args: Any
    ) -> EnqueuedJob:
        """Add a job in the open transaction, or in one of its own; it is announced after the commit.

        ``key`` names unique work: while a job with it is queued, that one is returned.
        """
        with connection.session(), connection.transaction():
            job = current()
            run_id = runs.open_(self.name, then=self.then) if self.fans_out else None
            job_id, new = transitions.insert_one(
                self._kind(priority),
                transitions.JobRequest(args, key, delay_s),
                run_id=run_id,
                cause_id=job.claim.job_id if job else None,
                announced_for_s=None if delay_s else settings.current().announce_lease_s,
            )
            if run_id and new:
                runs.root(run_id, job_id)
            elif run_id:
                runs.forget(run_id)
            if new and not delay_s:
                dispatch = Dispatch(job_id, self.name, self.queue, priority)
                connection.after_commit(lambda: _notify([dispatch]))
        return EnqueuedJob(job_id, run_id if new else None, new)

    def _kind(self, priority: Priority) -> transitions.JobSpec:
        return transitions.JobSpec(self.name, self.queue, priority)

    def fan_out(
        self,
        ids_after: Callable[[int, int], Sequence[int]],
        argument: str,
        *,
        place: Callable[[Sequence[int]], Mapping[int, str]] | None = None,
        batches: Callable[[Sequence[int]], Sequence[Sequence[int]]] | None = None,
    ) -> int:
        """Add one job for each id to the current job's run, in chunks, and return how many ids there were.

        ``ids_after(last, limit)`` returns the next ids, ascending. Each chunk is committed with the run's cursor, so
        that a root which is interrupted goes on where it was. An id whose job is queued already gets no second one.

        ``batches(ids)`` puts the ids of a chunk into groups, one job for each, whose argument is then the list. It is
        called in the transaction that inserts the jobs: there it can note what is queued, because a group that differs
        in one id from another that is queued is different work. It goes without ``place``.

        ``place(ids)`` names the server that each id's job asks first: those jobs are spread over that server's lane,
        and the run keeps the plan. What it leaves out is due at once.
        """
        root = current()
        if root is None or root.claim.run_id is None:
            raise RuntimeError(f"{self.name}.fan_out() belongs in a task that is declared with fans_out=True")
        run_id, number = root.claim.run_id, 0
        with connection.session():
            while ids := ids_after(runs.cursor(run_id), _LARGE_CHUNK if batches else _CHUNK):
                servers = place(ids) if place else None
                with fenced():
                    asked = [self._asked(argument, one) for one in (batches(ids) if batches else ids)]
                    if servers:
                        asked = pacing.spread(run_id, asked, [servers.get(one) for one in ids])
                    transitions.insert(self._kind(Priority.BULK), asked, run_id=run_id, cause_id=root.claim.job_id)
                    runs.advance(run_id, ids[-1])
                number += len(ids)
                failpoint("fan_out.after_chunk")
            if place:
                pacing.settle(run_id)
        return number

    def _asked(self, argument: str, given: int | Sequence[int]) -> transitions.JobRequest:
        if isinstance(given, int):
            return transitions.JobRequest({argument: given}, f"{self.name}:{given}")
        listed = list(given)
        digest = hashlib.sha256(str(listed).encode()).hexdigest()[:16]
        return transitions.JobRequest({argument: listed}, f"{self.name}:{len(listed)} from {listed[0]}:{digest}")


def _notify(dispatches: Sequence[Dispatch]) -> None:
    failpoint("enqueue.before_notify")
    notifier.current().notify(dispatches)


_tasks: dict[str, Task] = {}


def task(
    queue: Queue,
    *,
    attempts: int = 5,
    backoff_s: float = 10.0,
    deadline_s: float = 120.0,
    fans_out: bool = False,
    then: str | None = None,
) -> Callable[[Callable[..., None]], Task]:
    """Make a task of a function whose arguments are keyword-only JSON scalars or lists of ids.

    Its name is ``module.function``.
    """

    def declare(function: Callable[..., None]) -> Task:
        name = f"{function.__module__.rpartition('.')[2]}.{function.__name__}"
        if name in _tasks and _tasks[name].function.__module__ != function.__module__:
            raise ValueError(f"two tasks are named {name}")
        made = Task(name, queue, function, attempts, backoff_s, deadline_s, fans_out, then, _arguments(name, function))
        _tasks[name] = made
        return made

    return declare


def _arguments(name: str, function: Callable[..., None]) -> type[BaseModel]:
    parameters = inspect.signature(function, eval_str=True).parameters.values()
    for one in parameters:
        if one.kind is not inspect.Parameter.KEYWORD_ONLY or one.name in _RESERVED:
            raise TypeError(f"{name}: {one.name!r} must be keyword-only and none of {', '.join(sorted(_RESERVED))}")
    fields: dict[str, Any] = {
        one.name: (one.annotation, ... if one.default is inspect.Parameter.empty else one.default) for one in parameters
    }
    return create_model(name, __config__=ConfigDict(extra="forbid"), **fields)


def declared() -> dict[str, Task]:
    """Return the tasks that were imported, by name."""
    return _tasks


def find(name: str) -> Task:
    """Return the task of this name. Raises ``UnknownTask``, naming those that come near."""
    if name in _tasks:
        return _tasks[name]
    near = difflib.get_close_matches(name, _tasks, n=3) or sorted(_tasks)
    raise UnknownTask(f"no task is named {name!r}; did you mean {', '.join(near)}?")
