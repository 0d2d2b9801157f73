"""Money: whole minor units, one currency at a time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.billing.money import Money, display, minor_digits

amounts = st.integers(min_value=-(10**15), max_value=10**15)


@given(amounts, amounts)
def test_adding_keeps_every_minor_unit(one: int, other: int) -> None:
    assert Money(one, "EUR") + Money(other, "EUR") == Money(one + other, "EUR")


@given(amounts, st.integers(min_value=0, max_value=20))
def test_multiplying_is_adding_again_and_again(minor: int, times: int) -> None:
    total = Money(0, "USD")
    for _ in range(times):
        total += Money(minor, "USD")
    assert Money(minor, "USD") * times == total


def test_two_currencies_do_not_add() -> None:
    with pytest.raises(ValueError, match="cannot add USD to EUR"):
        _ = Money(1, "EUR") + Money(1, "USD")


@pytest.mark.parametrize("currency", ["EURO", "eur", "", "QQQ"])
def test_an_unknown_currency_is_refused(currency: str) -> None:
    with pytest.raises(ValueError, match="ISO 4217"):
        Money(1, currency)


@pytest.mark.parametrize(
    ("currency", "digits"), [("EUR", 2), ("JPY", 0), ("KWD", 3), ("CLF", 4), ("RSD", 2), ("IQD", 3)]
)
def test_minor_digits_are_those_of_iso_4217(currency: str, digits: int) -> None:
    assert minor_digits(currency) == digits


@pytest.mark.parametrize(
    ("money", "language", "text"),
    [
        (Money(123_456, "EUR"), "en", "€1,234.56"),
        (Money(123_456, "EUR"), "de", "1.234,56\N{NO-BREAK SPACE}€"),
        (Money(123_456, "EUR"), "de-AT", "€\N{NO-BREAK SPACE}1.234,56"),
        (Money(-5, "USD"), "en", "-$0.05"),
        (Money(1_234, "JPY"), "en", "¥1,234"),
        (Money(1_234, "KWD"), "en", "KWD1.234"),
        (Money(1_250, "RSD"), "en", "RSD12.50"),
    ],
)
def test_an_amount_is_shown_as_its_language_writes_it(money: Money, language: str, text: str) -> None:
    assert display(money, language) == text


@given(amounts, st.sampled_from(["EUR", "JPY", "KWD", "RSD"]))
def test_the_amount_in_major_units_is_exact(minor: int, currency: str) -> None:
    assert Money(minor, currency).amount * 10 ** minor_digits(currency) == minor
