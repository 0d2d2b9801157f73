"""Typesets documents with Typst: text in, PDF/A bytes out, nothing read but the templates in this folder."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time
from functools import cache
from pathlib import Path

import typst
from babel.dates import format_date

from integrations.errors import Rejected

TEMPLATES = Path(__file__).parent
LANGUAGES = ("en", "de")  # as labelled in invoice.typ

# PDF/A-3b (ISO 19005-3) is kept for the years that tax law asks for, and may carry an e-invoice's XML.
STANDARD = "a-3b"


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceParty:
    """Who sells or who buys."""

    name: str
    address: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceLine:
    """One line as it is printed: its period and amount are already text."""

    description: str
    period: str
    net: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceTax:
    """The tax of one rate as it is printed: "19 %", the net sum it is taken from, the tax."""

    rate: str
    net: str
    tax: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceDocument:
    """All that is printed on an invoice, in one of ``LANGUAGES``."""

    number: str
    issued: date
    due: date | None
    """None where nothing is to be paid; the payment note is then left out."""
    language: str
    seller: InvoiceParty
    client: InvoiceParty
    lines: tuple[InvoiceLine, ...]
    net: str
    taxes: tuple[InvoiceTax, ...]
    gross: str
    payment_note: str


def invoice(document: InvoiceDocument) -> bytes:
    """Return the invoice as PDF/A-3b; the same document gives the same bytes.

    Raises Rejected where it cannot be printed: a language without labels, or a character that no font here has.
    """
    if document.language not in LANGUAGES:
        raise Rejected(f"an invoice has no labels in the language {document.language!r}")
    data = asdict(document) | {
        "issued": format_date(document.issued, "long", document.language),
        "due": format_date(document.due, "long", document.language) if document.due else None,
    }
    # The compiler's clock stands still at the date of issue, or each run would write its own creation date.
    timestamp = datetime.combine(document.issued, time(), UTC)
    try:
        return _compile("invoice.typ", data, timestamp, _fonts(system=False))
    except typst.TypstError:
        # The fonts inside Typst are the same everywhere but lack whole scripts; the system may have those.
        try:
            return _compile("invoice.typ", data, timestamp, _fonts(system=True))
        except typst.TypstError as error:
            raise Rejected(f"the invoice cannot be printed: {error.message}") from error


def _compile(template: str, data: Mapping[str, object], timestamp: datetime, fonts: typst.Fonts) -> bytes:
    """Compile a template of this folder. The data goes in as a JSON string; it is never Typst source."""
    return typst.compile(
        TEMPLATES / template,
        root=TEMPLATES,
        package_path=TEMPLATES,
        package_cache_path=TEMPLATES,
        font_paths=fonts,
        sys_inputs={"data": json.dumps(data)},
        pdf_standards=STANDARD,
        timestamp=timestamp,
    )


@cache
def _fonts(*, system: bool) -> typst.Fonts:
    return typst.Fonts(include_system_fonts=system)
