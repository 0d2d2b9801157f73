"""Which invoices a bank move may pay: by number, by amount, by the account that it came from.

It only suggests, and a person confirms. So it also finds a number that a bank breaks over two lines, and ranks a
doubtful match below better ones.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Final

from rules.bank.bank_file import BankMove

MOST_SUGGESTED: Final = 5
_LONGEST_NUMBER = 15
_DIGITS = re.compile(r"\d+")


class MatchReason(StrEnum):
    """Why an invoice is suggested."""

    NUMBER = "number"
    AMOUNT = "amount"
    ACCOUNT = "account"  # the client paid from it before
    NAME = "name"


_WEIGHTS = {MatchReason.NUMBER: 8, MatchReason.AMOUNT: 4, MatchReason.ACCOUNT: 2, MatchReason.NAME: 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenInvoice:
    """An invoice of which something is outstanding, in minor units."""

    id: int
    name: str
    client_id: int
    client_name: str
    currency: str
    outstanding: int


@dataclass(frozen=True, slots=True)
class BankMatch:
    """An invoice that a move may pay, and why."""

    invoice: OpenInvoice
    reasons: tuple[MatchReason, ...]


def suggested(move: BankMove, invoices: Iterable[OpenInvoice], *, payers: Iterable[int] = ()) -> list[BankMatch]:
    """Return which invoices a move may pay, the likeliest first. ``payers`` are clients who paid from its account."""
    known = frozenset(payers)
    found = [
        BankMatch(one, reasons)
        for one in invoices
        if one.currency == move.amount.currency and (reasons := _reasons(move, one, known))
    ]
    found.sort(key=lambda match: (-sum(_WEIGHTS[reason] for reason in match.reasons), match.invoice.id))
    return found[:MOST_SUGGESTED]


def numbers(moves: Sequence[BankMove]) -> list[int]:
    """Return the possible invoice numbers in the moves' texts: each run of digits, alone and with the run after it."""
    found = set[int]()
    for move in moves:
        runs = _DIGITS.findall(move.text)
        found.update(int(run) for run in runs if len(run) <= _LONGEST_NUMBER)
        found.update(int(a + b) for a, b in pairwise(runs) if len(a + b) <= _LONGEST_NUMBER)
    return sorted(found)


def _reasons(move: BankMove, invoice: OpenInvoice, payers: frozenset[int]) -> tuple[MatchReason, ...]:
    held = {
        MatchReason.NUMBER: _names(move.text, invoice.name),
        MatchReason.AMOUNT: abs(move.amount.minor) == invoice.outstanding,
        MatchReason.ACCOUNT: invoice.client_id in payers,
        MatchReason.NAME: _letters_and_digits(move.payer) == _letters_and_digits(invoice.client_name) != "",
    }
    return tuple(reason for reason, holds in held.items() if holds)


def _names(text: str, number: str) -> bool:
    """Tell whether a text has an invoice's number: in any case, with any separators, with or without leading zeros."""
    head, digits = re.fullmatch(r"(.*?)0*(\d*)", number, re.DOTALL).groups()  # type: ignore[union-attr]
    letters = r"[\W_]*".join(re.escape(one) for one in head if one.isalnum())
    counted = r"[\W_]*".join(digits)
    pattern = rf"(?<![^\W_]){letters}[\W_0]*{counted}(?!\d)"
    return re.search(pattern, text, re.IGNORECASE) is not None


def _letters_and_digits(name: str) -> str:
    return "".join(one for one in name.casefold() if one.isalnum())
