"""Invoice totals: every cent is in one of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.billing.invoicing import BillingLine, totals
from rules.billing.money import Money

lines = st.builds(
    BillingLine,
    net=st.builds(Money, st.integers(min_value=-(10**9), max_value=10**9), st.just("EUR")),
    tax_basis_points=st.sampled_from([0, 500, 700, 1900, 2000]),
)


def line(minor: int, rate: int = 1900, currency: str = "EUR") -> BillingLine:
    return BillingLine(
        net=Money(minor, currency),
        tax_basis_points=rate,
    )


@given(st.lists(lines, min_size=1, max_size=20))
def test_gross_is_net_and_tax(some: list[BillingLine]) -> None:
    total = totals(some)
    assert total.gross == total.net + total.tax
    assert total.net.minor == sum(one.net.minor for one in some)
    by_rate = ([one for one in some if one.tax_basis_points == rate] for rate in {one.tax_basis_points for one in some})
    assert total.tax.minor == sum(totals(lines_of_one).tax.minor for lines_of_one in by_rate)


@given(st.lists(lines, min_size=1, max_size=20).flatmap(lambda some: st.tuples(st.just(some), st.permutations(some))))
def test_the_order_of_lines_does_not_matter(pair: tuple[list[BillingLine], list[BillingLine]]) -> None:
    assert totals(pair[0]) == totals(pair[1])


@given(st.lists(lines, min_size=1, max_size=20))
def test_a_credit_note_mirrors_its_invoice(some: list[BillingLine]) -> None:
    credit = [
        BillingLine(
            net=one.net * -1,
            tax_basis_points=one.tax_basis_points,
        )
        for one in some
    ]
    assert totals(credit).gross == totals(some).gross * -1


def test_tax_is_rounded_once_per_rate_half_up() -> None:
    assert totals([line(50, 100)]).tax.minor == 1, "0.5 is rounded up"
    assert totals([line(3), line(3)]).tax.minor == 1, "1.14, where two lines rounded on their own would give 2"
    assert totals([line(50, 100), line(3)]).tax.minor == 2, "1.07, where both rates rounded at once would give 1"


def test_an_invoice_has_one_currency() -> None:
    with pytest.raises(ValueError, match="cannot add USD to EUR"):
        totals([line(1), line(1, currency="USD")])
    with pytest.raises(ValueError, match="cannot add"):
        totals([line(1), line(1, 700, currency="USD")])


def test_an_invoice_has_at_least_one_line() -> None:
    with pytest.raises(ValueError, match="at least one line"):
        totals([])
