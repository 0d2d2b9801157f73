"""The integers that payment providers take for an amount: each provider has its own exponents, beside ISO 4217's.

Stripe's, as https://docs.stripe.com/currencies states them ("Zero-decimal currencies", "Three-decimal currencies",
"Special cases", read in November 2026):

- JPY and fourteen others are counted whole. MGA is among them, which has two digits in ISO 4217.
- ISK and UGX are whole currencies that Stripe goes on counting in hundredths: 5 ISK are 500.
- KWD, BHD, JOD, OMR and TND are counted in thousandths, the last digit of which must be 0.
- HUF and TWD are charged in hundredths like any other; only payouts of them must be whole.
- Of the rest, Stripe takes those with two digits. LYD and IQD, which have three, it does not take at all.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from rules.billing.money import Money, minor_digits

_ORDINARY_DIGITS: Final = 2


class NotPayable(ValueError):
    """Raised when a provider cannot be asked for an amount; the message says which amounts it takes."""


@dataclass(frozen=True, slots=True)
class ProviderUnit:
    """How a provider counts a currency: in units of so many decimal digits, and in steps of so many units."""

    digits: int
    step: int = 1


_WHOLE = ProviderUnit(0)
_WHOLE_IN_HUNDREDTHS = ProviderUnit(2, step=100)
_THOUSANDTHS_IN_TENS = ProviderUnit(3, step=10)

STRIPE: Final[Mapping[str, ProviderUnit]] = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA"), _WHOLE),
    **dict.fromkeys(("PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"), _WHOLE),
    **dict.fromkeys(("ISK", "UGX"), _WHOLE_IN_HUNDREDTHS),
    **dict.fromkeys(("BHD", "JOD", "KWD", "OMR", "TND"), _THOUSANDTHS_IN_TENS),
}
"""The currencies that are not counted in steps of one hundredth."""


def to_provider(money: Money, units: Mapping[str, ProviderUnit]) -> int:
    """Return the integer that a provider takes for ``money``. Raises ``NotPayable``: nothing is rounded."""
    unit = _unit(money.currency, units)
    exact = money.amount.scaleb(unit.digits)
    if exact % unit.step:
        raise NotPayable(f"{money.amount} {money.currency} cannot be paid there: it takes steps of {_step(unit)}")
    return int(exact)


def from_provider(count: int, currency: str, units: Mapping[str, ProviderUnit]) -> Money:
    """Return the amount that a provider's integer stands for; ``currency`` in either case.

    Raises ``NotPayable`` for a currency that the provider does not take, and for a part of a minor unit.
    """
    code = currency.upper()
    digits, unit = minor_digits(code), _unit(code, units)
    minor, rest = divmod(count * 10**digits, 10**unit.digits)
    if rest:
        raise NotPayable(f"{count} is no whole number of minor units of {code}")
    return Money(minor, code)


def _unit(currency: str, units: Mapping[str, ProviderUnit]) -> ProviderUnit:
    if currency in units:
        return units[currency]
    if minor_digits(currency) != _ORDINARY_DIGITS:
        raise NotPayable(f"{currency} cannot be paid there")
    return ProviderUnit(_ORDINARY_DIGITS)


def _step(unit: ProviderUnit) -> str:
    return f"{unit.step / 10**unit.digits:.{unit.digits}f}"
