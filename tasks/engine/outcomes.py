"""Ends that a person must hear of: dead jobs and unknown effects become an alert in the transaction that ends them."""

from db import connection
from db.ledger import transitions
from rules.jobs import JobState
from tasks.engine.task import find

_ALERTED = (JobState.DEAD, JobState.UNKNOWN)
_ALERTS = "alerts.ended_badly"


def end(claim: transitions.Claim, outcome: transitions.JobOutcome, *, ran_s: float = 0.0) -> JobState:
    """End an attempt, and have staff alerted where that is the end of it. Raises ``ClaimLost``."""
    with connection.transaction():
        state = transitions.end(claim, outcome, ran_s=ran_s)
        if state in _ALERTED:
            alert_staff(claim.task, state)
    return state


def alert_staff(task: str, state: JobState) -> None:
    """Have an alert opened because jobs of ``task`` ended in ``state``; many that end so make one.

    What cannot alert does not alert of itself: it would lead to one more of its kind, for ever.
    """
    if task != _ALERTS:
        find(_ALERTS).enqueue(task=task, state=str(state))
