"""Short words for what the tests do to the ledger: queue a job, claim it, end it, and make time pass."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

from db import connection
from db.fields import moment
from db.ledger import jobs, transitions
from db.mail import outbox
from db.mail.outbox import MailState
from rules.jobs import JobState, Priority
from tests.support import crowds

Found = TypeVar("Found")

TASK = "tasks.write"
QUEUE = "default"


def queue(
    *,
    task: str = TASK,
    key: str | None = None,
    delay_s: float = 0.0,
    run_id: int | None = None,
    args: dict[str, object] | None = None,
    priority: Priority = Priority.NORMAL,
) -> int:
    """Queue a job, or find the queued one of this key, and return its id."""
    asked = transitions.JobRequest(args or {"name": "a"}, key, delay_s)
    with connection.transaction():
        return transitions.insert_one(transitions.JobSpec(task, QUEUE, priority), asked, run_id=run_id)[0]


def claim(*ids: int, worker: str = "worker-1", claim_s: float = 60, alone: bool = False) -> list[transitions.Claim]:
    """Claim those of the jobs that can be claimed now, as one worker does."""
    with connection.transaction():
        return transitions.claim(ids, token=uuid.uuid4().hex, worker_id=worker, claim_s=claim_s, alone=alone)


def claimed(job_id: int, *, worker: str = "worker-1", alone: bool = False) -> transitions.Claim:
    """Claim one job, which must be possible."""
    (found,) = claim(job_id, worker=worker, alone=alone)
    return found


def running(*, worker: str = "worker-1", key: str | None = None, run_id: int | None = None) -> transitions.Claim:
    """Queue a job and claim it."""
    return claimed(queue(key=key, run_id=run_id), worker=worker)


def end(claim: transitions.Claim, ending: transitions.JobOutcome = transitions.DONE) -> JobState:
    """End an attempt."""
    with connection.transaction():
        return transitions.end(claim, ending)


def state(job_id: int) -> JobState:
    """Return what a job is."""
    return jobs.require(job_id).state


def columns(job_id: int, names: str) -> tuple[Any, ...]:
    """Return some columns of a job's row."""
    return connection.execute(f"SELECT {names} FROM job WHERE id = %s", job_id)[0]


def seconds_until(job_id: int, column: str) -> float:
    """Return how far a job's time lies ahead, on the database's clock."""
    found = connection.execute(f"SELECT {{now}}, {column} FROM job WHERE id = %s", job_id)[0]
    now, then = (moment(one) for one in found)
    assert now
    assert then
    return (then - now).total_seconds()


def move(job_id: int, column: str, seconds: float) -> None:
    """Set a job's time to so many seconds from now."""
    with connection.transaction():
        connection.changed(f"UPDATE job SET {column} = {{later(%s)}} WHERE id = %s", seconds, job_id)


def make_due(job_id: int) -> None:
    """Let the time pass until a queued job is due."""
    move(job_id, "run_at", -1)


def let_claim_run_out(job_id: int) -> None:
    """Let the time pass until a running job's claim holds no longer."""
    move(job_id, "claim_expires_at", -1)


class _Undone(Exception):
    """Raised to have a transaction rolled back."""


@contextmanager
def undone() -> Iterator[None]:
    """Make the block a transaction that is rolled back at its end."""
    with suppress(_Undone), connection.transaction():
        yield
        raise _Undone


def at_once(number: int, act: Callable[[int], Found]) -> list[Found]:
    """Do something in so many threads, which begin together, each with a connection of its own."""
    return crowds.at_once(number, act, within=connection.session)


def outcome_of(key: str) -> str | None:
    """Return how a remote effect was settled; None where it is not, or was never intended."""
    rows = connection.execute("SELECT outcome FROM effect WHERE key = %s", key)
    return rows[0][0] if rows else None


def mails_in(state: MailState) -> list[int]:
    """Return the mails of a state, the newest first."""
    return [one.id for one in outbox.LIST.page("-id", state=state, size=500).rows]


def let_issued_be_removed() -> None:
    """Do what somebody with the rights of an administrator can: drop what keeps issued invoices."""
    for table in ("invoice", "invoice_line"):
        of = f" ON {table}" if connection.dialect().name == "postgresql" else ""
        connection.execute(f"DROP TRIGGER {table}_is_kept{of}")
