"""Jobs as a list: by state, task, run, queue, client, time and text, however many there are."""

from datetime import datetime
from typing import Final

from db import connection, paging, text_search
from db.ledger import job_paths, jobs
from db.ledger.jobs import Job
from db.listing import ListFilter, Listing, Order, compares, equals
from db.paging import Page
from rules.jobs import JobState

_MADE: Final = "COALESCE(created_at, created_at)"
"""When a job was made, as an expression without statistics: with them PostgreSQL may expect no row, and read all."""

LIST: Final[Listing[Job]] = Listing(
    table="job",
    columns="task, args, queue, state, run_id, client_id, error, created_at",
    read=jobs.many,
    orders={"id": Order()},
    filters={
        "state": ListFilter(JobState, equals("state"), "Only in this state"),
        "task": ListFilter(str, equals("task"), "Only of this task"),
        "run": ListFilter(int, equals("run_id"), "Only of this run"),
        "queue": ListFilter(str, equals("queue"), "Only of this queue"),
        "client": ListFilter(int, equals("job.client_id"), "Only what is about this client", narrows=True),
        "since": ListFilter(datetime, compares(_MADE, ">="), "Made at this moment or later"),
        "until": ListFilter(datetime, compares(_MADE, "<"), "Made before this moment"),
        "error": ListFilter(
            str,
            text_search.says("error"),
            "Whose error has this: of all that ended badly, and of the newest 20,000 of the others",
        ),
        "argument": ListFilter(
            str,
            text_search.says(text_search.JOB_ARGUMENTS),
            "Whose arguments have this, such as `domain_id=17`; looked for where `error` is",
        ),
    },
    owner="job.client_id",
    path=job_paths.of,
)
"""The whole ledger."""


def queued_page(queue: str, *, after: str | None = None, size: int = paging.ROWS) -> Page[Job]:
    """Return a queue's waiting jobs, the one that is due first at the top. Raises ``BadCursor``."""
    key = paging.decode(after, datetime, int)
    behind, params = ("", ()) if key is None else ("AND (run_at, id) > (%s, %s)", key)
    found = connection.rows(
        Job,
        f"{jobs.ROWS} WHERE queue = %s AND state = 'queued' {behind} ORDER BY run_at, id LIMIT %s",
        queue,
        *params,
        size + 1,
    )
    return paging.cut(found, lambda job: (job.run_at, job.id), size=size)
