"""Moves of bank files: the invoices that each may pay, and what a person books of it.

They are the agency's: a caller who is limited to some clients sees and books none.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Annotated

from fastapi import File, UploadFile
from pydantic import BaseModel, Field

from api_stub import lists
from api_stub.entries import wrong
from api_stub.fields import Id, Next, RequestBody, TextLine
from api_stub.problems import existing
from api_stub.resources.payments.payments import AmountText, Reason, read_amount
from api_stub.routes import router
from api_stub.security.principal import Caller, Principal
from db import connection
from db.access import audit
from db.billing import invoices
from db.payments import bank_entries, open_invoices
from rules.bank.bank_file import MOST_BYTES
from rules.bank.entry_states import BankEntryState
from rules.bank.matching import BankMatch
from tasks.payments import bank_booking
from tasks.payments.bank_booking import BankImport

routes = router(tags=["payments"])


class NewBooking(RequestBody, extra="forbid"):
    """What a move pays."""

    invoice: Annotated[TextLine, Field(min_length=1, max_length=60, description="Its number", examples=["INV-000009"])]
    amount: AmountText | None = Field(None, description="A part of it; null: all that is left", examples=["10.00"])


class SettingAside(RequestBody, extra="forbid"):
    """Why a move pays no invoice."""

    why: Reason = Field(examples=["Interest of the bank"])


class TakenFile(BaseModel):
    """What came of a bank's file."""

    new: int = Field(examples=[12])
    known: int = Field(description="Moves that were kept before", examples=[3])
    left_out: int = Field(description="Moves that cannot be payments", examples=[1])


class SuggestedInvoice(BaseModel):
    """An invoice that a move may pay, the likeliest first."""

    invoice_id: int = Field(examples=[9])
    invoice: str = Field(examples=["INV-000009"])
    client_id: int = Field(examples=[3])
    client_name: str = Field(examples=["Bakery"])
    outstanding_minor: int = Field(examples=[3451])
    because: list[str] = Field(description="What agrees", examples=[["number", "amount"]])


class BankEntry(BaseModel):
    """A move of a bank's file. Amounts are in minor units; below zero the bank took a payment back."""

    id: int = Field(examples=[5])
    account: str = Field(examples=["DE02120300000000202051"])
    booked_on: date = Field(examples=["2026-11-27"])
    amount_minor: int = Field(examples=[3451])
    booked_minor: int = Field(description="What of it is booked as payments", examples=[0])
    currency: str = Field(examples=["EUR"])
    payer: str = Field(examples=["Bakery"])
    payer_iban: str = Field(examples=["DE02100100100006820101"])
    text: str = Field(examples=["INV-000009"])
    state: BankEntryState
    why: str = Field(description="It was set aside", examples=[""])
    settled_by: str = Field(examples=[""])


class BankEntryWithInvoices(BankEntry):
    """A move, and the open invoices that it may pay."""

    suggested: list[SuggestedInvoice]


class BankEntries(BaseModel):
    """A page of moves."""

    entries: list[BankEntry]
    next: Next


Asked = Annotated[lists.ListQuery, lists.asked(bank_entries.LIST.filters, "state", sort="-id")]


@routes.post("/api/bank-files", status_code=201)
def add_bank_file(who: Caller, file: Annotated[UploadFile, File(examples=["<Document>...</Document>"])]) -> TakenFile:
    """Keep what is new of a bank's file (camt.053 or MT940, up to 2 MB). Nothing is booked by itself."""
    made = take_in(who, file)
    return TakenFile(new=made.new, known=made.known, left_out=made.left_out)


@routes.get("/api/bank-entries")
def list_bank_entries(asked: Asked) -> BankEntries:
    """List the moves of bank files, the newest first."""
    page = asked.page(bank_entries.LIST)
    found = [BankEntry.model_validate(one, from_attributes=True) for one in page.rows]
    return BankEntries(entries=found, next=lists.next_(page))


@routes.get("/api/bank-entries/{entry_id}")
def read_bank_entry(entry_id: Id) -> BankEntryWithInvoices:
    """Read one move with the open invoices that it may pay."""
    return _entry(entry_id)


@routes.post("/api/bank-entries/{entry_id}/bookings", status_code=201)
def book_bank_entry(who: Caller, entry_id: Id, given: NewBooking) -> BankEntryWithInvoices:
    """Book a move, or a part of it, as a payment of an invoice."""
    book(who, entry_id, given.invoice, given.amount)
    return _entry(entry_id)


@routes.post("/api/bank-entries/{entry_id}/unbooking")
def unbook_bank_entry(who: Caller, entry_id: Id) -> BankEntryWithInvoices:
    """Take back what was booked of a move, by payments below zero."""
    unbook(who, entry_id)
    return _entry(entry_id)


@routes.post("/api/bank-entries/{entry_id}/setting-aside")
def set_bank_entry_aside(who: Caller, entry_id: Id, given: SettingAside) -> BankEntryWithInvoices:
    """Say that what is left of a move pays no invoice."""
    set_aside(who, entry_id, given.why)
    return _entry(entry_id)


@routes.post("/api/bank-entries/{entry_id}/reopening")
def reopen_bank_entry(who: Caller, entry_id: Id) -> BankEntryWithInvoices:
    """Take back that a move was set aside."""
    reopen(who, entry_id)
    return _entry(entry_id)


def take_in(who: Principal, file: UploadFile) -> BankImport:
    """Store the new moves of a file, with the entry in the audit trail. Raises ``BadBankFile``."""
    raw, name = file.file.read(MOST_BYTES + 1), file.filename or ""
    with connection.transaction():
        made = bank_booking.take_in(raw, name=name, by=who.actor)
        details = {"new": made.new, "known": made.known, "left_out": made.left_out}
        audit.add(who.actor, "read bank file", "bank file", {"file": name[:200], **details})
        return made


def book(who: Principal, entry_id: int, number: str, amount: str | None) -> invoices.Invoice:
    """Book a move, or ``amount`` of it in major units, as a payment of an invoice, with the entry in the audit trail.

    Raises ``Problem``, ``NotPossible``.
    """
    with connection.transaction():
        entry = existing(bank_entries.require, entry_id)
        invoice_id = open_invoices.with_name(number)
        if invoice_id is None:
            raise wrong("invoice", f"no invoice has the number {number}")
        booked = read_amount(amount, entry.currency) if amount else None
        payment = bank_booking.book(entry_id, invoice_id, booked, by=who.actor)
        invoice = invoices.require(invoice_id)
        details = {"entry": entry_id, "payment": payment, "amount": str((booked or entry.left).amount)}
        audit.add(who.actor, "book bank entry", f"invoice {invoice_id}", details, client_id=invoice.client_id)
        return invoice


def unbook(who: Principal, entry_id: int) -> None:
    """Take back what was booked of a move, with the entry in the audit trail. Raises ``Problem``, ``NotPossible``."""
    _do(who, entry_id, "unbook bank entry", lambda: bank_booking.unbook(entry_id, by=who.actor))


def set_aside(who: Principal, entry_id: int, why: str) -> None:
    """Say that a move pays no invoice, with the entry in the audit trail. Raises ``Problem``, ``NotPossible``."""
    act = lambda: bank_booking.set_aside(entry_id, why=why, by=who.actor)  # noqa: E731 - one of four alike
    _do(who, entry_id, "set bank entry aside", act, why)


def reopen(who: Principal, entry_id: int) -> None:
    """Take back that a move was set aside, with the entry in the trail. Raises ``Problem``, ``NotPossible``."""
    _do(who, entry_id, "reopen bank entry", lambda: bank_booking.reopen(entry_id, by=who.actor))


def _do(who: Principal, entry_id: int, action: str, act: Callable[[], None], why: str = "") -> None:
    with connection.transaction():
        existing(bank_entries.require, entry_id)
        act()
        audit.add(who.actor, action, f"bank_entry {entry_id}", {}, reason=why)


def _entry(entry_id: int) -> BankEntryWithInvoices:
    found = existing(bank_entries.require, entry_id)
    known = BankEntry.model_validate(found, from_attributes=True).model_dump()
    matches = []
    if found.state is BankEntryState.OPEN:
        matches = bank_booking.suggestions([found], on=datetime.now(UTC).date()).get(entry_id, [])
    return BankEntryWithInvoices(**known, suggested=[_suggested(one) for one in matches])


def _suggested(match: BankMatch) -> SuggestedInvoice:
    return SuggestedInvoice(
        invoice_id=match.invoice.id,
        invoice=match.invoice.name,
        client_id=match.invoice.client_id,
        client_name=match.invoice.client_name,
        outstanding_minor=match.invoice.outstanding,
        because=[str(one) for one in match.reasons],
    )
