"""What holds a job back, as far as the ledger can tell."""

from db import connection, paging
from db.fields import stored
from db.ledger import queue_pauses, schedules, workers
from db.ledger.jobs import Job
from rules.access import Within
from rules.jobs import JobState
from rules.jobs.waiting import Waiting


def waiting(job: Job, *, within: Within = None) -> Waiting:
    """Return what holds a job back, as ``wording.jobs.why_waiting`` makes its sentence of it. Raises ``LookupError``.

    A reader who is limited to some clients is not told how many jobs of others are ahead.
    """
    rows = connection.execute(
        """
        SELECT {seconds({now}, run_at)}, announcements, {seconds(claimed_at, {now})}, claim_expires_at < {now}
        FROM job WHERE id = %s
        """,
        job.id,
    )
    if not rows:
        raise LookupError(f"no job has the id {job.id}")
    due_in_s, announcements, runs_s, expired = rows[0]
    queued, running = job.state is JobState.QUEUED, job.state is JobState.RUNNING
    pause = queue_pauses.all_().get(job.queue) if queued else None
    return Waiting(
        state=job.state,
        queue=job.queue,
        due_in_s=float(due_in_s),
        waits_for=job.reason,
        attempts=job.attempts,
        failures=job.failures,
        crashes=job.crashes,
        suspect=job.suspect,
        cancelled=job.cancelled,
        announcements=announcements,
        error=job.error,
        running_s=float(runs_s) if runs_s is not None and running else None,
        claim_expired=bool(expired) and running,
        same_work_id=_same_work(job.key) if queued and job.key else None,
        ahead=_ahead(job) if queued and due_in_s <= 0 and within is None else None,
        workers=workers.serving(job.queue) if queued else None,
        scheduler_runs=schedules.leader() is not None if queued else True,
        paused_because=pause.paused_because.rstrip(".") if pause else None,
        paused_by=pause.paused_by if pause else "",
        paused_for_s=pause.left_s if pause else None,
    )


def _same_work(key: str) -> int | None:
    rows = connection.execute("SELECT id FROM job WHERE key = %s AND state = 'running' LIMIT 1", key)
    return rows[0][0] if rows else None


def _ahead(job: Job) -> int:
    return paging.count(
        "job WHERE queue = %s AND state = 'queued' AND run_at < %s", job.queue, stored(job.run_at)
    ).number
