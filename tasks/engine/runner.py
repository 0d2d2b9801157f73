"""Runs claimed jobs: calls their task, and turns what it raises into the job's next state."""

import errno
import random
import time
from collections.abc import Sequence
from dataclasses import replace

import structlog
from structlog.contextvars import bound_contextvars

import settings
from db import connection
from db.ledger import transitions
from integrations.errors import Rejected, Unavailable, Unsettled
from rules.jobs import AttemptOutcome, JobState, backoff_s
from rules.translatable import Translatable
from settings import reports
from settings.failpoints import failpoint
from tasks.engine import batch, outcomes, traces
from tasks.engine.context import Running, running
from tasks.engine.errors import Parked
from tasks.engine.task import Task, find
from tasks.transport.claims import HeldClaims

log = structlog.get_logger()

_BUG_ATTEMPTS = 3
"""How often a job that fails in a way nobody foresaw is tried: what needs a code change rarely mends itself."""

_LONGEST_QUOTE = 450
"""Characters of an error that are quoted in what its job waits for."""

_SHORT = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOSPC, errno.EDQUOT, errno.ENOMEM, errno.EROFS, errno.EIO})
"""Errors of system calls where this machine is short of files, of room, of memory, or has a disk that fails."""


def run(claims: HeldClaims, *job_ids: int) -> None:
    """Run the jobs whose claims this process holds, several of one task in a batch.

    A duplicate message finds no claim and does nothing.
    """
    with claims.taken(job_ids) as held:
        if not held:
            log.debug("duplicate_message", job_ids=job_ids)
            return
        task = find(held[0].task)
        failpoint("claim.after")
        began = time.monotonic()
        if len(held) > 1 and not batch.came_through(claims, task, held):
            claims.sizes.undone(task.name)
            _run_each(claims, task, held)
            return
        if len(held) == 1:
            _run_each(claims, task, held)
        claims.sizes.took(task.name, jobs=len(held), seconds=time.monotonic() - began)


def _run_each(claims: HeldClaims, task: Task, held: Sequence[transitions.Claim]) -> None:
    """Run each job by itself; where the database is away, abandon the claims that are left."""
    for place, claim in enumerate(held):
        if not claims.is_taken(claim):
            log.warning("claim_lost", job_id=claim.job_id, task=claim.task)
        elif not _run_one(claims, task, claim):
            for left in held[place:]:
                claims.abandon(left)
            return


def _run_one(claims: HeldClaims, task: Task, claim: transitions.Claim) -> bool:
    """Run a job by itself; False where the database was away, so that its end could not be written."""
    with (
        bound_contextvars(job_id=claim.job_id, task=claim.task, run_id=claim.run_id),
        claims.running(claim, deadline_s=task.deadline_s),
        running(claim) as job,
    ):
        answered = True
        try:
            with connection.session():
                _attempt(task, job)
        except transitions.ClaimLost:
            log.warning("claim_lost")
        except connection.Unreachable as error:
            log.warning("database_away", error=str(error))
            answered = False
        except Exception as error:
            log.exception("job_not_ended")
            reports.report(error)
            _end_plainly(claims, job, task, error)
        failpoint("ack.before")
    return answered


def _attempt(task: Task, job: Running) -> None:
    """Call the task and end its job. Raises ``ClaimLost`` or one of ``connection.Unreachable`` when that fails."""
    try:
        failpoint("work.before")
        task.function(**job.claim.args)
        outcome = transitions.DONE
    except transitions.ClaimLost:
        raise
    except BaseException as error:  # noqa: BLE001 - also SystemExit: a task must not end its worker
        outcome = outcome_of(error, task, job.claim.failures + 1)
        _log(error, "after its end" if job.ended else outcome.outcome)
    if not job.ended:
        outcomes.end(job.claim, outcome, ran_s=job.seconds)
        job.ended = True


def _end_plainly(claims: HeldClaims, job: Running, task: Task, error: Exception) -> None:
    """End an attempt as a failure whose text any database takes: a job that cannot be ended must not run for ever."""
    text = f"its end could not be written: {type(error).__name__}"
    outcome = _retry_or_dead(text, task, job.claim.failures + 1, allowed=_BUG_ATTEMPTS)
    try:
        with connection.session():
            outcomes.end(job.claim, outcome, ran_s=job.seconds)
    except Exception as again:  # noqa: BLE001 - then the beat gives it back
        log.warning("job_abandoned", error=type(again).__name__)
        claims.abandon(job.claim)


def outcome_of(error: BaseException, task: Task, failures: int) -> transitions.JobOutcome:
    """Return what becomes of a job whose task raised ``error`` as its ``failures``-th failure."""
    text = settings.scrub(f"{type(error).__name__}: {error}")
    match error:
        case Parked():
            return transitions.JobOutcome(
                JobState.QUEUED, AttemptOutcome.PARKED, delay_s=error.delay_s, waits_for=error.reason, uncounted=1
            )
        case Rejected():
            return transitions.JobOutcome(JobState.FAILED, AttemptOutcome.FAILED, text, failures=1)
        case Unsettled():
            return transitions.JobOutcome(JobState.UNKNOWN, AttemptOutcome.UNKNOWN, text, failures=1)
        case Unavailable():
            return _retry_or_dead(text, task, failures, allowed=task.attempts, retry_after=error.retry_after)
        case _ if isinstance(error, connection.Unreachable) or _is_of_this_machine(error):
            return _retry_or_dead(text, task, failures, allowed=task.attempts)
        case _:
            outcome = _retry_or_dead(text, task, failures, allowed=min(task.attempts, _BUG_ATTEMPTS))
            return replace(outcome, trace=traces.of(error))


def _is_of_this_machine(error: BaseException) -> bool:
    """Return whether this machine is short of something, so that the error is neither a bug nor about the job."""
    return isinstance(error, OSError) and error.errno in _SHORT


def _retry_or_dead(
    text: str, task: Task, failures: int, *, allowed: int, retry_after: float | None = None
) -> transitions.JobOutcome:
    if failures >= allowed:
        return transitions.JobOutcome(JobState.DEAD, AttemptOutcome.DEAD, text, failures=1)
    wait = backoff_s(failures, first_s=task.backoff_s, jitter=random.random(), retry_after=retry_after)  # noqa: S311
    return transitions.JobOutcome(
        JobState.QUEUED,
        AttemptOutcome.RETRIED,
        text,
        delay_s=wait,
        failures=1,
        waits_for=Translatable(
            "its next try: failure {number} of {allowed} was {error}",
            number=str(failures),
            allowed=str(allowed),
            error=text[:_LONGEST_QUOTE],
        ),
    )


def _log(error: BaseException, outcome: str) -> None:
    foreseen = isinstance(error, (Parked, Rejected, Unavailable, Unsettled, *connection.Unreachable))
    if foreseen or _is_of_this_machine(error):
        log.info("job_ended", outcome=outcome, error=str(error))
    else:
        log.error("job_raised", outcome=outcome, exc_info=error)
        reports.report(error)
