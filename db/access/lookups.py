"""Lookups that people ask for at once: who asked what, and what came of it, until retention takes it."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from db import connection
from db.fields import moment, sure
from rules.jobs import JobState
from rules.lookups import LookupKind, LookupQuestion

_FAILURE_MAX = 500
_LARGEST = 1024 * 1024
_OPEN = (JobState.QUEUED, JobState.RUNNING)


class FailureKind(StrEnum):
    """Why a lookup has no answer."""

    REFUSED = "refused"  # it will never have one, as it was asked
    UNAVAILABLE = "unavailable"  # not now: ask again later
    ENDED = "ended"  # its job was cancelled, or ended badly


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedLookup:
    """What somebody asked, and what came of it. ``answer`` is a JSON object of ``wording.lookup_documents``."""

    id: int
    question: LookupQuestion
    job_id: int | None
    created_at: datetime
    finished_at: datetime | None
    answer: Mapping[str, Any] | None
    failure_kind: FailureKind | None
    failure: str | None

    @property
    def is_open(self) -> bool:
        """Whether it still waits for its answer."""
        return self.answer is None and self.failure_kind is None


_COLUMNS = (
    "SELECT requested_lookup.id, question, job_id, requested_lookup.created_at, requested_lookup.finished_at, answer,"
    " failure_kind, failure, job.state FROM requested_lookup LEFT JOIN job ON job.id = job_id"
)


def add(user_id: int, question: LookupQuestion) -> int:
    """Keep a question in the caller's transaction, before the job that answers it; returns its id."""
    return connection.execute(
        "INSERT INTO requested_lookup (user_id, question, created_at) VALUES (%s, %s, {now}) RETURNING id",
        user_id,
        _written(question),
    )[0][0]


def answered_by(lookup_id: int, job_id: int) -> None:
    """Note, in the caller's transaction, which job answers a question."""
    connection.changed("UPDATE requested_lookup SET job_id = %s WHERE id = %s", job_id, lookup_id)


def is_wanted(question: LookupQuestion) -> bool:
    """Tell whether anybody still waits for the answer."""
    return bool(
        connection.execute(
            "SELECT 1 FROM requested_lookup WHERE question = %s AND finished_at IS NULL LIMIT 1", _written(question)
        )
    )


def answer(question: LookupQuestion, document: Mapping[str, Any]) -> None:
    """Give the answer to all who wait for it, in the caller's transaction; one that is too large is a failure."""
    text = json.dumps(dict(document))
    if len(text) > _LARGEST:
        fail(question, FailureKind.REFUSED, f"the answer is larger than {_LARGEST} bytes")
        return
    connection.changed(
        "UPDATE requested_lookup SET answer = %s, finished_at = {now} WHERE question = %s AND finished_at IS NULL",
        text,
        _written(question),
    )


def fail(question: LookupQuestion, kind: FailureKind, why: str) -> None:
    """Tell all who wait for the answer, in the caller's transaction, why there is none."""
    connection.changed(
        "UPDATE requested_lookup SET failure_kind = %s, failure = %s, finished_at = {now}"
        " WHERE question = %s AND finished_at IS NULL",
        kind,
        why.replace("\0", "")[:_FAILURE_MAX],
        _written(question),
    )


def get(lookup_id: int, *, user_id: int) -> AskedLookup:
    """Return a lookup of this person. Raises ``LookupError``, also for somebody else's."""
    rows = connection.execute(f"{_COLUMNS} WHERE requested_lookup.id = %s AND user_id = %s", lookup_id, user_id)
    if not rows:
        raise LookupError(f"no lookup of yours has the id {lookup_id}")
    return _lookup(rows[0])


def newest(user_id: int, *, limit: int = 20) -> list[AskedLookup]:
    """Return what a person asked last."""
    rows = connection.execute(
        f"{_COLUMNS} WHERE user_id = %s ORDER BY requested_lookup.id DESC LIMIT %s", user_id, limit
    )
    return [_lookup(row) for row in rows]


def _written(question: LookupQuestion) -> str:
    return json.dumps(asdict(question), sort_keys=True)


def _lookup(row: tuple[Any, ...]) -> AskedLookup:
    lookup_id, question, job_id, created_at, finished_at, answer, kind, failure, job_state = row
    given = json.loads(question)
    if finished_at is None and job_state not in _OPEN:
        kind, failure = FailureKind.ENDED, f"its job {job_id} is {job_state or 'gone'}"
    return AskedLookup(
        id=lookup_id,
        question=LookupQuestion(**{**given, "kind": LookupKind(given["kind"])}),
        job_id=job_id,
        created_at=sure(created_at),
        finished_at=moment(finished_at),
        answer=json.loads(answer) if answer else None,
        failure_kind=FailureKind(kind) if kind else None,
        failure=failure,
    )
