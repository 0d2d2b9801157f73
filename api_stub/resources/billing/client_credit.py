"""Credit: what a client paid too much, or was granted, and how it pays invoices."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import BaseModel, Field

from api_stub.fields import Id, RequestBody
from api_stub.problems import existing
from api_stub.resources.payments.payments import AmountText, Reason, read_amount
from api_stub.routes import router
from api_stub.security.principal import Caller, Principal
from db import connection
from db.access import audit
from db.billing import credit, invoices
from db.portfolio import clients
from rules.billing.money import Money
from tasks.payments import collection, new_key

routes = router(tags=["payments"])


class NewCredit(RequestBody, extra="forbid"):
    """What is to be put to a client's credit."""

    amount: AmountText = Field(description="In major units; below zero it is taken off", examples=["5.00"])
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$", examples=["EUR"])]
    reason: Reason = Field(examples=["Two days without the shop"])


class CreditBalance(BaseModel):
    """What a client has to their credit in a currency, in minor units."""

    currency: str = Field(examples=["EUR"])
    amount_minor: int = Field(examples=[500])


class CreditChange(BaseModel):
    """One change of a balance; below zero it was used, or taken off."""

    id: int = Field(examples=[7])
    currency: str = Field(examples=["EUR"])
    amount_minor: int = Field(examples=[500])
    reason: str = Field(examples=["Two days without the shop"])
    invoice_id: int | None = Field(examples=[None])
    created_at: datetime


class ClientCredit(BaseModel):
    """A client's balances, and the newest fifty changes of them, the newest first."""

    client_id: int = Field(examples=[3])
    balances: list[CreditBalance]
    changes: list[CreditChange]


class UsedCredit(BaseModel):
    """What of the client's credit paid an invoice, in minor units."""

    invoice_id: int = Field(examples=[9])
    currency: str = Field(examples=["EUR"])
    amount_minor: int = Field(examples=[500])


@routes.get("/api/clients/{client_id}/credit")
def read_credit(who: Caller, client_id: Id) -> ClientCredit:
    """Read what a client has to their credit, and of what it came."""
    existing(clients.get, client_id, within=who.within)
    return _credit(client_id)


@routes.post("/api/clients/{client_id}/credit", status_code=201)
def add_credit(who: Caller, client_id: Id, given: NewCredit) -> ClientCredit:
    """Put an amount to a client's credit, or take it off. An Idempotency-Key makes that it is done once."""
    grant(who, client_id, given.amount, given.currency, reason=given.reason, key=new_key())
    return _credit(client_id)


@routes.post("/api/invoices/{invoice_id}/credit-use")
def use_credit(who: Caller, invoice_id: Id) -> UsedCredit:
    """Pay an invoice out of its client's credit, as far as that goes."""
    used = use(who, invoice_id, key=new_key())
    return UsedCredit(invoice_id=invoice_id, currency=used.currency, amount_minor=used.minor)


def grant(who: Principal, client_id: int, amount: str, currency: str, *, reason: str, key: str) -> None:
    """Add to a client's credit, or take off with an amount below zero, once for its key; enter it in the audit trail.

    ``amount`` is a text in major units.

    Raises ``Problem``, ``NotPossible``.
    """
    with connection.transaction():
        existing(clients.get, client_id, within=who.within)
        given = read_amount(amount, currency)
        if collection.grant_credit(client_id, given, reason=reason, key=key):
            details = {"amount": str(given.amount), "currency": currency}
            audit.add(who.actor, "grant credit", f"client {client_id}", details, reason=reason, client_id=client_id)


def use(who: Principal, invoice_id: int, *, key: str) -> Money:
    """Pay an invoice out of the client's credit once for its key, with the entry in the audit trail; return how much.

    Raises ``Problem``, ``NotPossible``.
    """
    with connection.transaction():
        found = existing(invoices.require, invoice_id, within=who.within)
        used = collection.use_credit(invoice_id, key=key, on=datetime.now(UTC).date())
        details = {"amount": str(used.amount), "currency": used.currency}
        audit.add(who.actor, "use credit", f"invoice {invoice_id}", details, client_id=found.client_id)
        return used


def _credit(client_id: int) -> ClientCredit:
    balances = [CreditBalance(currency=one.currency, amount_minor=one.minor) for one in credit.balances(client_id)]
    changes = [CreditChange.model_validate(one, from_attributes=True) for one in credit.entries(client_id)]
    return ClientCredit(client_id=client_id, balances=balances, changes=changes)
