"""Price raises: a product's new price for the subscriptions that there are, previewed and then done as previewed.

Each subscription gets it with its first period that begins on that day or later and is not billed, so nothing needs to
be divided. One that has agreed on another price for a later day is left alone.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from db import connection
from db.billing import products, subscription_changes, subscriptions
from db.billing.subscriptions import Subscription
from rules.access import Within
from rules.billing.charges import PriceTerms
from rules.billing.money import Money


@dataclass(frozen=True, slots=True)
class PriceRaise:
    """What a subscription would cost from a day on, and what it costs until then."""

    subscription: Subscription
    begin: date
    before: Money
    after: Money


def foreseen(product_id: int, begin: date, *, within: Within = None) -> list[PriceRaise]:
    """Return the subscriptions whose price would change, in the order of the list."""
    found = list(subscriptions.LIST.every(product=product_id, within=within))
    terms = subscriptions.terms_of(found)
    prices = {one.currency: products.price_on(product_id, one.currency, begin) for one in found}
    return list(_raises(found, terms, prices, begin))


def digest(raises: Sequence[PriceRaise]) -> str:
    """Return a hash of a preview: other raises have another one."""
    said = [f"{one.subscription.id} {one.begin} {one.before.minor} {one.after.minor}" for one in raises]
    return hashlib.sha256("\n".join(said).encode()).hexdigest()


def carry_out(raises: Sequence[PriceRaise]) -> None:
    """Change the prices, in the caller's transaction."""
    for one in raises:
        subscription_changes.change_terms(one.subscription.id, one.begin, unit_price=one.after)


def _raises(
    found: Sequence[Subscription],
    terms: dict[int, list[PriceTerms]],
    prices: dict[str, Money | None],
    begin: date,
) -> Iterator[PriceRaise]:
    for one in found:
        after = prices[one.currency]
        if after is None:
            continue
        first = _first_unbilled(one, begin)
        before, later = _agreed(terms[one.id], first)
        ended = one.until is not None and one.until <= first
        if not ended and before.minor != after.minor and all(each == before for each in later):
            yield PriceRaise(one, first, before, after)


def _first_unbilled(one: Subscription, begin: date) -> date:
    """Return the first day of the first period that is not billed and begins on a day or later."""
    index = max(one.billed, one.cycle.index_of(begin), 0)
    first = one.cycle.period(index).start
    return first if first >= begin else one.cycle.period(index + 1).start


def _agreed(terms: Sequence[PriceTerms], day: date) -> tuple[Money, list[Money]]:
    """Return the price that is agreed for a day, and those for later ones."""
    now = [one for one in terms if one.begin <= day] or [terms[0]]
    return now[-1].unit_price, [one.unit_price for one in terms if one.begin > day]


def locked(product_id: int, begin: date, *, within: Within = None) -> list[PriceRaise]:
    """Return what ``foreseen`` does, and keep others from billing these clients until the caller's transaction ends."""
    for client_id in sorted({one.subscription.client_id for one in foreseen(product_id, begin, within=within)}):
        connection.changed("UPDATE client SET name = name WHERE id = %s", client_id)
    return foreseen(product_id, begin, within=within)
