"""The audit trail: what people did. Rows are added; the database itself refuses to change or remove one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from db.access.models import Audit as Row
from db.connection import transaction


def add(actor: str, action: str, subject: str, details: Mapping[str, object]) -> None:
    """Write what somebody did, in the caller's transaction where there is one."""
    with transaction():
        Row.create(actor=actor, action=action, subject=subject, details=dict(details))


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """What somebody did."""

    id: int
    at: datetime
    actor: str
    action: str
    subject: str
    details: dict[str, object]


def page(*, actor: str | None = None, before: int | None = None, limit: int = 50) -> list[AuditEntry]:
    """Return what was done before an entry, the newest first; by one actor where named."""
    query = Row.select().order_by(Row.id.desc()).limit(limit)
    query = query.where(Row.actor == actor) if actor else query
    rows = query.where(Row.id < before) if before else query
    return [AuditEntry(row.id, row.at, row.actor, row.action, row.subject, row.details) for row in rows]
