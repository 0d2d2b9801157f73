"""Changes of subscriptions: other terms from a day on, pauses, ends. Each reaches back as far as its day says.

What a change adds to periods that were billed, or gives back, becomes one-off items in the transaction of the change;
what is not billed yet is charged under the new terms. The client is locked, so nobody bills half of it meanwhile.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from db import connection
from db.billing import billing_items, line_changes, models, subscriptions
from db.billing.billing_items import BillingItem
from db.billing.subscriptions import NotChangeable, Subscription
from rules.billing import charges
from rules.billing.charges import PriceTerms
from rules.billing.money import Money
from rules.billing.periods import MAX_CATCH_UP, Period


def change_terms(subscription_id: int, begin: date, **values: Any) -> list[BillingItem]:
    """Change quantity, unit_price, discount or paused from a day on. Returns the items that settle billed periods.

    Raises ``LookupError``, or ``NotChangeable`` where the day is after its end or too far back.
    """
    with connection.transaction():
        found = subscriptions.locked(subscription_id)
        if found.until is not None and begin >= found.until:
            raise NotChangeable(f"it ends on {found.until}; what is changed holds from a day before that on")
        before = subscriptions.terms_of([found])[found.id]
        after = charges.changed(before, begin, **values)
        _replace_terms(found, after, max(begin, found.anchor))
        settled = _adjustments(found, begin, before, after)
        return [_add_adjustment(found, period, begin, amount) for period, amount in settled]


def pause(subscription_id: int, begin: date, resumes: date | None = None) -> list[BillingItem]:
    """Charge nothing from a day on, until another where one is given. Returns what is given back."""
    if resumes is not None and resumes <= begin:
        raise NotChangeable(f"it resumes on a day after {begin}")
    with connection.transaction():
        back = change_terms(subscription_id, begin, paused=True)
        return back if resumes is None else [*back, *change_terms(subscription_id, resumes, paused=False)]


def end(subscription_id: int, until: date, *, gives_back: bool = False) -> list[BillingItem]:
    """End a subscription: ``until`` is the first day without it, and the period around that day stays billed whole.

    With ``gives_back``, days from ``until`` on are not charged, and are given back where they were billed. Returns the
    items that give back. Raises ``LookupError``.
    """
    with connection.transaction():
        found = subscriptions.locked(subscription_id)
        items = change_terms(subscription_id, until, quantity=Decimal(0)) if gives_back else []
        models.Subscription.update(until=max(until, found.anchor)).where(models.Subscription.id == found.id).execute()
        return items


def goes_on(subscription_id: int) -> None:
    """Undo the end of a subscription. Raises ``LookupError``; ``NotChangeable`` where days were given back."""
    with connection.transaction():
        found = subscriptions.locked(subscription_id)
        if subscriptions.terms_of([found])[found.id][-1].quantity == 0:
            raise NotChangeable("its last days were given back; make a new subscription")
        models.Subscription.update(until=None).where(models.Subscription.id == found.id).execute()


def _adjustments(
    found: Subscription, begin: date, before: Sequence[PriceTerms], after: Sequence[PriceTerms]
) -> list[tuple[Period, Money]]:
    """Return the billed periods that a change from a day on makes dearer or cheaper, and by how much.

    What was agreed on for one period's line still holds in it. Raises ``NotChangeable``.
    """
    first = max(0, found.cycle.index_of(begin))
    if found.billed - first > MAX_CATCH_UP:
        raise NotChangeable(f"{begin} is more than {MAX_CATCH_UP} periods back; bill the difference as an item")
    changes, touched = line_changes.of([found])[found.id], list[tuple[Period, Money]]()
    for number in range(first, found.billed):
        change, period = changes.get(number), found.cycle.period(number)
        held = (change.terms(before), change.terms(after)) if change else (before, after)
        amount = charges.adjustment(period, *held)
        if amount.minor:
            touched.append((period, amount))
    return touched


def _add_adjustment(found: Subscription, period: Period, begin: date, amount: Money) -> BillingItem:
    item = BillingItem(
        client_id=found.client_id,
        domain_id=found.domain_id,
        subscription_id=found.id,
        product_id=found.product_id,
        description=found.description,
        price_minor=amount.minor,
        currency=amount.currency,
        tax_basis_points=found.tax_basis_points,
        due_on=period.start,
        period_start=max(begin, period.start),
        period_end=period.end,
    )
    return replace(item, id=billing_items.add(item))


def _replace_terms(found: Subscription, after: Sequence[PriceTerms], begin: date) -> None:
    models.SubscriptionTerms.delete().where(
        models.SubscriptionTerms.subscription == found.id, models.SubscriptionTerms.begin >= begin
    ).execute()
    for one in after:
        if one.begin >= begin:
            discount = one.discount
            models.SubscriptionTerms.create(
                subscription=found.id,
                begin=one.begin,
                quantity_thousandths=int(one.quantity * 1000),
                price_minor=one.unit_price.minor,
                discount_basis_points=discount.basis_points if discount else 0,
                discount_minor=discount.amount_minor if discount else 0,
                discount_until=discount.until if discount else None,
                paused=one.paused,
            )
