"""Charges: parts sum to the whole, and changes leave a client with what they would have paid had all been known."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.billing.charges import Discount, PeriodCharge, PriceTerms, adjustment, charges, net
from rules.billing.money import Money
from rules.billing.periods import Period

MARCH = Period(date(2026, 3, 1), date(2026, 4, 1))
DAYS = st.integers(min_value=0, max_value=30).map(lambda days: MARCH.start + timedelta(days=days))
DISCOUNTS = (
    st.none()
    | st.builds(Discount, basis_points=st.integers(min_value=1, max_value=10_000))
    | st.builds(Discount, amount_minor=st.integers(min_value=1, max_value=10_000))
)


def terms_from(begin: st.SearchStrategy[date]) -> st.SearchStrategy[PriceTerms]:
    return st.builds(
        PriceTerms,
        begin=begin,
        quantity=st.integers(min_value=0, max_value=99_999).map(lambda thousandths: Decimal(thousandths) / 1000),
        unit_price=st.builds(Money, st.integers(min_value=0, max_value=10**6), st.just("EUR")),
        discount=DISCOUNTS,
        paused=st.booleans(),
    )


HISTORY = st.tuples(terms_from(st.just(date(2026, 1, 1))), st.lists(terms_from(DAYS), max_size=6)).map(
    lambda pair: [pair[0], *sorted(pair[1], key=lambda one: one.begin)]
)


def terms(
    minor: int = 3100,
    *,
    begin: date = date(2026, 1, 1),
    quantity: str = "1",
    discount: Discount | None = None,
    paused: bool = False,
    currency: str = "EUR",
) -> PriceTerms:
    return PriceTerms(
        begin=begin,
        quantity=Decimal(quantity),
        unit_price=Money(minor, currency),
        discount=discount,
        paused=paused,
    )


def test_a_whole_period_is_quantity_times_price_less_the_discount() -> None:
    assert charges(MARCH, [terms(1999, quantity="3", discount=Discount(basis_points=1000))]) == [
        PeriodCharge(
            period=MARCH,
            of_days=31,
            quantity=Decimal(3),
            unit_price=Money(1999, "EUR"),
            discount=Money(600, "EUR"),
            net=Money(5397, "EUR"),
        )
    ]


def test_hours_are_charged_to_the_thousandth() -> None:
    assert net(MARCH, [terms(9500, quantity="1.755")]) == Money(16673, "EUR")


def test_a_change_in_a_period_charges_each_stretch_its_days() -> None:
    parts = charges(MARCH, [terms(3100), terms(6200, begin=date(2026, 3, 11))])
    assert [(part.period.days, part.net.minor, part.is_part) for part in parts] == [(10, 1000, True), (21, 4200, True)]


def test_a_change_on_the_first_day_divides_nothing() -> None:
    (charge,) = charges(MARCH, [terms(3100), terms(6200, begin=MARCH.start)])
    assert (charge.net.minor, charge.is_part) == (6200, False)


def test_terms_that_say_the_same_divide_nothing() -> None:
    (charge,) = charges(MARCH, [terms(), terms(begin=date(2026, 3, 9))])
    assert not charge.is_part


def test_of_two_changes_on_one_day_the_later_holds() -> None:
    day = date(2026, 3, 11)
    assert net(MARCH, [terms(), terms(9999, begin=day), terms(begin=day)]) == net(MARCH, [terms()])


def test_a_pause_within_a_period_leaves_its_days_free() -> None:
    parts = charges(MARCH, [terms(), terms(begin=date(2026, 3, 11), paused=True), terms(begin=date(2026, 3, 21))])
    assert [(part.period.start.day, part.net.minor) for part in parts] == [(1, 1000), (21, 1100)]


def test_a_paused_period_charges_nothing() -> None:
    assert charges(MARCH, [terms(paused=True)]) == []
    assert charges(MARCH, [terms(quantity="0")]) == []


def test_a_free_period_still_has_its_line() -> None:
    (charge,) = charges(MARCH, [terms(discount=Discount(basis_points=10_000))])
    assert (charge.net.minor, charge.discount.minor) == (0, 3100)


def test_a_discount_ends_with_the_periods_that_start_by_then() -> None:
    cheap = terms(discount=Discount(amount_minor=1000, until=MARCH.start))
    assert net(MARCH, [cheap]) == Money(3100, "EUR")
    assert net(Period(date(2026, 2, 1), MARCH.start), [cheap]) == Money(2100, "EUR")


def test_a_discount_takes_no_more_than_there_is() -> None:
    assert net(MARCH, [terms(500, discount=Discount(amount_minor=1000))]) == Money(0, "EUR")


def test_an_upgrade_in_a_paid_period_costs_the_rest_of_the_difference() -> None:
    before = [terms(3100)]
    assert adjustment(MARCH, before, [*before, terms(6200, begin=date(2026, 3, 22))]) == Money(1000, "EUR")


def test_ending_in_a_paid_period_gives_its_rest_back() -> None:
    before = [terms(3100)]
    assert adjustment(MARCH, before, [*before, terms(begin=date(2026, 3, 22), quantity="0")]) == Money(-1000, "EUR")


@given(terms_from(st.just(date(2026, 1, 1))), st.lists(DAYS, max_size=8))
def test_however_often_a_period_is_divided_its_parts_sum_to_it(one: PriceTerms, days: list[date]) -> None:
    whole = one.net_of(MARCH)
    dearer = one.unit_price + Money(1, "EUR")
    flipped = [
        PriceTerms(begin=day, quantity=one.quantity, unit_price=price, discount=one.discount, paused=one.paused)
        for day in sorted(days)
        for price in (dearer, one.unit_price)  # there and back on one day
    ]
    assert net(MARCH, [one, *flipped]) == whole


@given(HISTORY)
def test_adjustments_of_any_changes_sum_to_what_all_at_once_would_charge(history: list[PriceTerms]) -> None:
    paid = net(MARCH, history[:1])
    for known in range(1, len(history)):
        paid += adjustment(MARCH, history[:known], history[: known + 1])
    assert paid == net(MARCH, history)


@given(HISTORY)
def test_a_charge_is_what_its_quantity_price_and_discount_make(history: list[PriceTerms]) -> None:
    for charge in charges(MARCH, history):
        assert charge.unit_price * charge.quantity - charge.discount == charge.net
        assert charge.net.minor >= 0


@given(HISTORY)
def test_charged_days_are_in_order_and_in_the_period(history: list[PriceTerms]) -> None:
    parts = charges(MARCH, history)
    assert all(one.period.end <= other.period.start for one, other in pairwise(parts))
    assert all(MARCH.start <= part.period.start and part.period.end <= MARCH.end for part in parts)


@pytest.mark.parametrize(
    ("quantity", "why"),
    [("-1", "from 0 to"), ("NaN", "from 0 to"), ("Infinity", "from 0 to"), ("1.0005", "3 decimals")],
)
def test_what_is_no_quantity_is_refused(quantity: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        terms(quantity=quantity)


def test_more_than_an_invoice_has_room_for_is_refused() -> None:
    with pytest.raises(ValueError, match="more than can be billed"):
        terms(10**9, quantity="1000")


def test_a_price_below_zero_is_refused() -> None:
    with pytest.raises(ValueError, match="a price is not negative"):
        terms(-1)


@pytest.mark.parametrize(("basis_points", "amount"), [(0, 0), (10_001, 0), (100, 100), (-1, 0), (0, -1)])
def test_what_is_no_discount_is_refused(basis_points: int, amount: int) -> None:
    with pytest.raises(ValueError, match="a discount is"):
        Discount(basis_points=basis_points, amount_minor=amount)


def test_a_period_before_the_first_terms_is_refused() -> None:
    with pytest.raises(ValueError, match="no terms hold on 2026-03-01"):
        charges(MARCH, [terms(begin=date(2026, 3, 2))])
