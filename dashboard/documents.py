"""Documents of a client, an invoice, a domain or an alert; the uses of their links; and the page that clients see."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from starlette.requests import Request
from starlette.responses import RedirectResponse

import settings
from api_stub import document_answers, problems, routes
from api_stub.fields import Id, IdFilter
from api_stub.problems import Problem
from api_stub.resources.documents.documents import Token
from api_stub.security import signed_links
from api_stub.security.principal import Caller
from dashboard.rendering import fields, flash_messages, render
from db.access import signed_links as link_rows
from db.billing import senders
from db.billing.invoices import Invoice
from db.documents import documents, previews
from db.documents.documents import Document
from db.portfolio import clients
from db.portfolio.clients import Client
from rules import languages
from rules.access import Within
from rules.access.signed_links import SignedLink, SignedPurpose
from rules.checks.subjects import Subject
from rules.documents import DocumentState
from tasks import signed_links as links
from tasks.documents import document_actions, handing_out
from wording.clients import handed_out
from wording.messages import _

pages: APIRouter = routes.router(include_in_schema=False)

_OF_OWNER = 10


def of(owner: Subject, *, within: Within) -> tuple[Document, ...]:
    """Return the newest documents of a thing, as its own page shows them."""
    return documents.LIST.page("-id", **_owner_filter(owner), deleted=False, within=within, size=_OF_OWNER).rows


def of_invoice(invoice: Invoice) -> Document | None:
    """Return an invoice's PDF; None where there is none. Raises ``Problem`` where the storage does not give it."""
    with document_answers.problems_of_storage(f"invoice {invoice.id}"):
        return handing_out.of_invoice(invoice)


def _owner_filter(owner: Subject) -> dict[str, Any]:
    return {owner.kind: owner.id}


@pages.get("/documents")
def document_list(
    request: Request,
    who: Caller,
    *,
    client: IdFilter = None,
    invoice: IdFilter = None,
    domain: IdFilter = None,
    alert: IdFilter = None,
    show: Annotated[str, Query(pattern=f"^(|deleted|{'|'.join(DocumentState)})$")] = "",
    after: fields.After = None,
) -> Response:
    """List documents, the newest first."""
    owner: dict[str, Any] = {"client": client, "invoice": invoice, "domain": domain, "alert": alert}
    page = documents.LIST.page(
        "-id",
        **owner,
        state=DocumentState(show) if show in list(DocumentState) else None,
        deleted=show == "deleted",
        within=who.within,
        after=after,
    )
    whose = fields.client_named(client, within=who.within)
    return render.page(
        request, "documents/documents.html", page=page, owner=owner, client=whose, show=show, states=list(DocumentState)
    )


@pages.get("/documents/{document_id}")
def document_page(request: Request, who: Caller, document_id: Id) -> Response:
    """Show what is known of a document, its links, and who used them."""
    return _page(request, _existing(who, document_id))


@pages.get("/documents/{document_id}/file")
def download(who: Caller, document_id: Id) -> Response:
    """Send the browser to the document by a link of its own, which says later who fetched it."""
    found = _existing(who, document_id)
    if found.why_withheld:
        raise Problem(409, "conflict", f"It is handed out to nobody: {found.why_withheld}")
    link = document_actions.download_link(found, who.user_id, actor=who.actor)
    return RedirectResponse(f"/{links.path(link)}", status_code=303, headers=document_answers.SECRET_ADDRESS)


@pages.post("/documents/{document_id}/links")
def add_link(request: Request, who: Caller, document_id: Id) -> Response:
    """Make a link for a client, and show it this once."""
    found = _existing(who, document_id)
    if found.why_withheld:
        raise Problem(409, "conflict", f"It is handed out to nobody: {found.why_withheld}")
    link = document_actions.client_link(found, actor=who.actor)
    return _page(request, found, made=links.address(link))


@pages.post("/documents/{document_id}/links/{link_id}/withdraw")
def withdraw(who: Caller, document_id: Id, link_id: Id) -> Response:
    """Withdraw a link."""
    found = _existing(who, document_id)
    try:
        document_actions.withdraw(found, link_id, actor=who.actor)
    except LookupError as error:
        raise Problem(404, "not-found", str(error)) from None
    return flash_messages.redirect(
        f"/documents/{document_id}", _("Link {link_id} is withdrawn: from now on it is refused.", link_id=link_id)
    )


@pages.post("/documents/{document_id}/delete")
def delete(who: Caller, document_id: Id) -> Response:
    """Mark a document for deletion."""
    document_actions.delete(_existing(who, document_id), actor=who.actor)
    return flash_messages.redirect(f"/documents/{document_id}", _("It is deleted. Its bytes go after the grace time."))


@pages.post("/documents/{document_id}/restore")
def restore(who: Caller, document_id: Id) -> Response:
    """Take back that a document was deleted."""
    document_actions.restore(_existing(who, document_id), actor=who.actor)
    return flash_messages.redirect(f"/documents/{document_id}", _("It is back. Links to it stay withdrawn."))


@pages.post("/documents/{document_id}/hold")
def hold(who: Caller, document_id: Id) -> Response:
    """Hold a document, or let it go where it is held."""
    found = _existing(who, document_id)
    document_actions.change(found, legal_hold=not found.legal_hold, kept_until=found.kept_until, actor=who.actor)
    said = _("Nobody holds it any more.") if found.legal_hold else _("It is held: nobody can delete it.")
    return flash_messages.redirect(f"/documents/{document_id}", said)


@pages.get("/d/{token}")
def client_page(request: Request, token: Token) -> Response:
    """Show whoever has the link the document's name, and a button."""
    link = signed_links.admitted(routes.visitor(request), token, SignedPurpose.DOCUMENT)
    found = _of_link(link)
    signed_links.used(routes.visitor(request), link, "opened")
    client = next(iter(clients.many([found.client_id])), None) if found.client_id else None
    language = languages.of_visitor(client.language if client else "", request.headers.get("accept-language", ""))
    sender = _sender(client)
    page = render.page(
        request,
        "documents/handed_out.html",
        document=found,
        to=f"/d/{token}/file",
        language=language,
        sender=sender,
        words=handed_out.words(language, size=found.size, sender=sender, until=link.expires_at.date()),
    )
    page.headers.update(document_answers.SECRET_ADDRESS)
    return page


@pages.get("/d/{token}/file")
def client_file(request: Request, token: Token) -> Response:
    """Hand out the document of a link."""
    link = signed_links.admitted(routes.visitor(request), token, SignedPurpose.DOCUMENT)
    answer = document_answers.answer(request, _of_link(link))
    if document_answers.is_first(request):
        signed_links.used(routes.visitor(request), link, "fetched")
    return answer


def _existing(who: Caller, document_id: int) -> Document:
    return problems.existing(documents.require, document_id, within=who.within)


def _of_link(link: SignedLink) -> Document:
    """Return the document of a valid link. Raises ``LinkProblem`` 404 where it is not handed out any more."""
    found = documents.find(link.subject.id)
    if found is None or found.why_withheld:
        raise signed_links.gone(link)
    return found


def _sender(client: Client | None) -> str:
    """Return the name of the sender who writes to a client."""
    sender = senders.of_client(client.id) if client else None
    return sender.name if sender else settings.current().seller_name


def _page(request: Request, found: Document, *, made: str = "") -> Response:
    newest = link_rows.LIST.page("-id", document=found.id).rows
    page = render.page(
        request,
        "documents/document.html",
        document=found,
        preview=None if found.why_withheld else previews.sizes([found.id]).get(found.id),
        links=[(one, link_rows.uses(one.id, limit=5)) for one in newest],
        made=made,
    )
    if made:
        page.headers.update(document_answers.SECRET_ADDRESS)
    return page
