"""What is known of an object from its snapshots, whatever their order, and however often each came.

The newer of two snapshots counts. ``Version`` orders them totally, so the newest is a maximum: order and repetition do
not matter, and the same events always lead to the same state. Moments are whole seconds, and several snapshots may have
the same. Of these the one whose status is later in the object's life counts; where that is equal too, the greater id. A
final status comes before any moment: a payment that succeeded stays so, whatever comes late.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from rules.stripe.snapshots import DisputeStatus, IntentStatus, RefundStatus, SessionStatus, Snapshot
from rules.stripe.stripe_events import StripeEvent

_LIVES: Final[Mapping[type[StrEnum], tuple[StrEnum, ...]]] = {
    IntentStatus: (
        IntentStatus.REQUIRES_PAYMENT_METHOD,
        IntentStatus.REQUIRES_CONFIRMATION,
        IntentStatus.REQUIRES_ACTION,
        IntentStatus.PROCESSING,
        IntentStatus.REQUIRES_CAPTURE,
        IntentStatus.CANCELED,
        IntentStatus.SUCCEEDED,
    ),
    RefundStatus: (
        RefundStatus.PENDING,
        RefundStatus.REQUIRES_ACTION,
        RefundStatus.SUCCEEDED,
        RefundStatus.CANCELED,
        RefundStatus.FAILED,  # a refund that succeeded may fail later
    ),
    DisputeStatus: (
        DisputeStatus.WARNING_NEEDS_RESPONSE,
        DisputeStatus.WARNING_UNDER_REVIEW,
        DisputeStatus.WARNING_CLOSED,
        DisputeStatus.NEEDS_RESPONSE,
        DisputeStatus.UNDER_REVIEW,
        DisputeStatus.PREVENTED,
        DisputeStatus.LOST,
        DisputeStatus.WON,
    ),
    SessionStatus: (SessionStatus.OPEN, SessionStatus.EXPIRED, SessionStatus.COMPLETE),
}
"""The statuses of each object in the order of its life."""

_ENDS: Final[Mapping[type[StrEnum], frozenset[StrEnum]]] = {
    IntentStatus: frozenset({IntentStatus.SUCCEEDED, IntentStatus.CANCELED}),
    RefundStatus: frozenset({RefundStatus.FAILED, RefundStatus.CANCELED}),
    DisputeStatus: frozenset(),
    SessionStatus: frozenset({SessionStatus.COMPLETE, SessionStatus.EXPIRED}),
}
"""The statuses that nothing leads out of."""


@dataclass(frozen=True, slots=True, order=True)
class Version:
    """The version of a snapshot: the newer of two snapshots has the greater one."""

    ended: bool
    at: datetime
    """The moment of the snapshot, on Stripe's clock, in UTC."""
    life: int
    source: str
    """The id of the event; empty for an answer."""


@dataclass(frozen=True, slots=True)
class KnownObject:
    """An object as its newest snapshot shows it, with that snapshot's version."""

    version: Version
    snapshot: Snapshot = field(compare=False)


def of_event(snapshot: Snapshot, event: StripeEvent) -> KnownObject:
    """Return what an event says of an object."""
    return _known_object(snapshot, event.created, event.id)


def of_answer(snapshot: Snapshot) -> KnownObject:
    """Return what an answer of the API says of an object.

    Its moment is the creation of the object, so that it is older than every event, unless its status is final.
    """
    return _known_object(snapshot, snapshot.created, "")


def _known_object(snapshot: Snapshot, at: datetime, source: str) -> KnownObject:
    kind = type(snapshot.status)
    return KnownObject(
        Version(snapshot.status in _ENDS[kind], at, _LIVES[kind].index(snapshot.status), source), snapshot
    )
