"""Suppressions: addresses that get no mail, because it bounced, was called spam, or because staff say so."""

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field

from api_stub import lists
from api_stub.fields import Id, Next, RequestBody, TextLine
from api_stub.problems import existing
from api_stub.routes import router
from api_stub.security.principal import Caller, Principal
from db import connection
from db.access import audit
from db.mail import suppressions
from rules.mail import mailboxes
from rules.translatable import TranslatableError
from tasks.mail import suppressing

routes = router(tags=["mails"])

LONGEST_DAYS = 3650


def _address(text: str) -> str:
    if not mailboxes.is_address(text):
        raise TranslatableError("is no mail address; write it as name@example.com")
    return text


MailAddress = Annotated[TextLine, Field(max_length=320, examples=["ada@clients.example"]), AfterValidator(_address)]


class Suppression(BaseModel):
    """An address that gets no mail. Times are UTC."""

    id: int = Field(examples=[3])
    address: str = Field(examples=["ada@clients.example"])
    reason: str = Field(description="What came back, or `staff`", examples=["unknown_recipient"])
    said: str = Field(description="The server's status, or why staff did so", examples=["5.1.1"])
    mail_id: int | None = Field(description="The mail that came back", examples=[31])
    created_by: str = Field(description="The way on which it came, or who did so", examples=["mailbox"])
    created_at: datetime
    expires_at: datetime | None = Field(description="Null: until somebody lifts it")


class Suppressions(BaseModel):
    """A page of suppressions."""

    suppressions: list[Suppression]
    next: Next


class NewSuppression(RequestBody, extra="forbid"):
    """An address that shall get no mail."""

    address: MailAddress
    why: Annotated[TextLine, Field(min_length=1, max_length=300, examples=["asked us not to write any more"])]
    days: int | None = Field(None, ge=1, le=LONGEST_DAYS, description="Null: until somebody lifts it")


Asked = Annotated[lists.ListQuery, lists.asked(suppressions.LIST.filters, "address", "active", sort="-id")]


@routes.get("/api/suppressions")
def list_suppressions(who: Caller, asked: Asked) -> Suppressions:
    """List the suppressions, the newest first, also those that are over."""
    page = asked.page(suppressions.LIST, within=who.within)
    return Suppressions(suppressions=[_suppression_schema(one) for one in page.rows], next=lists.next_(page))


@routes.get("/api/suppressions/{suppression_id}")
def read_suppression(_who: Caller, suppression_id: Id) -> Suppression:
    """Read one suppression."""
    return _suppression_schema(existing(suppressions.get, suppression_id))


@routes.post("/api/suppressions", status_code=201)
def add_suppression(who: Caller, given: NewSuppression) -> Suppression:
    """Let an address have no mail. Where a longer suppression stands already, that one is returned."""
    return _suppression_schema(added(who, given.address, why=given.why, days=given.days))


@routes.delete("/api/suppressions/{suppression_id}", status_code=204)
def lift_suppression(who: Caller, suppression_id: Id) -> None:
    """Let an address have mail again."""
    lifted(who, suppression_id)


def added(who: Principal, address: str, *, why: str, days: int | None) -> suppressions.Suppression:
    """Suppress an address on a person's behalf."""
    with connection.transaction():
        holds = suppressing.suppress(address, why=why, days=days, actor=who.actor)
        audit.add(who.actor, "suppression add", f"address {holds.address}", {"days": days}, reason=why)
    return holds


def lifted(who: Principal, suppression_id: int) -> suppressions.Suppression:
    """Lift a suppression on a person's behalf. Raises ``Problem`` 404."""
    with connection.transaction():
        before = existing(suppressing.lift, suppression_id)
        audit.add(who.actor, "suppression lift", f"address {before.address}", {"reason": before.reason})
    return before


def _suppression_schema(one: suppressions.Suppression) -> Suppression:
    return Suppression.model_validate(one, from_attributes=True)
