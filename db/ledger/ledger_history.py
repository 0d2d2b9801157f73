"""How far the ledger has come: a name, and a count of steps that only grows while the ledger lives.

What was last noted elsewhere is compared with it (``workers/history_notes.py``): a ledger that is behind its note was
restored from a backup, and does not know what was done since.
"""

import uuid
from dataclasses import dataclass

from db import connection


@dataclass(frozen=True, slots=True)
class LedgerHistory:
    """A ledger's name and its steps. Jobs up to ``restored_job_id`` were in the backup that was restored last."""

    name: str
    steps: int
    restored_job_id: int


def find() -> LedgerHistory | None:
    """Return how far the ledger has come; None for one that has not begun."""
    found = connection.rows(LedgerHistory, "SELECT name, steps, restored_job_id FROM ledger_history WHERE id = 1")
    return next(iter(found), None)


def advance() -> LedgerHistory:
    """Take a step, commit it, and return how far the ledger has come."""
    with connection.transaction():
        return connection.rows(
            LedgerHistory,
            "INSERT INTO ledger_history (id, name, steps, restored_job_id) VALUES (1, %s, 1, 0)"
            " ON CONFLICT (id) DO UPDATE SET steps = ledger_history.steps + 1"
            " RETURNING name, steps, restored_job_id",
            uuid.uuid4().hex,
        )[0]


def go_on_from(steps: int) -> None:
    """Count on from the steps noted elsewhere, in the caller's transaction, once the restore was looked through.

    Every job that is there now counts as one of the backup.
    """
    advance()
    connection.changed(
        "UPDATE ledger_history SET steps = CASE WHEN steps > %s THEN steps ELSE %s END,"
        " restored_job_id = (SELECT COALESCE(MAX(id), 0) FROM job) WHERE id = 1",
        steps,
        steps + 1,
    )


def was_in_backup(job_id: int) -> bool:
    """Tell whether a job is older than the last restore: what it leads to may have been done before."""
    found = find()
    return found is not None and job_id <= found.restored_job_id
