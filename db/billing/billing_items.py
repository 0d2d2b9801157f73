"""One-off items: hours, fees, and what a change of a subscription adds or gives back. Each is billed once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from db import connection
from db.billing import models
from db.listing import ListFilter, Listing, Order, equals, whether
from rules.access import Within, sees
from rules.billing.money import Money
from rules.billing.periods import Period


@dataclass(frozen=True, slots=True, kw_only=True)
class BillingItem:
    """Something that is billed once, not before ``due_on``. A price below zero is given back."""

    id: int = 0
    client_id: int
    client_name: str = ""
    domain_id: int | None = None
    subscription_id: int | None = None
    product_id: int | None = None
    description: str
    quantity_thousandths: int = 1000
    price_minor: int
    currency: str
    unit: str = "C62"
    tax_basis_points: int = 0
    """Counts where there is no product."""
    due_on: date
    period_start: date | None = None
    period_end: date | None = None
    invoice_id: int | None = None

    @property
    def quantity(self) -> Decimal:
        return Decimal(self.quantity_thousandths) / 1000

    @property
    def price(self) -> Money:
        return Money(self.price_minor, self.currency)

    @property
    def net(self) -> Money:
        return self.price * self.quantity

    @property
    def period(self) -> Period | None:
        return Period(self.period_start, self.period_end) if self.period_start and self.period_end else None


_COLUMNS: Final = tuple(name for name in BillingItem.__dataclass_fields__ if name not in {"id", "client_name"})
_SELECTED: Final = ", ".join(f"billing_item.{name}" for name in _COLUMNS)
_ITEM: Final = (
    f"SELECT billing_item.id, client.name AS client_name, {_SELECTED}"  # noqa: S608 - our own columns
    " FROM billing_item JOIN client ON client.id = client_id"
)


def add(item: BillingItem) -> int:
    """Add an item and return its id."""
    with connection.transaction():
        return models.BillingItem.create(**{name: getattr(item, name) for name in _COLUMNS}).id


def get(item_id: int, *, within: Within = None) -> BillingItem:
    """Return an item. Raises ``LookupError``."""
    for found in many([item_id]):
        if sees(within, found.client_id):
            return found
    raise LookupError(f"no billing item has the id {item_id}")


def many(ids: Sequence[int]) -> list[BillingItem]:
    """Return the items that exist, of these ids."""
    return connection.rows(BillingItem, f"{_ITEM} WHERE billing_item.id {{ids}}", list(ids))


def waiting(client_id: int, *, on: date, limit: int = 1000) -> list[BillingItem]:
    """Return a client's items that may be billed on a day and were not, the oldest first."""
    return connection.rows(
        BillingItem,
        f"{_ITEM} WHERE client_id = %s AND invoice_id IS NULL AND due_on <= %s ORDER BY billing_item.id LIMIT %s",
        client_id,
        on,
        limit,
    )


def billed(item_id: int, invoice_id: int) -> None:
    """Remember on which invoice an item is, in the caller's transaction. Raises ``Conflict`` where it is on one."""
    changed = connection.changed(
        "UPDATE billing_item SET invoice_id = %s WHERE id = %s AND invoice_id IS NULL", invoice_id, item_id
    )
    if not changed:
        raise connection.Conflict(f"billing item {item_id} has been billed")


def change(item: BillingItem) -> bool:
    """Change what an item that was not billed says. Returns whether it was there and waiting."""
    return bool(
        connection.changed(
            "UPDATE billing_item SET description = %s, quantity_thousandths = %s, price_minor = %s, due_on = %s"
            " WHERE id = %s AND invoice_id IS NULL",
            item.description,
            item.quantity_thousandths,
            item.price_minor,
            item.due_on,
            item.id,
        )
    )


def remove(item_id: int) -> bool:
    """Remove an item that was not billed. Returns whether it was there and waiting."""
    return bool(connection.changed("DELETE FROM billing_item WHERE id = %s AND invoice_id IS NULL", item_id))


LIST: Final[Listing[BillingItem]] = Listing(
    table="billing_item",
    columns="invoice_id",
    read=many,
    orders={"id": Order()},
    filters={
        "client": ListFilter(int, equals("billing_item.client_id"), "Only this client's", narrows=True),
        "billed": ListFilter(
            bool, whether("invoice_id IS NOT NULL", "invoice_id IS NULL"), "Whether it is on an invoice"
        ),
    },
    owner="billing_item.client_id",
)
"""All one-off items."""
