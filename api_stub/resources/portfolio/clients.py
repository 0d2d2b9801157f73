"""Clients: whose things must not lapse."""

from dataclasses import asdict
from typing import Annotated, Any

from babel import Locale, UnknownLocaleError
from babel.numbers import is_currency
from pydantic import AfterValidator, BaseModel, Field

from api_stub import lists
from api_stub.fields import AlertDays, Id, Next, RequestBody, TextLine, ZoneName
from api_stub.problems import Problem, existing
from api_stub.routes import router
from api_stub.security.principal import Caller, Principal
from db import connection
from db.access import audit
from db.portfolio import clients
from rules.access.audit import difference
from rules.clients.client_notices import ClientNoticeKind
from rules.mail import mailboxes
from rules.translatable import TranslatableError

routes = router(tags=["clients"])

_LANGUAGE = 8


def _email(text: str) -> str:
    if not mailboxes.is_address(text):
        raise TranslatableError("is no mail address; write it as name@example.com")
    return text


def _language(text: str) -> str:
    try:
        Locale.parse(text, sep="-")
    except (UnknownLocaleError, ValueError):
        raise TranslatableError("is no language; write it as en or de-AT") from None
    return text


def _currency(text: str) -> str:
    if not is_currency(text):
        raise TranslatableError("is no currency of ISO 4217, such as EUR")
    return text


ClientName = Annotated[TextLine, Field(min_length=1, max_length=200, examples=["Bakery"])]
_Email = Annotated[
    TextLine, Field(min_length=3, max_length=254, examples=["office@bakery.example"]), AfterValidator(_email)
]
_Language = Annotated[TextLine, Field(max_length=_LANGUAGE, examples=["en"]), AfterValidator(_language)]
_Currency = Annotated[
    TextLine,
    Field(examples=["EUR"], json_schema_extra={"pattern": "^[A-Z]{3}$"}),
    AfterValidator(_currency),
]
_Address = Annotated[list[Annotated[TextLine, Field(max_length=200)]], Field(max_length=8, examples=[["1 Mill Lane"]])]


_Notices = Annotated[
    list[ClientNoticeKind], Field(max_length=2, description="Of what the client is told by mail", examples=[[]])
]


_MonthlyReport = Annotated[bool, Field(description="Whether the client gets a report of each month", examples=[False])]


class NewClient(RequestBody, extra="forbid"):
    """A client to add."""

    name: ClientName
    email: _Email
    language: _Language = "en"
    currency: _Currency = "EUR"
    zone: ZoneName = "UTC"
    address: _Address = Field([])
    alert_days: AlertDays | None = Field(None, description="Null: as by default")
    notices: _Notices = Field([])
    monthly_report: _MonthlyReport = False


class ClientChange(RequestBody, extra="forbid"):
    """What is to change about a client; what is left out stays."""

    name: ClientName | None = None
    email: _Email | None = None
    language: _Language | None = None
    currency: _Currency | None = None
    zone: ZoneName | None = None
    address: _Address | None = None
    alert_days: AlertDays | None = Field(None, description="Null goes back to the default")
    notices: _Notices | None = None
    monthly_report: _MonthlyReport | None = None


class AgencyClient(BaseModel):
    """A client."""

    id: int = Field(examples=[3])
    name: str = Field(examples=["Bakery"])
    email: str = Field(examples=["office@bakery.example"])
    language: str = Field(examples=["en"])
    currency: str = Field(examples=["EUR"])
    zone: str = Field(examples=["Europe/Berlin"])
    address: list[str] = Field(examples=[["1 Mill Lane"]])
    alert_days: list[int] | None = Field(description="Null: as by default", examples=[[60, 30, 7]])
    notices: list[ClientNoticeKind] = Field(description="Of what the client is told by mail", examples=[[]])
    monthly_report: bool = Field(description="Whether the client gets a report of each month", examples=[False])


class Clients(BaseModel):
    """A page of clients."""

    clients: list[AgencyClient]
    next: Next


Asked = Annotated[lists.ListQuery, lists.asked(clients.LIST.filters, "name", sorts=("id", "name"))]


@routes.get("/api/clients")
def list_clients(who: Caller, asked: Asked) -> Clients:
    """List the clients."""
    page = asked.page(clients.LIST, within=who.within)
    return Clients(clients=[_client(one) for one in page.rows], next=lists.next_(page))


@routes.get("/api/clients/{client_id}")
def read_client(who: Caller, client_id: Id) -> AgencyClient:
    """Read one client."""
    return _client(existing(clients.get, client_id, within=who.within))


@routes.post("/api/clients", status_code=201)
def add_client(who: Caller, given: NewClient) -> AgencyClient:
    """Add a client. Names are unique."""
    return _client(added(who, given))


@routes.patch("/api/clients/{client_id}")
def change_client(who: Caller, client_id: Id, given: ClientChange) -> AgencyClient:
    """Change a client. When staff are told of its domains follows with the next check of each."""
    return _client(changed(who, client_id, given))


@routes.delete("/api/clients/{client_id}", status_code=204)
def remove_client(who: Caller, client_id: Id) -> None:
    """Remove a client with its domains and endpoints. One that was invoiced must stay."""
    removed(who, client_id)


def added(who: Principal, given: NewClient) -> clients.Client:
    """Add a client on a person's behalf and return it. Raises ``Problem`` 409 where the name is taken."""
    with connection.transaction():
        client_id, new = clients.add(_row(given))
        if not new:
            raise Problem(409, "conflict", f"client {client_id} has this name already")
        audit.add(who.actor, "client add", f"client {client_id}", {"name": given.name})
        return clients.get(client_id)


def changed(who: Principal, client_id: int, given: ClientChange) -> clients.Client:
    """Change a client on a person's behalf and return it. Raises ``Problem`` 404, or ``Conflict``."""
    sent = given.model_dump(include=given.model_fields_set)
    values: dict[str, Any] = {name: value for name, value in sent.items() if value is not None or name == "alert_days"}
    with connection.transaction():
        before = existing(clients.get, client_id, within=who.within)
        found = clients.change(client_id, **values)
        was, now = difference(asdict(before), asdict(found))
        audit.add(who.actor, "client change", f"client {client_id}", values, before=was, after=now)
    return found


def removed(who: Principal, client_id: int) -> clients.Client:
    """Remove a client on a person's behalf and return it. Raises ``Problem`` 404, or 409 where it was invoiced."""
    try:
        with connection.transaction():
            client = existing(clients.get, client_id, within=who.within)
            clients.remove(client_id)
            details = {"name": client.name}
            audit.add(
                who.actor, "client remove", f"client {client_id}", details, before=asdict(client), client_id=client_id
            )
            return client
    except connection.Conflict:
        raise Problem(409, "conflict", f"client {client_id} has invoices, which are kept, so it stays") from None


def _client(client: clients.Client) -> AgencyClient:
    return AgencyClient.model_validate(asdict(client))


def _row(given: NewClient) -> clients.Client:
    return clients.Client(
        name=given.name,
        email=given.email,
        language=given.language,
        currency=given.currency,
        zone=given.zone,
        address=tuple(given.address),
        alert_days=tuple(given.alert_days) if given.alert_days else None,
        notices=tuple(given.notices),
        monthly_report=given.monthly_report,
    )
