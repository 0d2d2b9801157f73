"""What a task is: ``@task`` makes one of a function, ``.enqueue`` makes a job of it.

@task(Queue.SCAN, attempts=5, unique=("endpoint_id",))
def scan(*, endpoint_id: int) -> None:
    observation = tls.fetch(...)
    with completing():              # the job's end and the block's writes are one transaction
        endpoints.record(...)
        alerts.reconcile(...)       # and so are the jobs that it leads to

All that holds of each of its jobs is declared there, once: whoever enqueues a job gives its arguments, and at most a
delay and a priority.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

import structlog
from pydantic import BaseModel

import settings
from db import client_of, connection
from db.ledger import jobs, runs, transitions
from db.ledger.dispatch import Dispatch
from db.ledger.endings import EndedJob
from rules.access import Permission
from rules.jobs import Priority
from settings.failpoints import failpoint
from tasks.engine import arguments, fan_out
from tasks.engine.context import Running, current
from tasks.engine.errors import UnknownTask
from tasks.engine.fan_out import FanOutSize, Pacing
from tasks.transport import notifier

log = structlog.get_logger()


class Queue(StrEnum):
    """Queues are split by what a job waits for, so that a slow registry never delays a mail."""

    LOOKUP = "lookup"
    SCAN = "scan"
    BILLING = "billing"
    MAIL = "mail"
    DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class EnqueuedJob:
    """What enqueueing returns. ``new`` is False where the same work was queued already; ``run_id`` is a fan-out's."""

    job_id: int
    run_id: int | None
    new: bool
    other_arguments: dict[str, object] | None = None
    """The arguments of the job that was queued already, where they differ from those that were asked for now."""

    def as_json(self) -> dict[str, object]:
        """Return what programs are told: without ``other_arguments`` where there are none."""
        told: dict[str, object] = {"job_id": self.job_id, "run_id": self.run_id, "new": self.new}
        return told if self.other_arguments is None else {**told, "other_arguments": self.other_arguments}


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
    unique: tuple[str, ...] | None = None
    """The arguments whose values name its work, for one queued job each; () for one job of the task, None for any."""
    fans_out: bool = False
    """Whether each of its jobs opens a run of which it is the root."""
    size: Callable[[], FanOutSize] | None = None
    """How many jobs its fan-out would lead to now, by counting; for a dry run."""
    then: str | None = None
    """The name of the task that is enqueued, with ``run_id``, once the run is closed."""
    pacing: Pacing | None = None
    """What gives the jobs of a fan-out to this task their places in the lanes of the servers that they ask."""
    permission: Permission = Permission.WORK
    """The permission to trigger, retry and cancel it; needed beside the permission to act on jobs at all."""
    internal: bool = False
    """Whether Nolapse alone asks for it: people cannot trigger it, though they may retry and cancel its jobs."""
    of_no_run: bool = False
    """Whether its jobs belong to no run, whatever leads to them: what they do is for many, and no run waits for it."""
    in_batches: bool = False
    """Whether a thread may run several of its jobs in one transaction: they ask nobody outside, and do nothing after
    their ``completing()``."""
    on_ended: Callable[[EndedJob], None] | None = None
    """What writes its subject's state where a job ends badly and the task did not end it: dead, cancelled, unknown."""
    arguments: type[BaseModel] = field(default=BaseModel, repr=False)

    @cached_property
    def about(self) -> str | None:
        """What each of its jobs is about, by its argument's name: a ``domain_id`` says "domain".

        None where it is nothing that belongs to one client: whoever is limited to some clients does not see such jobs.
        """
        nouns = (name.removesuffix("_id") for name in self.arguments.model_fields if name.endswith("_id"))
        return next((noun for noun in nouns if noun in client_of.KINDS), None)

    def subject_id(self, args: Mapping[str, object]) -> int | None:
        """Return the id of what a job with these arguments is about."""
        given = args.get(f"{self.about}_id") if self.about else None
        return given if isinstance(given, int) else None

    def __call__(self, **args: Any) -> None:
        """Run the function here and now."""
        self.function(**args)

    def validated(self, args: Mapping[str, object]) -> dict[str, Any]:
        """Return ``args`` as the function's signature takes them. Raises ``BadArguments``, naming each bad one."""
        return arguments.validated(self.name, self.arguments, args)

    def key(self, args: Mapping[str, object]) -> str | None:
        """Return the key of a job with these arguments; None where the task is not declared unique."""
        return None if self.unique is None else arguments.key(self.name, self.arguments, self.unique, args)

    def enqueue(self, *, delay_s: float = 0.0, priority: Priority = Priority.NORMAL, **args: Any) -> EnqueuedJob:
        """Add a job in the open transaction, or in one of its own; Redis is notified after the commit.

        Where the task is declared unique and the same work is queued, that job is returned; it takes the earlier time
        and the higher priority. Raises ``BadArguments``.
        """
        request = self._request(args, delay_s)
        with connection.session(), connection.transaction():
            job = current()
            opened = runs.open_(self.name, then=self.then) if self.fans_out else None
            job_id, new = transitions.ask(
                self._spec(priority),
                request,
                run_id=opened or (None if self.of_no_run else _run_of(job)),
                cause_id=job.claim.job_id if job else None,
                announced_for_s=None if delay_s else settings.current().announce_lease_s,
            )
            queued = None if new else jobs.require(job_id)
            if opened and queued:
                runs.forget(opened)
                opened = queued.run_id
            elif opened:
                runs.root(opened, job_id)
            if not delay_s:
                first = Priority(queued.priority) if queued else priority
                dispatch = Dispatch(job_id, self.name, self.queue, first)
                connection.after_commit(lambda: _notify([dispatch]))
        return EnqueuedJob(job_id, opened, new, self._other_arguments(queued, request.args) if queued else None)

    def enqueue_each(self, argument: str, ids: Sequence[int], *, priority: Priority = Priority.BULK) -> None:
        """Add a job for each id at once, in the caller's transaction; those whose work is queued get no second one."""
        transitions.insert(self._spec(priority), [self._request({argument: one}) for one in ids])

    def fan_out(
        self,
        ids_after: Callable[[int, int], Sequence[int]],
        argument: str,
        *,
        batches: Callable[[Sequence[int]], Sequence[Sequence[int]]] | None = None,
    ) -> int:
        """Add one job for each id, or for each batch of ids, to the current job's run, as ``fan_out.insert`` says.

        The id, or the list of ids, is the job's ``argument``. Returns how many ids there were.
        """
        return fan_out.insert(
            self._spec(Priority.BULK),
            lambda given: self._request({argument: given if isinstance(given, int) else list(given)}),
            ids_after,
            batches=batches,
            pacing=self.pacing,
        )

    def _spec(self, priority: Priority) -> transitions.JobSpec:
        return transitions.JobSpec(self.name, self.queue, priority, self.about)

    def _request(self, args: Mapping[str, object], delay_s: float = 0.0) -> transitions.JobRequest:
        """Return the request with its arguments as the signature takes them.

        What has a default and is not given is not stored: a worker of the release before may not know it.
        """
        valid = self.validated(args)
        given = {name: valid[name] for name in args}
        return transitions.JobRequest(given, self.key(given), delay_s, about=self.subject_id(given))

    def _other_arguments(self, queued: jobs.Job, asked: Mapping[str, object]) -> dict[str, object] | None:
        """Return the arguments of a queued job where they differ from those that are asked for."""
        if arguments.same(self.arguments, queued.args, asked):
            return None
        log.warning("other_arguments", task=self.name, job_id=queued.id)
        return queued.args


def _run_of(job: Running | None) -> int | None:
    """Return the run of the jobs that ``job`` enqueues: its own run until it has ended, else None."""
    return job.claim.run_id if job and not job.ended else None


def _notify(dispatches: Sequence[Dispatch]) -> None:
    failpoint("enqueue.before_notify")
    notifier.current().notify(dispatches)


_tasks: dict[str, Task] = {}


def task(  # noqa: PLR0913 - a declaration names all that holds of the task
    queue: Queue,
    *,
    attempts: int = 5,
    backoff_s: float = 10.0,
    deadline_s: float = 120.0,
    unique: Sequence[str] | None = None,
    fans_out: bool = False,
    size: Callable[[], FanOutSize] | None = None,
    then: str | None = None,
    pacing: Pacing | None = None,
    permission: Permission = Permission.WORK,
    internal: bool = False,
    of_no_run: bool = False,
    in_batches: bool = False,
    on_ended: Callable[[EndedJob], None] | None = None,
) -> Callable[[Callable[..., None]], Task]:
    """Make a task of a function whose arguments are keyword-only JSON scalars or lists of ids.

    Its name is ``module.function``, without the packages above the module. Raises ``ValueError`` or ``TypeError`` for a
    declaration that contradicts itself or another.
    """

    def declare(function: Callable[..., None]) -> Task:
        name = f"{function.__module__.rpartition('.')[2]}.{function.__name__}"
        declared = Task(
            name=name,
            queue=queue,
            function=function,
            attempts=attempts,
            backoff_s=backoff_s,
            deadline_s=deadline_s,
            unique=None if unique is None else tuple(unique),
            fans_out=fans_out,
            size=size,
            then=then,
            pacing=pacing,
            permission=permission,
            internal=internal,
            of_no_run=of_no_run,
            in_batches=in_batches,
            on_ended=on_ended,
            arguments=arguments.model(name, function),
        )
        _require_sound(declared)
        _tasks[name] = declared
        return declared

    return declare


def _require_sound(task: Task) -> None:
    """Raise ``ValueError`` or ``TypeError`` for a task whose declaration contradicts itself, or another's."""
    other = _tasks.get(task.name)
    if other and other.function.__module__ != task.function.__module__:
        raise ValueError(f"two tasks are named {task.name}")
    if unknown := set(task.unique or ()) - set(task.arguments.model_fields):
        raise TypeError(f"{task.name} is unique by {', '.join(sorted(unknown))}, which it does not take")
    if task.in_batches and task.fans_out:
        raise TypeError(f"{task.name} fans out, in steps that are each committed: it cannot run in batches")


def declared() -> dict[str, Task]:
    """Return the tasks that were imported, by name."""
    return _tasks


def find(name: str) -> Task:
    """Return the task of this name. Raises ``UnknownTask``, naming those that come near."""
    if name in _tasks:
        return _tasks[name]
    import difflib  # noqa: PLC0415 - for a mistake alone

    near = difflib.get_close_matches(name, _tasks, n=3) or sorted(_tasks)
    raise UnknownTask(f"no task is named {name!r}; did you mean {', '.join(near)}?")
