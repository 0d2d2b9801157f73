"""Invoices as PDF: what is printed can be read back, the same each time, and a client's name is only ever text."""

import dataclasses
import io
import re
from datetime import UTC, date, datetime
from pathlib import Path

import pypdf
import pytest
import typst

from integrations import pdf
from integrations.errors import Rejected

DOCUMENT = pdf.InvoiceDocument(
    number="INV-2026-0042",
    issued=date(2026, 3, 1),
    due=date(2026, 3, 15),
    language="en",
    seller=pdf.InvoiceParty(name="Nolapse Agency", address=("Harbour Street 7", "20457 Hamburg", "VAT ID DE123456789")),
    client=pdf.InvoiceParty(name="Café Zürich & Söhne GmbH", address=("Bahnhofstrasse 1", "8001 Zürich")),
    lines=(
        pdf.InvoiceLine(description="Domain cafe.example", period="March 2026", net="€12.00"),
        pdf.InvoiceLine(description="Hosting", period="March 2026", net="€30.00"),
    ),
    net="€42.00",
    taxes=(pdf.InvoiceTax(rate="7%", net="€12.00", tax="€0.84"), pdf.InvoiceTax(rate="19%", net="€30.00", tax="€5.70")),
    gross="€48.54",
    payment_note="Please pay by 15 March 2026, reference INV-2026-0042.",
)


def read(data: bytes) -> str:
    """Return the text of all pages, with one space where there was any white space."""
    pages = pypdf.PdfReader(io.BytesIO(data)).pages
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in pages))


def named(name: str) -> pdf.InvoiceDocument:
    return dataclasses.replace(DOCUMENT, client=pdf.InvoiceParty(name=name, address=("Bahnhofstrasse 1",)))


def test_all_that_is_given_is_printed() -> None:
    text = read(pdf.invoice(DOCUMENT))
    for part in (
        *(
            "Invoice INV-2026-0042",
            "March 1, 2026",
            "March 15, 2026",
            "Nolapse Agency",
            "VAT ID DE123456789",
            "Bill to",
        ),
        *("Café Zürich & Söhne GmbH", "8001 Zürich", "Domain cafe.example", "Hosting", "€12.00", "€30.00"),
        *("€42.00", "Tax 7% on €12.00", "€0.84", "Tax 19% on €30.00", "€5.70", "Total due", "€48.54", "Page 1 of 1"),
        DOCUMENT.payment_note,
    ):
        assert part in text


def test_a_german_invoice_has_german_labels_and_dates() -> None:
    text = read(pdf.invoice(dataclasses.replace(DOCUMENT, language="de")))
    for part in (
        "Rechnung INV-2026-0042",
        "1. März 2026",
        "Fällig am",
        "USt. 19% auf",
        "Gesamtbetrag",
        "Seite 1 von 1",
    ):
        assert part in text


def test_where_nothing_is_owed_no_payment_is_asked_for() -> None:
    text = read(pdf.invoice(dataclasses.replace(DOCUMENT, due=None)))
    assert "Nothing is to be paid." in text
    assert "Due date" not in text
    assert DOCUMENT.payment_note not in text


def test_another_language_is_rejected() -> None:
    with pytest.raises(Rejected, match="'fr'"):
        pdf.invoice(dataclasses.replace(DOCUMENT, language="fr"))


def test_the_same_document_gives_the_same_bytes() -> None:
    assert pdf.invoice(DOCUMENT) == pdf.invoice(DOCUMENT)
    assert pdf.invoice(DOCUMENT) != pdf.invoice(dataclasses.replace(DOCUMENT, gross="€48.55"))


def test_it_says_that_it_is_pdf_a_3b() -> None:
    data = pdf.invoice(DOCUMENT)
    assert b"<pdfaid:part>3</pdfaid:part>" in data
    assert b"<pdfaid:conformance>B</pdfaid:conformance>" in data
    metadata = pypdf.PdfReader(io.BytesIO(data)).metadata
    assert metadata is not None
    assert metadata.title == "Invoice INV-2026-0042"


def test_many_lines_go_on_on_the_next_page_under_the_same_head() -> None:
    reader = pypdf.PdfReader(io.BytesIO(pdf.invoice(dataclasses.replace(DOCUMENT, lines=DOCUMENT.lines * 40))))
    assert len(reader.pages) > 1
    for page in reader.pages:
        assert "Description" in page.extract_text()


@pytest.mark.parametrize(
    "name",
    [
        '#panic("run")',
        '#read("/etc/passwd")',
        '#image("http://127.0.0.1:1/canary.png")',
        '#import "@preview/cetz:0.2.2"',
        "#sys.inputs.data",
        "*bold* _emph_ = heading $x^2$ `raw` @ref",
        "// comment",
        '"), panic("',
        "<img src=http://canary> <link rel=attachment href=file:///etc/passwd>",
    ],
)
def test_markup_in_a_clients_name_is_printed_and_not_run(name: str) -> None:
    data = pdf.invoice(named(name))
    assert name.replace(" ", "") in read(data).replace(" ", "")
    assert b"root:" not in data


def test_a_script_that_no_font_here_has_is_rejected_by_name() -> None:
    with pytest.raises(Rejected, match="could not be displayed"):
        pdf.invoice(named("\N{LATIN SMALL LETTER A}\0"))


def test_a_template_reads_nothing_outside_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "secret").write_text("secret")
    folder = tmp_path / "templates"
    folder.mkdir()
    (folder / "curious.typ").write_text('#read("../secret")')
    monkeypatch.setattr(pdf, "TEMPLATES", folder)
    with pytest.raises(typst.TypstError, match="root"):
        pdf._compile("curious.typ", {}, datetime(2026, 3, 1, tzinfo=UTC), pdf._fonts(system=False))
