"""Client notices: staff choose what a client is told of; the client unsubscribes by the link in a mail.

Opening the link does nothing. Its form unsubscribes, or the mail program, which posts to the link (RFC 8058).
"""

from typing import Annotated

from fastapi import APIRouter, Form, Path, Response
from starlette.requests import Request

from api_stub import problems, routes
from api_stub.fields import Id
from api_stub.resources.portfolio import clients as resource
from api_stub.resources.portfolio.clients import ClientChange
from api_stub.security import signed_links
from api_stub.security.principal import Caller
from dashboard.rendering import flash_messages, render
from db import connection
from db.access import audit
from db.portfolio import clients
from db.portfolio.clients import Client
from rules import languages
from rules.access.signed_links import LONGEST_TOKEN, SignedPurpose
from rules.clients.client_notices import ClientNoticeKind
from tasks import senders
from wording.clients.unsubscribing import WORDS
from wording.messages import _

pages: APIRouter = routes.router(include_in_schema=False)

_Token = Annotated[str, Path(max_length=LONGEST_TOKEN)]
_Kinds = Annotated[list[ClientNoticeKind], Form(max_length=len(ClientNoticeKind))]


@pages.post("/clients/{client_id}/notices")
def choose(
    who: Caller,
    client_id: Id,
    kinds: _Kinds = [],  # noqa: B006 - FastAPI copies it
    monthly_report: Annotated[bool, Form()] = False,  # noqa: FBT002 - a box of the form
) -> Response:
    """Say of what a client is told, and whether they get a report of each month."""
    chosen = {"notices": kinds, "monthly_report": monthly_report}
    resource.change_client(who, client_id, ClientChange.model_validate(chosen))
    told = bool(kinds or monthly_report)
    said = _("The client is told of what is ticked.") if told else _("The client is told of nothing.")
    return flash_messages.redirect(f"/clients/{client_id}", said)


@pages.get("/unsubscribe/{token}")
def unsubscribe_page(request: Request, token: _Token) -> Response:
    """Ask whether the notices are to end."""
    link = signed_links.admitted(routes.visitor(request), token, SignedPurpose.NOTICES, method="POST")
    client = problems.existing(clients.get, link.subject.id)
    return _unsubscribe_page(request, client, done=not client.notices)


@pages.post("/unsubscribe/{token}")
def unsubscribe(request: Request, token: _Token) -> Response:
    """Tell a client nothing any more; a second time changes nothing."""
    visitor = routes.visitor(request)
    link = signed_links.admitted(visitor, token, SignedPurpose.NOTICES, method="POST")
    with connection.transaction():
        before = problems.existing(clients.get, link.subject.id)
        if before.notices:
            clients.change(before.id, notices=[])
            audit.add(
                "by the link in a mail",
                "client change",
                f"client {before.id}",
                {"notices": []},
                before={"notices": [str(one) for one in before.notices]},
                after={"notices": []},
            )
    signed_links.used(visitor, link, "unsubscribed")
    return _unsubscribe_page(request, before, done=True)


def _unsubscribe_page(request: Request, client: Client, *, done: bool) -> Response:
    """Return the page in the client's language, in the name of the sender who writes to them."""
    language = languages.negotiate(client.language, tuple(WORDS))
    return render.page(
        request,
        "client_pages/unsubscribe.html",
        client=client,
        done=done,
        language=language,
        seller=senders.of_client(client.id).name,
        words=WORDS[language],
    )
