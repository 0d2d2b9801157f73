"""Commands about invoices."""

import json
import sys
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import track

from cli.output import complaining, notes, screen
from integrations import einvoice
from integrations.pdf.glyphs import Unprintable
from rules.billing import invoice_description
from rules.billing.invoice_description import BadDescription, InvoiceDescription
from sandbox import invoices as sandbox_invoices
from tasks import invoice_documents

app = typer.Typer(name="invoices", help="Invoices: render one, write samples.", no_args_is_help=True)

_MAX_BYTES = 20_000_000


class Format(StrEnum):
    """As what an invoice is written."""

    PDF = "pdf"
    UBL = "ubl"
    CII = "cii"
    FACTURX = "facturx"


@app.callback()
def invoices() -> None:
    """Render invoices."""


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
    with complaining():
        made = sandbox_invoices.samples()
        for name, given in track(made.items(), console=notes, transient=True, description="writing"):
            _write_sample(out / name, given)
        screen.print(f"{len(made)} invoices in {out}")


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
        return invoice_description.read(json.loads(text, parse_float=Decimal))
    except (ValueError, RecursionError) as error:
        if isinstance(error, BadDescription):
            raise
        raise BadDescription((("", f"not JSON: {error}"),)) from None
