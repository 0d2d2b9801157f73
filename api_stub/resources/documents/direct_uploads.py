"""Direct uploads: a caller asks for a form and posts it to the bucket; then the file is inspected as any upload."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from api_stub.fields import BIGGEST_ID, Id, RequestBody, TextLine
from api_stub.problems import Problem, existing
from api_stub.routes import router
from api_stub.security.principal import Caller
from db.documents import direct_uploads as store
from db.documents import owners
from rules.access import Within
from rules.checks.subjects import Subject
from rules.documents import DocumentOwner
from rules.documents.direct_uploads import DirectUploadState
from tasks.documents import direct_uploads

routes: APIRouter = router(tags=["documents"])


class DirectUploadRequest(RequestBody, extra="forbid"):
    """A file that is to be sent to the bucket."""

    owner: DocumentOwner = Field(description="The kind of thing that the document is to belong to", examples=["client"])
    owner_id: Annotated[int, Field(ge=1, le=BIGGEST_ID, examples=[3])]
    name: Annotated[TextLine, Field(max_length=500, description="With its extension", examples=["contract.pdf"])]
    content_type: Annotated[TextLine, Field(max_length=200, examples=["application/pdf"])] = ""
    size: int = Field(ge=1, le=2**40, description="In bytes; the bucket takes no more", examples=[48213])


class DirectUploadForm(BaseModel):
    """A form that the bucket takes, as multipart/form-data: these fields first, the file as `file` at its end."""

    id: int = Field(examples=[5])
    url: str = Field(examples=["https://documents.s3.eu-central-1.amazonaws.com"])
    fields: dict[str, str] = Field(
        examples=[{"key": "agency/incoming/3f1c", "policy": "eyJ...", "x-amz-signature": "7a"}]
    )
    closes_at: datetime = Field(description="The bucket takes it until then")


class DirectUpload(BaseModel):
    """An upload, and what became of it; `document_id` says under which number to read on."""

    id: int = Field(examples=[5])
    name: str = Field(examples=["contract.pdf"])
    state: DirectUploadState = Field(description="`sent` until a job has looked at it", examples=["taken"])
    why: str = Field(description="Why it was refused", examples=[""])
    document_id: int | None = Field(examples=[17])


@routes.post("/api/direct-uploads", status_code=201)
def open_direct_upload(who: Caller, given: DirectUploadRequest) -> DirectUploadForm:
    """Ask for a form that puts one file into the bucket, without passing through Nolapse. Needs a bucket (409).

    It holds for a quarter of an hour. When the bucket has taken it, say so: `POST /api/direct-uploads/{id}/sent`.
    """
    owner = existing(_owner, given.owner_id, kind=given.owner, within=who.within)
    try:
        opened = direct_uploads.open_form(
            owner, name=given.name, declared=given.content_type, size=given.size, by=who.actor
        )
    except direct_uploads.NoBucket as error:
        raise Problem(409, "conflict", str(error)) from None
    return DirectUploadForm(
        id=opened.id, url=opened.form.url, fields=dict(opened.form.fields), closes_at=opened.closes_at
    )


@routes.post("/api/direct-uploads/{upload_id}/sent", status_code=202)
def say_direct_upload_is_sent(who: Caller, upload_id: Id) -> DirectUpload:
    """Say that the bucket has the file: it becomes a document, is scanned, and can be opened once it is clean."""
    direct_uploads.sent(existing(store.require, upload_id, within=who.within), by=who.actor)
    return _upload_schema(store.require(upload_id))


@routes.get("/api/direct-uploads/{upload_id}")
def read_direct_upload(who: Caller, upload_id: Id) -> DirectUpload:
    """Read what became of an upload; it is forgotten a day after its form closed."""
    return _upload_schema(existing(store.require, upload_id, within=who.within))


def _owner(number: int, *, kind: DocumentOwner, within: Within) -> Subject:
    return owners.require(kind, number, within=within)


def _upload_schema(upload: store.DirectUpload) -> DirectUpload:
    return DirectUpload.model_validate(upload, from_attributes=True)
