"""What a subscription owes and when: calendar periods and invoice totals. Dates are given, never looked up."""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from itertools import count, islice, takewhile
from operator import add
from typing import Protocol

from rules.billing.money import Money

# Ten years of months. One run bills no more of a neglected subscription; the next run goes on.
MAX_CATCH_UP = 120

_BASIS_POINTS = 10_000


@dataclass(frozen=True, slots=True)
class Period:
    """The days from ``start`` up to, but not including, ``end``. Raises ValueError where there are none."""

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.start >= self.end:
            raise ValueError(f"a period ends after it starts, not {self.start} to {self.end}")


@dataclass(frozen=True, slots=True, kw_only=True)
class BillingLine:
    """One period of one subscription on an invoice. 1900 basis points are 19 % tax."""

    subscription_id: int
    period: Period
    description: str
    net: Money
    tax_basis_points: int


class Taxed(Protocol):
    """A net amount with its rate of tax: all that a total is made of."""

    @property
    def net(self) -> Money: ...

    @property
    def tax_basis_points(self) -> int: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RateTotal:
    """What is taxed at one rate, and the tax on it."""

    tax_basis_points: int
    net: Money
    tax: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """The sums of an invoice. ``by_rate`` stands from the lowest rate to the highest."""

    net: Money
    tax: Money
    gross: Money
    by_rate: tuple[RateTotal, ...]


def next_period(anchor: date, months: int, index: int) -> Period:
    """Return period number ``index`` (the first is 0) of a subscription that began on ``anchor``.

    Each boundary is counted from the anchor, so its day comes back after a shorter month: 31 January, 28 February,
    31 March. Raises ValueError where ``months`` is not positive.
    """
    return Period(_months_after(anchor, months * index), _months_after(anchor, months * (index + 1)))


def periods_due(*, anchor: date, months: int, billed: int, on: date, until: date | None) -> list[Period]:
    """Return the periods that have started by ``on`` and are not among the first ``billed``, oldest first.

    Periods are billed in advance and whole: one that starts before ``until`` (the day the subscription ends) is due,
    though it may end later. No more than ``MAX_CATCH_UP`` are returned.
    """

    def due(period: Period) -> bool:
        return period.start <= on and (until is None or period.start < until)

    periods = (next_period(anchor, months, index) for index in count(billed))
    return list(islice(takewhile(due, periods), MAX_CATCH_UP))


def totals(lines: Sequence[Taxed]) -> Totals:
    """Return the sums of ``lines``, with the tax of each rate taken once, from the rate's net sum.

    Half a minor unit is rounded away from zero, so a credit note mirrors its invoice. Raises ValueError where there
    are no lines or more than one currency.
    """
    if not lines:
        raise ValueError("an invoice has at least one line")
    by_rate = tuple(_rate_total(rate, lines) for rate in sorted({line.tax_basis_points for line in lines}))
    net = reduce(add, (total.net for total in by_rate))
    tax = reduce(add, (total.tax for total in by_rate))
    return Totals(net=net, tax=tax, gross=net + tax, by_rate=by_rate)


def _rate_total(tax_basis_points: int, lines: Sequence[Taxed]) -> RateTotal:
    net = reduce(add, (line.net for line in lines if line.tax_basis_points == tax_basis_points))
    tax = Money(_share(net.minor, tax_basis_points), net.currency)
    return RateTotal(tax_basis_points=tax_basis_points, net=net, tax=tax)


def _share(minor: int, basis_points: int) -> int:
    """Return ``basis_points`` of ``minor``, rounded half away from zero."""
    share = (abs(minor) * basis_points + _BASIS_POINTS // 2) // _BASIS_POINTS
    return share if minor >= 0 else -share


def _months_after(anchor: date, months: int) -> date:
    """Return the anchor's day, ``months`` calendar months later, or that month's last day where it is shorter."""
    years, month_index = divmod(anchor.month - 1 + months, 12)
    year, month = anchor.year + years, month_index + 1
    return date(year, month, min(anchor.day, monthrange(year, month)[1]))
