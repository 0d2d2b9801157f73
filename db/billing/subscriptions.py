"""Subscriptions: what clients pay for, from when to when, and under which terms. ``db.billing.invoices`` bills them.

A subscription's own columns are its first terms; ``subscription_changes`` adds later ones, as rows of their own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from db import connection
from db.billing import models
from db.listing import ListFilter, Listing, Order, equals, whether
from rules.access import Within, sees
from rules.billing.charges import Discount, PriceTerms
from rules.billing.money import Money
from rules.billing.periods import BillingCycle, Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """What a client pays for. ``anchor`` is the first period's first day, ``next_due`` the next one's to be billed.

    ``price_minor``, ``quantity_thousandths`` and the discount are the first terms; ``terms_of`` has all. The tax is the
    product's; without a product it is ``tax_basis_points``.
    """

    id: int = 0
    client_id: int
    client_name: str = ""
    description: str
    price_minor: int
    currency: str
    months: int = 0
    days: int = 0
    tax_basis_points: int = 0
    anchor: date
    trial_from: date | None = None
    until: date | None = None
    billed: int = 0
    next_due: date | None = None
    domain_id: int | None = None
    domain_name: str | None = None
    """Also of a domain that has been removed since."""
    quantity_thousandths: int = 1000
    discount_basis_points: int = 0
    discount_minor: int = 0
    discount_until: date | None = None
    product_id: int | None = None
    coupon_id: int | None = None

    @property
    def price(self) -> Money:
        return Money(self.price_minor, self.currency)

    @property
    def quantity(self) -> Decimal:
        return Decimal(self.quantity_thousandths) / 1000

    @property
    def interval(self) -> Interval:
        return Interval(months=self.months, days=self.days)

    @property
    def cycle(self) -> BillingCycle:
        return BillingCycle(self.anchor, self.interval, self.until)

    @property
    def first_terms(self) -> PriceTerms:
        return PriceTerms(
            begin=self.anchor, quantity=self.quantity, unit_price=self.price, discount=self._first_discount
        )

    @property
    def _first_discount(self) -> Discount | None:
        if not self.discount_basis_points and not self.discount_minor:
            return None
        return Discount(self.discount_basis_points, self.discount_minor, self.discount_until)


class NotChangeable(ValueError):
    """Raised when a subscription cannot be changed like this; the message says why."""


def subscribe(subscription: Subscription) -> int:
    """Add a subscription and return its id."""
    with connection.transaction():
        return models.Subscription.create(
            **{name: getattr(subscription, name) for name in _COLUMNS if name not in {"billed", "next_due"}},
            next_due=subscription.anchor,
        ).id


def get(subscription_id: int, *, within: Within = None) -> Subscription:
    """Return a subscription. Raises ``LookupError``."""
    for found in many([subscription_id]):
        if sees(within, found.client_id):
            return found
    raise LookupError(f"no subscription has the id {subscription_id}")


def locked(subscription_id: int) -> Subscription:
    """Return a subscription whose client nobody else bills until the caller's transaction ends.

    Raises ``LookupError``.
    """
    connection.changed("UPDATE client SET name = name WHERE id = %s", get(subscription_id).client_id)
    return get(subscription_id)


def many(ids: Sequence[int]) -> list[Subscription]:
    """Return the subscriptions that exist, of these ids."""
    return connection.rows(Subscription, f"{_SUBSCRIPTION} WHERE subscription.id {{ids}}", list(ids))


def of_client(client_id: int, *, limit: int = 50) -> list[Subscription]:
    """Return what a client pays for."""
    return connection.rows(
        Subscription, f"{_SUBSCRIPTION} WHERE subscription.client_id = %s {_IN_ORDER}", client_id, limit
    )


def of_domain(domain_id: int, *, within: Within = None, limit: int = 50) -> list[Subscription]:
    """Return the subscriptions for a domain, also those of a client who had it before."""
    found = connection.rows(
        Subscription, f"{_SUBSCRIPTION} WHERE subscription.domain_id = %s {_IN_ORDER}", domain_id, limit
    )
    return [one for one in found if sees(within, one.client_id)]


def earned(domain_id: int, *, within: Within = None) -> list[Money]:
    """Return what was billed for a domain without tax, in each currency, also to a client who had it before."""
    theirs, params = ("", ()) if within is None else ("AND invoice.client_id {ids}", (sorted(within),))
    rows = connection.execute(
        "SELECT SUM(invoice_line.net_minor), invoice.currency FROM invoice_line"  # noqa: S608 - our own words
        " JOIN invoice ON invoice.id = invoice_id JOIN subscription ON subscription.id = subscription_id"
        f" WHERE subscription.domain_id = %s {theirs} GROUP BY invoice.currency ORDER BY invoice.currency",
        domain_id,
        *params,
    )
    return [Money(int(minor), currency) for minor, currency in rows]


def due(client_id: int, *, on: date) -> list[Subscription]:
    """Return a client's subscriptions with a period that has begun and is not billed; the caller locks the client."""
    return connection.rows(
        Subscription,
        f"{_SUBSCRIPTION} WHERE subscription.client_id = %s AND next_due <= %s AND (until IS NULL OR next_due < until)"
        " ORDER BY subscription.id",
        client_id,
        on,
    )


def record_billed(subscription_id: int, *, billed: int, next_due: date) -> None:
    """Remember up to which period a subscription is billed, in the transaction that issues the invoice."""
    models.Subscription.update(billed=billed, next_due=next_due).where(
        models.Subscription.id == subscription_id
    ).execute()


def terms_of(found: Sequence[Subscription]) -> dict[int, list[PriceTerms]]:
    """Return the terms of subscriptions by their ids, ordered by the day they begin."""
    terms = {one.id: [one.first_terms] for one in found}
    currencies = {one.id: one.currency for one in found}
    rows = models.SubscriptionTerms.select().where(models.SubscriptionTerms.subscription.in_(list(terms)))
    for row in rows.order_by(models.SubscriptionTerms.begin):
        terms[row.subscription_id].append(_terms(row, currencies[row.subscription_id]))
    return terms


def _terms(row: models.SubscriptionTerms, currency: str) -> PriceTerms:
    given = row.discount_basis_points or row.discount_minor
    return PriceTerms(
        begin=row.begin,
        quantity=Decimal(row.quantity_thousandths) / 1000,
        unit_price=Money(row.price_minor, currency),
        discount=Discount(row.discount_basis_points, row.discount_minor, row.discount_until) if given else None,
        paused=row.paused,
    )


_COLUMNS: Final = tuple(name for name in Subscription.__dataclass_fields__ if name not in {"id", "client_name"})
_SELECTED: Final = ", ".join(
    "COALESCE(domain.name, domain_name) AS domain_name" if name == "domain_name" else f"subscription.{name}"
    for name in _COLUMNS
)
_SUBSCRIPTION: Final = (
    f"SELECT subscription.id, client.name AS client_name, {_SELECTED}"  # noqa: S608 - our own columns
    " FROM subscription JOIN client ON client.id = subscription.client_id"
    " LEFT JOIN domain ON domain.id = subscription.domain_id"
)
_IN_ORDER: Final = "ORDER BY subscription.id LIMIT %s"

LIST: Final[Listing[Subscription]] = Listing(
    table="subscription",
    columns="until",
    read=many,
    orders={"id": Order()},
    filters={
        "client": ListFilter(int, equals("subscription.client_id"), "Only this client's", narrows=True),
        "domain": ListFilter(int, equals("subscription.domain_id"), "Only of this domain", narrows=True),
        "product": ListFilter(int, equals("subscription.product_id"), "Only of this product", narrows=True),
        "ends": ListFilter(bool, whether("until IS NOT NULL", "until IS NULL"), "Whether an end is set"),
    },
    owner="subscription.client_id",
)
"""All subscriptions."""
