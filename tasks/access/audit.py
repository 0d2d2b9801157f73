"""The audit trail is sealed: each minute what people did since gets its place in the chain.

Promise: local. An entry has one seal; of two jobs that seal at once, one waits for the other.
"""

from db.access import audit_seals
from tasks.engine.context import fenced
from tasks.engine.task import Queue, task


@task(Queue.DEFAULT, attempts=3, unique=())
def seal() -> None:
    """Seal every entry that has none."""
    sealed = audit_seals.BATCH
    while sealed == audit_seals.BATCH:
        with fenced():
            sealed = audit_seals.seal_next()
