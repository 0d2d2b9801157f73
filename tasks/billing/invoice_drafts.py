"""Drafts: the invoices that a client would get today, before anything is issued; also what a dry run shows.

Promise: local; nothing is written here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from typing import Final
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from db.billing import invoices
from db.billing.senders import Sender
from db.portfolio import clients
from integrations import einvoice
from integrations.errors import Rejected
from rules.access import Within, sees
from rules.billing import invoice_description, invoice_numbers
from rules.billing.billables import Billable, HeldLine, affordable
from rules.billing.invoice_description import BadDescription, InvoiceDescription
from tasks.billing import billing_due, invoice_descriptions
from tasks.billing.billing_due import Due
from tasks.billing.invoice_descriptions import DRAFT

_AT_ONCE: Final = 200


@dataclass(frozen=True, slots=True)
class InvoiceDraft:
    """An invoice that would be issued: its lines, and what it would say."""

    lines: tuple[Billable, ...]
    description: InvoiceDescription


@dataclass(frozen=True, slots=True)
class ClientDrafts:
    """All that a client would get on a day, one draft for each currency, and what is due at all."""

    client_id: int
    on: date
    sender: Sender
    series: str
    due: Due
    drafts: tuple[InvoiceDraft, ...]


def today_of(client_id: int) -> date:
    """Return today's date in a client's zone. Raises ``LookupError``."""
    return datetime.now(UTC).astimezone(ZoneInfo(clients.get(client_id).zone)).date()


def of_client(client_id: int, *, on: date) -> ClientDrafts:
    """Return what a client would get on a day. Raises Rejected where entered data cannot be used."""
    both = invoice_descriptions.of_client(client_id)
    due = billing_due.of_client(client_id, on=on)
    drafts: list[InvoiceDraft] = []
    for currency, group in groupby(sorted(due.lines, key=lambda one: one.currency), key=lambda one: one.currency):
        together = affordable(list(group))
        if together:
            lines = invoice_descriptions.lines_of(together)
            try:
                described = both.describe(DRAFT, lines, currency=currency, on=on)
            except ValidationError as error:
                raise Rejected(str(invoice_description.bad(error))) from None
            drafts.append(InvoiceDraft(tuple(together), described))
    return ClientDrafts(client_id, on, both.sender, _series(both.sender, on), due, tuple(drafts))


def _series(sender: Sender, on: date) -> str:
    try:
        return invoice_numbers.series_on(sender.series, on)
    except ValueError as error:
        raise Rejected(f"sender.series: {error}") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreseen:
    """What a run would do for a client. ``why_not`` says why a run would issue nothing; None where it would issue."""

    client_id: int
    client_name: str
    drafts: tuple[InvoiceDraft, ...]
    held: tuple[HeldLine, ...]
    """Also what somebody decided to leave out."""
    why_not: str | None

    @property
    def invoices(self) -> tuple[InvoiceDescription, ...]:
        """Return what the drafts would say."""
        return tuple(draft.description for draft in self.drafts)


def all_foreseen(*, on: date | None = None) -> Iterator[Foreseen]:
    """Yield what a run would do on a day for each client with something due: by default, today where they are."""
    last, day = 0, on or datetime.now(UTC).date() + timedelta(days=1)
    while ids := invoices.clients_due_after(last, _AT_ONCE, on=day):
        for client_id in ids:
            found = foreseen(client_id, on=on)
            if found.invoices or found.held or found.why_not:
                yield found
        last = ids[-1]


def some_foreseen(after: int, limit: int, *, within: Within = None) -> tuple[list[Foreseen], int | None]:
    """Return what a run would do today for the next ``limit`` clients with something due, and the id to go on after.

    The id is None where no more clients follow. Clients outside ``within`` are passed over.
    """
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)
    found: list[Foreseen] = []
    while ids := invoices.clients_due_after(after, _AT_ONCE, on=tomorrow):
        for client_id in filter(lambda number: sees(within, number), ids):
            one = foreseen(client_id, within=within)
            if one.invoices or one.held or one.why_not:
                found.append(one)
            if len(found) == limit:
                return found, client_id
        after = ids[-1]
    return found, None


def foreseen(client_id: int, *, on: date | None = None, within: Within = None) -> Foreseen:
    """Return what a run would do for a client on a day, by default today where they are. Raises ``LookupError``."""
    client = clients.get(client_id, within=within)
    try:
        found = of_client(client_id, on=on or today_of(client_id))
    except Rejected as error:
        return Foreseen(client_id=client_id, client_name=client.name, drafts=(), held=(), why_not=str(error))
    return Foreseen(
        client_id=client_id,
        client_name=client.name,
        drafts=found.drafts,
        held=(*found.due.held, *found.due.left_out),
        why_not=next((why for draft in found.drafts if (why := _why_not(draft.description))), None),
    )


def _why_not(said: InvoiceDescription) -> str | None:
    try:
        check(said)
    except Rejected as error:
        return str(error)
    return None


def check(said: InvoiceDescription) -> None:
    """Refuse an invoice that cannot be printed, or that breaks a rule of EN 16931 where it is to be an e-invoice.

    Raises Rejected, which names the fields; Unavailable where this machine cannot check now.
    """
    try:
        invoice_description.require_writable(said)
    except BadDescription as error:
        raise Rejected(str(error)) from None
    if is_e_invoice(said):
        einvoice.check(said)


def is_e_invoice(invoice: InvoiceDescription) -> bool:
    """Return whether an invoice is also an e-invoice: both countries are entered, and the official rules can be run."""
    countries = invoice.seller.address.country and invoice.buyer.address.country
    return bool(countries) and einvoice.why_off() is None
