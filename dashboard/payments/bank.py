"""Bank files: a form takes them, and a list shows the open moves, each with the invoices that it may pay.

Nothing is booked by itself: a person confirms a suggestion, names an invoice, or says that a move pays none.
"""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, File, Form, Query, Response, UploadFile
from starlette.requests import Request

from api_stub import routes
from api_stub.fields import Id, TextLine
from api_stub.resources.payments import bank_entries as acts
from api_stub.security.principal import Caller
from dashboard.rendering import fields, flash_messages, render
from db.payments import bank_entries
from rules.bank.bank_file import MOST_BYTES, BadBankFile
from rules.bank.entry_states import BankEntryState
from tasks.payments import bank_booking
from wording.messages import _

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
    try:
        made = acts.take_in(who, file)
    except BadBankFile as error:
        return flash_messages.redirect(_HOME, _("The file was not taken: {error}.", error=error))
    return flash_messages.redirect(
        _HOME,
        _(
            "{new} new, {known} known before; {left_out} that are no payments were left out.",
            new=made.new,
            known=made.known,
            left_out=made.left_out,
        ),
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
    booked = acts.book(who, entry_id, invoice, amount.strip() or None)
    return flash_messages.redirect(_HOME, _("It is booked as a payment of {name}.", name=booked.name))


@pages.post("/bank-entries/{entry_id}/unbooking")
def unbook(who: Caller, entry_id: Id) -> Response:
    """Take back what was booked of a move."""
    acts.unbook(who, entry_id)
    return flash_messages.redirect(_HOME, _("It is open again; what was booked is taken back."))


@pages.post("/bank-entries/{entry_id}/setting-aside")
def set_aside(who: Caller, entry_id: Id, why: _Why) -> Response:
    """Say that what is left of a move pays no invoice."""
    acts.set_aside(who, entry_id, why)
    return flash_messages.redirect(_HOME, _("It is set aside."))


@pages.post("/bank-entries/{entry_id}/reopening")
def reopen(who: Caller, entry_id: Id) -> Response:
    """Take back that a move was set aside."""
    acts.reopen(who, entry_id)
    return flash_messages.redirect(_HOME, _("It is open again."))
