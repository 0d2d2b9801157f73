"""What follows from a job's bad end, in the transaction that ends it: its task's ``on_ended``, and an alert."""

import structlog

from db import connection
from db.ledger import endings, transitions
from db.ledger.endings import EndedJob
from rules.jobs import AttemptOutcome, JobState
from rules.translatable import Translatable
from settings import reports
from tasks.engine.errors import UnknownTask
from tasks.engine.task import find

log = structlog.get_logger()

_ALERTED = (JobState.DEAD, JobState.UNKNOWN)
_ALERTS = "alerts.ended_badly"


def watch() -> None:
    """Register the listener that calls ``on_ended`` and alerts staff where a job ends badly, in whatever process."""
    endings.listen(_ended)


def end(claim: transitions.Claim, outcome: transitions.JobOutcome, *, ran_s: float = 0.0) -> JobState:
    """End an attempt and write what follows from that, in one transaction. Raises ``ClaimLost``."""
    with connection.transaction():
        return transitions.end(claim, outcome, ran_s=ran_s)


def time_out(claim: transitions.Claim) -> None:
    """End an attempt whose process left because the job ran past its deadline."""
    task = find(claim.task)
    error = Translatable("timeout: it ran longer than {seconds} s", seconds=f"{task.deadline_s:g}")
    outcome = transitions.JobOutcome(
        JobState.QUEUED,
        AttemptOutcome.TIMEOUT,
        error,
        delay_s=task.backoff_s,
        failures=1,
        waits_for=Translatable("its next try: {error}", error=error),
    )
    if claim.failures + 1 >= task.attempts:
        outcome = transitions.JobOutcome(JobState.DEAD, AttemptOutcome.TIMEOUT, error, failures=1)
    end(claim, outcome)


def alert_staff(task: str, state: JobState) -> None:
    """Enqueue an alert that jobs of ``task`` ended in ``state``; many such jobs make one alert.

    The task that opens these alerts causes none itself: each would lead to another, for ever.
    """
    if task != _ALERTS:
        find(_ALERTS).enqueue(task=task, state=str(state))


def _ended(job: EndedJob) -> None:
    _write(job)
    if job.state in _ALERTED:
        alert_staff(job.task, job.state)


def _write(job: EndedJob) -> None:
    """Have the task's ``on_ended`` write its subject's state; a failure there must not keep the job from ending."""
    try:
        on_ended = find(job.task).on_ended
        if on_ended:
            with connection.savepoint():
                on_ended(job)
    except UnknownTask:
        log.warning("ended_job_of_unknown_task", job_id=job.job_id, task=job.task)
    except connection.Unreachable:
        raise
    except Exception as error:
        log.exception("subject_not_written", job_id=job.job_id, task=job.task)
        reports.report(error)
