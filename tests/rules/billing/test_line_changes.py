"""A change of one period's line: what it costs then, and which periods wait, are left out, or are charged."""

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from rules.billing import charges
from rules.billing.charges import Discount, PriceTerms
from rules.billing.line_changes import LineChange, divide
from rules.billing.money import Money
from rules.billing.periods import BillingCycle, Interval, Period

FIRST = date(2027, 1, 1)
CYCLE = BillingCycle(FIRST, Interval(months=1))
JANUARY = CYCLE.period(0)
TERMS = [PriceTerms(begin=FIRST, quantity=Decimal(2), unit_price=Money(1000, "EUR"))]


def changed(number: int = 0, **values) -> LineChange:
    return LineChange(subscription_id=1, number=number, reason="agreed", **values)


def test_price_and_quantity_are_this_periods_and_its_discount_stays() -> None:
    terms = [PriceTerms(begin=FIRST, quantity=Decimal(2), unit_price=Money(1000, "EUR"), discount=Discount(1000))]
    cheaper = changed(unit_price=Money(500, "EUR"), quantity=Decimal(3))
    assert charges.net(JANUARY, cheaper.terms(terms)) == Money(1350, "EUR")
    assert charges.net(JANUARY, changed(description="Other words").terms(terms)) == charges.net(JANUARY, terms)


def test_what_is_left_out_charges_nothing() -> None:
    assert charges.charges(JANUARY, changed(omitted=True).terms(TERMS)) == []


def test_days_that_were_given_back_stay_free() -> None:
    ended = charges.changed(TERMS, date(2027, 1, 16), quantity=Decimal(0))
    dearer = changed(quantity=Decimal(4))
    assert [one.period.end for one in charges.charges(JANUARY, dearer.terms(ended))] == [date(2027, 1, 16)]
    assert charges.net(JANUARY, dearer.terms(ended)) == Money(1935, "EUR"), "15 of 31 days of four"


@given(
    omitted=st.sets(st.integers(0, 11)),
    waiting=st.dictionaries(st.integers(0, 11), st.integers(-400, 400)),
    on=st.integers(0, 400),
)
def test_each_due_period_is_charged_left_out_or_waited_for_and_none_is_passed_over(
    omitted: set[int], waiting: dict[int, int], on: int
) -> None:
    day = FIRST + timedelta(days=on)
    due: dict[int, Period] = dict(enumerate(CYCLE.due(0, on=day, limit=12)))
    changes = {number: changed(number, omitted=True) for number in omitted}
    changes |= {number: changed(number, not_before=FIRST + timedelta(days=days)) for number, days in waiting.items()}
    found = divide(due, changes, on=day)
    assert found.charged.keys().isdisjoint(found.omitted)
    assert list(found.decided) == list(due)[: len(found.decided)], "in their order, from the first one on"
    after = set(due) - set(found.decided)
    assert (found.waiting is not None) == bool(after)
    if found.waiting is not None:
        assert found.waiting.number == min(after)
        assert found.waiting.not_before is not None
        assert found.waiting.not_before > day
    assert set(found.omitted) <= omitted - waiting.keys()
