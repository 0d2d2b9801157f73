"""Failure groups: jobs that failed alike, by task, exception and host; their notes, owners and discards.

dead | unknown | failed ──discard──> cancelled (and what it was) ──undo──> what it was
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from db import connection, paging
from db.ledger import jobs, staff_actions
from db.ledger.jobs import Job
from db.ledger.staff_actions import NotPossible
from db.paging import Page
from rules.access import Within
from rules.jobs import JobState

_BAD: Final = "state IN ('dead', 'unknown', 'failed')"
"""The words of the index ``job_failures``: SQLite uses a partial index only where they are the same."""

_MOST_GROUPS = 200
_MOST_DISCARDS = 20
UNDO_S = 86_400.0
"""How long what was discarded can be brought back, in seconds."""


@dataclass(frozen=True, slots=True, order=True)
class FailureKey:
    """The key of a failure group: the task, the exception, and the host that it was about, or empty."""

    task: str
    kind: str
    host: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureGroup:
    """Jobs that failed alike. Times are UTC; ``today`` ended in the last 24 hours, ``yesterday`` in those before."""

    task: str
    kind: str
    host: str
    jobs: int
    today: int
    yesterday: int
    first_at: datetime
    last_at: datetime
    note: str
    owner: str
    canary_id: int | None
    """The job that was tried again first, to see whether the cause is gone."""

    @property
    def key(self) -> FailureKey:
        return FailureKey(self.task, self.kind, self.host)


def groups(state: JobState, *, within: Within = None) -> list[FailureGroup]:
    """Return the failure groups, the largest first; notes, owners and canaries only where every client is seen."""
    theirs, params = ("", ()) if within is None else ("AND client_id {ids}", (sorted(within),))
    found = connection.rows(
        FailureGroup,
        f"""
        SELECT grouped.*, COALESCE(note, '') AS note, COALESCE(owner, '') AS owner, canary_id FROM (
            SELECT task, COALESCE(error_kind, 'unnamed') AS kind, COALESCE(error_host, '') AS host, COUNT(*) AS jobs,
                SUM(CASE WHEN finished_at > {{later(-86400)}} THEN 1 ELSE 0 END) AS today,
                SUM(CASE WHEN finished_at <= {{later(-86400)}} AND finished_at > {{later(-172800)}} THEN 1 ELSE 0 END)
                    AS yesterday,
                MIN(finished_at) AS first_at, MAX(finished_at) AS last_at
            FROM job WHERE state = %s AND {_BAD} {theirs}
            GROUP BY task, COALESCE(error_kind, 'unnamed'), COALESCE(error_host, '')) AS grouped
        LEFT JOIN failure_note ON failure_note.task = grouped.task AND failure_note.kind = grouped.kind
            AND failure_note.host = grouped.host
        ORDER BY jobs DESC, grouped.task, grouped.kind, grouped.host LIMIT %s
        """,  # noqa: S608 - our own words
        str(state),
        *params,
        _MOST_GROUPS,
    )
    return found if within is None else [replace(one, note="", owner="", canary_id=None) for one in found]


def job_ids(state: JobState, key: FailureKey, *, limit: int, within: Within = None) -> list[int]:
    """Return the jobs of a group, those that ended first at the top."""
    words, params = _group_condition(state, key, within)
    rows = connection.execute(f"SELECT id FROM job WHERE {words} ORDER BY finished_at, id LIMIT %s", *params, limit)  # noqa: S608
    return [row[0] for row in rows]


def page(state: JobState, key: FailureKey, *, after: str | None = None, within: Within = None) -> Page[Job]:
    """Return the newest jobs of a group, or those behind a cursor. Raises ``BadCursor``."""
    words, params = _group_condition(state, key, within)
    last = paging.decode(after, int)
    if last:
        words += " AND id < %s"
        params.append(last[0])
    rows = connection.execute(f"SELECT id FROM job WHERE {words} ORDER BY id DESC LIMIT %s", *params, paging.ROWS + 1)  # noqa: S608
    found = paging.cut([row[0] for row in rows], lambda job_id: (job_id,))
    return Page(tuple(jobs.many(found.rows)), found.after)


def _group_condition(state: JobState, key: FailureKey, within: Within) -> tuple[str, list[Any]]:
    words = f"state = %s AND {_BAD} AND task = %s"
    params: list[Any] = [str(state), key.task]
    for column, value, unsaid in (("error_kind", key.kind, "unnamed"), ("error_host", key.host, "")):
        words += f" AND ({column} = %s OR {column} IS NULL)" if value == unsaid else f" AND {column} = %s"
        params.append(value)
    if within is not None:
        words += " AND client_id {ids}"
        params.append(sorted(within))
    return words, params


def describe(key: FailureKey, **values: object) -> None:
    """Keep what staff say of a group: ``note``, ``owner``; or which job is its canary: ``canary_id``."""
    with connection.transaction():
        connection.changed(
            "INSERT INTO failure_note (task, kind, host, note, owner, changed_at) VALUES (%s, %s, %s, '', '', {now})"
            " ON CONFLICT (task, kind, host) DO NOTHING",
            key.task, key.kind, key.host,
        )  # fmt: skip
        for column in sorted(values):
            if column not in ("note", "owner", "canary_id"):
                raise ValueError(column)
            connection.changed(
                f"UPDATE failure_note SET {column} = %s, changed_at = {{now}}"  # noqa: S608 - one of three
                " WHERE task = %s AND kind = %s AND host = %s",
                values[column],
                *(key.task, key.kind, key.host),
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Discard:
    """What somebody discarded at once. Times are UTC."""

    id: int
    task: str
    kind: str
    host: str
    state: JobState
    jobs: int
    because: str
    discarded_by: str
    discarded_at: datetime


_DISCARD = "SELECT id, task, kind, host, state, jobs, because, discarded_by, discarded_at FROM discard"


def discards() -> list[Discard]:
    """Return what was discarded last and can be brought back, the newest first."""
    return connection.rows(
        Discard,
        f"{_DISCARD} WHERE discarded_at > {{later(%s)}} AND undone_at IS NULL ORDER BY discarded_at DESC LIMIT %s",
        -UNDO_S,
        _MOST_DISCARDS,
    )


def discard(state: JobState, key: FailureKey, *, because: str, by: str, within: Within = None) -> Discard:
    """Put the jobs of a group away as cancelled, and resolve the task's alert where no such job is left.

    Raises ``LookupError`` where there is no such job.
    """
    words, params = _group_condition(state, key, within)
    with connection.transaction():
        ((discard_id,),) = connection.execute(
            "INSERT INTO discard (task, kind, host, state, jobs, because, discarded_by, discarded_at)"
            " VALUES (%s, %s, %s, %s, 0, %s, %s, {now}) RETURNING id",
            key.task, key.kind, key.host, str(state), because, by,
        )  # fmt: skip
        number = connection.changed(
            f"UPDATE job SET discarded_as = state, state = 'cancelled', discard_id = %s WHERE {words}",  # noqa: S608
            discard_id,
            *params,
        )
        if not number:
            raise LookupError(f"no {state} job of {key.task} failed like this, or not any more")
        connection.changed("UPDATE discard SET jobs = %s WHERE id = %s", number, discard_id)
        staff_actions.clear_alert(key.task, state)
        return _require_discard(discard_id)


def undo(discard_id: int) -> Discard:
    """Bring back what was discarded and nobody retried since. Raises ``LookupError``, ``NotPossible``."""
    with connection.transaction():
        found = _require_discard(discard_id)
        if not connection.changed(
            "UPDATE discard SET undone_at = {now} WHERE id = %s AND undone_at IS NULL AND discarded_at > {later(%s)}",
            discard_id,
            -UNDO_S,
        ):
            raise NotPossible("this was undone already, or is more than a day ago")
        connection.changed(
            "UPDATE job SET state = discarded_as, discarded_as = NULL, discard_id = NULL"
            " WHERE discard_id = %s AND state = 'cancelled'",
            discard_id,
        )
    return found


def _require_discard(discard_id: int) -> Discard:
    found = connection.rows(Discard, f"{_DISCARD} WHERE id = %s", discard_id)
    if not found:
        raise LookupError(f"nothing that was discarded has the id {discard_id}")
    return found[0]
