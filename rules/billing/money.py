"""Money in whole minor units: no float ever holds an amount."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cache
from itertools import accumulate, pairwise
from typing import cast

from babel import Locale
from babel.core import get_global
from babel.numbers import get_currency_precision, is_currency, parse_pattern

# CLDR, which Babel follows, gives the digits that people write; ISO 4217 gives those that banks and Stripe settle in.
# Amounts are kept and printed with the digits of ISO 4217, or 12.50 RSD would be printed as 13.
_ISO_4217_DIGITS = {
    "AFN": 2,
    "ALL": 2,
    "IQD": 3,
    "IRR": 2,
    "KPW": 2,
    "LAK": 2,
    "LBP": 2,
    "MGA": 2,
    "MMK": 2,
    "RSD": 2,
    "SOS": 2,
    "SYP": 2,
    "YER": 2,
}

LARGEST_MINOR = 10**11
"""The largest amount of a line, in minor units: an e-invoice has room for it, and the database for sums of such."""

_PLAIN_AMOUNT = re.compile(r"-?[0-9]{1,18}(?:\.([0-9]{1,18}))?")


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units (cents, fils) of an ISO 4217 currency. Negative where it is owed the other way.

    Raises ValueError for a currency that ISO 4217 does not list.
    """

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if not is_currency(self.currency):
            raise ValueError(f"not an ISO 4217 currency: {self.currency!r}")

    def __add__(self, other: "Money") -> "Money":
        """Return the sum. Raises ValueError where the currencies differ."""
        if self.currency != other.currency:
            raise ValueError(f"cannot add {other.currency} to {self.currency}")
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        """Return the difference. Raises ValueError where the currencies differ."""
        return self + -other

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def __mul__(self, factor: int | Fraction | Decimal) -> "Money":
        """Return the product, half a minor unit rounded away from zero, so that a credit mirrors its charge."""
        return Money(rounded(Fraction(factor) * self.minor), self.currency)

    @property
    def amount(self) -> Decimal:
        """The amount in major units, exact."""
        return Decimal(self.minor).scaleb(-minor_digits(self.currency))


def minor_digits(currency: str) -> int:
    """Return how many decimal digits ISO 4217 gives the currency: 2 for EUR, 0 for JPY, 3 for KWD."""
    return _ISO_4217_DIGITS.get(currency, get_currency_precision(currency))


def rounded(exact: Fraction) -> int:
    """Return the nearest whole number; a half is rounded away from zero, as invoices are (EN 16931, 6.4.2)."""
    doubled = abs(exact) * 2
    whole = (doubled.numerator // doubled.denominator + 1) // 2
    return whole if exact >= 0 else -whole


def parse(text: str, currency: str) -> Money:
    """Return an amount that is written in major units with a point: "12.50", "-3", "0.125".

    Raises ValueError, saying what to write, for an unknown currency, for what is no plain number, for more decimals
    than the currency has (they are never rounded away), and for more than ``LARGEST_MINOR``.
    """
    digits = minor_digits(Money(0, currency).currency)
    plain = _PLAIN_AMOUNT.fullmatch(text.strip())
    if plain is None:
        raise ValueError(f"not an amount: {text[:40]!r}; write digits and at most one point, such as 12.50")
    if len((plain[1] or "").rstrip("0")) > digits:
        raise ValueError(f"{text.strip()} has more decimals than {currency}, which has {digits}")
    minor = int(Decimal(text.strip()).scaleb(digits))
    if abs(minor) > LARGEST_MINOR:
        raise ValueError(f"{text.strip()} is more than can be billed")
    return Money(minor, currency)


def written(money: Money) -> str:
    """Return the amount as ``parse`` reads it, all minor digits shown: "12.50"."""
    return f"{money.amount:f}"


def allocate(money: Money, weights: Sequence[int]) -> list[Money]:
    """Return ``money`` in parts proportional to ``weights``: they sum to it, and none is a minor unit off its share.

    Each part is what the running total grows by, so a part depends on nothing that comes after it. Raises ValueError
    where a weight is negative or all are zero.
    """
    total = sum(weights)
    if total <= 0 or min(weights) < 0:
        raise ValueError(f"weights are not negative, and not all zero: {list(weights)}")
    until = [rounded(Fraction(money.minor * part, total)) for part in accumulate(weights, initial=0)]
    return [Money(end - begin, money.currency) for begin, end in pairwise(until)]


@cache
def tender() -> frozenset[str]:
    """Return the currencies that are legal tender somewhere, by CLDR: EUR is among them, DEM and XAU are not."""
    territories = cast("dict[str, list[tuple[str, object, object, bool]]]", get_global("territory_currencies"))
    return frozenset(
        code for ever in territories.values() for code, _, end, is_tender in ever if is_tender and end is None
    )


def display(money: Money, language: str) -> str:
    """Return the amount as the language writes it, all minor digits shown.

    ``language`` is a BCP 47 tag such as "de" or "de-AT". Raises ``babel.UnknownLocaleError`` where Babel has no such
    locale.
    """
    locale = Locale.parse(language, sep="-")
    digits = minor_digits(money.currency)
    pattern = parse_pattern(locale.currency_formats["standard"].pattern)
    pattern.frac_prec = (digits, digits)
    return pattern.apply(money.amount, locale, currency=money.currency, currency_digits=False)


def percent(basis_points: int, language: str) -> str:
    """Return a rate in hundredths of a percent as the language writes it: 770 is "7,7\N{NO-BREAK SPACE}%" in German."""
    locale = Locale.parse(language, sep="-")
    pattern = parse_pattern(locale.percent_formats[None].pattern)
    pattern.frac_prec = (0, 2)
    return pattern.apply(Decimal(basis_points) / 10_000, locale)
