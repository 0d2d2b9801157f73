"""Subscriptions: what clients pay for, and from when to when. ``db.money.invoices`` bills them."""

from dataclasses import dataclass
from datetime import date

from db import connection
from db.money import models
from rules.access import Within, sees
from rules.billing.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """What a client pays for. ``anchor`` is the first period's first day, ``next_due`` the next one's to be billed."""

    id: int = 0
    client_id: int
    description: str
    price_minor: int
    currency: str
    months: int
    tax_basis_points: int
    anchor: date
    until: date | None = None
    billed: int = 0
    next_due: date | None = None
    domain_id: int | None = None
    domain_name: str | None = None

    @property
    def price(self) -> Money:
        return Money(self.price_minor, self.currency)


def subscribe(subscription: Subscription) -> int:
    """Add a subscription and return its id."""
    with connection.transaction():
        return models.Subscription.create(
            client=subscription.client_id,
            domain=subscription.domain_id,
            description=subscription.description,
            price_minor=subscription.price_minor,
            currency=subscription.price.currency,
            months=subscription.months,
            tax_basis_points=subscription.tax_basis_points,
            anchor=subscription.anchor,
            until=subscription.until,
            next_due=subscription.anchor,
        ).id


def of_client(client_id: int, *, limit: int = 50) -> list[Subscription]:
    """Return what a client pays for."""
    return connection.rows(
        Subscription, f"{_SUBSCRIPTION} WHERE subscription.client_id = %s {_IN_ORDER}", client_id, limit
    )


def of_domain(domain_id: int, *, within: Within = None, limit: int = 50) -> list[Subscription]:
    """Return what is paid for a domain, which may have been another client's."""
    found = connection.rows(
        Subscription, f"{_SUBSCRIPTION} WHERE subscription.domain_id = %s {_IN_ORDER}", domain_id, limit
    )
    return [one for one in found if sees(within, one.client_id)]


_SUBSCRIPTION = (
    "SELECT subscription.id, subscription.client_id, description, price_minor, currency, months, tax_basis_points,"
    " anchor, until, billed, next_due, domain_id, domain.name AS domain_name"
    " FROM subscription LEFT JOIN domain ON domain.id = subscription.domain_id"
)
_IN_ORDER = "ORDER BY subscription.id LIMIT %s"
