"""Commands about invoices."""

import getpass
import json
import sys
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import track
from rich.text import Text

from cli.output import AsJson, Exit, complain, complaining, notes, print_json, ready, screen, shown
from db import connection
from db.access import audit as trail
from db.billing import invoice_audit
from db.payments import open_invoices
from integrations import einvoice
from integrations.pdf.glyphs import Unprintable
from rules.billing import invoice_description, money
from rules.billing.crediting import CreditWish, NotCreditable
from rules.billing.invoice_description import BadDescription, InvoiceDescription
from rules.billing.money import Money
from tasks.billing import credit_notes, invoice_documents, invoice_drafts, invoice_tables
from tasks.billing.invoice_drafts import Foreseen
from tasks.billing.invoice_tables import InvoiceExport
from tasks.payments import new_key
from wording.billing import billing_lines

app = typer.Typer(
    name="invoices", help="Invoices: dry run, credit, export, audit, render, samples.", no_args_is_help=True
)

_MAX_BYTES = 20_000_000


class Format(StrEnum):
    """The formats in which an invoice is written."""

    PDF = "pdf"
    UBL = "ubl"
    CII = "cii"
    FACTURX = "facturx"


@app.callback()
def invoices() -> None:
    """Foresee, take back, export, audit and render invoices."""


@app.command()
def render(
    *,
    file: Annotated[Path, typer.Option("--json", dir_okay=False, help="Its description; - for standard input.")],
    format_: Annotated[Format, typer.Option("--format", help="As what.")],
    out: Annotated[Path | None, typer.Option(help="A file; by default standard output.")] = None,
) -> None:
    """Render an invoice that is described in JSON (docs/invoice.schema.json); needs no database.

    What is wrong with the description is named by field, a line each, and the exit code is 2; so is what keeps it from
    being an e-invoice, among it the official rules of EN 16931.
    """
    with complaining():
        data = _rendered(_described(file), format_)
        if out is None:
            sys.stdout.buffer.write(data)
        else:
            out.write_bytes(data)


@app.command()
def samples(
    *,
    out: Annotated[
        Path, typer.Option(file_okay=False, help="A folder; what is in it under the same names is replaced.")
    ],
) -> None:
    """Write made-up invoices of every kind: currencies, taxes, discounts, credit notes, rounding, scripts.

    Each is a folder with invoice.json, invoice.ubl.xml, invoice.cii.xml and invoice.pdf (Factur-X), all of which keep
    the official rules of EN 16931, so that other validators can be put to them.
    """
    from sandbox import invoices as made_up  # noqa: PLC0415 - other commands do without the sandbox

    with complaining():
        made = made_up.samples()
        for name, given in track(made.items(), console=notes, transient=True, description="writing"):
            _write_sample(out / name, given)
        screen.print(f"{len(made)} invoices in {out}")


@app.command()
def audit(*, as_json: AsJson = False) -> None:
    """Prove that every series is without gap and double, and that every invoice's sums are those of its lines.

    What is wrong is named, a line each, and the exit code is 1.
    """
    with ready():
        faults, series = invoice_audit.faults(), invoice_audit.series()
        if as_json:
            print_json({"series": [{"series": name, "numbers": last} for name, last in series], "faults": faults})
        else:
            for name, last in series:
                screen.print(Text(f"series {name}: 1 to {last}"))
            for fault in faults:
                complain(fault)
        if faults:
            raise typer.Exit(Exit.WRONG)


@app.command()
def credit(
    invoice: Annotated[str, typer.Argument(help="Its number, such as INV-000009.")],
    reason: Annotated[str, typer.Argument(help="Why, as the credit note says it.")],
    *,
    line: Annotated[list[int] | None, typer.Option(min=1, help="A line to take back, counted from 1; several.")] = None,
    amount: Annotated[str | None, typer.Option(help="With tax, in major units, instead of lines.")] = None,
    as_json: AsJson = False,
) -> None:
    """Take an invoice back by a credit note: some of its lines, an amount, or all that is left. A worker issues it."""
    with ready(), connection.transaction():
        found, by = open_invoices.require_named(invoice), getpass.getuser()
        taken = _amount(amount, found.currency) if amount else None
        wish = CreditWish(lines=tuple(line or ()), amount=taken)
        order = credit_notes.ask(found, wish, reason=reason, by=by, key=new_key())
        details = {"order": order, "lines": line or [], "amount": amount or ""}
        trail.add(by, "credit", f"invoice {found.id}", details, reason=reason, client_id=found.client_id)
        if as_json:
            print_json({"id": order})
        else:
            screen.print(shown(f"a credit note over {found.name} is being issued"))


def _amount(written: str, currency: str) -> Money:
    try:
        return money.parse(written, currency)
    except ValueError as error:
        raise NotCreditable(str(error)) from None


@app.command()
def export(
    *,
    format_: Annotated[InvoiceExport, typer.Option("--format", help="A line each, or lines to be booked.")] = (
        InvoiceExport.CSV
    ),
    since: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Issued on that day or later.")] = None,
    until: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Issued on that day or earlier.")] = None,
) -> None:
    """Write invoices and credit notes as CSV to standard output; docs/billing.md explains the columns."""
    with ready():
        first, last = since.date() if since else None, until.date() if until else None
        for row in invoice_tables.rows(format_, since=first, until=last):
            sys.stdout.write(row)
        details = {"format": format_, "since": str(first), "until": str(last)}
        trail.add(getpass.getuser(), "invoice export", "invoices", details)


@app.command("dry-run")
def dry_run(
    *,
    on: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="A day; by default today.")] = None,
    client: Annotated[int | None, typer.Option(help="Only this client's, by id.")] = None,
    as_json: AsJson = False,
) -> None:
    """Say who would get which invoice, and what is held back or cannot be issued; issue nothing.

    The exit code is 1 where a client cannot be billed.
    """
    with ready():
        day = on.date() if on else None
        found = [invoice_drafts.foreseen(client, on=day)] if client else invoice_drafts.all_foreseen(on=day)
        failed = False
        for one in found:
            failed = failed or one.why_not is not None
            if as_json:
                print_json(_foreseen(one))
            else:
                _print_foreseen(one)
        if failed:
            raise typer.Exit(Exit.WRONG)


def _foreseen(one: Foreseen) -> dict[str, Any]:
    return {
        "client_id": one.client_id,
        "client": one.client_name,
        "invoices": [
            {"currency": said.currency, "gross": str(said.totals.gross), "lines": [line.name for line in said.lines]}
            for said in one.invoices
        ],
        "held": [{"description": line.description, "why": billing_lines.held(line)} for line in one.held],
        "why_not": one.why_not,
    }


def _print_foreseen(one: Foreseen) -> None:
    for said in one.invoices:
        total = f"{said.totals.gross} {said.currency}"
        screen.print(Text(shown(f"{one.client_name} (client {one.client_id}): {total}, {len(said.lines)} lines")))
    for line in one.held:
        complain(f"{one.client_name} (client {one.client_id}): not billed: {line.description}: "
                 f"{billing_lines.held(line)}", style="yellow")  # fmt: skip
    if one.why_not:
        complain(f"{one.client_name} (client {one.client_id}) would not be billed: {one.why_not}")


def _write_sample(folder: Path, given: dict[str, Any]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    invoice = invoice_description.read(given)
    (folder / "invoice.json").write_text(json.dumps(given, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    (folder / "invoice.ubl.xml").write_bytes(einvoice.document(invoice, einvoice.Syntax.UBL))
    cii = einvoice.document(invoice, einvoice.Syntax.CII)
    (folder / "invoice.cii.xml").write_bytes(cii)
    (folder / "invoice.pdf").write_bytes(invoice_documents.facturx(invoice, cii))


def _rendered(invoice: InvoiceDescription, format_: Format) -> bytes:
    try:
        match format_:
            case Format.PDF:
                return invoice_documents.pdf(invoice)
            case Format.FACTURX:
                return invoice_documents.facturx(invoice, einvoice.document(invoice, einvoice.Syntax.CII))
            case Format.UBL | Format.CII:
                return einvoice.document(invoice, einvoice.Syntax(format_))
    except einvoice.NoEInvoice as error:
        raise BadDescription(error.faults) from None
    except Unprintable as error:
        raise BadDescription(tuple((path, str(error)) for path in error.fields)) from None


def _described(file: Path) -> InvoiceDescription:
    with sys.stdin.buffer if str(file) == "-" else file.open("rb") as source:
        text = source.read(_MAX_BYTES + 1)
    if len(text) > _MAX_BYTES:
        raise BadDescription((("", f"the description has more than {_MAX_BYTES // 1_000_000} MB"),))
    try:
        return invoice_description.read(json.loads(text, parse_float=Decimal, object_pairs_hook=_object))
    except (ValueError, RecursionError) as error:
        if isinstance(error, BadDescription):
            raise
        raise BadDescription((("", f"not JSON: {error}"),)) from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise BadDescription(((ascii(name), "stands twice in one object"),))
        found[name] = value
    return found
