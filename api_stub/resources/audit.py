"""The audit trail, for owners to read. Nobody can write it over HTTP, and nobody can change it at all."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

from fastapi import Query
from pydantic import BaseModel, Field

from api_stub.fields import Cursor, Limit, Next, SearchText
from api_stub.routes import router
from api_stub.security.principal import Caller
from db.access import audit

routes = router(tags=["audit"])


class AuditEntry(BaseModel):
    """What somebody did."""

    id: int
    at: datetime
    actor: str = Field(examples=["ada"])
    action: str = Field(examples=["trigger"])
    subject: str = Field(examples=["domains.check_all"])
    details: dict[str, Any] = Field(examples=[{"job": 42, "run": 7}])


class Entries(BaseModel):
    """A page of the audit trail, the newest first."""

    entries: list[AuditEntry]
    next: Next


@routes.get("/api/audit")
def list_entries(
    _who: Caller,
    *,
    actor: Annotated[SearchText | None, Query(max_length=100, description="Only what this one did")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Entries:
    """List what people did, the newest first."""
    found = audit.page(actor=actor, before=cursor, limit=limit)
    return Entries(
        entries=[AuditEntry(**asdict(one)) for one in found], next=found[-1].id if len(found) == limit else None
    )
