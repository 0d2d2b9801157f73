"""How many jobs there are of each state. Counting stops where nobody needs the number."""

from db import paging
from db.paging import Count
from rules.access import Within
from rules.jobs import JobState


def counts(*, within: Within = None) -> dict[JobState, Count]:
    """Count the jobs in each state but DONE, up to ``paging.MANY``."""
    theirs, params = ("", ()) if within is None else ("AND client_id {ids}", (sorted(within),))
    return {
        state: paging.count(f"job WHERE state = %s AND state <> 'done' {theirs}", str(state), *params)
        for state in JobState
        if state is not JobState.DONE
    }
