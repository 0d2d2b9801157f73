"""The end of many jobs at once: those that one thread runs in one transaction.

    end ── fenced: all of them, or none ──> each job's work ──> log ──> commit

What goes wrong anywhere undoes the end of all; see ``db.ledger.transitions`` for one job's.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from db import connection
from db.ledger.transitions import Claim, ClaimLost
from db.postgres import PreparedStatement
from rules.jobs import AttemptOutcome, JobState


@dataclass(frozen=True, slots=True)
class Try:
    """When a job of a batch began and ended its work, in seconds before now."""

    claim: Claim
    began_s_ago: float
    ended_s_ago: float


_END = PreparedStatement(
    "end_batch",
    "UPDATE job SET state = %s, error = NULL, token = NULL, finished_at = {now} WHERE id {ids} AND token {ids}"
    " RETURNING id",
    ("text", "bigint[]", "text[]"),
)
_LOG = PreparedStatement(
    "log_batch",
    """
    INSERT INTO attempt (job_id, number, worker_id, started_at, ended_at, outcome)
    SELECT job, number, %s, {later(-1 * began)}, {later(-1 * ended)}, %s FROM (
        SELECT {of(job, bigint)} AS job, {of(number, smallint)} AS number, {of(began, float)} AS began,
               {of(ended, float)} AS ended FROM {objects}) AS tries
    """,
    ("text", "text", "json"),
)


def end(claims: Sequence[Claim]) -> None:
    """End the jobs as done, in the caller's transaction. Raises ``ClaimLost`` unless all claims stand.

    A transaction that holds the locks of many jobs gives way to those that hold the locks of one.
    """
    connection.give_way()
    ids, tokens = [one.job_id for one in claims], sorted({one.token for one in claims})
    ended = len(connection.run(_END, JobState.DONE, ids, tokens))
    if ended != len(claims):
        raise ClaimLost(f"{len(claims) - ended} of {len(claims)} jobs are no longer ours")


def log(tries: Sequence[Try], *, worker_id: str) -> None:
    """Write the attempt of each, in the transaction that ends them."""
    rows = [
        {
            "job": one.claim.job_id,
            "number": one.claim.attempts,
            "began": round(one.began_s_ago, 3),
            "ended": round(one.ended_s_ago, 3),
        }
        for one in tries
    ]
    connection.run(_LOG, worker_id, AttemptOutcome.DONE, json.dumps(rows))
