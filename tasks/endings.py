"""Ends that a person must hear of: dead jobs and unknown effects become an alert in the transaction that ends them."""

from db import connection, ledger
from rules.jobs import State
from tasks.task import find

TOLD = (State.DEAD, State.UNKNOWN)
_TELLER = "alerts.ended_badly"


def end(claim: ledger.Claim, ending: ledger.Ending, *, ran_s: float = 0.0) -> State:
    """End an attempt, and have staff told where that is the end of it. Raises ``ClaimLost``."""
    with connection.transaction():
        state = ledger.end(claim, ending, ran_s=ran_s)
        if state in TOLD and claim.task != _TELLER:  # a teller that cannot tell does not tell of itself
            tell(claim.task, state)
    return state


def tell(task: str, state: State) -> None:
    """Have staff told that jobs of ``task`` ended in ``state``; many that end so make one alert."""
    find(_TELLER).enqueue(key=f"{_TELLER}:{task}:{state}", task=task, state=str(state))
