"""The job that this thread runs, and ``completing()``, by which alone its work is committed."""

import time
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from db import connection
from db.ledger import effects, transitions
from settings.failpoints import failpoint


@dataclass(slots=True)
class Running:
    """A job while it runs."""

    claim: transitions.Claim
    in_batch: bool = False
    """Whether it runs in one transaction with other jobs; that transaction has ended it already."""
    ended: bool = False
    began: float = field(default_factory=time.monotonic)

    @property
    def seconds(self) -> float:
        """How long it has run."""
        return time.monotonic() - self.began


class NotInBatch(Exception):
    """Raised when a job in a batch does what only one that runs by itself may do: the batch is undone."""


_running: ContextVar[Running | None] = ContextVar("running", default=None)


def current() -> Running | None:
    """Return the job that this thread runs; None outside a job, as in a test that calls a task as a function."""
    return _running.get()


def require_no_batch(why: str) -> None:
    """Raise ``NotInBatch`` where the current job runs in one transaction with others."""
    job = current()
    if job is not None and job.in_batch:
        raise NotInBatch(why)


def intend(key: str, step: str) -> bool:
    """Write the current job's intent of a remote effect, as ``effects.begin`` does.

    Raises ``NotInBatch`` where it would be committed with other jobs, and so after the call.
    """
    require_no_batch(f"it intends {step}")
    job = current()
    return effects.begin(key, step, job_id=job.claim.job_id if job else None)


@contextmanager
def running(claim: transitions.Claim, *, in_batch: bool = False) -> Generator[Running]:
    """Make ``claim`` the current job for the length of the block."""
    now = Running(claim, in_batch=in_batch)
    token = _running.set(now)
    try:
        yield now
    finally:
        _running.reset(token)


@contextmanager
def completing(outcome: transitions.JobOutcome = transitions.DONE) -> Generator[None]:
    """End the current job and make the block's writes, in one transaction, exactly once.

    The fenced update comes first: if the claim was lost, ``ClaimLost`` is raised and the block does not run. No
    network belongs inside. Give another ``outcome`` to store what was found together with a failure or an unknown
    effect. To be used once in a task; outside a job it is a plain transaction. In a batch it is a part of the batch's
    transaction, which began with the fenced end of all its jobs.
    """
    job = current()
    if job is None:
        with connection.transaction():
            yield
        return
    if job.ended:
        raise RuntimeError("completing() was used twice: a job ends once")
    if job.in_batch:
        if outcome != transitions.DONE:
            raise NotInBatch("it ends in another way than done")
        yield
        job.ended = True
        return
    with connection.transaction():
        transitions.end(job.claim, outcome, ran_s=job.seconds, by_task=True)
        failpoint("completing.begun")
        yield
        failpoint("completing.before_commit")
    job.ended = True
    failpoint("completing.after_commit")


@contextmanager
def fenced() -> Generator[None]:
    """Make a step of a long job one transaction, without ending it. Raises ``ClaimLost`` as ``completing`` does."""
    require_no_batch("it commits a step of its own")
    job = current()
    with connection.transaction():
        if job is not None:
            transitions.hold(job.claim)
        yield
