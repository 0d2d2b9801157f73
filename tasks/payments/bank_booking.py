"""Bank files: read and kept, each move once; a person says which invoice a move pays.

    a file ──read──> moves ──new ones kept──> open ──a person──> a payment (or several), until nothing is left
                                                └──> set aside: it pays no invoice

Promise: local. Nothing is booked by itself, and what is booked of a move is never more than the move.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from db import connection
from db.billing import invoices, senders
from db.payments import bank_entries, open_invoices, payments, settlements
from db.payments.bank_entries import BankEntry
from db.payments.payments import Payment
from rules.bank import bank_file, formats, matching
from rules.bank.bank_file import BadBankFile, BankMove
from rules.bank.entry_states import BankEntryState
from rules.bank.matching import BankMatch
from rules.billing.money import Money
from rules.billing.settlement import PaymentSource
from settings.failpoints import failpoint
from tasks.payments.collection import NotCollectable

# mt-940 logs the lines that it cannot read; the person who gave the file is told what is wrong with it.
logging.getLogger("mt940").setLevel(logging.CRITICAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class BankImport:
    """How many moves of a file are new, were known already, and cannot be payments."""

    new: int
    known: int
    left_out: int


def take_in(raw: bytes, *, name: str, by: str) -> BankImport:
    """Keep the new moves of a file, in the caller's transaction. Raises ``BadBankFile``; then nothing is kept."""
    found = formats.read(raw)
    moves = _of_our_accounts(found.moves)
    new = bank_entries.add(moves, file_name=bank_file.tidy(name, 200), by=by)
    return BankImport(new=new, known=len(moves) - new, left_out=found.left_out)


def _of_our_accounts(moves: Sequence[BankMove]) -> list[BankMove]:
    """Return the moves with their accounts as senders have them. Raises ``BadBankFile`` for one of another account."""
    ours = senders.ibans()
    if not ours:
        raise BadBankFile("no sender has an IBAN yet; enter that of your account at /senders, and give the file again")
    known: dict[str, str] = {}
    for named in {one.account for one in moves}:
        iban = next((one for one in ours if bank_file.is_account(named, one)), None)
        if iban is None:
            raise BadBankFile(
                f"it is of the account {named or 'without a name'}, which no sender has; nothing of it was kept"
            )
        known[named] = iban
    return [replace(one, account=known[one.account]) for one in moves]


def suggestions(entries: Sequence[BankEntry], *, on: date) -> dict[int, list[BankMatch]]:
    """Return which invoices moves may pay, by the moves' ids."""
    moves = {one.id: one.move for one in entries if one.left.minor}
    if not moves:
        return {}
    payers = bank_entries.payers(one.payer_iban for one in moves.values())
    found = open_invoices.candidates(
        amounts=(one.amount.minor for one in moves.values()),
        numbers=matching.numbers(list(moves.values())),
        clients=(client_id for clients in payers.values() for client_id in clients),
        names=(one.payer for one in moves.values()),
        on=on,
    )
    return {
        entry_id: matching.suggested(move, found, payers=payers.get(move.payer_iban, ()))
        for entry_id, move in moves.items()
    }


def book(entry_id: int, invoice_id: int, amount: Money | None, *, by: str) -> int:
    """Book an amount of a move as a payment of an invoice, or all that is left of it (None). Returns the payment's id.

    Raises ``LookupError``, ``NotCollectable``.
    """
    with connection.transaction():
        entry, invoice = bank_entries.lock(entry_id), invoices.require(invoice_id)
        booked = entry.left if amount is None else amount
        _require_bookable(entry, booked, invoice.currency)
        payment_id = _add(entry, invoice_id, booked, by=by)
        if booked == entry.left:
            bank_entries.became(entry_id, BankEntryState.BOOKED, by=by)
    return payment_id


def _require_bookable(entry: BankEntry, amount: Money, currency: str) -> None:
    if entry.state is BankEntryState.SET_ASIDE:
        raise NotCollectable("It was set aside as no payment; take that back first")
    if amount.currency != currency:
        raise NotCollectable(f"The invoice is paid in {currency}, and this came in {amount.currency}")
    left = entry.left.minor
    if not amount.minor or amount.minor * left < 0 or abs(amount.minor) > abs(left):
        raise NotCollectable(f"{entry.left.amount} {entry.currency} of it is left; book that, or a part of it")


def _add(entry: BankEntry, invoice_id: int, amount: Money, *, by: str) -> int:
    number = len(payments.of_bank_entry(entry.id)) + 1
    payment_id = payments.save(
        Payment(
            client_id=invoices.require(invoice_id).client_id,
            invoice_id=invoice_id,
            source=PaymentSource.BANK,
            key=f"bank:{entry.id}:{number}",
            reference=(entry.text or entry.bank_reference or entry.payer)[:200],
            currency=entry.currency,
            amount_minor=amount.minor,
            received_on=entry.booked_on,
            recorded_by=by,
            bank_entry_id=entry.id,
        )
    )
    failpoint("bank_booking.booked")
    settlements.settle_surplus(invoice_id)
    return payment_id


def unbook(entry_id: int, *, by: str) -> None:
    """Take back what was booked of a move, by payments below zero, and reopen the move.

    Raises ``LookupError``, ``NotCollectable``.
    """
    with connection.transaction():
        entry = bank_entries.lock(entry_id)
        booked: dict[int, int] = {}
        for one in payments.of_bank_entry(entry_id):
            booked[one.invoice_id] = booked.get(one.invoice_id, 0) + one.amount_minor
        if not any(booked.values()):
            raise NotCollectable("Nothing of it is booked")
        for invoice_id, minor in booked.items():
            if minor:
                _add(entry, invoice_id, Money(-minor, entry.currency), by=by)
        bank_entries.became(entry_id, BankEntryState.OPEN, by=by)


def set_aside(entry_id: int, *, why: str, by: str) -> None:
    """Set aside what is left of a move: it pays no invoice. Raises ``LookupError``, ``NotCollectable``."""
    with connection.transaction():
        if bank_entries.lock(entry_id).state is not BankEntryState.OPEN:
            raise NotCollectable("Only what is open can be set aside")
        bank_entries.became(entry_id, BankEntryState.SET_ASIDE, by=by, why=why)


def reopen(entry_id: int, *, by: str) -> None:
    """Take back that a move was set aside. Raises ``LookupError``, ``NotCollectable``."""
    with connection.transaction():
        if bank_entries.lock(entry_id).state is not BankEntryState.SET_ASIDE:
            raise NotCollectable("It was not set aside")
        bank_entries.became(entry_id, BankEntryState.OPEN, by=by)
