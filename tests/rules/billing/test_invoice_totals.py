"""Sums by EN 16931: rounded by line, taxed by category and rate, and a credit note is its invoice's mirror."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from rules.billing.invoice_totals import InvoiceTotals, compute
from rules.billing.money import minor_digits
from rules.billing.priced_lines import AllowanceCharge, DocumentAllowanceCharge, PricedLine
from rules.billing.tax_treatment import TaxCategory, TaxTreatment, standard

EXEMPT = TaxTreatment(category=TaxCategory.EXEMPT, exemption_reason="Teaching")


def line(price: str, *, quantity: str = "1", tax: TaxTreatment | None = None, **more: object) -> PricedLine:
    return PricedLine(
        name="Hosting",
        quantity=Decimal(quantity),
        unit_price=Decimal(price),
        tax=tax or standard(19),
        **more,  # pyright: ignore[reportArgumentType]
    )


def off(**what: str) -> AllowanceCharge:
    return AllowanceCharge(**{name: Decimal(value) for name, value in what.items()}, reason="Discount")  # pyright: ignore[reportArgumentType]


def test_each_line_is_rounded_before_they_are_summed() -> None:
    lines = [line("0.335", quantity="1")] * 3
    assert compute(lines, "EUR").line_nets == (Decimal("0.34"),) * 3
    assert compute(lines, "EUR").lines == Decimal("1.02")
    assert compute([line("0.335", quantity="3")], "EUR").lines == Decimal("1.01")


def test_half_a_unit_is_rounded_away_from_zero_on_both_sides() -> None:
    assert compute([line("0.125")], "EUR").lines == Decimal("0.13")
    assert compute([line("0.125", quantity="-1")], "EUR").lines == Decimal("-0.13")


def test_tax_is_taken_once_of_the_sum_of_a_category_and_rate() -> None:
    found = compute([line("0.03")] * 10 + [line("1", tax=standard("7")), line("5", tax=EXEMPT)], "EUR")
    assert [(one.tax.category, one.tax.rate, one.taxable, one.amount) for one in found.by_tax] == [
        ("E", 0, Decimal("5.00"), Decimal("0.00")),
        ("S", 7, Decimal("1.00"), Decimal("0.07")),
        ("S", 19, Decimal("0.30"), Decimal("0.06")),
    ]
    assert (found.net, found.tax, found.gross) == (Decimal("6.30"), Decimal("0.13"), Decimal("6.43"))


@pytest.mark.parametrize(
    ("currency", "net", "tax"), [("JPY", "1000", "190"), ("EUR", "1000.13", "190.02"), ("KWD", "1000.125", "190.024")]
)
def test_the_currency_says_how_many_digits_there_are(currency: str, net: str, tax: str) -> None:
    found = compute([line("1000.125")], currency)
    assert (str(found.net), str(found.tax)) == (net, tax)


def test_a_percentage_of_a_line_is_taken_of_quantity_times_price() -> None:
    found = line("10", quantity="3", allowances=(off(percent="10"), off(amount="1.50")), charges=(off(percent="5"),))
    assert found.net(2) == Decimal("27.00")


def test_a_price_may_be_for_many_units() -> None:
    assert line("3.50", quantity="2500", price_quantity=Decimal(1000)).net(2) == Decimal("8.75")


def test_a_percentage_of_the_invoice_is_taken_of_the_lines_with_its_tax() -> None:
    less = [
        DocumentAllowanceCharge(percent=Decimal(10), reason="Loyalty", tax=standard(19)),
        DocumentAllowanceCharge(percent=Decimal(10), reason="Loyalty", tax=standard(7)),
    ]
    more = [DocumentAllowanceCharge(amount=Decimal("4.90"), reason="Post", tax=standard(19))]
    found = compute([line("100"), line("50", tax=standard(7))], "EUR", allowances=less, charges=more)
    assert (found.lines, found.allowances, found.charges, found.net) == tuple(
        map(Decimal, ("150.00", "15.00", "4.90", "139.90"))
    )
    assert [one.taxable for one in found.by_tax] == [Decimal("45.00"), Decimal("94.90")]


def test_what_is_paid_already_and_rounding_change_only_what_is_to_be_paid() -> None:
    found = compute([line("100")], "CHF", prepaid=Decimal(50), rounding=Decimal("0.02"))
    assert (found.gross, found.payable) == (Decimal("119.00"), Decimal("69.02"))


def test_reasons_of_several_exempt_lines_stand_in_one_breakdown() -> None:
    lines = [line("1", tax=EXEMPT), line("2", tax=replace(EXEMPT, exemption_reason="Insurance"))]
    (one,) = compute(lines, "EUR").by_tax
    assert one.tax.exemption_reason == "Teaching; Insurance"


def test_a_category_that_says_why_by_itself_has_its_code() -> None:
    (one,) = compute([line("1", tax=TaxTreatment(category=TaxCategory.REVERSE_CHARGE))], "EUR").by_tax
    assert one.tax.exemption_code == "VATEX-EU-AE"


@pytest.mark.parametrize(
    ("given_", "says"),
    [
        ({"category": "S"}, "rate above 0"),
        ({"category": "AE", "rate": 19}, "has the rate 0"),
        ({"category": "E"}, "exemption_reason or exemption_code is missing"),
        ({"category": "Z", "exemption_reason": "x"}, "it is taxed"),
        ({"category": "X"}, "'S', 'Z', 'E'"),
        ({"category": "S", "rate": "19.12345"}, "4 decimal places"),
        ({"category": "S", "rate": "NaN"}, "finite number"),
    ],
)
def test_a_treatment_that_contradicts_itself_is_refused(given_: dict[str, object], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        TaxTreatment(**given_)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("given_", "says"),
    [
        ({"amount": 1, "percent": 1, "reason": "x"}, "not both"),
        ({"reason": "x"}, "an amount or a percent"),
        ({"amount": 1}, "reason or reason_code is missing"),
        ({"amount": -1, "reason": "x"}, "greater than or equal to 0"),
    ],
)
def test_an_allowance_that_is_none_is_refused(given_: dict[str, object], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        AllowanceCharge(**given_)  # pyright: ignore[reportArgumentType]


taxes = st.sampled_from([standard(19), standard(7), standard("5.5"), standard(0), EXEMPT])
prices = st.decimals(0, 100_000, places=4)
quantities = st.decimals(-1000, 1000, places=3)
lines_ = st.lists(
    st.builds(
        PricedLine,
        name=st.just("x"),
        quantity=quantities,
        unit_price=prices,
        tax=taxes,
        allowances=st.lists(
            st.builds(AllowanceCharge, percent=st.decimals(0, 100, places=2), reason=st.just("x")), max_size=2
        ).map(tuple),
    ),
    min_size=1,
    max_size=12,
)
currencies = st.sampled_from(["EUR", "JPY", "KWD"])


def mirrored(line_: PricedLine) -> PricedLine:
    return replace(line_, quantity=-line_.quantity)


@given(lines_, currencies)
def test_a_credit_note_is_its_invoices_mirror(lines: list[PricedLine], currency: str) -> None:
    forth, back = compute(lines, currency), compute([mirrored(one) for one in lines], currency)
    assert (back.net, back.tax, back.gross, back.payable) == (-forth.net, -forth.tax, -forth.gross, -forth.payable)


@given(lines_, currencies, st.decimals(0, 50, places=2), st.decimals("-0.5", "0.5", places=2))
def test_the_rules_of_the_norm_hold(lines: list[PricedLine], currency: str, paid: Decimal, over: Decimal) -> None:
    less = [DocumentAllowanceCharge(percent=Decimal("3.33"), reason="x", tax=lines[0].tax)]
    found = compute(lines, currency, allowances=less, prepaid=paid, rounding=over)
    assert_follows_the_norm(found)
    digits = minor_digits(currency)
    assert all(-one.as_tuple().exponent == digits for one in (found.net, found.tax, found.gross, found.payable))  # pyright: ignore[reportOperatorIssue]


def assert_follows_the_norm(found: InvoiceTotals) -> None:
    assert found.lines == sum(found.line_nets)  # BR-CO-10
    assert found.allowances == sum(found.allowance_amounts)  # BR-CO-11
    assert found.charges == sum(found.charge_amounts)  # BR-CO-12
    assert found.net == found.lines - found.allowances + found.charges  # BR-CO-13
    assert found.net == sum(one.taxable for one in found.by_tax)
    assert found.tax == sum(one.amount for one in found.by_tax)  # BR-CO-14
    assert found.gross == found.net + found.tax  # BR-CO-15
    assert found.payable == found.gross - found.prepaid + found.rounding  # BR-CO-16
