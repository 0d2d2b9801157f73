"""What staff do to jobs: cancel one, hurry one, retry one that ended badly."""

from dataclasses import dataclass, field, replace

from db import connection
from db.ledger import endings, jobs, runs, transitions
from db.portfolio import alerts
from rules.checks.subjects import Subject
from rules.jobs import JobState, Priority
from rules.translatable import Translatable

RETRYABLE_TOGETHER = (JobState.FAILED, JobState.DEAD, JobState.CANCELLED)
RETRYABLE = (*RETRYABLE_TOGETHER, JobState.UNKNOWN)
"""Unknown jobs are retried one by one: a person first says of each that it did not happen."""


class NotPossible(Exception):
    """Raised when a job is not in a state that allows what was asked; the message says so."""


def cancel(job_id: int) -> JobState:
    """End a queued job at once; ask a running one to end when it would be queued again. Returns its state.

    Raises ``NotPossible`` when it has ended already or does not exist.
    """
    with connection.transaction():
        ended = connection.execute(
            "UPDATE job SET state = 'cancelled', cancelled = TRUE, finished_at = {now}"
            " WHERE id = %s AND state = 'queued' RETURNING state",
            job_id,
        )
        if ended:
            endings.tell([job_id])
            return JobState.CANCELLED
        if connection.changed("UPDATE job SET cancelled = TRUE WHERE id = %s AND state = 'running'", job_id):
            return JobState.RUNNING
    raise NotPossible(f"job {job_id} does not exist or has ended")


@dataclass(frozen=True, slots=True)
class Retrial:
    """What jobs that are retried together share: the runs that were opened in place of closed ones, and a pace."""

    opened: dict[int, int] = field(default_factory=dict[int, int])
    per_minute: float | None = None
    """How many of them run in a minute; None: as fast as they can."""

    def delay_s(self, place: int) -> float:
        """Return how long the job at this place, counted from 0, has to wait, in seconds."""
        return place * 60 / self.per_minute if self.per_minute else 0.0


def retry(job_id: int, *, together: Retrial | None = None, place: int = 0) -> int:
    """Queue a job again that ended badly, with its counts at zero, and return its id.

    In a run that is closed it opens a new run, so that a closed run's counts stand; those that are retried
    ``together`` share it, and have their places in one line. Raises ``NotPossible``.
    """
    trial = replace(together, opened=dict(together.opened)) if together else Retrial()
    try:
        with connection.transaction():
            _queue_again(_retryable(job_id), trial, place)
    except connection.Conflict:
        raise NotPossible(f"job {job_id} need not be retried: a newer job with its work is queued already") from None
    if together:
        together.opened.update(trial.opened)
    return job_id


def _retryable(job_id: int) -> jobs.Job:
    job = jobs.get(job_id)
    if job is None or job.state not in RETRYABLE:
        wanted = ", ".join(RETRYABLE)
        raise NotPossible(
            f"job {job_id} {f'is {job.state}' if job else 'does not exist'}: only {wanted} can be retried"
        )
    return job


def _queue_again(job: jobs.Job, together: Retrial, place: int) -> None:
    run_id, delay_s = _open_run_for(job, together), together.delay_s(place)
    reason = None
    if delay_s:
        reason = Translatable("its turn: {number} are retried a minute", number=f"{together.per_minute:g}")
    # A person has decided: what an earlier attempt may have done no longer holds the job back.
    connection.changed("DELETE FROM effect WHERE job_id = %s AND COALESCE(outcome, 'unknown') = 'unknown'", job.id)
    queued = connection.changed(
        "UPDATE job SET state = 'queued', cancelled = FALSE, suspect = FALSE, crashes = 0, failures = 0,"
        " announcements = 0, waits_for = %s, waits_said = %s, finished_at = NULL,"
        " discard_id = NULL, discarded_as = NULL, run_at = {later(%s)}, announce_at = {later(%s)}, run_id = %s"
        " WHERE id = %s AND state = %s",
        reason,
        transitions.kept_reason(reason),
        delay_s,
        delay_s,
        run_id,
        job.id,
        job.state,
    )
    if not queued:
        raise NotPossible(f"job {job.id} is no longer {job.state}: somebody else was faster")
    clear_alert(job.task, job.state)


def prioritise(job_id: int, priority: Priority) -> None:
    """Give a queued job another place among those of its queue. Raises ``NotPossible``."""
    with connection.transaction():
        if not connection.changed(
            "UPDATE job SET priority = %s, announcements = 0,"
            " announce_at = CASE WHEN run_at > {now} THEN run_at ELSE {now} END WHERE id = %s AND state = 'queued'",
            int(priority),
            job_id,
        ):
            raise NotPossible(f"job {job_id} is not queued")


def run_now(job_id: int) -> None:
    """Let a queued job wait no longer for its time, and go ahead of others. Raises ``NotPossible``."""
    with connection.transaction():
        if not connection.changed(
            "UPDATE job SET priority = %s, run_at = {now}, announce_at = {now}, announcements = 0, waits_for = NULL"
            " WHERE id = %s AND state = 'queued'",
            int(Priority.URGENT),
            job_id,
        ):
            raise NotPossible(f"job {job_id} is not queued")


def end_unknown(job_id: int) -> None:
    """End an unknown job as done, in the caller's transaction: a person knows now that its effect happened.

    A job that is not unknown, or no longer there, is left alone.
    """
    job = jobs.get(job_id)
    if job and connection.changed("UPDATE job SET state = 'done' WHERE id = %s AND state = 'unknown'", job_id):
        clear_alert(job.task, job.state)


def clear_alert(task: str, state: JobState) -> None:
    """Resolve, in the caller's transaction, the alert about a task's jobs in a bad state, where none is left."""
    if not connection.execute("SELECT 1 FROM job WHERE task = %s AND state = %s LIMIT 1", task, str(state)):
        alerts.clear(f"jobs_{state}:{task}", Subject("task", 0))


def _open_run_for(job: jobs.Job, together: Retrial) -> int | None:
    """Return the run that a job is queued again in: its own, or that of those it is retried with, or a new one."""
    if job.run_id is None:
        return None
    for run_id in (together.opened.get(job.run_id), job.run_id):
        if run_id is not None and _holds_open(run_id):
            return run_id
    before = connection.execute('SELECT task, "then" FROM run WHERE id = %s', job.run_id)[0]
    run_id = runs.open_(before[0], then=before[1], retry_of=job.run_id)
    runs.root(run_id, job.id)
    together.opened[job.run_id] = run_id
    return run_id


def _holds_open(run_id: int) -> bool:
    """Tell whether a run is open; the lock on its row makes its closing wait for us, or us for its closing."""
    return bool(connection.changed("UPDATE run SET cursor = cursor WHERE id = %s AND finished_at IS NULL", run_id))
