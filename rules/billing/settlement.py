"""An invoice's settlement: it follows from what is owed, what came, what went back, and the day, and is not stored.

    owed       its total, with the fees of reminders, without what credit notes took off or credit paid
    received   what came, without what the payers' banks took back
    state      disputed, before refunded, before paid, before overdue, before partly paid, before open

A refund is our own decision, so the invoice is not owed again. What a bank takes back is owed again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class PaymentSource(StrEnum):
    """How money came."""

    STRIPE = "stripe"
    BANK = "bank"  # found in a bank's file, and confirmed by a person
    HAND = "hand"  # entered by a person


class DisputeState(StrEnum):
    """What the payer's bank says of a payment."""

    NONE = ""
    ASKED = "asked"  # an inquiry: nothing was taken back
    OPEN = "open"
    LOST = "lost"
    WON = "won"


class RefundState(StrEnum):
    """What became of money that is to go back."""

    ASKED = "asked"  # it is unknown whether Stripe has it
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class SettlementState(StrEnum):
    """How far an invoice is paid."""

    OPEN = "open"
    PARTLY_PAID = "partly paid"
    PAID = "paid"
    OVERDUE = "overdue"
    REFUNDED = "refunded"
    DISPUTED = "disputed"


@dataclass(frozen=True, slots=True, kw_only=True)
class AmountOwed:
    """What an invoice asks for, in minor units of its currency."""

    gross: int
    due_on: date
    fees: int = 0
    """The fees and the interest of reminders."""
    credited: int = 0
    """What credit notes took off, and what the client's credit paid."""

    @property
    def total(self) -> int:
        return max(0, self.gross + self.fees - self.credited)

    @property
    def credited_too_much(self) -> int:
        """What was taken off beyond the whole claim: credit that paid an invoice which was then credited."""
        return max(0, self.credited - self.gross - self.fees) if self.gross > 0 else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedMoney:
    """One payment, in minor units: what came, what of that we gave back, and what the payer's bank took back."""

    amount: int
    refunded: int = 0
    disputed: int = 0
    dispute: DisputeState = DisputeState.NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceSettlement:
    """The state of an invoice, and the sums that it follows from, in minor units."""

    state: SettlementState
    owed: int
    received: int
    refunded: int
    outstanding: int
    """What is still to be paid."""
    surplus: int
    """What was paid too much and not given back; it becomes the client's credit."""


def settle(owed: AmountOwed, receipts: Sequence[ReceivedMoney], *, on: date) -> InvoiceSettlement:
    """Return how far an invoice is paid on a day. It is overdue from the day after it was due."""
    received = sum(one.amount - one.disputed for one in receipts)
    refunded = sum(one.refunded for one in receipts)
    outstanding = max(0, owed.total - received)
    return InvoiceSettlement(
        state=_state(owed, receipts, received=received, refunded=refunded, on=on),
        owed=owed.total,
        received=received,
        refunded=refunded,
        outstanding=outstanding,
        surplus=max(0, received - refunded - owed.total + owed.credited_too_much),
    )


def _state(
    owed: AmountOwed, receipts: Sequence[ReceivedMoney], *, received: int, refunded: int, on: date
) -> SettlementState:
    if any(one.dispute is DisputeState.OPEN for one in receipts):
        return SettlementState.DISPUTED
    if refunded > 0 and received <= refunded:
        return SettlementState.REFUNDED
    if received >= owed.total:
        return SettlementState.PAID
    if on > owed.due_on:
        return SettlementState.OVERDUE
    return SettlementState.PARTLY_PAID if received > 0 else SettlementState.OPEN
