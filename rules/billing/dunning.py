"""Reminders: which letter is due for an invoice on a day, and what it adds to what is owed.

    before it is due | on the day | after: one letter after the other, each once, days apart

Nothing is sent where nothing is outstanding, while a payment is disputed, and while somebody has put it on hold.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Final

from rules.billing.money import rounded
from rules.billing.settlement import InvoiceSettlement, SettlementState

APART: Final = timedelta(days=5)
"""The shortest time from a reminder to the next letter about the same invoice, also where several are due at once."""

_DAYS_OF_A_YEAR: Final = 365


class DunningHoldKind(StrEnum):
    """Why no reminder is sent for a while."""

    PAUSE = "pause"
    PROMISE = "promise"  # the client says that they pay by a day


@dataclass(frozen=True, slots=True, kw_only=True)
class DunningStage:
    """A letter that is due ``days`` after the invoice's due day; before it where that is below zero."""

    days: int
    fee: Mapping[str, int] = field(default_factory=dict[str, int])
    """What it costs the client, in minor units by currency; nothing in currencies that are not named."""
    interest_percent: Decimal = Decimal(0)
    """The rate per year, on what is outstanding, from the day after the due day."""

    @property
    def is_reminder(self) -> bool:
        """Whether it is sent because the invoice was not paid in time."""
        return self.days > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DunningHold:
    """A stop of reminders, up to and including ``until``; None: until a person lifts it."""

    kind: DunningHoldKind
    until: date | None

    def holds(self, on: date) -> bool:
        return self.until is None or on <= self.until


@dataclass(frozen=True, slots=True, kw_only=True)
class SentStage:
    """A letter that was sent, and what it charged, in minor units of the invoice's currency."""

    days: int
    on: date
    fee: int
    interest: int


def due_stage(
    stages: Sequence[DunningStage],
    sent: Collection[SentStage],
    *,
    due_on: date,
    settlement: InvoiceSettlement,
    hold: DunningHold | None,
    on: date,
) -> DunningStage | None:
    """Return the letter that is due on a day; None where none is.

    Letters for before the due day are left out once that has passed; reminders follow one another in their order.
    """
    if not settlement.outstanding or settlement.state is SettlementState.DISPUTED:
        return None
    if (hold is not None and hold.holds(on)) or any(on - one.on < APART for one in sent if one.days > 0):
        return None
    over = max((one.days for one in sent), default=None)
    waiting = (
        one
        for one in sorted(stages, key=lambda one: one.days)
        if due_on + timedelta(days=one.days) <= on and (over is None or one.days > over)
    )
    return next((one for one in waiting if one.is_reminder or on <= due_on), None)


def charges(
    stage: DunningStage,
    sent: Collection[SentStage],
    *,
    currency: str,
    outstanding: int,
    due_on: date,
    on: date,
) -> tuple[int, int]:
    """Return the fee and the interest that a letter adds, in minor units.

    Interest that was charged before is not charged again. ``outstanding`` is without fees and interest.
    """
    late = max(0, (on - due_on).days)
    exact = Fraction(stage.interest_percent) / 100 * outstanding * late / _DAYS_OF_A_YEAR
    return stage.fee.get(currency, 0), max(0, rounded(exact) - sum(one.interest for one in sent))
