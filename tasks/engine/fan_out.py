"""What a fan-out does: it adds one job for each id, or for each batch of ids, to the run of its root.

ids after the cursor ──places in their lanes──> jobs and the new cursor, in one transaction ──> the next ids
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from db import connection
from db.ledger import runs, transitions
from db.ledger.transitions import JobRequest, JobSpec
from settings.failpoints import failpoint
from tasks.engine.context import current, fenced

_CHUNK = 1000
_LARGE_CHUNK = 20_000
"""Ids that are put into batches at once, so that batches which are to run last are behind all others."""


@dataclass(frozen=True, slots=True)
class FanOutSize:
    """How many jobs a fan-out would lead to, its root not counted, and how long the slowest of their lanes takes."""

    jobs: int
    seconds: float = 0.0


class Pacing(Protocol):
    """What gives each job of a fan-out its place in the line of the server that it asks first."""

    def servers(self, ids: Sequence[int]) -> list[str | None]:
        """Return the server that each id's job asks first; None where it is due at once."""
        ...

    def place(self, run_id: int, requests: Sequence[JobRequest], servers: Sequence[str | None]) -> Sequence[JobRequest]:
        """Return the requests with their places, in the transaction that inserts them; the run keeps the plan."""
        ...

    def keep_plan(self, run_id: int) -> None:
        """Keep the part of the run's plan that is shown, once all its jobs are inserted."""
        ...


def insert(
    spec: JobSpec,
    request: Callable[[int | Sequence[int]], JobRequest],
    ids_after: Callable[[int, int], Sequence[int]],
    *,
    batches: Callable[[Sequence[int]], Sequence[Sequence[int]]] | None = None,
    pacing: Pacing | None = None,
) -> int:
    """Add the jobs to the current job's run, in chunks, and return how many ids there were.

    ``ids_after(last, limit)`` returns the next ids, ascending. Each chunk is committed with the run's cursor, so that a
    root which is interrupted goes on where it was. An id whose job is queued already gets no second one.

    ``batches(ids)`` puts the ids of a chunk into groups, one job for each. It is called in the transaction that inserts
    the jobs: there it can note what is queued, because a group that differs in one id from another that is queued is
    different work. It cannot be combined with ``pacing``.
    """
    root = current()
    if root is None or root.claim.run_id is None:
        raise RuntimeError(f"a fan-out to {spec.task} belongs in a task that is declared with fans_out=True")
    run_id, number = root.claim.run_id, 0
    with connection.session():
        while ids := ids_after(runs.cursor(run_id), _LARGE_CHUNK if batches else _CHUNK):
            servers = pacing.servers(ids) if pacing else []
            with fenced():
                requests: Sequence[JobRequest] = [request(one) for one in (batches(ids) if batches else ids)]
                if pacing:
                    requests = pacing.place(run_id, requests, servers)
                transitions.insert(spec, requests, run_id=run_id, cause_id=root.claim.job_id)
                runs.advance(run_id, ids[-1])
            number += len(ids)
            failpoint("fan_out.after_chunk")
        if pacing:
            pacing.keep_plan(run_id)
    return number
