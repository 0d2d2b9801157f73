"""Moves of bank files: each once, however often its file is read, and how much of it is booked."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from db import connection
from db.listing import ListFilter, Listing, Order, equals
from rules.bank import bank_file
from rules.bank.bank_file import BankMove
from rules.bank.entry_states import BankEntryState
from rules.billing.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class BankEntry:
    """A move of a bank's file. Amounts are in minor units; below zero the bank took a payment back."""

    id: int
    account: str
    booked_on: date
    amount_minor: int
    booked_minor: int
    currency: str
    payer: str
    payer_iban: str
    text: str
    bank_reference: str
    state: BankEntryState
    why: str
    added_by: str
    settled_by: str
    created_at: datetime

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def left(self) -> Money:
        """What of it is not booked."""
        return Money(self.amount_minor - self.booked_minor, self.currency)

    @property
    def move(self) -> BankMove:
        """What is left of it, to be matched."""
        return BankMove(
            account=self.account,
            booked_on=self.booked_on,
            amount=self.left,
            payer=self.payer,
            payer_iban=self.payer_iban,
            text=self.text,
            bank_reference=self.bank_reference,
        )


_ENTRY: Final = (
    "SELECT id, account, booked_on, amount_minor, (SELECT COALESCE(SUM(payment.amount_minor), 0) FROM payment"
    " WHERE bank_entry_id = bank_entry.id) AS booked_minor, currency, payer, payer_iban, text, bank_reference, state,"
    " why, added_by, settled_by, created_at FROM bank_entry"
)


def add(moves: Sequence[BankMove], *, file_name: str, by: str) -> int:
    """Keep the moves that are new, in the caller's transaction; returns how many these were."""
    new = 0
    for key, move in zip(bank_file.keys(moves), moves, strict=True):
        new += connection.changed(
            "INSERT INTO bank_entry (key, account, booked_on, amount_minor, currency, payer, payer_iban, text,"
            " bank_reference, state, why, file_name, added_by, settled_by, created_at)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, 'open', '', %s, %s, '', {now}) ON CONFLICT (key) DO NOTHING",
            key,
            move.account,
            move.booked_on,
            move.amount.minor,
            move.amount.currency,
            move.payer,
            move.payer_iban,
            move.text,
            move.bank_reference,
            file_name[:200],
            by[:100],
        )
    return new


def require(entry_id: int) -> BankEntry:
    """Return a move. Raises ``LookupError``."""
    for found in many([entry_id]):
        return found
    raise LookupError(f"no move of a bank's file has the id {entry_id}")


def many(ids: Sequence[int]) -> list[BankEntry]:
    """Return the moves that exist, of these ids."""
    return connection.rows(BankEntry, f"{_ENTRY} WHERE id {{ids}}", list(ids))


def lock(entry_id: int) -> BankEntry:
    """Return a move, and keep others from booking it until the caller's transaction ends. Raises ``LookupError``."""
    connection.changed("UPDATE bank_entry SET state = state WHERE id = %s", entry_id)
    return require(entry_id)


def became(entry_id: int, state: BankEntryState, *, by: str, why: str = "") -> None:
    """Write, in the caller's transaction, what a move has come to."""
    connection.changed(
        "UPDATE bank_entry SET state = %s, settled_by = %s, why = %s WHERE id = %s",
        str(state),
        by[:100],
        why[:200],
        entry_id,
    )


def payers(ibans: Iterable[str]) -> dict[str, list[int]]:
    """Return the ids of the clients whose invoices were paid from these accounts, by IBAN."""
    found: dict[str, list[int]] = {}
    rows = connection.execute(
        "SELECT DISTINCT payer_iban, client_id FROM bank_entry JOIN payment ON payment.bank_entry_id = bank_entry.id"
        " WHERE payer_iban {ids}",
        sorted({one for one in ibans if one}),
    )
    for iban, client_id in rows:
        found.setdefault(iban, []).append(client_id)
    return found


LIST: Final[Listing[BankEntry]] = Listing(
    table="bank_entry",
    columns="state",
    read=many,
    orders={"id": Order()},
    filters={"state": ListFilter(BankEntryState, equals("state"), "Only in this state")},
)
"""All moves of bank files. They are the agency's: a reader who is limited to clients sees none."""
