"""An invoice's state follows from what is owed, what came and went back, and the day; nothing is lost in between."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.billing.settlement import AmountOwed, DisputeState, ReceivedMoney, SettlementState, settle

DUE = date(2026, 3, 15)


def paid(amount: int, *, refunded: int = 0, disputed: int = 0, dispute: DisputeState = DisputeState.NONE):
    return ReceivedMoney(amount=amount, refunded=refunded, disputed=disputed, dispute=dispute)


@pytest.mark.parametrize(
    ("receipts", "days", "state", "outstanding", "surplus"),
    [
        ([], 0, SettlementState.OPEN, 100, 0),
        ([], 1, SettlementState.OVERDUE, 100, 0),
        ([paid(40)], 0, SettlementState.PARTLY_PAID, 60, 0),
        ([paid(40)], 1, SettlementState.OVERDUE, 60, 0),
        ([paid(40), paid(60)], 1, SettlementState.PAID, 0, 0),
        ([paid(130)], 1, SettlementState.PAID, 0, 30),
        ([paid(130, refunded=30)], 1, SettlementState.PAID, 0, 0),
        ([paid(100, refunded=30)], 1, SettlementState.PAID, 0, 0),
        ([paid(100, refunded=100)], 1, SettlementState.REFUNDED, 0, 0),
        ([paid(100, disputed=100, dispute=DisputeState.OPEN)], 1, SettlementState.DISPUTED, 100, 0),
        ([paid(100, dispute=DisputeState.ASKED)], 1, SettlementState.PAID, 0, 0),
        ([paid(100, disputed=100, dispute=DisputeState.LOST)], 0, SettlementState.OPEN, 100, 0),
        ([paid(100, dispute=DisputeState.WON)], 1, SettlementState.PAID, 0, 0),
        ([paid(100), paid(-20)], 0, SettlementState.PARTLY_PAID, 20, 0),
    ],
)
def test_the_state_of_an_invoice_of_100(
    receipts: list[ReceivedMoney], days: int, state: SettlementState, outstanding: int, surplus: int
) -> None:
    found = settle(AmountOwed(gross=100, due_on=DUE), receipts, on=DUE + timedelta(days=days))
    assert (found.state, found.outstanding, found.surplus) == (state, outstanding, surplus)


def test_fees_are_owed_and_credit_is_not() -> None:
    owed = AmountOwed(gross=100, due_on=DUE, fees=5, credited=30)
    assert settle(owed, [paid(75)], on=DUE).state is SettlementState.PAID
    assert settle(owed, [paid(70)], on=DUE).outstanding == 5
    assert settle(AmountOwed(gross=100, due_on=DUE, credited=100), [], on=DUE).state is SettlementState.PAID


amounts = st.integers(0, 10**12)


@given(
    amounts,
    st.lists(
        st.tuples(amounts, st.floats(0, 1), st.booleans()).map(
            lambda one: paid(one[0], disputed=one[0] * one[2], refunded=0 if one[2] else int(one[0] * one[1]))
        ),
        max_size=5,
    ),
)
def test_what_came_is_what_was_owed_what_is_missing_taken_off_and_what_is_too_much_added(
    gross: int, receipts: list[ReceivedMoney]
) -> None:
    found = settle(AmountOwed(gross=gross, due_on=DUE), receipts, on=DUE)
    assert found.outstanding == 0 or found.surplus == 0
    assert found.received <= found.owed - found.outstanding + found.surplus + found.refunded
    if not found.refunded:
        assert found.received == found.owed - found.outstanding + found.surplus
