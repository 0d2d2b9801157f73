"""Uploads: a file is sent, stored, and inspected by a job; nobody can open it before the job finds it clean."""

from typing import Annotated

from fastapi import Query, Response
from pydantic import BaseModel, Field
from starlette.requests import Request

from api_stub import conventions, upload_routes
from api_stub.fields import BIGGEST_ID, TextLine
from api_stub.problems import existing
from api_stub.security.principal import Caller
from db.documents import documents, owners
from rules.access import Within
from rules.checks.subjects import Subject
from rules.documents import DocumentOwner, DocumentState
from tasks.documents import intake

routes = upload_routes.router(tags=["documents"])

_BYTES = {"type": "string", "format": "binary", "examples": ["%PDF-1.7 ..."]}
_FILE = {
    "requestBody": {
        "required": True,
        "content": {
            "application/octet-stream": {"schema": _BYTES},
            "multipart/form-data": {
                "schema": {"type": "object", "properties": {"file": _BYTES}, "required": ["file"]},
            },
        },
    }
}


class UploadedDocument(BaseModel):
    """A document as it was taken in. Its size is in bytes, its SHA-256 in hex."""

    id: int = Field(examples=[17])
    state: DocumentState = Field(description="`received` until a job has looked at it", examples=["received"])
    name: str = Field(
        description="As it is kept: without a path, nothing invisible, not too long", examples=["contract.pdf"]
    )
    content_type: str = Field(examples=["application/pdf"])
    size: int = Field(examples=[48213])
    sha256: str = Field(examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"])


@routes.post(
    "/api/documents",
    status_code=202,
    openapi_extra=_FILE,
    responses={200: {"model": UploadedDocument, "description": "The owner has these bytes already"}},
)
def upload_document(
    request: Request,
    response: Response,
    who: Caller,
    *,
    owner: Annotated[DocumentOwner, Query(description="The kind of thing that the document is to belong to")],
    owner_id: Annotated[int, Query(ge=1, le=BIGGEST_ID, examples=[3])],
    name: Annotated[  # noqa: ARG001 - read while the body comes
        TextLine, Query(max_length=500, description="Of the file, with its extension; a form names its file itself")
    ] = "",
) -> UploadedDocument:
    """Take in a file: the body is the file, or a form whose field `file` holds it.

    Its name, its declared type and its first bytes must agree; what is wrong with it is said at once (422). The rest
    is found out by a job, virus scan included: read the document until its state is `clean`, `quarantined` or
    `refused`. The same bytes are one document of their owner, so an upload may be sent again.
    """
    whose = existing(_owner, owner_id, kind=owner, within=who.within)
    stored = intake.store(upload_routes.of(request).received, whose)

    def added() -> dict[str, object]:
        document, new = intake.add(stored, by=who.actor)
        return {"id": document.id, "new": new}

    kept = conventions.once(added)
    response.status_code = 202 if kept["new"] else 200
    return _upload_schema(documents.require(int(kept["id"])))


def _owner(number: int, *, kind: DocumentOwner, within: Within) -> Subject:
    return owners.require(kind, number, within=within)


def _upload_schema(document: documents.Document) -> UploadedDocument:
    return UploadedDocument.model_validate(document, from_attributes=True)
