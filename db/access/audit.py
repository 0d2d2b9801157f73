"""The audit trail: what people did. Rows are added; the database itself refuses to change or remove one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from db.access.models import Audit as Row
from db.connection import transaction
from db.listing import ListFilter, Listing, Order, equals


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


def _many(ids: Sequence[int]) -> list[AuditEntry]:
    rows = Row.select().where(Row.id.in_(list(ids)))
    return [AuditEntry(row.id, row.at, row.actor, row.action, row.subject, row.details) for row in rows]


LIST: Final[Listing[AuditEntry]] = Listing(
    table="audit",
    columns="actor",
    read=_many,
    orders={"id": Order()},
    filters={"actor": ListFilter(str, equals("actor"), "Only what this one did")},
)
"""The whole trail."""


def page(*, limit: int = 50) -> tuple[AuditEntry, ...]:
    """Return what was done last, the newest first."""
    return LIST.page("-id", size=limit).rows
