"""How many jobs there are: by state, and by task of one state. Counting stops where nobody needs the number."""

from db import connection, paging
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


def by_task(state: JobState, *, within: Within = None) -> list[tuple[str, Count]]:
    """Count the jobs of one state by task, the tasks found by hopping over the index."""
    if within is not None:
        rows = connection.execute(
            "SELECT task, COUNT(*) FROM job WHERE client_id {ids} AND state = %s GROUP BY task ORDER BY task",
            sorted(within),
            str(state),
        )
        return [(task, paging.bounded(number)) for task, number in rows]
    rows = connection.execute(
        """
        WITH RECURSIVE known (task) AS (
            SELECT MIN(task) FROM job
            UNION ALL
            SELECT (SELECT MIN(job.task) FROM job WHERE job.task > known.task) FROM known WHERE known.task IS NOT NULL)
        SELECT task, (SELECT COUNT(*) FROM (
            SELECT 1 FROM job WHERE job.task = known.task AND job.state = %s LIMIT %s) AS counted)
        FROM known WHERE task IS NOT NULL
        """,
        str(state),
        paging.MANY + 1,
    )
    return [(task, paging.bounded(number)) for task, number in rows if number]
