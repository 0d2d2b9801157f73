"""Reminders: which letter is due on which day, in their order, and what it charges."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from rules.billing import dunning
from rules.billing.dunning import APART, DunningHold, DunningHoldKind, DunningStage, SentStage
from rules.billing.settlement import AmountOwed, DisputeState, ReceivedMoney, settle

DUE = date(2026, 3, 15)
STAGES = tuple(DunningStage(days=days) for days in (-3, 0, 7, 21))


def sent(days: int, on: date | None = None, *, interest: int = 0) -> SentStage:
    return SentStage(days=days, on=on or DUE + timedelta(days=days), fee=0, interest=interest)


def stage_on(
    days: int,
    *before: SentStage,
    receipts: Sequence[ReceivedMoney] = (),
    hold: DunningHold | None = None,
    stages: Sequence[DunningStage] = STAGES,
) -> int | None:
    on = DUE + timedelta(days=days)
    settlement = settle(AmountOwed(gross=100, due_on=DUE), receipts, on=on)
    found = dunning.due_stage(stages, before, due_on=DUE, settlement=settlement, hold=hold, on=on)
    return found.days if found else None


def test_each_letter_has_its_day_and_is_sent_once() -> None:
    assert [stage_on(days) for days in (-4, -3, -1)] == [None, -3, -3]
    assert [stage_on(days, sent(-3)) for days in (-2, 0)] == [None, 0]
    assert [stage_on(days, sent(-3), sent(0)) for days in (1, 6, 7, 8)] == [None, None, 7, 7]
    assert [stage_on(days, sent(0), sent(7)) for days in (8, 20, 21)] == [None, None, 21]
    assert stage_on(400, sent(21)) is None


def test_what_announces_the_due_day_is_left_out_once_that_has_passed() -> None:
    assert stage_on(1) is None
    assert stage_on(7) == 7


def test_reminders_that_were_missed_follow_one_another_some_days_apart() -> None:
    assert stage_on(60) == 7
    last = sent(7, DUE + timedelta(days=60))
    assert [stage_on(60 + days, last) for days in (0, APART.days - 1, APART.days)] == [None, None, 21]


def test_nothing_is_sent_where_nothing_is_outstanding_or_a_payment_is_disputed() -> None:
    assert stage_on(7, receipts=[ReceivedMoney(amount=100)]) is None
    assert stage_on(7, receipts=[ReceivedMoney(amount=99)]) == 7
    taken = ReceivedMoney(amount=100, disputed=100, dispute=DisputeState.OPEN)
    assert stage_on(7, receipts=[taken]) is None
    assert stage_on(7, receipts=[ReceivedMoney(amount=100, disputed=100, dispute=DisputeState.LOST)]) == 7


def test_a_promise_holds_to_its_day_and_a_pause_until_it_is_lifted() -> None:
    promise = DunningHold(kind=DunningHoldKind.PROMISE, until=DUE + timedelta(days=10))
    assert [stage_on(days, hold=promise) for days in (7, 10, 11)] == [None, None, 7]
    assert stage_on(400, hold=DunningHold(kind=DunningHoldKind.PAUSE, until=None)) is None


def test_a_fee_is_of_a_currency_and_interest_of_the_days_since_it_was_due() -> None:
    stage = DunningStage(days=21, fee={"EUR": 500}, interest_percent=Decimal("9.12"))

    def charged(currency: str, *before: SentStage, days: int = 73) -> tuple[int, int]:
        on = DUE + timedelta(days=days)
        return dunning.charges(stage, before, currency=currency, outstanding=100_000, due_on=DUE, on=on)

    assert charged("EUR") == (500, 1824)  # 9.12 % of a fifth of a year
    assert charged("CHF") == (0, 1824)
    assert charged("EUR", sent(7, interest=824)) == (500, 1000)
    assert charged("EUR", sent(7, interest=9999)) == (500, 0)
    assert charged("EUR", days=-3) == (500, 0)


@given(st.lists(st.integers(-30, 90), unique=True, max_size=6), st.lists(st.integers(-40, 200), max_size=40))
def test_whichever_days_are_looked_at_each_letter_is_sent_once_and_in_order(
    stages: list[int], looked_at: list[int]
) -> None:
    before: list[SentStage] = []
    for days in sorted(looked_at):
        found = stage_on(days, *before, stages=[DunningStage(days=one) for one in stages])
        if found is not None:
            before.append(sent(found, DUE + timedelta(days=days)))
    order = [one.days for one in before]
    assert order == sorted(set(order))
    reminders = [one.on for one in before if one.days > 0]
    assert all(later - earlier >= APART for earlier, later in pairwise(reminders))
