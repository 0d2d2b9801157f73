"""Line changes: how the line of one period of a subscription differs before it is billed; other periods stay.

due periods ──not_before──> wait, and those after them, too: periods are billed in their order
└──────omitted──────> billed with nothing: no line, and never again
└──> charged under the terms as they hold in this one period
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from rules.billing.charges import PriceTerms
from rules.billing.money import Money
from rules.billing.periods import Period


@dataclass(frozen=True, slots=True, kw_only=True)
class LineChange:
    """A change of period ``number``, counted from 0; a field that is None stays as it is, and so does the discount."""

    subscription_id: int
    number: int
    description: str | None = None
    quantity: Decimal | None = None
    unit_price: Money | None = None
    not_before: date | None = None
    omitted: bool = False
    reason: str

    def terms(self, terms: Sequence[PriceTerms]) -> list[PriceTerms]:
        """Return a subscription's terms as they hold in this one period; days without a charge stay so."""
        quantity, price = self.quantity, self.unit_price
        return [
            replace(
                one,
                quantity=one.quantity if quantity is None or not one.quantity else quantity,
                unit_price=one.unit_price if price is None else price,
                paused=one.paused or self.omitted,
            )
            for one in terms
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class DuePeriods:
    """The periods that are due, by number: to be charged, omitted, and the change for which all later ones wait."""

    charged: dict[int, Period]
    omitted: dict[int, Period]
    waiting: LineChange | None

    @property
    def decided(self) -> dict[int, Period]:
        """Return the periods that are finished, charged or omitted, in their order."""
        return dict(sorted((self.charged | self.omitted).items()))


def divide(due: Mapping[int, Period], changes: Mapping[int, LineChange], *, on: date) -> DuePeriods:
    """Divide the periods that are due on a day, given in their order, by the changes of their lines."""
    charged: dict[int, Period] = {}
    omitted: dict[int, Period] = {}
    for number, period in due.items():
        change = changes.get(number)
        if change is not None and change.not_before is not None and on < change.not_before:
            return DuePeriods(charged=charged, omitted=omitted, waiting=change)
        (omitted if change is not None and change.omitted else charged)[number] = period
    return DuePeriods(charged=charged, omitted=omitted, waiting=None)
