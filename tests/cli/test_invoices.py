"""`nolapse invoices`: what is described in JSON is rendered in each format, and bad input names its field."""

import json
from pathlib import Path
from typing import Any

import facturx
import pytest
from typer.testing import CliRunner

from cli import invoices
from tests.support.described import given, line

run = CliRunner()


def rendered(tmp_path: Path, format_: str, described: Any) -> tuple[int, bytes, str]:
    file, out = tmp_path / "invoice.json", tmp_path / "out"
    file.write_text(described if isinstance(described, str) else json.dumps(described))
    result = run.invoke(invoices.app, ["render", "--json", str(file), "--format", format_, "--out", str(out)])
    return result.exit_code, out.read_bytes() if out.exists() else b"", result.stderr


@pytest.mark.parametrize(
    ("format_", "begins"), [("pdf", b"%PDF"), ("ubl", b"<?xml"), ("cii", b"<?xml"), ("facturx", b"%PDF")]
)
def test_an_invoice_is_rendered(tmp_path: Path, format_: str, begins: bytes) -> None:
    code, data, _ = rendered(tmp_path, format_, given())
    assert code == 0
    assert data.startswith(begins)


def test_factur_x_carries_the_cii_and_its_own_reader_finds_it(tmp_path: Path) -> None:
    _, xml, _ = rendered(tmp_path, "cii", given())
    _, pdf, _ = rendered(tmp_path, "facturx", given())
    assert facturx.get_facturx_xml_from_pdf(pdf, check_xsd=True) == ("factur-x.xml", xml)


@pytest.mark.parametrize(
    ("described", "says"),
    [
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[]", "must be an object"),
        (json.dumps(given())[:-1] + ', "number": "INV-2"}', "'number': stands twice"),
        (given(lines=[line(name="\u00a0")]), "lines[0].name: is blank"),
        (given(lines=[line(unit_price="99999999", quantity="999999")]), "lines: make "),
        (given(currency="DEM"), "error: currency: Value of 'ram:InvoiceCurrencyCode'"),
        (given(currency="EURO"), "currency: not an ISO 4217 currency"),
        (given(lines=[line(unit="XXX")]), "lines[0].unit: "),
        (given(lines=[line(tax={"category": "AE"})], buyer__vat_id=None), "buyer.vat_id: is missing"),
        (given(buyer__name="x\u0378"), "U+0378"),
    ],
)
def test_bad_input_names_its_field(tmp_path: Path, described: Any, says: str) -> None:
    code, data, errors = rendered(tmp_path, "facturx", described)
    assert (code, data) == (2, b"")
    assert says in errors


def test_a_file_that_is_not_there_is_bad_luck_and_no_traceback(tmp_path: Path) -> None:
    result = run.invoke(invoices.app, ["render", "--json", str(tmp_path / "none"), "--format", "pdf"])
    assert result.exit_code == 3


@pytest.mark.slow
def test_samples_are_written_as_json_xml_and_pdf_that_say_the_same(tmp_path: Path) -> None:
    result = run.invoke(invoices.app, ["samples", "--out", str(tmp_path)])
    assert result.exit_code == 0, result.stderr
    folders = sorted(tmp_path.iterdir())
    assert len(folders) >= 60
    for folder in folders:
        files = {file.name: file.read_bytes() for file in folder.iterdir()}
        assert files.keys() == {"invoice.json", "invoice.ubl.xml", "invoice.cii.xml", "invoice.pdf"}
        assert json.loads(files["invoice.json"])["number"].encode() in files["invoice.ubl.xml"]
        assert facturx.get_facturx_xml_from_pdf(files["invoice.pdf"], check_xsd=True)[1] == files["invoice.cii.xml"]
