"""What changed, as timelines show it: with before and after, and the name of what it is about."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from db import connection, paging
from db.fields import sure
from rules.access import Within


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """Something that changed. ``name`` is the subject's, where it is a domain or an endpoint."""

    at: datetime
    kind: str
    subject_kind: str
    subject_id: int
    before: str | None
    after: str | None
    name: str | None


_EVENT = (
    "SELECT event.at, event.kind, subject_kind, subject_id, before, after, COALESCE(domain.name, endpoint.host)"
    " FROM event LEFT JOIN domain ON subject_kind = 'domain' AND domain.id = subject_id"
    " LEFT JOIN endpoint ON subject_kind = 'endpoint' AND endpoint.id = subject_id"
)


def _event(row: tuple[Any, ...]) -> TimelineEntry:
    return TimelineEntry(sure(row[0]), *row[1:])


def of(subject_kind: str, subject_id: int, *, within: Within = None, limit: int = 30) -> list[TimelineEntry]:
    """Return what changed about a subject, newest first; with ``within``, only while it was one of these clients'."""
    theirs, params = ("", ()) if within is None else ("AND event.client_id {ids}", (sorted(within),))
    rows = connection.execute(
        f"{_EVENT} WHERE subject_kind = %s AND subject_id = %s {theirs} ORDER BY event.at DESC LIMIT %s",
        subject_kind,
        subject_id,
        *params,
        limit,
    )
    return [_event(row) for row in rows]


def newest(*, within: Within = None, limit: int = 8) -> list[TimelineEntry]:
    """Return what changed last."""
    theirs, params = ("", ()) if within is None else ("WHERE event.client_id {ids}", (sorted(within),))
    order = "event.id" if within is None else paging.unindexed("event.id")
    rows = connection.execute(f"{_EVENT} {theirs} ORDER BY {order} DESC LIMIT %s", *params, limit)
    return [_event(row) for row in rows]


def of_client(client_id: int, *, limit: int = 15) -> list[TimelineEntry]:
    """Return what changed last about what a client owns."""
    rows = connection.execute(f"{_EVENT} WHERE event.client_id = %s ORDER BY event.id DESC LIMIT %s", client_id, limit)
    return [_event(row) for row in rows]
