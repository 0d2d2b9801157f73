"""Money in whole minor units: no float ever holds an amount."""

from dataclasses import dataclass
from decimal import Decimal

from babel import Locale
from babel.numbers import get_currency_precision, is_currency, parse_pattern

# CLDR, which Babel follows, gives the digits that people write; ISO 4217 gives those that banks and Stripe settle in.
# Amounts are kept and printed with the latter, or 12.50 RSD would be printed as 13.
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

    def __mul__(self, factor: int) -> "Money":
        return Money(self.minor * factor, self.currency)

    @property
    def amount(self) -> Decimal:
        """The amount in major units, exact."""
        return Decimal(self.minor).scaleb(-minor_digits(self.currency))


def minor_digits(currency: str) -> int:
    """Return how many decimal digits ISO 4217 gives the currency: 2 for EUR, 0 for JPY, 3 for KWD."""
    return _ISO_4217_DIGITS.get(currency, get_currency_precision(currency))


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
