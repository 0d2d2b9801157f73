"""Senders of invoices, and how each client is billed."""

from dataclasses import asdict
from typing import Annotated, Any

from pydantic import BaseModel, Field

from api_stub import lists
from api_stub.entries import entered, texts
from api_stub.fields import Id, IdField, Next, RequestBody
from api_stub.problems import Problem, existing
from api_stub.routes import router
from api_stub.security.principal import Caller, Principal
from db import connection
from db.access import audit
from db.billing import billing_profiles, credit, senders
from db.billing.billing_profiles import BillingProfile
from db.billing.senders import Sender
from db.portfolio import clients
from rules.access.audit import difference
from rules.billing import party_entries
from rules.billing.entries import BadEntry, Texts
from rules.billing.tax_decision import BuyerKind
from tasks.billing import vat_id_checks

routes = router(tags=["senders"])

_Text = Annotated[str, Field(max_length=4000)]
_Lines = Annotated[list[_Text], Field(max_length=6, examples=[["1 Mill Lane"]])]


class _Addressed(RequestBody, extra="forbid"):
    """A party's address, and how it is taxed."""

    address: _Lines = Field([])
    postcode: _Text = Field("", examples=["10115"])
    city: _Text = Field("", examples=["Berlin"])
    country: _Text = Field("", description="ISO 3166-1", examples=["DE"])
    vat_id: _Text | None = Field(None, description="Its check digit is verified", examples=["DE136695976"])
    exemption_reason: _Text | None = Field(
        None, description="Why no VAT is charged, in the words of the law", examples=[None]
    )
    exemption_code: _Text | None = Field(None, description="The same, of the list VATEX", examples=[None])


class SenderGiven(_Addressed):
    """A sender as it is entered."""

    name: _Text = Field(examples=["Example Agency"])
    tax_number: _Text | None = Field(None, description="Of the tax office", examples=["27/123/45678"])
    legal_id: _Text | None = Field(None, description="In a register of companies", examples=["HRB 12345"])
    legal_form: _Text = Field(
        "", description="What the law wants to be said: register, capital, who directs it", examples=[""]
    )
    iban: _Text | None = Field(None, examples=["DE89370400440532013000"])
    bic: _Text | None = Field(None, examples=[None])
    account_name: _Text | None = Field(None, examples=[None])
    contact_name: _Text | None = Field(None, examples=["Ada"])
    email: _Text | None = Field(None, examples=["billing@agency.example"])
    phone: _Text | None = Field(None, examples=[None])
    logo: Annotated[str, Field(max_length=700_000)] | None = Field(
        None, description="PNG, JPEG or SVG as a data URL", examples=[None]
    )
    accent: _Text = Field("#0b5c6b", description="The colour of what stands out", examples=["#0b5c6b"])
    payment_note: _Text = Field("", examples=["Please name the invoice number."])
    series: _Text = Field(description="What its invoice numbers begin with", examples=["INV"])
    due_days: int = Field(14, examples=[14])
    one_stop_shop: bool = Field(default=False, description="Whether it pays VAT of other member states through the OSS")


class SenderRead(SenderGiven, extra="ignore"):
    """A sender of invoices."""

    id: int
    is_default: bool = Field(description="Whether it is that of each client who has no other")


class Senders(BaseModel):
    """A page of senders."""

    senders: list[SenderRead]
    next: Next


class ProfileGiven(_Addressed):
    """How a client is billed, as it is entered."""

    legal_name: _Text | None = Field(None, description="Null: as the client is called", examples=["Bakery Ltd"])
    kind: BuyerKind = BuyerKind.BUSINESS
    reference: _Text | None = Field(None, description="What they find an invoice by; a Leitweg-ID", examples=[None])
    electronic_scheme: _Text | None = Field(None, description="Of the list EAS", examples=[None, "9930"])
    electronic_id: _Text | None = Field(None, examples=[None])
    sender_id: IdField | None = Field(None, description="Null: the default sender", examples=[None])


class Balance(BaseModel):
    """What a client has to their credit in a currency."""

    currency: str = Field(examples=["EUR"])
    amount_minor: int = Field(examples=[500])


class ProfileRead(ProfileGiven, extra="ignore"):
    """How a client is billed, and what they have to their credit."""

    credit: list[Balance]


Asked = Annotated[lists.ListQuery, lists.asked(senders.LIST.filters, sorts=("id", "name"))]


@routes.get("/api/senders")
def list_senders(asked: Asked) -> Senders:
    """List the senders; without any, invoices come from the settings."""
    page = asked.page(senders.LIST)
    return Senders(senders=[_sender(one) for one in page.rows], next=lists.next_(page))


@routes.get("/api/senders/{sender_id}")
def read_sender(sender_id: Id) -> SenderRead:
    """Read one sender."""
    return _sender(existing(senders.get, sender_id))


@routes.post("/api/senders", status_code=201)
def add_sender(who: Caller, given: SenderGiven) -> SenderRead:
    """Add a sender. The first one is the default."""
    return _sender(senders.get(add(who, texts(given))))


@routes.put("/api/senders/{sender_id}")
def change_sender(who: Caller, sender_id: Id, given: SenderGiven) -> SenderRead:
    """Change a sender; invoices that are issued stay as they are."""
    return _sender(change(who, sender_id, texts(given)))


@routes.post("/api/senders/{sender_id}/default")
def make_sender_default(who: Caller, sender_id: Id) -> SenderRead:
    """Let a sender be that of each client who has no other."""
    return _sender(make_default(who, sender_id))


@routes.get("/api/clients/{client_id}/billing")
def read_billing_profile(who: Caller, client_id: Id) -> ProfileRead:
    """Read how a client is billed."""
    existing(clients.get, client_id, within=who.within)
    return _profile(billing_profiles.get(client_id))


@routes.put("/api/clients/{client_id}/billing")
def change_billing_profile(who: Caller, client_id: Id, given: ProfileGiven) -> ProfileRead:
    """Say how a client is billed."""
    return _profile(save_profile(who, client_id, texts(given)))


def add(who: Principal, given: Texts) -> int:
    """Add a sender, with its entry in the audit trail. Raises ``Problem``."""
    sender = Sender(**entered(party_entries.sender, given))
    try:
        with connection.transaction():
            number = senders.add(sender)
            audit.add(who.actor, "sender add", f"sender {number}", {"name": sender.name})
            return number
    except connection.Conflict:
        raise _name_taken(sender.name) from None


def change(who: Principal, sender_id: int, given: Texts) -> Sender:
    """Change a sender, with its entry in the audit trail. Raises ``Problem``."""
    values = entered(party_entries.sender, given)
    try:
        with connection.transaction():
            before = existing(senders.get, sender_id)
            after = senders.change(sender_id, values)
            was, now = difference(asdict(before), asdict(after))
            audit.add(who.actor, "sender change", f"sender {sender_id}", {}, before=was, after=now)
            return after
    except connection.Conflict:
        raise _name_taken(values["name"]) from None


def make_default(who: Principal, sender_id: int) -> Sender:
    """Make a sender the default, with its entry in the audit trail. Raises ``Problem``."""
    with connection.transaction():
        found = existing(senders.make_default, sender_id)
        audit.add(who.actor, "sender default", f"sender {sender_id}", {"name": found.name})
        return found


def save_profile(who: Principal, client_id: int, given: Texts) -> BillingProfile:
    """Store a client's billing profile, with its entry in the audit trail. Raises ``Problem``."""
    with connection.transaction():
        existing(clients.get, client_id, within=who.within)
        profile = entered(_read_profile, client_id, given)
        was, now = difference(asdict(billing_profiles.get(client_id)), asdict(profile))
        billing_profiles.save(profile)
        audit.add(who.actor, "client billing", f"client {client_id}", {}, before=was, after=now)
        if "vat_id" in now or "country" in now:
            vat_id_checks.ask(client_id)
        return profile


def _read_profile(client_id: int, given: Texts) -> BillingProfile:
    profile = BillingProfile(client_id=client_id, **party_entries.profile(given))
    if profile.sender_id is not None and not senders.many([profile.sender_id]):
        raise BadEntry(("sender_id", f"no sender has the id {profile.sender_id}"))
    return profile


def _name_taken(name: str) -> Problem:
    return Problem(409, "conflict", f"a sender has the name {name} already")


def _sender(found: Sender) -> SenderRead:
    return SenderRead.model_validate(asdict(found))


def _profile(found: BillingProfile) -> ProfileRead:
    values: dict[str, Any] = asdict(found)
    balances = [
        Balance(currency=one.currency, amount_minor=one.minor) for one in credit.balances(values.pop("client_id"))
    ]
    return ProfileRead.model_validate({**values, "credit": balances})
