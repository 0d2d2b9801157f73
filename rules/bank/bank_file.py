"""The content of a bank's file: its bank moves, and the keys by which a move is recognised when it comes again."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from rules.billing.money import Money

MOST_BYTES: Final = 2_000_000
MOST_MOVES: Final = 10_000
_LONGEST = 500


class BadBankFile(ValueError):
    """Raised for a file that cannot be read; the message says what is wrong with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BankMove:
    """A bank move: money that came to an account; below zero, a payment that the bank took back.

    Texts are the bank's.
    """

    account: str
    """As the file names it: an IBAN, or a bank's code and a number."""
    booked_on: date
    amount: Money
    payer: str = ""
    payer_iban: str = ""
    text: str = ""
    """What the payer wrote."""
    bank_reference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BankFile:
    """A file that was read. Entries that cannot be payments (money that left, announcements) are only counted."""

    moves: tuple[BankMove, ...]
    left_out: int


def keys(moves: Sequence[BankMove]) -> list[str]:
    """Return a key for each move: a hash of what the bank says of it, and of its place among moves that say the same.

    So the same file again, or one that overlaps, has the same keys, and two equal payments of one day have two.
    """
    seen = Counter[str]()
    found: list[str] = []
    for one in moves:
        said = _identity(one)
        found.append(hashlib.sha256(f"{said}\0{seen[said]}".encode()).hexdigest())
        seen[said] += 1
    return found


def is_account(named: str, iban: str) -> bool:
    """Tell whether the account that a file names is the one with an IBAN; MT940 may name a bank's code and a number."""
    compact = "".join(named.split()).upper()
    if compact.startswith(iban):
        return True  # some banks put the currency behind it
    bank, _, number = compact.partition("/")
    return iban.startswith("DE") and number.isdigit() and iban[4:] == f"{bank}{number.zfill(10)}"


def tidy(text: str | None, longest: int = _LONGEST) -> str:
    """Return a text of the bank's as one line that can be stored: printable, and at most ``longest`` characters."""
    words = " ".join((text or "").split())
    return "".join(one for one in words if one.isprintable())[:longest]


def require_few(moves: Iterable[object]) -> None:
    """Raise ``BadBankFile`` for more moves than are taken at once."""
    if sum(1 for _ in moves) > MOST_MOVES:
        raise BadBankFile(f"it has more than {MOST_MOVES} moves; export a shorter time")


def _identity(move: BankMove) -> str:
    amount = f"{move.amount.minor} {move.amount.currency}"
    parts = (move.account, str(move.booked_on), amount, move.payer, move.payer_iban, move.text, move.bank_reference)
    return "\0".join(parts)
