"""A subscription's period before it is billed: its charges, and its line change."""

from datetime import date
from typing import Annotated, Any

from fastapi import Path
from pydantic import BaseModel, Field

from api_stub.entries import entered, texts
from api_stub.fields import Id, RequestBody
from api_stub.problems import Problem, existing
from api_stub.routes import router
from api_stub.security.principal import Caller, Principal
from db import connection
from db.access import audit
from db.billing import line_changes, subscription_entries, subscriptions
from db.billing.subscriptions import NotChangeable, Subscription
from rules.billing import charges
from rules.billing.entries import Texts
from rules.billing.line_changes import LineChange
from rules.billing.periods import MAX_CATCH_UP

routes = router(tags=["subscriptions"])

_Optional = Annotated[str, Field(max_length=2048)] | None
PeriodNumber = Annotated[int, Path(ge=0, le=1_000_000, description="Of the period; the first is 0")]


class LineChangeEntry(RequestBody, extra="forbid"):
    """What is different of one period's line, in place of what was before; what is left out is as the terms say."""

    description: _Optional = Field(None, examples=["Hosting, with the move"])
    price: _Optional = Field(None, description="Of one, in major units", examples=["12.00"])
    quantity: _Optional = Field(None, description="To the thousandth", examples=["2"])
    not_before: date | None = Field(
        None, description="Billed on that day or later, and so is what comes after it", examples=[None]
    )
    omitted: bool = Field(default=False, description="Left out for good: nothing is billed for this period, ever")
    reason: _Optional = Field(None, description="Why; it is needed", examples=["agreed on the phone"])


class PeriodCharge(BaseModel):
    """What is charged for a period, or for those of its days with the same terms. Amounts are in minor units."""

    start: date = Field(examples=["2027-01-01"])
    end: date = Field(description="The first day that is not in it", examples=["2028-01-01"])
    quantity: str = Field(examples=["2"])
    price_minor: int = Field(examples=[1200])
    net_minor: int = Field(examples=[2400])


class ChangedLine(BaseModel):
    """What is different of a period's line. Null is as the terms say."""

    description: str | None = Field(examples=["Hosting, with the move"])
    price_minor: int | None = Field(examples=[1200])
    quantity: str | None = Field(examples=["2"])
    not_before: date | None = Field(examples=[None])
    omitted: bool
    reason: str = Field(examples=["agreed on the phone"])


class SubscriptionPeriod(BaseModel):
    """A period of a subscription, and what it costs as things are."""

    subscription_id: int = Field(examples=[4])
    number: int = Field(examples=[1])
    start: date = Field(examples=["2027-01-01"])
    end: date = Field(description="The first day that is not in it", examples=["2028-01-01"])
    billed: bool
    currency: str = Field(examples=["EUR"])
    charges: list[PeriodCharge]
    change: ChangedLine | None


@routes.get("/api/subscriptions/{subscription_id}/periods/{number}")
def read_period(who: Caller, subscription_id: Id, number: PeriodNumber) -> SubscriptionPeriod:
    """Read one period of a subscription: what its line costs, and what is different of it."""
    return _period(with_period(who, subscription_id, number), number)


@routes.put("/api/subscriptions/{subscription_id}/periods/{number}")
def change_line(who: Caller, subscription_id: Id, number: PeriodNumber, given: LineChangeEntry) -> SubscriptionPeriod:
    """Change one period's line before it is billed: its text, price or quantity, or when, or that it is left out."""
    change(who, subscription_id, number, texts(given))
    return _period(subscriptions.get(subscription_id), number)


@routes.delete("/api/subscriptions/{subscription_id}/periods/{number}/change", status_code=204)
def restore_line(who: Caller, subscription_id: Id, number: PeriodNumber) -> None:
    """Let a period be billed as the terms say."""
    restore(who, subscription_id, number)


def change(who: Principal, subscription_id: int, number: int, given: Texts) -> None:
    """Store the line change of a period, with its entry in the audit trail. Raises ``Problem``, 409 where billed."""
    with connection.transaction():
        found = with_period(who, subscription_id, number)
        changed = entered(subscription_entries.read_line_change, given, found, number)
        _possible(line_changes.put, changed)
        _audit(who, "change", found, number, dict(given))


def restore(who: Principal, subscription_id: int, number: int) -> None:
    """Drop the line change of a period, with its entry in the audit trail. Raises ``Problem``, 409 where billed."""
    with connection.transaction():
        found = with_period(who, subscription_id, number)
        if _possible(line_changes.remove, subscription_id, number):
            _audit(who, "restore", found, number, {})


def with_period(who: Principal, subscription_id: int, number: int) -> Subscription:
    """Return the subscription of a period. Raises ``Problem`` 404, also for a period that is too far ahead."""
    found = existing(subscriptions.get, subscription_id, within=who.within)
    if number >= found.billed + MAX_CATCH_UP:
        raise Problem(404, "not-found", f"period {number} of subscription {subscription_id} is too far ahead")
    return found


def charged(found: Subscription, number: int) -> tuple[list[charges.PeriodCharge], LineChange | None]:
    """Return the charges of a period as things are now, and its line change; None: there is no change."""
    terms, changed = subscriptions.terms_of([found])[found.id], line_changes.of([found])[found.id].get(number)
    return charges.charges(found.cycle.period(number), changed.terms(terms) if changed else terms), changed


def _possible(act: Any, *args: Any) -> Any:
    try:
        return act(*args)
    except NotChangeable as error:
        raise Problem(409, "conflict", str(error)) from None


def _audit(who: Principal, action: str, found: Subscription, number: int, details: dict[str, object]) -> None:
    audit.add(
        who.actor,
        f"line {action}",
        f"subscription {found.id}",
        {"period": number, "what": found.description, **details},
        client_id=found.client_id,
    )


def _period(found: Subscription, number: int) -> SubscriptionPeriod:
    costs, changed = charged(found, number)
    period = found.cycle.period(number)
    return SubscriptionPeriod(
        subscription_id=found.id,
        number=number,
        start=period.start,
        end=period.end,
        billed=number < found.billed,
        currency=found.currency,
        charges=[
            PeriodCharge(
                start=one.period.start,
                end=one.period.end,
                quantity=f"{one.quantity.normalize():f}",
                price_minor=one.unit_price.minor,
                net_minor=one.net.minor,
            )
            for one in costs
        ],
        change=None if changed is None else _changed_line(changed),
    )


def _changed_line(change: LineChange) -> ChangedLine:
    return ChangedLine(
        description=change.description,
        price_minor=None if change.unit_price is None else change.unit_price.minor,
        quantity=None if change.quantity is None else f"{change.quantity.normalize():f}",
        not_before=change.not_before,
        omitted=change.omitted,
        reason=change.reason,
    )
