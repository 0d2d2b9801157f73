"""The outbox: each mail, and what became of it. Mails are made and sent by tasks."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from api_stub import lists
from api_stub.fields import Id, Next
from api_stub.problems import existing
from api_stub.routes import router
from api_stub.security.principal import Caller
from db.mail import outbox
from db.mail.outbox import MailState

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


class WrittenMail(Mail):
    """A mail with what it says, and the names of the files that go with it."""

    message_id: str = Field(examples=["<5f0c7b1e9a2d@nolapse.example>"])
    body: str = Field(description="As plain text", examples=["bakery.example expires within 7 days."])
    attachments: list[str] = Field(examples=[["INV-000017.pdf"]])


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
    """Read one mail with its text."""
    found = existing(outbox.get, mail_id, within=who.within)
    attachments = [name for name, _, _ in found.attachments]
    return WrittenMail.model_validate({**asdict(found), "body": found.text, "attachments": attachments})
