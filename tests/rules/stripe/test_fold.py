"""The fold of Stripe's events: any order, any repetition, the same state; and what came late changes no end."""

import random
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from rules.stripe import fold
from rules.stripe.fold import KnownObject
from rules.stripe.snapshots import (
    DisputeStatus,
    IntentStatus,
    RefundStatus,
    SessionStatus,
    Snapshot,
    StripeDispute,
    StripeIntent,
    StripeRefund,
    StripeSession,
)
from rules.stripe.stripe_events import StripeEvent

AT = datetime(2026, 11, 29, 12, tzinfo=UTC)


def intent(status: IntentStatus, *, number: int = 1, received: int = 0) -> StripeIntent:
    return StripeIntent(
        id=f"pi_{number}",
        created=AT,
        status=status,
        amount=100,
        received=received,
        currency="EUR",
        customer=None,
        method=None,
        metadata={},
    )


def refund(status: RefundStatus) -> StripeRefund:
    return StripeRefund(id="re_1", created=AT, intent="pi_1", status=status, amount=40, currency="EUR", metadata={})


def dispute(status: DisputeStatus) -> StripeDispute:
    return StripeDispute(
        id="du_1", created=AT, intent="pi_1", status=status, amount=100, currency="EUR", reason="", due=None
    )


def session(status: SessionStatus) -> StripeSession:
    return StripeSession(id="cs_1", created=AT, status=status, intent=None, url=None, expires=AT, metadata={})


def at(snapshot: Snapshot, seconds: int, source: str = "evt_1") -> KnownObject:
    event = StripeEvent(
        id=source, kind="", created=AT + timedelta(seconds=seconds), livemode=False, account=None, about=snapshot
    )
    return fold.of_event(snapshot, event)


def newest(found: Iterable[KnownObject]) -> dict[str, KnownObject]:
    """Return what is known of each object, by its id, as the store keeps it."""
    kept: dict[str, KnownObject] = {}
    for one in found:
        before = kept.get(one.snapshot.id)
        if before is None or one.version > before.version:
            kept[one.snapshot.id] = one
    return kept


def state(found: Iterable[KnownObject]) -> dict[str, Snapshot]:
    return {name: one.snapshot for name, one in newest(found).items()}


snapshots = st.one_of(
    st.builds(intent, st.sampled_from(IntentStatus), number=st.integers(1, 3), received=st.integers(0, 2)),
    st.builds(refund, st.sampled_from(RefundStatus)),
    st.builds(dispute, st.sampled_from(DisputeStatus)),
    st.builds(session, st.sampled_from(SessionStatus)),
)
histories = st.lists(st.tuples(snapshots, st.integers(0, 3)), max_size=12).map(
    lambda said: [at(one, seconds, f"evt_{number}") for number, (one, seconds) in enumerate(said)]
)


@given(histories, st.randoms(use_true_random=False))
def test_any_order_and_any_repetition_lead_to_the_same_state(history: list[KnownObject], chance: random.Random) -> None:
    again = history + [one for one in history if chance.random() < 0.5]
    chance.shuffle(again)
    assert state(again) == state(history)


@given(histories, st.integers(0, 12))
def test_folding_in_parts_is_folding_at_once(history: list[KnownObject], cut: int) -> None:
    first = list(newest(history[:cut]).values())
    assert state([*first, *history[cut:]]) == state(history)


@given(histories)
def test_every_status_has_its_place_in_its_objects_life(history: list[KnownObject]) -> None:
    assert set(state(history)) == {one.snapshot.id for one in history}


def test_a_payment_that_succeeded_stays_so_in_every_order() -> None:
    life = [
        at(intent(IntentStatus.REQUIRES_PAYMENT_METHOD), 0, "evt_a"),
        at(intent(IntentStatus.REQUIRES_ACTION), 0, "evt_b"),
        at(intent(IntentStatus.REQUIRES_PAYMENT_METHOD), 5, "evt_c"),
        at(intent(IntentStatus.SUCCEEDED, received=100), 3, "evt_d"),
    ]
    for order in permutations(life):
        assert state(order)["pi_1"] == intent(IntentStatus.SUCCEEDED, received=100)


def test_of_what_happens_within_one_second_the_later_state_of_life_counts() -> None:
    for order in permutations([at(refund(RefundStatus.SUCCEEDED), 0, "evt_z"), at(refund(RefundStatus.FAILED), 0)]):
        assert state(order)["re_1"] == refund(RefundStatus.FAILED)
    for order in permutations(
        [at(dispute(DisputeStatus.WON), 0), at(dispute(DisputeStatus.NEEDS_RESPONSE), 0, "evt_z")]
    ):
        assert state(order)["du_1"] == dispute(DisputeStatus.WON)


def test_an_answer_counts_before_every_event() -> None:
    declined, asked = intent(IntentStatus.REQUIRES_PAYMENT_METHOD), intent(IntentStatus.REQUIRES_ACTION)
    for order in permutations([fold.of_answer(asked), at(declined, 1)]):
        assert state(order)["pi_1"] == declined
