"""What a subscription charges for a period: its terms, day by day, and what a change of them adds or gives back.

Terms hold from a day on, until the next ones. Most periods have one set of terms and one charge. Where terms change
within a period, each stretch is charged its share of the days. A change that reaches into a period which has been
charged is settled by the difference between the period's charge now and before. So, after any number of changes, the
client has paid what they would have paid had all changes been known at the start.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

from rules.billing.money import LARGEST_MINOR, Money, rounded
from rules.billing.periods import Period

WHOLE_BASIS_POINTS = 10_000
MOST_QUANTITY = Decimal(1_000_000)
QUANTITY_DIGITS = 3


@dataclass(frozen=True, slots=True)
class Discount:
    """A discount on each period that starts before ``until``: a share in basis points, or an amount in minor units.

    Raises ValueError unless it is one of the two, a share of at most 100 %, or an amount above zero.
    """

    basis_points: int = 0
    amount_minor: int = 0
    until: date | None = None

    def __post_init__(self) -> None:
        one = (self.basis_points == 0) != (self.amount_minor == 0)
        if not one or not 0 <= self.basis_points <= WHOLE_BASIS_POINTS or self.amount_minor < 0:
            raise ValueError("a discount is a share of up to 100 %, or an amount above zero")

    def of(self, amount: Money) -> Money:
        """Return what is taken off an amount, never more than there is."""
        if self.basis_points:
            return amount * Fraction(self.basis_points, WHOLE_BASIS_POINTS)
        return Money(min(self.amount_minor, amount.minor), amount.currency)


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceTerms:
    """What one whole period costs from the day ``begin`` on: ``quantity`` times ``unit_price``, less the discount.

    A paused period costs nothing. Raises ValueError for a quantity or a price below zero, and for a quantity with more
    than three decimals.
    """

    begin: date
    quantity: Decimal
    unit_price: Money
    discount: Discount | None = None
    paused: bool = False

    def __post_init__(self) -> None:
        check_quantity(self.quantity)
        if self.unit_price.minor < 0:
            raise ValueError(f"a price is not negative, as {self.unit_price.amount} is")
        if (self.unit_price * self.quantity).minor > LARGEST_MINOR:
            raise ValueError(f"{self.quantity} times {self.unit_price.amount} is more than can be billed")

    def discount_of(self, period: Period) -> Money:
        """Return what is taken off a whole period."""
        applies = self.discount is not None and (self.discount.until is None or period.start < self.discount.until)
        gross = self.unit_price * self.quantity
        return self.discount.of(gross) if self.discount and applies else gross * 0

    def net_of(self, period: Period) -> Money:
        """Return what a whole period costs."""
        return (self.unit_price * self.quantity - self.discount_of(period)) * (0 if self.paused else 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodCharge:
    """What is charged for a period, or for those of its days that had the same terms.

    ``net`` is ``quantity`` times ``unit_price`` less ``discount``, rounded once. A part of a period is billed as one
    piece whose price is the part's share, because a price by the day would be no whole number of minor units.
    """

    period: Period
    of_days: int
    """The days of the whole period; more than ``period.days`` where this is a part."""
    quantity: Decimal
    unit_price: Money
    discount: Money
    net: Money

    @property
    def is_part(self) -> bool:
        return self.period.days != self.of_days


def charges(period: Period, terms: Sequence[PriceTerms]) -> list[PeriodCharge]:
    """Return what a period charges under terms that are ordered by the day they begin; free days are left out.

    Raises ValueError where no terms hold on the period's first day.
    """
    return [
        _charge(held, days, period) for held, days in _stretches(period, terms) if held.quantity and not held.paused
    ]


def net(period: Period, terms: Sequence[PriceTerms]) -> Money:
    """Return what a period charges in all."""
    total = Money(0, terms[0].unit_price.currency)
    for one in charges(period, terms):
        total += one.net
    return total


def changed(terms: Sequence[PriceTerms], begin: date, **values: Any) -> list[PriceTerms]:
    """Return the terms with some of their fields changed from a day on; later terms get the change too.

    A day before the first terms counts as their first day.
    """
    day = max(begin, terms[0].begin)
    earlier = [one for one in terms if one.begin < day]
    now = [one for one in terms if one.begin <= day][-1]
    later = [one for one in terms if one.begin > day]
    return [*earlier, replace(now, begin=day, **values), *(replace(one, **values) for one in later)]


def adjustment(period: Period, before: Sequence[PriceTerms], after: Sequence[PriceTerms]) -> Money:
    """Return what a change of terms adds to a period that was charged under ``before``; below zero, a refund."""
    return net(period, after) - net(period, before)


def check_quantity(quantity: Decimal) -> None:
    """Raise ValueError, saying why, for a number that cannot be a quantity."""
    exponent = quantity.normalize().as_tuple().exponent
    if not isinstance(exponent, int) or not 0 <= quantity <= MOST_QUANTITY:
        raise ValueError(f"a quantity is from 0 to {MOST_QUANTITY}, not {quantity}")
    if exponent < -QUANTITY_DIGITS:
        raise ValueError(f"a quantity has at most {QUANTITY_DIGITS} decimals, not {quantity}")


def _stretches(period: Period, terms: Sequence[PriceTerms]) -> list[tuple[PriceTerms, Period]]:
    """Return the terms that hold in a period, each with its days."""
    at_start = [one for one in terms if one.begin <= period.start]
    if not at_start:
        raise ValueError(f"no terms hold on {period.start}")
    held = _merged([at_start[-1], *(one for one in terms if period.start < one.begin < period.end)])
    bounds = [period.start, *(one.begin for one in held[1:]), period.end]
    return [(one, Period(begin, end)) for one, (begin, end) in zip(held, pairwise(bounds), strict=True)]


def _merged(held: Sequence[PriceTerms]) -> list[PriceTerms]:
    """Return the terms without those that repeat the ones before, and those that are replaced on their first day."""
    kept: list[PriceTerms] = []
    for one in held:
        if kept and kept[-1].begin == one.begin:
            kept.pop()
        if not kept or _price_parts(kept[-1]) != _price_parts(one):
            kept.append(one)
    return kept


def _price_parts(terms: PriceTerms) -> tuple[object, ...]:
    return (terms.quantity, terms.unit_price, terms.discount, terms.paused)


def _charge(terms: PriceTerms, days: Period, whole: Period) -> PeriodCharge:
    if days != whole:
        part = _share(terms.net_of(whole), days, whole)
        return PeriodCharge(
            period=days, of_days=whole.days, quantity=Decimal(1), unit_price=part, discount=part * 0, net=part
        )
    return PeriodCharge(
        period=whole,
        of_days=whole.days,
        quantity=terms.quantity,
        unit_price=terms.unit_price,
        discount=terms.discount_of(whole),
        net=terms.net_of(whole),
    )


def _share(amount: Money, days: Period, whole: Period) -> Money:
    """Return the share of a whole period's amount for some of its days.

    It is the difference of two rounded running totals, so that the shares of all days sum to the amount.
    """

    def until(day: date) -> int:
        return rounded(Fraction(amount.minor * (day - whole.start).days, whole.days))

    return Money(until(days.end) - until(days.start), amount.currency)
