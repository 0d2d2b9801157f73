"""Money: whole minor units, one currency at a time."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.billing.money import LARGEST_MINOR, Money, allocate, display, minor_digits, parse, tender, written

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


@given(amounts, st.integers(min_value=1, max_value=1000))
def test_a_share_and_its_credit_cancel_out(minor: int, divisor: int) -> None:
    assert Money(minor, "EUR") * Fraction(1, divisor) + Money(-minor, "EUR") * Fraction(1, divisor) == Money(0, "EUR")


def test_half_a_minor_unit_is_rounded_away_from_zero() -> None:
    assert [(Money(minor, "EUR") * Fraction(1, 2)).minor for minor in (1, -1, 3, -3, 2)] == [1, -1, 2, -2, 1]


@given(amounts, st.lists(st.integers(min_value=0, max_value=1000), min_size=1, max_size=30).filter(any))
def test_parts_sum_to_the_whole_and_none_is_a_minor_unit_off(minor: int, weights: list[int]) -> None:
    parts = allocate(Money(minor, "EUR"), weights)
    assert sum(part.minor for part in parts) == minor
    assert all(
        abs(part.minor - Fraction(minor * weight, sum(weights))) <= 1
        for part, weight in zip(parts, weights, strict=True)
    )
    assert [-part for part in allocate(Money(-minor, "EUR"), weights)] == parts


@pytest.mark.parametrize("weights", [[], [0, 0], [1, -1, 3]])
def test_weights_that_share_nothing_out_are_refused(weights: list[int]) -> None:
    with pytest.raises(ValueError, match="weights"):
        allocate(Money(100, "EUR"), weights)


@given(st.integers(min_value=-LARGEST_MINOR, max_value=LARGEST_MINOR), st.sampled_from(sorted(tender())))
def test_what_is_written_is_read_back(minor: int, currency: str) -> None:
    assert parse(written(Money(minor, currency)), currency) == Money(minor, currency)


@pytest.mark.parametrize(
    ("text", "currency", "why"),
    [
        ("12.5000001", "EUR", "more decimals than EUR, which has 2"),
        ("0.0999", "EUR", "more decimals than EUR"),
        ("1.5", "JPY", "more decimals than JPY, which has 0"),
        ("12,50", "EUR", "at most one point"),
        ("1e3", "EUR", "not an amount"),
        ("NaN", "EUR", "not an amount"),
        ("\u0661\u0662", "EUR", "not an amount"),
        ("", "EUR", "not an amount"),
        ("99999999999999999", "EUR", "more than can be billed"),
        ("1", "QQQ", "ISO 4217"),
    ],
)
def test_what_cannot_be_billed_exactly_is_refused_in_words(text: str, currency: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        parse(text, currency)


def test_zeros_beyond_the_minor_unit_are_no_decimals() -> None:
    assert parse("12.5000", "EUR") == Money(1250, "EUR")


def test_historic_money_and_metals_are_no_tender() -> None:
    assert {"EUR", "CHF", "JPY"} <= tender()
    assert not {"DEM", "ITL", "XAU", "XXX"} & tender()
