"""Jobs that ended badly without their own task seeing it, told to listeners in the transaction that ends them.

Every end of a job is written by ``db.ledger``, for a runner that gives up, a pool that recovers what a dead process
held, a beat, the scheduler, or staff. So what the end means to the job's subject is written with it, and no caller can
forget that.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from db import connection
from rules.jobs import JobState

_BAD = (JobState.FAILED, JobState.DEAD, JobState.UNKNOWN, JobState.CANCELLED)


@dataclass(frozen=True, slots=True)
class EndedJob:
    """A job as it ended. ``error`` is why, in words."""

    job_id: int
    task: str
    args: dict[str, object]
    state: JobState
    error: str


Listener = Callable[[EndedJob], None]

_listeners: list[Listener] = []


def listen(listener: Listener) -> None:
    """Have ``listener`` called with each job that ends badly; one that is given twice is called once."""
    if listener not in _listeners:
        _listeners.append(listener)


def tell(job_ids: Sequence[int]) -> None:
    """Tell the listeners which of these jobs ended badly, in the transaction that ended them.

    A job that gave way to a newer one with its key is not among them: that one does the work.
    """
    if not job_ids:
        return
    rows = connection.execute(
        "SELECT id, task, args, state, error FROM job WHERE id {ids} AND state {ids}"
        " AND (state <> 'cancelled' OR cancelled) ORDER BY id",
        list(job_ids),
        [str(state) for state in _BAD],
    )
    for job_id, task, args, state, error in rows:
        ended = EndedJob(job_id, task, json.loads(args), JobState(state), _why(JobState(state), error))
        for listener in _listeners:
            listener(ended)


def _why(state: JobState, error: str | None) -> str:
    if state is JobState.CANCELLED:
        return "its job was cancelled"
    return error or f"its job ended as {state}"
