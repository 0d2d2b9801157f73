"""Documents: read them, make and withdraw links to them, hold and delete them."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, Field
from starlette.requests import Request

from api_stub import document_answers, lists
from api_stub.fields import Id, Moment, Next, RequestBody
from api_stub.problems import Problem, existing
from api_stub.routes import router, visitor
from api_stub.security import signed_links
from api_stub.security.principal import Caller
from db.access import signed_links as link_rows
from db.documents import documents
from rules.access.signed_links import LONGEST_TOKEN, SignedLink, SignedPurpose
from rules.documents import DocumentState
from tasks import signed_links as links
from tasks.documents import document_actions

routes: APIRouter = router(tags=["documents"])

Token = Annotated[str, Path(max_length=LONGEST_TOKEN)]


class Document(BaseModel):
    """A document. Its bytes are fetched by a link. Times are UTC."""

    id: int = Field(examples=[31])
    owner_kind: Literal["client", "invoice", "domain", "alert"] = Field(examples=["invoice"])
    owner_id: int = Field(examples=[9])
    client_id: int | None = Field(examples=[3])
    client_name: str | None = Field(examples=["Bakery"])
    name: str = Field(examples=["INV-000009.pdf"])
    content_type: str = Field(description="By its contents, whatever was declared", examples=["application/pdf"])
    size: int = Field(description="In bytes", examples=[48213])
    sha256: str = Field(description="In hex", examples=["9f86d081884c7d65..."])
    state: DocumentState = Field(description="Only what is clean is handed out")
    finding: str = Field(description="What a scan found, or why it was refused", examples=[""])
    added_by: str = Field(examples=["invoices.document"])
    added_at: datetime
    kept_until: datetime | None = Field(description="Until then it cannot be deleted")
    legal_hold: bool = Field(description="While it is held it cannot be deleted")
    deleted_at: datetime | None = Field(description="When it was marked; its bytes go after the grace time")


class Documents(BaseModel):
    """A page of documents."""

    documents: list[Document]
    next: Next


class DocumentChange(RequestBody, extra="forbid"):
    """What to change of a document; what is not named stays."""

    legal_hold: bool | None = Field(None, examples=[True])
    kept_until: Moment | None = Field(None, examples=["2037-01-01T00:00:00Z"])


class DocumentLink(BaseModel):
    """A link that was handed out, without its address. Times are UTC."""

    id: int = Field(examples=[7])
    purpose: SignedPurpose = Field(description="download: staff, once asked for; document: a client's page")
    audience: str = Field(description="Who alone may use it; empty: whoever has it", examples=["user 2"])
    created_by: str = Field(examples=["ada"])
    created_at: datetime
    expires_at: datetime
    mail_id: int | None = Field(description="The mail that it went out in", examples=[12])
    withdrawn_at: datetime | None
    withdrawn_by: str = Field(examples=[""])
    uses: int = Field(description="How often it was used", examples=[2])
    used_at: datetime | None


class DocumentLinkUse(BaseModel):
    """Somebody used a link."""

    at: datetime
    what: str = Field(description="opened: its page; fetched: the document", examples=["fetched"])
    address: str = Field(examples=["192.0.2.7"])
    device: str = Field(examples=["Firefox on Linux"])


class DocumentLinkWithUses(DocumentLink):
    """A link, and how it was used last."""

    last_uses: list[DocumentLinkUse]


class DocumentLinks(BaseModel):
    """The newest links to a document."""

    links: list[DocumentLinkWithUses]


class NewDocumentLink(DocumentLink):
    """A link that was just made, with its address, which cannot be read again."""

    url: str = Field(examples=["https://nolapse.example/d/7.mZkq8..."])


Asked = Annotated[
    lists.ListQuery,
    lists.asked(documents.LIST.filters, "client", "invoice", "domain", "alert", "state", "deleted", sort="-id"),
]


@routes.get("/api/documents")
def list_documents(who: Caller, asked: Asked) -> Documents:
    """List the documents, the newest first, also those that were marked for deletion."""
    page = asked.page(documents.LIST, within=who.within)
    return Documents(documents=[document(one) for one in page.rows], next=lists.next_(page))


@routes.get("/api/documents/{document_id}")
def read_document(who: Caller, document_id: Id) -> Document:
    """Read what is known of a document."""
    return document(existing(documents.require, document_id, within=who.within))


@routes.patch("/api/documents/{document_id}")
def change_document(who: Caller, document_id: Id, given: DocumentChange) -> Document:
    """Hold a document or let it go; set until when it is kept."""
    found = existing(documents.require, document_id, within=who.within)
    document_actions.change(
        found,
        legal_hold=found.legal_hold if given.legal_hold is None else given.legal_hold,
        kept_until=given.kept_until if "kept_until" in given.model_fields_set else found.kept_until,
        actor=who.actor,
    )
    return document(documents.require(document_id))


@routes.delete("/api/documents/{document_id}", status_code=204)
def delete_document(who: Caller, document_id: Id) -> None:
    """Mark a document for deletion and withdraw its links. Its bytes go after the grace time."""
    document_actions.delete(existing(documents.require, document_id, within=who.within), actor=who.actor)


@routes.post("/api/documents/{document_id}/restore")
def restore_document(who: Caller, document_id: Id) -> Document:
    """Take back that a document was deleted, while its bytes are there. Its links stay withdrawn."""
    document_actions.restore(existing(documents.require, document_id, within=who.within), actor=who.actor)
    return document(documents.require(document_id))


@routes.get("/api/documents/{document_id}/links")
def list_document_links(who: Caller, document_id: Id) -> DocumentLinks:
    """List the newest links to a document, and how each was used last."""
    found = existing(documents.require, document_id, within=who.within)
    newest = link_rows.LIST.page("-id", document=found.id).rows
    return DocumentLinks(links=[_with_uses(one) for one in newest])


@routes.post("/api/documents/{document_id}/links", status_code=201)
def add_download_link(who: Caller, document_id: Id) -> NewDocumentLink:
    """Make a link by which you yourself download a document, for a quarter of an hour at the most."""
    found = _handed_out(who, document_id)
    return _new(document_actions.download_link(found, who.user_id, actor=who.actor))


@routes.post("/api/documents/{document_id}/client-links", status_code=201)
def add_client_link(who: Caller, document_id: Id) -> NewDocumentLink:
    """Make a link to a document's page for whoever gets it, such as a client."""
    found = _handed_out(who, document_id)
    return _new(document_actions.client_link(found, actor=who.actor))


@routes.delete("/api/documents/{document_id}/links/{link_id}", status_code=204)
def withdraw_document_link(who: Caller, document_id: Id, link_id: Id) -> None:
    """Withdraw a link: from now on it is refused."""
    found = existing(documents.require, document_id, within=who.within)
    try:
        document_actions.withdraw(found, link_id, actor=who.actor)
    except LookupError as error:
        raise Problem(404, "not-found", str(error)) from None


@routes.get("/documents/fetch/{token}", include_in_schema=False)
def fetch(request: Request, who: Caller, token: Token) -> Response:
    """Hand out the document of a link that was made for the caller, if they may still see it."""
    link = signed_links.admitted(visitor(request), token, SignedPurpose.DOWNLOAD, audience=f"user {who.user_id}")
    found = existing(documents.require, link.subject.id, within=who.within)
    answer = document_answers.answer(request, found)
    if document_answers.is_first(request):
        signed_links.used(visitor(request), link, "fetched")
    return answer


def document(found: documents.Document) -> Document:
    """Return a document as programs see it, without its place in the storage."""
    return Document.model_validate(found, from_attributes=True)


def _handed_out(who: Caller, document_id: int) -> documents.Document:
    found = existing(documents.require, document_id, within=who.within)
    if found.why_withheld:
        raise Problem(409, "conflict", f"document {document_id} is handed out to nobody: {found.why_withheld}")
    return found


def _new(link: SignedLink) -> NewDocumentLink:
    return NewDocumentLink(**link_document(link).model_dump(), url=links.address(link))


def _with_uses(link: SignedLink) -> DocumentLinkWithUses:
    uses = [DocumentLinkUse.model_validate(one, from_attributes=True) for one in link_rows.uses(link.id)]
    return DocumentLinkWithUses(**link_document(link).model_dump(), last_uses=uses)


def link_document(link: SignedLink) -> DocumentLink:
    return DocumentLink.model_validate(link, from_attributes=True)
