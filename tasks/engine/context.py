"""The job that this thread runs, and the one way in which its work becomes true: ``completing()``."""

import time
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from db import connection
from db.ledger import transitions
from settings.failpoints import failpoint


@dataclass(slots=True)
class Running:
    """A job while it runs."""

    claim: transitions.Claim
    ended: bool = False
    began: float = field(default_factory=time.monotonic)

    @property
    def seconds(self) -> float:
        """How long it has run."""
        return time.monotonic() - self.began


_running: ContextVar[Running | None] = ContextVar("running", default=None)


def current() -> Running | None:
    """Return the job that this thread runs; None outside a job, as in a test that calls a task as a function."""
    return _running.get()


@contextmanager
def running(claim: transitions.Claim) -> Generator[Running]:
    """Make ``claim`` the current job for the length of the block."""
    now = Running(claim)
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
    effect. To be used once in a task; outside a job it is a plain transaction.
    """
    job = current()
    if job is None:
        with connection.transaction():
            yield
        return
    if job.ended:
        raise RuntimeError("completing() was used twice: a job ends once")
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
    job = current()
    with connection.transaction():
        if job is not None:
            transitions.hold(job.claim)
        yield
