"""Events: what changed about a subject, with before and after."""

from dataclasses import dataclass
from datetime import datetime

from db.connection import transaction
from db.portfolio import models
from rules.subjects import Subject

_VALUE_MAX = 1000


@dataclass(frozen=True, slots=True)
class Event:
    """A change as it is shown. ``at`` is UTC."""

    at: datetime
    kind: str
    before: str | None
    after: str | None


def add(subject: Subject, kind: str, before: object, after: object) -> int:
    """Write an event in the caller's transaction and return its id."""
    with transaction():
        return models.Event.create(
            kind=kind,
            subject_kind=subject.kind,
            subject_id=subject.id,
            client=subject.client_id,
            before=_text(before),
            after=_text(after),
        ).id


def of(subject_kind: str, subject_id: int, *, limit: int = 50) -> list[Event]:
    """Return a subject's newest events."""
    rows = (
        models.Event.select()
        .where(models.Event.subject_kind == subject_kind, models.Event.subject_id == subject_id)
        .order_by(models.Event.at.desc())
        .limit(limit)
    )
    return [Event(row.at, row.kind, row.before, row.after) for row in rows]


def count() -> int:
    return models.Event.select().count()


def _text(value: object) -> str | None:
    if value is None or value == ():
        return None
    if isinstance(value, tuple | list):
        value = ", ".join(str(part) for part in value)
    if isinstance(value, datetime):
        value = value.isoformat()
    return str(value).replace("\0", "")[:_VALUE_MAX]
