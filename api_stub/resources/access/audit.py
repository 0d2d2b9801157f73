"""The audit trail: read and exported. Nobody can write it over HTTP, and nobody can change it at all."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from fastapi import Query
from pydantic import BaseModel, Field
from starlette.responses import Response, StreamingResponse

from api_stub import lists
from api_stub.fields import Next
from api_stub.routes import router
from api_stub.security.principal import Caller, Principal
from db.access import audit
from rules import spreadsheets

routes = router(tags=["audit"])


class AuditEntry(BaseModel):
    """What somebody did. ``before`` and ``after`` are null where nothing was changed."""

    id: int
    at: datetime
    actor: str = Field(examples=["ada"])
    action: str = Field(examples=["domain change"])
    subject: str = Field(examples=["domain 17"])
    details: dict[str, Any] = Field(examples=[{"decision": "manual"}])
    before: dict[str, Any] | None = Field(examples=[{"decision": "undecided"}])
    after: dict[str, Any] | None = Field(examples=[{"decision": "manual"}])
    address: str = Field(description="From where", examples=["192.0.2.7"])
    via: str = Field(description="With what they came in", examples=["session 12"])
    reason: str = Field(
        description="Why, where they said so, as with the header X-Reason", examples=["the client asked"]
    )
    client_id: int | None = Field(description="Whom it is about; null: nobody, or many", examples=[3])


class Entries(BaseModel):
    """A page of the audit trail."""

    entries: list[AuditEntry]
    next: Next


class ExportFormat(StrEnum):
    """How the trail is exported."""

    CSV = "csv"
    JSON_LINES = "jsonl"


_FILTERS = ("actor", "action", "subject", "client", "since", "until")
Asked = Annotated[lists.ListQuery, lists.asked(audit.LIST.filters, *_FILTERS, sort="-id")]
Exported = Annotated[lists.ListQuery, lists.asked(audit.LIST.filters, *_FILTERS, sort="-id", pages=False)]


@routes.get("/api/audit")
def list_entries(who: Caller, asked: Asked) -> Entries:
    """List what people did, the newest first."""
    page = asked.page(audit.LIST, **audit.limit(who.within))
    return Entries(entries=[AuditEntry(**asdict(one)) for one in page.rows], next=lists.next_(page))


@routes.get(
    "/api/audit/export",
    response_class=Response,
    responses={
        200: {
            "description": "The entries, the newest first",
            "content": {
                "text/csv": {"schema": {"type": "string"}, "example": "id,at,actor"},
                "application/jsonl": {"schema": {"type": "string"}, "example": '{"id": 7, "actor": "ada"}'},
            },
        }
    },
)
def export_entries(
    who: Caller,
    asked: Exported,
    *,
    format: Annotated[ExportFormat, Query()] = ExportFormat.CSV,  # noqa: A002
) -> Response:
    """Export what people did, the newest first, as CSV or as lines of JSON. The export is in the trail itself."""
    return exported(who, asked.filters, format)


def exported(who: Principal, filters: Mapping[str, Any], format: ExportFormat) -> Response:  # noqa: A002
    """Return the export as a stream, which holds a part of the trail in memory at a time. The export is audited."""
    said = {name: value for name, value in filters.items() if value is not None}
    audit.add(who.actor, "audit export", "audit", {"format": format, **said})
    entries = audit.every(**filters, **audit.limit(who.within))
    lines, kind = (_csv(entries), "text/csv") if format is ExportFormat.CSV else (_jsonl(entries), "application/jsonl")
    return StreamingResponse(
        lines,
        media_type=f"{kind}; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="audit.{format}"'},
    )


_COLUMNS = tuple(AuditEntry.model_fields)


def _csv(entries: Iterator[audit.AuditEntry]) -> Iterator[str]:
    yield spreadsheets.line(_COLUMNS)
    for one in entries:
        yield spreadsheets.line([_cell(value) for value in asdict(one).values()])


def _cell(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    return json.dumps(value) if isinstance(value, dict) else value


def _jsonl(entries: Iterator[audit.AuditEntry]) -> Iterator[str]:
    for one in entries:
        yield AuditEntry(**asdict(one)).model_dump_json() + "\n"
