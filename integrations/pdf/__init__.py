"""Typesets documents with Typst: text in, PDF/A bytes out, nothing read but the templates in this folder."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Final

import segno
import typst

from integrations.pdf import factur_x, fonts, glyphs
from rules.billing.printed_invoice import PrintedInvoice, PrintedLine
from rules.clients.printed_report import PrintedReport

TEMPLATES = Path(__file__).parent

# PDF/A-3b (ISO 19005-3) is kept for the years that tax law asks for, and may carry an e-invoice's XML.
STANDARD = "a-3b"

_MASK: Final = 3
_ZEROS: Final = str.maketrans("123456789", "000000000")


def invoice(document: PrintedInvoice, *, attachment: bytes | None = None) -> bytes:
    """Return the invoice as PDF/A-3b; the same document gives the same bytes.

    ``attachment`` is an e-invoice in CII, which is then in it as Factur-X wants it. Raises Unprintable for a character
    that no font anywhere has (see ``glyphs``); Unavailable where this machine lacks a font for it, or cannot typeset
    now.
    """
    printed = _printed(document, attachment)
    return factur_x.declared(printed) if attachment else printed


def report(document: PrintedReport) -> bytes:
    """Return a monthly report as PDF/A-3b; the same document gives the same bytes. Raises as ``invoice`` does."""
    return _typeset("report.typ", asdict(document) | {"made_on": None}, document.made_on)


def _printed(document: PrintedInvoice, attachment: bytes | None) -> bytes:
    data = asdict(document) | {
        "issued_on": None,
        "qr": _qr(document.qr) if document.qr else None,
        "attachment": attachment.decode() if attachment else None,
        "shapes": _shapes(document.lines),
    }
    return _typeset("invoice.typ", data, document.issued_on, shown=asdict(document))


def _shapes(lines: Sequence[PrintedLine]) -> tuple[list[str], ...]:
    """Return the shapes of the figures in each column, each once; all digits have one width, so 0 stands for any."""
    columns = zip(*((one.quantity, one.price, one.tax, one.amount) for one in lines), strict=True)
    return tuple(sorted({one.translate(_ZEROS) for one in column}) for column in columns)


def _typeset(template: str, data: Mapping[str, object], on: date, shown: Mapping[str, object] | None = None) -> bytes:
    """Compile a template with our fonts, or else with the system's; ``shown`` is where a bad character is looked for.

    The compiler's clock stands still on that day, or each run would write its own creation date.
    """
    timestamp = datetime.combine(on, time(), UTC)
    try:
        return _compile(template, data, timestamp, fonts.ours())
    except typst.TypstError as error:
        if glyphs.missing(error.message) is None:
            raise glyphs.failure(error.message, shown or data) from error
    # The fonts that come along are the same everywhere but lack whole scripts; the system may have those.
    try:
        return _compile(template, data, timestamp, fonts.with_the_systems())
    except typst.TypstError as error:
        raise glyphs.failure(error.message, shown or data) from error


def _qr(payload: str) -> str:
    """Return a code as SVG: version 13 at the most, correction M, as EPC069-12 has it.

    A code says itself which mask it has, and is read with each. To try all eight takes five times as long as the code
    itself, and for what such a code holds finds hardly a better one (docs/billing.md).
    """
    code = segno.make(payload, error="m", boost_error=False, micro=False, encoding="utf-8", mask=_MASK)
    return code.svg_inline(border=0)


def _compile(template: str, data: Mapping[str, object], timestamp: datetime, chosen: typst.Fonts) -> bytes:
    """Compile a template of this folder. The data is a file of JSON beside it; it is never Typst source.

    It is not among ``sys_inputs``: those are part of Typst's library, and with another library Typst cannot reuse what
    it has cached of earlier documents.
    """
    files = {"main": (TEMPLATES / template).read_bytes(), "data.json": json.dumps(data).encode()}
    return typst.compile(
        files,  # pyright: ignore[reportArgumentType] - its types leave out that it takes several files
        root=TEMPLATES,
        package_path=TEMPLATES,
        package_cache_path=TEMPLATES,
        font_paths=chosen,
        pdf_standards=STANDARD,
        timestamp=timestamp,
    )
