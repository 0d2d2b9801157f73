"""Files that people upload with a form on a thing's page; the page's script sends them to the API instead."""

from fastapi import APIRouter, Response
from pydantic import TypeAdapter, ValidationError
from starlette.requests import Request

from api_stub import problems, routes, upload_routes
from api_stub.fields import Id, IdField
from api_stub.security.principal import Caller
from dashboard.rendering import flash_messages
from db.documents import documents, owners
from db.documents import previews as store
from rules.access import Within
from rules.checks.subjects import Subject
from rules.documents import DocumentOwner
from tasks.documents import intake
from wording.messages import _

pages: APIRouter = upload_routes.router(include_in_schema=False)
previews: APIRouter = routes.router(include_in_schema=False)

_Id: TypeAdapter[int] = TypeAdapter(IdField)


@pages.post("/documents")
def upload(request: Request, who: Caller) -> Response:
    """Take in the file of a form, whose fields ``owner`` and ``owner_id`` say whose it is to be."""
    sent = upload_routes.of(request)
    owner = _owner(sent.fields, within=who.within)
    document, new = intake.add(intake.store(sent.received, owner), by=who.actor)
    said = _("is being looked at; it can be opened once it is clean") if new else _("was here already")
    return flash_messages.redirect(
        f"{_PLACES[DocumentOwner(owner.kind)]}/{owner.id}#documents", f"{document.name} {said}"
    )


@previews.get("/documents/{document_id}/preview")
def preview(who: Caller, document_id: Id) -> Response:
    """Give the small picture of a document that is clean; never the document itself."""
    document = problems.existing(documents.require, document_id, within=who.within)
    if document.why_withheld:
        raise problems.Problem(404, "not-found", f"There is no preview: {document.why_withheld}")
    found = problems.existing(store.require, document.id)
    if found.image is None:
        raise problems.Problem(404, "not-found", f"There is no preview: {found.why}")
    return Response(found.image, media_type="image/webp", headers={"Cache-Control": "private, max-age=3600"})


_PLACES = {
    DocumentOwner.CLIENT: "/clients",
    DocumentOwner.INVOICE: "/invoices",
    DocumentOwner.DOMAIN: "/domains",
    DocumentOwner.ALERT: "/alerts",
}


def _owner(fields: dict[str, str], *, within: Within) -> Subject:
    try:
        kind, number = DocumentOwner(fields.get("owner", "")), _Id.validate_python(fields.get("owner_id"))
    except (ValueError, ValidationError):
        raise problems.Problem(422, "bad-values", "owner and owner_id name what the document is to belong to") from None
    return problems.existing(lambda one: owners.require(kind, one, within=within), number)


pages.routes.extend(previews.routes)
