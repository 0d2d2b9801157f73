"""One-off items: what is billed once, with the client's next invoice."""

from datetime import UTC, date, datetime
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
from db.billing import billing_items, subscription_entries
from db.billing.billing_items import BillingItem
from db.portfolio import clients
from rules.billing.entries import Texts

routes = router(tags=["billing items"])

_Optional = Annotated[str, Field(max_length=2048)] | None


class NewItem(RequestBody, extra="forbid"):
    """What is to be billed once. What is left out is the product's."""

    client_id: IdField
    product: _Optional = Field(None, description="A product's code", examples=[None, "hours"])
    domain: _Optional = Field(None, description="One of the client's", examples=[None, "bakery.example"])
    description: _Optional = Field(None, examples=["Moving the shop"])
    price: _Optional = Field(None, description="Of one, in major units", examples=["90.00"])
    currency: _Optional = Field(None, description="Null: the client's", examples=["EUR"])
    quantity: _Optional = Field(None, description="To the thousandth", examples=["1.5"])
    unit: _Optional = Field(None, description="UN/ECE Recommendation 20", examples=["HUR"])
    due_on: date | None = Field(None, description="Not before that day", examples=["2027-01-01"])
    tax: _Optional = Field(None, description="In percent, where there is no product", examples=["19"])


class ItemChange(RequestBody, extra="forbid"):
    """What is different of an item that is not billed yet; what is left out stays."""

    description: _Optional = Field(None, examples=["Moving the shop, with its mail"])
    price: _Optional = Field(None, description="Of one, in major units", examples=["95.00"])
    quantity: _Optional = Field(None, description="To the thousandth", examples=["2"])
    due_on: date | None = Field(None, description="Not before that day", examples=["2027-02-01"])


class OneOffItem(BaseModel):
    """What is billed once. Prices are in minor units; below zero it is given back."""

    id: int = Field(examples=[8])
    client_id: int = Field(examples=[3])
    client_name: str = Field(examples=["Bakery"])
    domain_id: int | None = Field(examples=[17])
    subscription_id: int | None = Field(description="Of whose change it comes", examples=[None])
    product_id: int | None = Field(examples=[None])
    description: str = Field(examples=["Moving the shop"])
    quantity: str = Field(examples=["1.5"])
    unit: str = Field(examples=["HUR"])
    price_minor: int = Field(examples=[9000])
    net_minor: int = Field(examples=[13500])
    currency: str = Field(examples=["EUR"])
    due_on: date = Field(examples=["2027-01-01"])
    invoice_id: int | None = Field(description="Null: not billed yet", examples=[None])


class OneOffItems(BaseModel):
    """A page of items."""

    items: list[OneOffItem]
    next: Next


Asked = Annotated[lists.ListQuery, lists.asked(billing_items.LIST.filters, "client", "billed")]


@routes.get("/api/billing-items")
def list_billing_items(who: Caller, asked: Asked) -> OneOffItems:
    """List what is billed once."""
    page = asked.page(billing_items.LIST, within=who.within)
    return OneOffItems(items=[_item(one) for one in page.rows], next=lists.next_(page))


@routes.get("/api/billing-items/{item_id}")
def read_billing_item(who: Caller, item_id: Id) -> OneOffItem:
    """Read one item."""
    return _item(existing(billing_items.get, item_id, within=who.within))


@routes.post("/api/billing-items", status_code=201)
def add_billing_item(who: Caller, given: NewItem) -> OneOffItem:
    """Add what is billed once, with the client's next invoice."""
    existing(clients.get, given.client_id, within=who.within)
    return _item(billing_items.get(add(who, texts(given, client_id="client"))))


@routes.patch("/api/billing-items/{item_id}")
def change_billing_item(who: Caller, item_id: Id, given: ItemChange) -> OneOffItem:
    """Change an item before it is billed: the draft of the client's next invoice has it so."""
    change(who, item_id, texts(given))
    return _item(billing_items.get(item_id))


@routes.delete("/api/billing-items/{item_id}", status_code=204)
def remove_billing_item(who: Caller, item_id: Id) -> None:
    """Remove an item that is not billed yet."""
    remove(who, item_id)


def add(who: Principal, given: Texts) -> int:
    """Add an item that was entered, with its entry in the audit trail. Raises ``Problem``."""
    with connection.transaction():
        item = entered(subscription_entries.read_item, given, on=datetime.now(UTC).date(), within=who.within)
        number = billing_items.add(item)
        details = {"what": item.description, "net_minor": item.net.minor, "currency": item.currency}
        audit.add(who.actor, "item add", f"billing_item {number}", details, client_id=item.client_id)
        return number


def change(who: Principal, item_id: int, given: Texts) -> None:
    """Change an item, with its entry in the audit trail. Raises ``Problem`` 409 where it is billed."""
    with connection.transaction():
        found = existing(billing_items.get, item_id, within=who.within)
        if found.subscription_id is not None:
            raise Problem(409, "conflict", f"item {item_id} settles a change of a subscription; it can only be removed")
        changed = entered(subscription_entries.read_item_change, given, found)
        if not billing_items.change(changed):
            raise Problem(409, "conflict", f"item {item_id} is on invoice {found.invoice_id}")
        audit.add(who.actor, "item change", f"billing_item {item_id}", dict(given), client_id=found.client_id)


def remove(who: Principal, item_id: int) -> BillingItem:
    """Remove an item, with its entry in the audit trail. Raises ``Problem`` 409 where it is billed."""
    with connection.transaction():
        found = existing(billing_items.get, item_id, within=who.within)
        if not billing_items.remove(item_id):
            raise Problem(409, "conflict", f"item {item_id} is on invoice {found.invoice_id}")
        details = {"what": found.description, "net_minor": found.net.minor, "currency": found.currency}
        audit.add(who.actor, "item remove", f"billing_item {item_id}", details, client_id=found.client_id)
        return found


def _item(found: BillingItem) -> OneOffItem:
    values: dict[str, Any] = {name: getattr(found, name) for name in OneOffItem.model_fields if hasattr(found, name)}
    return OneOffItem.model_validate(
        {**values, "quantity": str(found.quantity.normalize()), "net_minor": found.net.minor}
    )
