"""The events that were written, for tests that look at the news of one thing."""

from db.portfolio import models


def of(subject_kind: str, subject_id: int) -> list[models.Event]:
    """Return a subject's events, the newest first."""
    rows = models.Event.select().where(models.Event.subject_kind == subject_kind, models.Event.subject_id == subject_id)
    return list(rows.order_by(models.Event.at.desc()))


def count() -> int:
    return models.Event.select().count()
