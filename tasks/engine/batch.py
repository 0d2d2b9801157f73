"""Runs a batch: jobs of one task, one after the other, in one transaction that ends all of them.

    fenced end of all ── a job's work ── the next one's ── ... ── their attempts ── commit

Where anything fails, a claim that was lost included, all of it is rolled back: nothing of it happened, and each job is
run by itself. So a job in a batch ends as it would alone, and no neighbour pays for it.
"""

import time
from collections.abc import Sequence

import structlog
from structlog.contextvars import bound_contextvars

from db import connection
from db.ledger import batches
from db.ledger.batches import Try
from db.ledger.transitions import Claim
from settings.failpoints import failpoint
from tasks.engine.context import running
from tasks.engine.task import Task
from tasks.transport.claims import HeldClaims

log = structlog.get_logger()


def came_through(claims: HeldClaims, task: Task, held: Sequence[Claim]) -> bool:
    """Run the jobs in one transaction and return whether it was committed; False where it was rolled back."""
    try:
        with connection.session(), connection.transaction():
            _run(claims, task, held)
        failpoint("batch.committed")
    except BaseException as error:  # noqa: BLE001 - whatever it is, it comes again where the job that raises runs alone
        log.info("batch_undone", task=task.name, jobs=len(held), error=f"{type(error).__name__}: {error}")
        failpoint("batch.undone")
        return False
    return True


def _run(claims: HeldClaims, task: Task, held: Sequence[Claim]) -> None:
    batches.end(held)
    failpoint("batch.begun")
    ran: list[tuple[Claim, float, float]] = []
    for claim in held:
        with (
            bound_contextvars(job_id=claim.job_id, task=claim.task, run_id=claim.run_id),
            claims.running(claim, deadline_s=task.deadline_s),
            running(claim, in_batch=True) as job,
        ):
            task.function(**claim.args)
        ran.append((claim, job.began, time.monotonic()))
        failpoint("batch.between")
    now = time.monotonic()
    batches.log([Try(claim, now - began, now - ended) for claim, began, ended in ran], worker_id=claims.worker_id)
    failpoint("batch.before_commit")
