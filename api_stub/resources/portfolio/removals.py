"""Removals that people ask for on pages: each can be undone until it is due."""

from collections.abc import Sequence
from typing import cast

from api_stub.problems import Problem
from api_stub.security.principal import Principal
from db import connection
from db.access import audit
from db.ledger import jobs, staff_actions
from db.ledger.jobs import Job
from db.portfolio import bulk_changes
from db.portfolio.bulk_changes import Noun
from tasks.engine.task import EnqueuedJob
from tasks.portfolio import portfolio_removal

MINUTES = int(portfolio_removal.UNDO_S // 60)


def asked(who: Principal, noun: Noun, ids: Sequence[int]) -> EnqueuedJob:
    """Queue a removal for the end of the time to undo it. Raises ``Problem`` 404, or 409 for clients with invoices."""
    with connection.transaction():
        if bulk_changes.existing(noun, ids, within=who.within) != set(ids):
            raise Problem(404, "not-found", f"there is no such {noun}")
        if noun == "client" and (kept := bulk_changes.invoiced(ids)):
            raise Problem(409, "conflict", f"client {min(kept)} has invoices, which are kept, so it stays")
        enqueued = portfolio_removal.ask(noun, ids, by=who.actor)
        about = f"{noun} {ids[0]}" if len(ids) == 1 else f"{len(ids)} at once"
        audit.add(who.actor, f"{noun} removal", about, {"ids": list(ids), "job": enqueued.job_id})
    return enqueued


def undone(who: Principal, job_id: int) -> int:
    """Undo a removal, and return its number of things. Raises ``Problem`` 404, ``NotPossible`` where it is done."""
    with connection.transaction():
        removal = _removal_job(who, job_id)
        staff_actions.cancel(job_id)
        audit.add(who.actor, "removal undo", f"job {job_id}", {"noun": removal.args["noun"], "ids": _ids(removal)})
    return len(_ids(removal))


def pending(who: Principal) -> dict[tuple[str, int], Job]:
    """Return the removals that can still be undone, by the noun and the id of each thing that they remove."""
    found = [one for one in portfolio_removal.pending() if who.within is None or _theirs(who, one)]
    return {(str(one.args["noun"]), item_id): one for one in found for item_id in _ids(one)}


def _removal_job(who: Principal, job_id: int) -> Job:
    found = jobs.get(job_id)
    if found is None or found.task != portfolio_removal.remove.name or not _theirs(who, found):
        raise Problem(404, "not-found", f"no removal is job {job_id}")
    return found


def _theirs(who: Principal, removal: Job) -> bool:
    noun = cast("Noun", removal.args["noun"])
    return who.within is None or bulk_changes.existing(noun, _ids(removal), within=who.within) == set(_ids(removal))


def _ids(removal: Job) -> list[int]:
    return cast("list[int]", removal.args["ids"])
