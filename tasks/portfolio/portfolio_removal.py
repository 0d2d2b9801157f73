"""Clients, domains and endpoints that somebody removed on a page: they go once the time to undo it is over.

    asked ──UNDO_S──> the job runs: they are gone, and the trail says who asked
      └── undone: the job is cancelled

Promise: local. What is gone already is passed over; a client with invoices stays, and the trail says so.
"""

from collections.abc import Sequence
from typing import cast

from db.access import audit
from db.ledger import jobs
from db.ledger.jobs import Job
from db.portfolio import bulk_changes
from db.portfolio.bulk_changes import Noun
from rules.access import Permission
from rules.jobs import JobState
from tasks.engine.context import completing
from tasks.engine.task import EnqueuedJob, Queue, task

UNDO_S = 600.0
"""How long a removal can be undone, in seconds."""

_CHUNK = 1000
_PENDING = 200
"""How many waiting removals the pages show at the most."""


@task(Queue.DEFAULT, attempts=5, unique=("noun", "ids"), permission=Permission.REMOVE, internal=True)
def remove(*, noun: str, ids: list[int], by: str) -> None:
    """Remove clients, domains or endpoints with their history."""
    kind = cast("Noun", noun)
    with completing():
        for start in range(0, len(ids), _CHUNK):
            _remove(kind, ids[start : start + _CHUNK], by)


def _remove(noun: Noun, ids: Sequence[int], by: str) -> None:
    there = bulk_changes.existing(noun, ids)
    kept = bulk_changes.invoiced(sorted(there)) if noun == "client" else set[int]()
    gone = sorted(there - kept)
    bulk_changes.remove(noun, gone)
    about = f"{noun} {gone[0]}" if len(gone) == 1 else f"{len(gone)} at once"
    details = {"ids": gone, **({"kept with invoices": sorted(kept)} if kept else {})}
    if gone or kept:
        audit.add(by, f"{noun} remove", about, details)


def ask(noun: Noun, ids: Sequence[int], *, by: str) -> EnqueuedJob:
    """Queue a removal in the caller's transaction; until it is due it can be undone."""
    return remove.enqueue(delay_s=UNDO_S, noun=noun, ids=sorted(set(ids)), by=by)


def pending() -> list[Job]:
    """Return the removals that can still be undone, the newest first."""
    return jobs.newest(task=remove.name, state=JobState.QUEUED, limit=_PENDING)
