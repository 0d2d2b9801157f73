"""The audit trail, for owners to read. Nobody can write it over HTTP, and nobody can change it at all."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field

from api_stub import lists
from api_stub.fields import Next
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
    """A page of the audit trail."""

    entries: list[AuditEntry]
    next: Next


Asked = Annotated[lists.ListQuery, lists.asked(audit.LIST, "actor", sort="-id")]


@routes.get("/api/audit")
def list_entries(_who: Caller, asked: Asked) -> Entries:
    """List what people did, the newest first."""
    page = asked.page(audit.LIST)
    return Entries(entries=[AuditEntry(**asdict(one)) for one in page.rows], next=lists.next_(page))
