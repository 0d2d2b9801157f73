"""Changes of single periods' lines before they are billed. The client is locked, so nobody bills one meanwhile."""

from collections.abc import Sequence
from decimal import Decimal

from db import connection
from db.billing import models, subscriptions
from db.billing.subscriptions import NotChangeable, Subscription
from rules.billing.line_changes import LineChange
from rules.billing.money import Money


def of(found: Sequence[Subscription]) -> dict[int, dict[int, LineChange]]:
    """Return the line changes of subscriptions, by the subscription's id and the period's number, counted from 0."""
    changes: dict[int, dict[int, LineChange]] = {one.id: {} for one in found}
    currencies = {one.id: one.currency for one in found}
    rows = models.LineChange.select().where(models.LineChange.subscription.in_(list(changes)))
    for row in rows.order_by(models.LineChange.number):
        changes[row.subscription_id][row.number] = _read(row, currencies[row.subscription_id])
    return changes


def put(change: LineChange) -> None:
    """Keep the change of a period's line, in place of an earlier one. Raises ``LookupError`` or ``NotChangeable``."""
    with connection.transaction():
        _require_open(subscriptions.locked(change.subscription_id), change.number)
        remove(change.subscription_id, change.number)
        models.LineChange.create(
            subscription=change.subscription_id,
            number=change.number,
            description=change.description,
            quantity_thousandths=None if change.quantity is None else int(change.quantity * 1000),
            price_minor=None if change.unit_price is None else change.unit_price.minor,
            not_before=change.not_before,
            omitted=change.omitted,
            reason=change.reason,
        )


def remove(subscription_id: int, number: int) -> bool:
    """Let a period be billed as the others are. Returns whether it was changed. Raises as ``put`` does."""
    with connection.transaction():
        _require_open(subscriptions.locked(subscription_id), number)
        which = (models.LineChange.subscription == subscription_id, models.LineChange.number == number)
        return bool(models.LineChange.delete().where(*which).execute())


def _require_open(found: Subscription, number: int) -> None:
    """Raise ``NotChangeable`` for a period that is billed, or that does not come."""
    if number < found.billed:
        raise NotChangeable(f"period {number} is billed; take it back by a credit note")
    if found.until is not None and found.cycle.period(number).start >= found.until:
        raise NotChangeable(f"it ends on {found.until}, before period {number}")


def _read(row: models.LineChange, currency: str) -> LineChange:
    return LineChange(
        subscription_id=row.subscription_id,
        number=row.number,
        description=row.description,
        quantity=None if row.quantity_thousandths is None else Decimal(row.quantity_thousandths) / 1000,
        unit_price=None if row.price_minor is None else Money(row.price_minor, currency),
        not_before=row.not_before,
        omitted=row.omitted,
        reason=row.reason,
    )
