"""The lines of an invoice and what they sum to."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from operator import add
from typing import Protocol

from rules.billing.money import Money

_BASIS_POINTS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class BillingLine:
    """A line, as far as an invoice's sums need it. 1900 basis points are 19 % tax."""

    net: Money
    tax_basis_points: int


class Taxed(Protocol):
    """A net amount with its rate of tax, from which a total is made."""

    @property
    def net(self) -> Money: ...

    @property
    def tax_basis_points(self) -> int: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """The sums of an invoice."""

    net: Money
    tax: Money
    gross: Money


def totals(lines: Sequence[Taxed]) -> Totals:
    """Return the sums of ``lines``, with the tax of each rate taken once, from the rate's net sum.

    Half a minor unit is rounded away from zero, so a credit note mirrors its invoice. Raises ValueError where there
    are no lines or more than one currency.
    """
    if not lines:
        raise ValueError("an invoice has at least one line")
    net = reduce(add, (line.net for line in lines))
    tax = reduce(add, (_tax(rate, lines) for rate in {line.tax_basis_points for line in lines}))
    return Totals(net=net, tax=tax, gross=net + tax)


def _tax(basis_points: int, lines: Sequence[Taxed]) -> Money:
    net = reduce(add, (line.net for line in lines if line.tax_basis_points == basis_points))
    return net * Fraction(basis_points, _BASIS_POINTS)
