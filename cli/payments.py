"""Commands about payments: list, enter one, read a bank's file, a client's statement of account."""

import getpass
import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from cli.output import AsJson, print_json, print_table, ready, screen, shown
from db import connection
from db.access import audit
from db.payments import open_invoices, payments, statements
from db.payments.payments import Payment
from db.portfolio import clients
from rules.bank.bank_file import MOST_BYTES
from rules.billing import money
from rules.billing.money import Money
from tasks.payments import bank_booking, collection
from tasks.payments.collection import NotCollectable

app = typer.Typer(name="payments", help="Payments: list, enter, bank files, statements.", no_args_is_help=True)


@app.callback()
def payments_() -> None:
    """List and enter payments, and read the bank's files."""


@app.command("list")
def list_(
    *,
    client: Annotated[int | None, typer.Option(help="Only this client's, by id.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 50,
    as_json: AsJson = False,
) -> None:
    """List payments, the newest first."""
    with ready():
        found = payments.LIST.page("-id", client=client, size=limit).rows
        if as_json:
            print_json([_document(one) for one in found])
            return
        rows = [
            (one.id, one.received_on, f"{money.written(one.amount)} {one.currency}", one.source, one.invoice_id,
             one.reference)
            for one in found
        ]  # fmt: skip
        print_table("Payments", ("id", "came", "amount", "how", "invoice", "reference"), rows)


@app.command()
def record(
    invoice: Annotated[str, typer.Argument(help="The invoice's number, such as INV-000009.")],
    amount: Annotated[str, typer.Argument(help="In major units; below zero: it was paid back.")],
    reference: Annotated[str, typer.Argument(help="By which it is found again; the same one enters it once.")],
    *,
    on: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="When it came; by default today.")] = None,
    as_json: AsJson = False,
) -> None:
    """Enter a payment that came another way. The same reference, invoice and amount enter it once."""
    with ready(), connection.transaction():
        today = datetime.now(UTC).date()
        found = open_invoices.require_named(invoice)
        given = _amount(amount, found.currency)
        day = on.date() if on else today
        number = collection.record(
            found.id,
            given,
            reference=reference,
            received_on=day,
            key=f"cli:{hashlib.sha256(f'{found.id} {given.minor} {reference}'.encode()).hexdigest()}",
            by=getpass.getuser(),
            today=today,
        )
        details = {"payment": number, "amount": str(given.amount), "reference": reference, "received_on": str(day)}
        audit.add(getpass.getuser(), "record payment", f"invoice {found.id}", details)
        if as_json:
            print_json({"id": number})
        else:
            screen.print(shown(f"payment {number}: {given.amount} {given.currency} for {found.name}"))


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True)], *, as_json: AsJson = False
) -> None:
    """Read a bank's file (camt.053 or MT940); what is new waits at /bank-entries to be matched by a person."""
    with ready(), connection.transaction(), file.open("rb") as source:
        made = bank_booking.take_in(source.read(MOST_BYTES + 1), name=file.name, by=getpass.getuser())
        counts = {"new": made.new, "known": made.known, "left_out": made.left_out}
        audit.add(getpass.getuser(), "read bank file", "bank file", {"file": file.name, **counts})
        if as_json:
            print_json(counts)
        else:
            screen.print(
                f"{made.new} new, {made.known} known before; {made.left_out} that are no payments were left out"
            )


@app.command()
def statement(client: Annotated[int, typer.Argument(help="The client's id.")], *, as_json: AsJson = False) -> None:
    """Show a client's account: invoices, credit notes, payments, and what was owed after each."""
    with ready():
        clients.get(client)
        for currency in statements.currencies(client):
            found = statements.of_client(client, currency)
            rows = [
                (one.day, one.kind, one.reference, money.written(Money(one.amount_minor, currency)),
                 money.written(Money(one.balance_minor, currency)))
                for one in found.entries
            ]  # fmt: skip
            if as_json:
                print_json({"currency": currency, "entries": [list(map(str, row)) for row in rows]})
            else:
                print_table(f"Account in {currency}", ("day", "what", "reference", "amount", "owed"), rows)


def _amount(written: str, currency: str) -> Money:
    try:
        return money.parse(written, currency)
    except ValueError as error:
        raise NotCollectable(str(error)) from None


def _document(one: Payment) -> dict[str, object]:
    names = ("id", "client_id", "invoice_id", "source", "reference", "currency", "amount_minor", "refunded_minor",
             "disputed_minor", "received_on")  # fmt: skip
    return {name: getattr(one, name) for name in names}
