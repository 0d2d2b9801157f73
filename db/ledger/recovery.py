"""What becomes of jobs whose process is gone, frozen, or ends in order."""

from collections.abc import Sequence
from dataclasses import dataclass

from db import connection
from db.ledger import transitions
from rules.jobs import CRASHES_ALLOWED, AttemptOutcome, JobState
from rules.translatable import Translatable


@dataclass(frozen=True, slots=True)
class Settled:
    """A job that a dead process had begun, and what it is now."""

    job_id: int
    task: str
    state: JobState


LOST = transitions.JobOutcome(
    JobState.QUEUED, AttemptOutcome.LOST, "its claim was not renewed: the worker died, froze or was cut off"
)
_CRASHED = "its process died"


def release(claims: Sequence[transitions.Claim], *, begun: bool) -> None:
    """Give claims back at once: the process ends in order. ``begun`` says whether the jobs had begun to run."""
    ending = transitions.JobOutcome(JobState.QUEUED, AttemptOutcome.RELEASED, uncounted=0 if begun else 1)
    with connection.transaction():
        transitions.requeue(
            f"id IN (SELECT id FROM job WHERE state = 'running' AND {transitions.PAIRS} ORDER BY id {{locked}})",  # noqa: S608
            transitions.pairs(claims),
            ending,
        )


def expire(*, limit: int = 500) -> list[int]:
    """Queue again the jobs whose claim has run out. Returns their ids.

    Call it only while the database has been answering for as long as a claim holds: an outage must not look
    like dead workers.
    """
    with connection.transaction():
        moved = transitions.requeue(
            "id IN (SELECT id FROM job WHERE state = 'running' AND claim_expires_at < {now}"
            " ORDER BY claim_expires_at LIMIT %s {skip_locked})",
            (limit,),
            LOST,
        )
    return [job_id for job_id, _ in moved]


def crashed(worker_id: str, *, begun: Sequence[int], alone: bool, how: str) -> list[Settled]:
    """Settle what a worker held when its process died: ``begun`` had begun, the rest is given back unharmed.

    What had begun is suspect and runs alone from now on. A job that ran alone is to blame: after
    ``CRASHES_ALLOWED`` such deaths it is dead. Returns the suspects with their new state.
    """
    error = f"{_CRASHED} ({how})"
    with connection.transaction():
        dead = _dead(worker_id, begun, error) if alone else []
        suspects = transitions.requeue(
            "state = 'running' AND worker_id = %s AND id {ids}",
            (worker_id, list(begun)),
            transitions.JobOutcome(
                JobState.QUEUED, AttemptOutcome.CRASHED, error, waits_for=Translatable("a process that runs it alone")
            ),
            suspect=True,
        )
        transitions.requeue(
            "state = 'running' AND worker_id = %s",
            (worker_id,),
            transitions.JobOutcome(JobState.QUEUED, AttemptOutcome.RELEASED, uncounted=1),
        )
        if alone:
            # Not all that had begun: what ended in the process's last moment is not to blame.
            blamed = [job_id for job_id, _ in [*dead, *suspects]]
            connection.changed("UPDATE job SET crashes = crashes + 1 WHERE id {ids}", blamed)
    ended = dict([*dead, *suspects])
    named = connection.execute("SELECT id, task FROM job WHERE id {ids} ORDER BY id", sorted(ended))
    return [Settled(job_id, task, JobState(ended[job_id])) for job_id, task in named]


def held(worker_id: str, ids: Sequence[int], *, crashes: int = 0) -> list[transitions.Claim]:
    """Return, locked, the claims that a worker that is gone still held on jobs of ``ids``.

    With ``crashes``, only on jobs that had at least so many before.
    """
    rows = connection.execute(
        "SELECT id, token, task, queue, attempts, failures, run_id FROM job"
        " WHERE state = 'running' AND worker_id = %s AND id {ids} AND crashes >= %s"
        " ORDER BY id {locked}",
        worker_id,
        list(ids),
        crashes,
    )
    return [transitions.Claim(job_id, token, task, {}, *rest) for job_id, token, task, *rest in rows]


def _dead(worker_id: str, begun: Sequence[int], error: str) -> list[tuple[int, str]]:
    blamed = held(worker_id, begun, crashes=CRASHES_ALLOWED - 1)
    for claim in blamed:
        transitions.end(claim, transitions.JobOutcome(JobState.DEAD, AttemptOutcome.CRASHED, error))
    return [(claim.job_id, JobState.DEAD) for claim in blamed]


def suspects_wait() -> bool:
    """Tell whether a suspect is due, or runs."""
    return bool(
        connection.execute(
            "SELECT 1 FROM job WHERE suspect AND state IN ('queued', 'running')"
            " AND (state = 'running' OR run_at <= {now}) LIMIT 1"
        )
    )
