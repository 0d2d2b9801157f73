"""Addresses that get no mail: why, until when; suppress one, lift one."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Response
from starlette.requests import Request

from api_stub import entries, routes
from api_stub.fields import Id, TextLine
from api_stub.resources.mail import suppressions as resource
from api_stub.security.principal import Caller
from dashboard.rendering import fields, flash_messages, render
from db.mail import suppressions
from rules.mail import mailboxes
from wording import mail_words
from wording.messages import _

pages: APIRouter = routes.router(include_in_schema=False)


@pages.get("/suppressions")
def listed(
    request: Request,
    who: Caller,
    address: Annotated[fields.Search, Query(max_length=320)] = "",
    after: fields.After = None,
) -> Response:
    """List the addresses that get no mail, the newest first."""
    page = suppressions.LIST.page("-id", address=address.strip() or None, within=who.within, after=after)
    return render.page(
        request, "mail/suppressions.html", page=page, address=address, reasons=mail_words.SUPPRESSION_REASONS
    )


@pages.post("/suppressions")
def suppress(
    who: Caller,
    address: Annotated[TextLine, Form(min_length=1, max_length=320)],
    why: Annotated[TextLine, Form(min_length=1, max_length=300)],
    days: Annotated[int | None, Form(ge=1, le=resource.LONGEST_DAYS)] = None,
) -> Response:
    """Let an address have no mail."""
    if not mailboxes.is_address(address.strip()):
        raise entries.wrong("address", _("is no mail address; write it as name@example.com"))
    holds = resource.added(who, address.strip(), why=why, days=days)
    return flash_messages.redirect("/suppressions", _("{address} gets no mail.", address=holds.address))


@pages.post("/suppressions/{suppression_id}/lift")
def lift(who: Caller, suppression_id: Id) -> Response:
    """Let an address have mail again."""
    before = resource.lifted(who, suppression_id)
    return flash_messages.redirect("/suppressions", _("{address} gets mail again.", address=before.address))
