"""Invoices as PDF: what is printed can be read back, the same each time, and a client's name is only ever text."""

import base64
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pypdf
import pytest
import typst

from integrations import pdf
from integrations.errors import Unavailable
from integrations.pdf import fonts
from integrations.pdf.glyphs import Unprintable
from tests.support.described import described, line
from wording.billing import printed_invoices
from wording.billing.invoice_labels import LABELS, LANGUAGES

PAY = "https://jobs.example/pay/17.mZk-_aA"


def made(**changes: Any) -> bytes:
    return pdf.invoice(printed_invoices.printed(described(**changes)))


def read(data: bytes) -> str:
    """Return the text of all pages, with one space where there was any white space."""
    pages = pypdf.PdfReader(io.BytesIO(data)).pages
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in pages))


def links(data: bytes) -> list[str]:
    """Return where the links of all pages lead to; each is printed with the page, as PDF/A wants it (6.3.2)."""
    pages = pypdf.PdfReader(io.BytesIO(data)).pages
    found: list[Any] = [one.get_object() for page in pages for one in page.get("/Annots", [])]
    assert all(one["/F"] & 4 for one in found)
    return [one["/A"]["/URI"] for one in found]


def test_all_that_is_given_is_printed() -> None:
    text = read(made(notes=["Thank you."], order_reference="PO-7"))
    for part in (
        *("Invoice INV-2026-000042", "March 1, 2026", "March 15, 2026", "Sandbox Agency GmbH", "VAT ID DE123456788"),
        *("Bill to", "Bäckerei Brot & Söhne", "1010 Wien", "Austria", "Hosting", "Web space for bakery.example"),
        *("12 mths", "€9.90", "€118.80", "VAT 19% on €118.80", "€22.57", "Total", "€141.37", "PO-7", "Thank you."),
        *("DE89 3704 0044 0532 0130 00", "COBADEFFXXX", "Scan to pay", "Page 1 of 1"),
    ):
        assert part in text, part


def test_a_german_invoice_has_german_labels_and_dates() -> None:
    text = read(made(language="de"))
    for part in (
        *("Rechnung INV-2026-000042", "1. März 2026", "Fällig am", "USt. 19 % auf 118,80", "Gesamtbetrag"),
        "Seite 1 von 1",
    ):
        assert part in text.replace("\N{NO-BREAK SPACE}", " "), part


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_is_printed(language: str) -> None:
    reader = pypdf.PdfReader(io.BytesIO(made(language=language)))
    assert reader.trailer["/Root"]["/Lang"] == language  # pyright: ignore[reportIndexIssue]
    assert "141" in reader.pages[0].extract_text()


@pytest.mark.parametrize("name", ["مؤسسة الخبز", "מאפיית הלחם", "Αρτοποιείο", "Пекарня", "Piekarnia Ł", "ΐ ǆ ﬁ ё"])
def test_other_scripts_are_printed_on_every_machine_alike(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "with_the_systems", fonts.ours)
    assert made(buyer__name=name) == made(buyer__name=name)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_link_to_pay_can_be_clicked_in_every_language(language: str) -> None:
    data = made(language=language, payment={"link": PAY})
    assert links(data) == [PAY]
    assert LABELS[language].pay_online in read(data) or language == "ar", (
        "pypdf reads Arabic in the order of its glyphs"
    )


def test_where_nothing_is_owed_no_payment_is_asked_for() -> None:
    assert links(made(prepaid="141.37", payment={"link": PAY})) == []
    text = read(made(prepaid="141.37"))
    assert "Nothing is to be paid." in text
    assert "Due date" not in text
    assert "IBAN" not in text


def test_a_credit_note_asks_for_nothing_and_names_its_invoice() -> None:
    data = made(kind="credit_note", preceding=[{"number": "INV-1", "issued_on": "2026-01-02"}], payment__link=PAY)
    text = read(data)
    for part in ("Credit note INV-2026-000042", "Corrects invoice INV-1 of January 2, 2026", "credited to you"):
        assert part in text
    assert "IBAN" not in text
    assert links(data) == []


def test_the_same_document_gives_the_same_bytes() -> None:
    assert made() == made()
    assert made() != made(prepaid="1")


def test_it_says_that_it_is_pdf_a_3b() -> None:
    data = made()
    assert b"<pdfaid:part>3</pdfaid:part>" in data
    assert b"<pdfaid:conformance>B</pdfaid:conformance>" in data
    metadata = pypdf.PdfReader(io.BytesIO(data)).metadata
    assert metadata is not None
    assert metadata.title == "Invoice INV-2026-000042"


def test_many_lines_go_on_on_the_next_page_under_the_same_head() -> None:
    reader = pypdf.PdfReader(io.BytesIO(made(lines=[line()] * 80)))
    assert len(reader.pages) > 1
    for page in reader.pages[:-1]:
        assert "Description" in page.extract_text()


@pytest.mark.parametrize("kind", ["png", "svg+xml"])
def test_a_logo_is_printed(kind: str) -> None:
    pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
    drawing = base64.b64encode(
        b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><rect width="1"/></svg>'
    ).decode()
    data = drawing if kind == "svg+xml" else pixel
    assert len(made(appearance={"logo": f"data:image/{kind};base64,{data}"})) != len(made())


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
    data = made(buyer__name=name)
    assert name.replace(" ", "") in read(data).replace(" ", "")
    assert b"root:" not in data


@pytest.mark.parametrize("odd", ["\u0378", "\U000f0000"])
def test_what_is_no_character_is_rejected_by_field(odd: str) -> None:
    with pytest.raises(Unprintable, match=f"U\\+{ord(odd):04X}") as caught:
        pdf.invoice(replace(printed_invoices.printed(described()), buyer=(f"Bakery {odd}",)))
    assert caught.value.fields == ("buyer[0]",)


def test_a_script_that_this_machine_has_no_font_for_may_be_printed_by_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "with_the_systems", fonts.ours)
    with pytest.raises(Unavailable, match=r"U\+4E2D .*buyer.*install"):
        made(buyer__name="中文")


@pytest.fixture
def fresh_fonts() -> Iterator[None]:
    fonts._fonts.cache_clear()
    yield
    fonts._fonts.cache_clear()


@pytest.mark.usefixtures("fresh_fonts")
def test_a_machine_without_room_for_temporary_files_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(prefix: str) -> TemporaryDirectory[str]:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(fonts, "TemporaryDirectory", full)
        with pytest.raises(Unavailable, match="No space left"):
            made()
    assert made().startswith(b"%PDF"), "it is tried again, and not remembered"


def test_a_mistake_in_a_template_is_a_bug(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "invoice.typ").write_text("#panic()")
    monkeypatch.setattr(pdf, "TEMPLATES", tmp_path)
    with pytest.raises(RuntimeError, match="panicked"):
        made()


def test_a_template_reads_nothing_outside_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "secret").write_text("secret")
    folder = tmp_path / "templates"
    folder.mkdir()
    (folder / "curious.typ").write_text('#read("../secret")')
    monkeypatch.setattr(pdf, "TEMPLATES", folder)
    with pytest.raises(typst.TypstError, match="root"):
        pdf._compile("curious.typ", {}, datetime(2026, 3, 1, tzinfo=UTC), fonts.ours())
