"""Bank files: given by a form, and what is open of them, with the invoices that each move may pay.

Nothing is booked by itself: a person confirms a suggestion, names an invoice, or says that a move pays none.
"""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, File, Form, Query, Response, UploadFile
from starlette.requests import Request

from api_stub import problems, routes
from api_stub.fields import Id, TextLine
from api_stub.problems import Problem
from api_stub.security.principal import Caller
from dashboard import fields, notices, render
from db import connection
from db.access import audit
from db.money import invoices
from db.payments import bank_entries, open_invoices
from rules.bank.bank_file import MOST_BYTES, BadBankFile
from rules.bank.entry_states import BankEntryState
from rules.billing import money
from tasks.payments import bank_booking
from tasks.payments.collection import NotPossible

pages: APIRouter = routes.router(include_in_schema=False)

_PAGE = 20
_HOME = "/bank-entries"
_Why = Annotated[TextLine, Form(min_length=1, max_length=200)]


@pages.get("/bank-entries")
def entry_list(
    request: Request,
    _who: Caller,
    state: Annotated[str, Query(pattern=f"^({'|'.join(BankEntryState)})$")] = BankEntryState.OPEN,
    after: fields.After = None,
) -> Response:
    """List moves of bank files in a state, the newest first, with what those that are open may pay."""
    chosen = BankEntryState(state)
    page = bank_entries.LIST.page("-id", state=chosen, after=after, size=_PAGE)
    found = bank_booking.suggestions(page.rows, on=datetime.now(UTC).date()) if chosen is BankEntryState.OPEN else {}
    return render.page(
        request,
        "payments/bank_entries.html",
        page=page,
        state=chosen,
        states=list(BankEntryState),
        suggested=found,
        most=MOST_BYTES,
    )


@pages.post("/bank-files")
def take_in(who: Caller, file: Annotated[UploadFile, File()]) -> Response:
    """Keep what is new of a bank's file."""
    raw, name = file.file.read(MOST_BYTES + 1), file.filename or ""
    try:
        with connection.transaction():
            made = bank_booking.take_in(raw, name=name, by=who.actor)
            details = {"new": made.new, "known": made.known, "left_out": made.left_out}
            audit.add(who.actor, "read bank file", "bank file", {"file": name[:200], **details})
    except BadBankFile as error:
        return notices.redirect(_HOME, f"The file was not taken: {error}.")
    return notices.redirect(
        _HOME, f"{made.new} new, {made.known} known before; {made.left_out} that are no payments were left out."
    )


@pages.post("/bank-entries/{entry_id}/bookings")
def book(
    who: Caller,
    entry_id: Id,
    *,
    invoice: Annotated[TextLine, Form(min_length=1, max_length=60)],
    amount: Annotated[TextLine, Form(max_length=24)] = "",
) -> Response:
    """Book a move, or a part of it, as a payment of an invoice that is named by its number."""
    entry = problems.existing(bank_entries.require, entry_id)
    invoice_id = open_invoices.with_name(invoice)
    if invoice_id is None:
        return notices.redirect(_HOME, f"Nothing was booked: no invoice has the number {invoice}.")
    try:
        booked = money.parse(amount, entry.currency) if amount.strip() else None
        with connection.transaction():
            payment = bank_booking.book(entry_id, invoice_id, booked, by=who.actor)
            details = {
                "entry": entry_id,
                "payment": payment,
                "amount": str(booked.amount if booked else entry.left.amount),
            }
            audit.add(who.actor, "book bank entry", f"invoice {invoice_id}", details)
    except (NotPossible, ValueError) as error:
        return notices.redirect(_HOME, f"Nothing was booked: {error}.")
    return notices.redirect(_HOME, f"It is booked as a payment of {invoices.require(invoice_id).name}.")


@pages.post("/bank-entries/{entry_id}/unbooking")
def unbook(who: Caller, entry_id: Id) -> Response:
    """Take back what was booked of a move."""
    with _acting(who, entry_id, "unbook bank entry"):
        bank_booking.unbook(entry_id, by=who.actor)
    return notices.redirect(_HOME, "It is open again; what was booked is taken back.")


@pages.post("/bank-entries/{entry_id}/setting-aside")
def set_aside(who: Caller, entry_id: Id, why: _Why) -> Response:
    """Say that what is left of a move pays no invoice."""
    with _acting(who, entry_id, "set bank entry aside", why):
        bank_booking.set_aside(entry_id, why=why, by=who.actor)
    return notices.redirect(_HOME, "It is set aside.")


@pages.post("/bank-entries/{entry_id}/reopening")
def reopen(who: Caller, entry_id: Id) -> Response:
    """Take back that a move was set aside."""
    with _acting(who, entry_id, "reopen bank entry"):
        bank_booking.reopen(entry_id, by=who.actor)
    return notices.redirect(_HOME, "It is open again.")


@contextmanager
def _acting(who: Caller, entry_id: int, action: str, why: str = "") -> Generator[None]:
    """Do the block in a transaction with its entry in the audit trail. Raises ``Problem`` where it is not possible."""
    problems.existing(bank_entries.require, entry_id)
    try:
        with connection.transaction():
            yield
            audit.add(who.actor, action, f"bank_entry {entry_id}", {}, reason=why)
    except NotPossible as error:
        raise Problem(409, "conflict", str(error)) from None
