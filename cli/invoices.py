"""Commands about invoices."""

import json
import sys
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cli.output import complaining
from integrations import einvoice
from integrations.pdf.glyphs import Unprintable
from rules.billing import invoice_description
from rules.billing.invoice_description import BadDescription, InvoiceDescription
from tasks import invoice_documents

app = typer.Typer(name="invoices", help="Invoices: render one.", no_args_is_help=True)

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


def _rendered(invoice: InvoiceDescription, format_: Format) -> bytes:
    try:
        match format_:
            case Format.PDF:
                return invoice_documents.pdf(invoice)
            case Format.FACTURX:
                return invoice_documents.facturx(invoice)
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
