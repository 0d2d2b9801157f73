"""A statement of account: what a client was billed, what came, and what was owed after each move."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class StatementKind(StrEnum):
    """What moves an account."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit note"
    PAYMENT = "payment"
    CREDIT = "credit"  # granted by a person


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementEntry:
    """One move, in minor units: above zero it was billed, below zero credited or paid."""

    day: date
    kind: StatementKind
    reference: str
    amount_minor: int
    balance_minor: int
    """What was owed after it."""


Move = tuple[date, StatementKind, str, int]


def balanced(moves: Iterable[Move]) -> Iterator[StatementEntry]:
    """Yield the moves of an account, given in their order, each with what was owed after it."""
    balance = 0
    for day, kind, reference, amount in moves:
        balance += amount
        yield StatementEntry(day=day, kind=kind, reference=reference, amount_minor=amount, balance_minor=balance)
