"""Ends that a person must hear of: dead jobs and unknown effects become an alert in the transaction that ends them."""

from db import connection
from db.ledger import transitions
from rules.jobs import JobState
from tasks.engine.task import find

TOLD = (JobState.DEAD, JobState.UNKNOWN)
_TELLER = "alerts.ended_badly"


def end(claim: transitions.Claim, ending: transitions.JobOutcome, *, ran_s: float = 0.0) -> JobState:
    """End an attempt, and have staff told where that is the end of it. Raises ``ClaimLost``."""
    with connection.transaction():
        state = transitions.end(claim, ending, ran_s=ran_s)
        if state in TOLD and claim.task != _TELLER:  # a teller that cannot tell does not tell of itself
            tell(claim.task, state)
    return state


def tell(task: str, state: JobState) -> None:
    """Have staff told that jobs of ``task`` ended in ``state``; many that end so make one alert."""
    find(_TELLER).enqueue(key=f"{_TELLER}:{task}:{state}", task=task, state=str(state))
