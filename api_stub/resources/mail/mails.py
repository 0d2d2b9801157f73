"""The outbox: each mail, and what became of it. Mails are made and sent by tasks; people settle the unknown ones."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from api_stub import lists
from api_stub.fields import Id, Next, RequestBody, TextLine
from api_stub.problems import existing
from api_stub.routes import router
from api_stub.security.principal import Caller, Principal
from db import connection
from db.access import audit
from db.mail import mail_notices, outbox
from rules.access.audit import LONGEST_REASON
from rules.mail.mail_outcomes import MailState, NoticeKind
from tasks.mail import settling
from tasks.mail.settling import SettledAs

routes = router(tags=["mails"])


class Mail(BaseModel):
    """A mail. Times are UTC."""

    id: int = Field(examples=[31])
    recipient: str = Field(examples=["staff@agency.example"])
    subject: str = Field(examples=["bakery.example expires within 7 days"])
    state: MailState = Field(examples=["sent"])
    reply: str | None = Field(description="What the relay said", examples=["250 OK"])
    created_at: datetime
    ended_at: datetime | None


class MailNotice(BaseModel):
    """What came back about a mail."""

    kind: NoticeKind = Field(examples=["unknown_recipient"])
    status: str | None = Field(examples=["5.1.1"])
    said: str = Field(examples=["about ada@clients.example"])
    source: str = Field(description="The way on which it came", examples=["mailbox"])
    at: datetime


class WrittenMail(Mail):
    """A mail with what it says, the names of the files that go with it, and what came back about it."""

    message_id: str = Field(examples=["<5f0c7b1e9a2d@nolapse.example>"])
    body: str = Field(description="As plain text", examples=["bakery.example expires within 7 days."])
    attachments: list[str] = Field(examples=[["INV-000017.pdf"]])
    provider: str | None = Field(description="Who took it", examples=["smtp"])
    notices: list[MailNotice]


class Mails(BaseModel):
    """A page of mails."""

    mails: list[Mail]
    next: Next


Asked = Annotated[lists.ListQuery, lists.asked(outbox.LIST.filters, "state", "to", sort="-id")]


@routes.get("/api/mails")
def list_mails(who: Caller, asked: Asked) -> Mails:
    """List the mails, the newest first."""
    page = asked.page(outbox.LIST, within=who.within)
    return Mails(mails=[Mail(**asdict(one)) for one in page.rows], next=lists.next_(page))


@routes.get("/api/mails/{mail_id}")
def read_mail(who: Caller, mail_id: Id) -> WrittenMail:
    """Read one mail with its text and what came back about it."""
    return _written(existing(outbox.get, mail_id, within=who.within))


class MailSettlement(RequestBody, extra="forbid"):
    """What a person says of a mail of which nobody knows, and how they know."""

    settlement: SettledAs = Field(examples=["arrived"])
    reason: Annotated[TextLine, Field(min_length=1, max_length=LONGEST_REASON, examples=["the relay's log has it"])]


@routes.post("/api/mails/{mail_id}/settlement")
def settle_mail(who: Caller, mail_id: Id, given: MailSettlement) -> WrittenMail:
    """Say of an unknown mail that it arrived, or have it sent again; 409 where it is not unknown (any more)."""
    settled(who, mail_id, given.settlement, reason=given.reason)
    return _written(existing(outbox.get, mail_id, within=who.within))


def settled(who: Principal, mail_id: int, settlement: SettledAs, *, reason: str) -> MailState:
    """Settle a mail on a person's behalf. Raises ``Problem`` 404, or ``NotPossible``."""
    with connection.transaction():
        mail = existing(outbox.get, mail_id, within=who.within)
        state = settling.settle(mail_id, settlement, within=who.within)
        audit.add(
            who.actor,
            "mail settle",
            f"mail {mail_id}",
            {"recipient": mail.recipient, "settlement": str(settlement)},
            before={"state": mail.state},
            after={"state": state},
            reason=reason,
            client_id=mail.client_id,
        )
    return state


def _written(found: outbox.Mail) -> WrittenMail:
    attachments = [name for name, _, _ in found.attachments]
    notices = [asdict(one) for one in mail_notices.of_mail(found.id)]
    return WrittenMail.model_validate(
        {**asdict(found), "body": found.text, "attachments": attachments, "notices": notices}
    )
