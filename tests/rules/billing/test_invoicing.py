"""Billing: every day is billed once, every cent is in one total."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.billing.invoicing import MAX_CATCH_UP, BillingLine, Period, next_period, periods_due, totals
from rules.billing.money import Money

anchors = st.dates(min_value=date(1990, 1, 1), max_value=date(2100, 12, 31))
months = st.integers(min_value=1, max_value=36)
lines = st.builds(
    BillingLine,
    subscription_id=st.integers(min_value=1),
    period=st.just(Period(date(2026, 1, 1), date(2026, 2, 1))),
    description=st.text(max_size=5),
    net=st.builds(Money, st.integers(min_value=-(10**9), max_value=10**9), st.just("EUR")),
    tax_basis_points=st.sampled_from([0, 500, 700, 1900, 2000]),
)


def line(minor: int, rate: int = 1900, currency: str = "EUR") -> BillingLine:
    return BillingLine(
        subscription_id=1,
        period=Period(date(2026, 1, 1), date(2026, 2, 1)),
        description="Hosting",
        net=Money(minor, currency),
        tax_basis_points=rate,
    )


def test_the_anchor_day_comes_back_after_a_short_month() -> None:
    starts = [next_period(date(2026, 1, 31), 1, index).start for index in range(4)]
    assert starts == [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30)]


def test_a_year_from_29_february_ends_on_the_28th() -> None:
    assert next_period(date(2024, 2, 29), 12, 0) == Period(date(2024, 2, 29), date(2025, 2, 28))
    assert next_period(date(2024, 2, 29), 12, 4).start == date(2028, 2, 29)


@given(anchors, months, st.integers(min_value=0, max_value=100))
def test_periods_neither_overlap_nor_leave_a_gap(anchor: date, months: int, index: int) -> None:
    assert next_period(anchor, months, index).end == next_period(anchor, months, index + 1).start


@given(anchors, months, st.integers(min_value=0, max_value=100))
def test_a_period_starts_on_the_anchors_day_or_on_the_last_of_a_shorter_month(
    anchor: date, months: int, index: int
) -> None:
    start = next_period(anchor, months, index).start
    assert start.day == anchor.day or start.day == max(d for d in range(28, 32) if _exists(start, d))


def _exists(month: date, day: int) -> bool:
    try:
        month.replace(day=day)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("months", [0, -1])
def test_a_period_of_no_months_is_refused(months: int) -> None:
    with pytest.raises(ValueError, match="ends after it starts"):
        next_period(date(2026, 1, 1), months, 1)


def test_a_period_is_due_on_its_first_day() -> None:
    due = periods_due(anchor=date(2026, 1, 15), months=1, billed=0, on=date(2026, 1, 15), until=None)
    assert due == [Period(date(2026, 1, 15), date(2026, 2, 15))]


def test_nothing_is_due_before_the_anchor() -> None:
    assert periods_due(anchor=date(2026, 1, 15), months=1, billed=0, on=date(2026, 1, 14), until=None) == []


def test_missed_months_are_caught_up_oldest_first() -> None:
    due = periods_due(anchor=date(2026, 1, 31), months=1, billed=1, on=date(2026, 4, 1), until=None)
    assert [period.start for period in due] == [date(2026, 2, 28), date(2026, 3, 31)]


def test_nothing_starts_on_or_after_the_day_that_the_subscription_ends() -> None:
    due = periods_due(anchor=date(2026, 1, 1), months=1, billed=0, on=date(2026, 12, 1), until=date(2026, 3, 1))
    assert [period.start for period in due] == [date(2026, 1, 1), date(2026, 2, 1)]


def test_one_run_catches_up_no_more_than_the_cap() -> None:
    due = periods_due(anchor=date(1990, 1, 1), months=1, billed=0, on=date(2026, 1, 1), until=None)
    assert len(due) == MAX_CATCH_UP


@given(anchors, months, st.integers(min_value=0, max_value=5), st.integers(min_value=0, max_value=1500))
def test_billing_in_two_runs_bills_what_one_run_would(anchor: date, months: int, billed: int, days: int) -> None:
    later = date.fromordinal(anchor.toordinal() + days)
    earlier = date.fromordinal(anchor.toordinal() + days // 2)
    at_once = periods_due(anchor=anchor, months=months, billed=billed, on=later, until=None)
    first = periods_due(anchor=anchor, months=months, billed=billed, on=earlier, until=None)
    second = periods_due(anchor=anchor, months=months, billed=billed + len(first), on=later, until=None)
    assert first + second == at_once


@given(st.lists(lines, min_size=1, max_size=20))
def test_gross_is_net_and_tax(some: list[BillingLine]) -> None:
    total = totals(some)
    assert total.gross == total.net + total.tax
    assert total.net.minor == sum(one.net.minor for one in some)
    assert total.tax.minor == sum(rate.tax.minor for rate in total.by_rate)


@given(st.lists(lines, min_size=1, max_size=20).flatmap(lambda some: st.tuples(st.just(some), st.permutations(some))))
def test_the_order_of_lines_does_not_matter(pair: tuple[list[BillingLine], list[BillingLine]]) -> None:
    assert totals(pair[0]) == totals(pair[1])


@given(st.lists(lines, min_size=1, max_size=20))
def test_a_credit_note_mirrors_its_invoice(some: list[BillingLine]) -> None:
    credit = [
        BillingLine(
            subscription_id=one.subscription_id,
            period=one.period,
            description=one.description,
            net=one.net * -1,
            tax_basis_points=one.tax_basis_points,
        )
        for one in some
    ]
    assert totals(credit).gross == totals(some).gross * -1


def test_tax_is_rounded_once_per_rate_half_up() -> None:
    total = totals([line(50, 100), line(3, 1900), line(3, 1900)])
    assert [(rate.tax_basis_points, rate.net.minor, rate.tax.minor) for rate in total.by_rate] == [
        (100, 50, 1),  # 0.5 is rounded up
        (1900, 6, 1),  # 1.14, where two lines rounded on their own would give 2
    ]


def test_an_invoice_has_one_currency() -> None:
    with pytest.raises(ValueError, match="cannot add USD to EUR"):
        totals([line(1), line(1, currency="USD")])
    with pytest.raises(ValueError, match="cannot add"):
        totals([line(1), line(1, 700, currency="USD")])


def test_an_invoice_has_at_least_one_line() -> None:
    with pytest.raises(ValueError, match="at least one line"):
        totals([])
