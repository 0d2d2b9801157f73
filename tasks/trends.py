"""How things go over time is summed up each minute, so that no chart reads the ledger's history.

Promise: local. Each row is summed up once: the sums and how far they have come are one transaction. What was missed is
made up for; how deep queues were while no job looked is not known.
"""

from datetime import UTC, datetime
from typing import Final

from db.trends import sources, time_sums
from tasks.engine.context import fenced
from tasks.engine.task import Queue, task

_CHUNK: Final = 2000
_CHUNKS: Final = 50
"""How many chunks of a backlog one job sums up; the next job goes on."""


@task(Queue.DEFAULT, attempts=3, unique=())
def sum_up() -> None:
    """Sum up attempts, alerts, invoices and payments that came since, and how deep the queues are now."""
    with fenced():
        time_sums.add(sources.queues(list(Queue), now=datetime.now(UTC)))
    for source, read in sources.BEHIND_CURSORS.items():
        for _ in range(_CHUNKS):
            with fenced():
                before = time_sums.reached(source)
                samples, reached = read(before, _CHUNK)
                time_sums.add(samples)
                time_sums.reach(source, reached)
            if reached == before:
                break
