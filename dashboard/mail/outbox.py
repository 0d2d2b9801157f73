"""The mail outbox: the state of each mail, and the settlement of mails whose fate is unknown."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Response
from starlette.requests import Request

from api_stub import problems, routes
from api_stub.fields import Id, TextLine
from api_stub.resources.mail import mails
from api_stub.security.principal import Caller
from dashboard.lists import list_keys, list_pages
from dashboard.lists.list_pages import ListPage
from dashboard.rendering import fields, flash_messages, render
from db.mail import mail_notices, outbox
from rules.access import Permission
from rules.access.audit import LONGEST_REASON
from rules.lists import filter_text
from rules.mail.mail_outcomes import MailState
from tasks.mail.settling import SettledAs
from wording import mail_words
from wording.messages import _

pages: APIRouter = routes.router(include_in_schema=False)


PAGE = ListPage(
    name="mails",
    where="/mail",
    title="Mail",
    listing=outbox.LIST,
    keys=(
        list_keys.choice("state", "its state", map(str, MailState), MailState),
        list_keys.plain("to", "the whole address", "office@bakery.test"),
    ),
    words="containing",
    sort="-id",
    sorts={"id": "Made"},
    cells={
        "id": lambda one: one.id,
        "state": lambda one: one.state,
        "to": lambda one: one.recipient,
        "subject": lambda one: one.subject,
        "made": lambda one: one.created_at,
        "ended": lambda one: one.ended_at,
        "reply": lambda one: one.reply,
    },
)


@pages.get("/mail")
def mail_list(
    request: Request,
    who: Caller,
    asked: list_pages.Asked,
    state: Annotated[str, Query(pattern=f"^(|{'|'.join(MailState)})$")] = "",
    to: Annotated[fields.Search, Query(max_length=320)] = "",
) -> Response:
    """List the outbox, newest first."""
    listed = list_pages.shown(PAGE, who, asked, folded=filter_text.of([("state", state), ("to", to.strip())]))
    return render.page(
        request,
        "mail/mails.html",
        listed=listed,
        page=listed.rows,
        states=list(MailState),
        counts=outbox.unsent(within=who.within),
    )


@pages.get("/mail/{mail_id}")
def mail_page(request: Request, who: Caller, mail_id: Id) -> Response:
    """Show a mail: its text, the relay's reply, and what came back about it."""
    found = problems.existing(outbox.get, mail_id, within=who.within)
    return render.page(
        request,
        "mail/mail.html",
        mail=found,
        means=mail_words.STATES[found.state],
        notices=mail_notices.of_mail(found.id),
        told=mail_words.NOTICES,
        may_settle=found.state is MailState.UNKNOWN and who.may(Permission.MAIL),
    )


@pages.post("/mail/{mail_id}/settlement")
def settle(
    who: Caller,
    mail_id: Id,
    settlement: Annotated[SettledAs, Form()],
    reason: Annotated[TextLine, Form(min_length=1, max_length=LONGEST_REASON)],
) -> Response:
    """Say of an unknown mail that it arrived, or have it sent again."""
    where = f"/mail/{mail_id}"
    state = mails.settled(who, mail_id, settlement, reason=reason)
    said = _("It counts as sent.") if state is MailState.SENT else _("It is sent again.")
    return flash_messages.redirect(where, said)
