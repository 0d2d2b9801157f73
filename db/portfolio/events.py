"""Events: what changed about a subject, with before and after; and the feed of all of them."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from db import connection, paging
from db.connection import transaction
from db.fields import stored
from db.listing import ListFilter, Listing, Order, about, equals
from rules.checks.subjects import Subject

_VALUE_MAX = 1000


def add(subject: Subject, kind: str, before: object, after: object) -> None:
    """Write an event in the caller's transaction."""
    add_all([(subject, kind, before, after)])


def add_all(happened: Iterable[tuple[Subject, str, object, object]]) -> None:
    """Write events, each a subject, a kind, before and after, in the caller's transaction and in one statement."""
    at = stored(datetime.now(UTC))
    rows = [
        {
            "at": at,
            "kind": str(kind),
            "subject_kind": subject.kind,
            "subject_id": subject.id,
            "client_id": subject.client_id,
            "before": _text(before),
            "after": _text(after),
        }
        for subject, kind, before, after in happened
    ]
    if rows:
        with transaction():
            connection.changed(_ADD, json.dumps(rows))


_ADD = """
    INSERT INTO event (at, kind, subject_kind, subject_id, client_id, before, after)
    SELECT {of(at, timestamptz)}, {of(kind, text)}, {of(subject_kind, text)}, {of(subject_id, bigint)},
           {of(client_id, bigint)}, {of(before, text)}, {of(after, text)}
    FROM {objects} WHERE TRUE
    """


@dataclass(frozen=True, slots=True)
class FedEvent:
    """An event of the feed. ``written_in`` and ``id`` are its place there. ``at`` is UTC."""

    id: int
    written_in: int
    at: datetime
    kind: str
    subject_kind: str
    subject_id: int
    client_id: int | None
    before: str | None
    after: str | None


def _many(ids: Sequence[int]) -> list[FedEvent]:
    return connection.rows(
        FedEvent,
        "SELECT id, written_in, at, kind, subject_kind, subject_id, client_id, before, after FROM event WHERE id {ids}",
        list(ids),
    )


FEED: Final[Listing[FedEvent]] = Listing(
    table="event",
    columns="written_in, kind, client_id",
    read=_many,
    orders={"written": Order("written_in", then=("id",))},
    filters={
        "client": ListFilter(int, equals("client_id"), "Only of what this client has"),
        "kind": ListFilter(str, equals("kind"), "Only of this kind"),
        "domain": ListFilter(int, about("domain"), "Only about this domain", narrows=True),
        "endpoint": ListFilter(int, about("endpoint"), "Only about this endpoint", narrows=True),
        "settled": ListFilter(bool, lambda _: ("{settled}", ())),
    },
    owner="event.client_id",
)
"""All events. Where ``settled`` ones are read in the order ``written``, none is ever added before one that was read.

An event has its id when it is written, and shows when its transaction ends; so a higher id may show first. Events that
are ``settled`` were written by transactions older than every one that is still open.
"""


def cursor(event: FedEvent) -> str:
    """Return the cursor of what follows an event in the feed."""
    return paging.encode((event.written_in, event.id))


def _text(value: object) -> str | None:
    if value is None or value == ():
        return None
    if isinstance(value, tuple | list):
        value = ", ".join(str(part) for part in value)
    if isinstance(value, datetime):
        value = value.isoformat()
    return str(value).replace("\0", "").encode("utf-8", "replace").decode()[:_VALUE_MAX]
