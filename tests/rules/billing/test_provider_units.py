"""Provider units: the integer that goes to a provider is the amount that is owed, or the provider is not asked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.billing.money import Money, minor_digits, tender
from rules.billing.provider_units import STRIPE, NotPayable, from_provider, to_provider


@pytest.mark.parametrize(
    ("money", "units"),
    [
        (Money(1000, "USD"), 1000),
        (Money(500, "JPY"), 500),
        (Money(5, "ISK"), 500),
        (Money(5, "UGX"), 500),
        (Money(5120, "KWD"), 5120),
        (Money(1045, "HUF"), 1045),
        (Money(80045, "TWD"), 80045),
        (Money(500, "MGA"), 5),  # two digits in ISO 4217, none at Stripe
        (Money(1250, "RSD"), 1250),
        (Money(-250, "EUR"), -250),
    ],
)
def test_an_amount_becomes_stripes_integer_and_comes_back(money: Money, units: int) -> None:
    assert to_provider(money, STRIPE) == units
    assert from_provider(units, money.currency.lower(), STRIPE) == money


@pytest.mark.parametrize("money", [Money(5124, "KWD"), Money(1, "OMR"), Money(550, "MGA")])
def test_what_stripe_would_have_to_round_is_refused(money: Money) -> None:
    with pytest.raises(NotPayable, match="steps of"):
        to_provider(money, STRIPE)


@pytest.mark.parametrize("currency", ["LYD", "IQD", "CLF"])
def test_a_currency_that_stripe_does_not_take_is_refused(currency: str) -> None:
    with pytest.raises(NotPayable, match=f"{currency} cannot be paid"):
        to_provider(Money(1000, currency), STRIPE)


def test_half_a_krona_has_no_minor_unit() -> None:
    with pytest.raises(NotPayable, match="no whole number of minor units of ISK"):
        from_provider(550, "isk", STRIPE)


@given(st.integers(min_value=-(10**12), max_value=10**12), st.sampled_from(sorted(tender() - {"LYD", "IQD"})))
def test_whole_units_of_any_tender_come_back_unchanged(major: int, currency: str) -> None:
    money = Money(major * 10 ** minor_digits(currency), currency)
    assert from_provider(to_provider(money, STRIPE), currency, STRIPE) == money
