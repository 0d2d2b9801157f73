"""An invoice as data: read from JSON and written back, and what is wrong with it is named by its path."""

import json
from base64 import b64encode
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given as examples
from hypothesis import strategies as st

from rules.billing import invoice_description
from rules.billing.invoice_description import BadDescription
from tests.support.described import described, given, line

ROOT = Path(__file__).parents[3]

ROUNDING = {"category": "S", "rate": "19", "amount": "0.01"}
PNG = "data:image/png;base64,"
LINKED = (
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:x="http://www.w3.org/1999/xlink"><image x:href="/etc/passwd"/></svg>'
)


def svg(text: str) -> str:
    return f"data:image/svg+xml;base64,{b64encode(text.encode()).decode()}"


def faults(changed: object) -> dict[str, str]:
    with pytest.raises(BadDescription) as caught:
        invoice_description.read(changed)
    return dict(caught.value.faults)


def test_what_was_read_is_written_back() -> None:
    first = described(notes=["Thank you"], prepaid="10.00", preceding=[{"number": "INV-1", "issued_on": "2026-01-01"}])
    written = invoice_description.written(first)
    assert invoice_description.read(json.loads(json.dumps(written))) == first


def test_a_number_in_json_is_as_good_as_a_string() -> None:
    read = invoice_description.read(given(lines=[line(unit_price=Decimal("9.90"), quantity=12)]))
    assert read == described()


@pytest.mark.parametrize(
    ("changed", "path", "says"),
    [
        (given(currency="EURO"), "currency", "not an ISO 4217 currency"),
        (given(number=None), "number", "is missing"),
        (given(colour="red"), "colour", "is no field"),
        (given(lines=[]), "lines", "is empty"),
        (given(lines=[line(), line(unit_price="-1")]), "lines[1].unit_price", "greater than or equal to 0"),
        (given(lines=[line(quantity="1.1234567")]), "lines[0].quantity", "6 decimal places"),
        (given(lines=[line(quantity="NaN")]), "lines[0].quantity", "finite number"),
        (given(lines=[line(tax={"category": "S"})]), "lines[0].tax", "rate above 0"),
        (
            given(lines=[line(period={"first_day": "2026-03-02", "last_day": "2026-03-01"})]),
            "lines[0].period",
            "before",
        ),
        (given(lines=[line(unit="month")]), "lines[0].unit", "pattern"),
        (given(lines=[line(name="a\x00b")]), "lines[0].name", "cannot be written"),
        (given(buyer__name="x\ud800"), "buyer.name", "cannot be written"),
        (given(buyer__address__country="Austria"), "buyer.address.country", "pattern"),
        (given(payment__iban="DE00370400440532013000"), "payment.iban", "not an IBAN"),
        (given(payment__mandate="M-1"), "payment", "debited_iban"),
        (given(due_on="2026-02-28"), "", "before issued_on"),
        (given(kind="credit_note", lines=[line(quantity="-1")]), "", "kind: a credit note has positive amounts"),
        (given(kind="credit_note", tax_roundings=[ROUNDING, ROUNDING]), "", "tax_roundings: there is one"),
        (given(lines=[line(unit_price="1_000")]), "lines[0].unit_price", "not a plain number"),
        (given(lines=[line(quantity="\u0663")]), "lines[0].quantity", "not a plain number"),
        (given(issued_on=0), "issued_on", "not a day"),
        (given(issued_on="2026-03-01T00:00:00"), "issued_on", "not a day"),
        (given(notes="Thank you."), "notes", "must be a list"),
        (given(**{"a\nb": 1}), "'a\\nb'", "is no field"),
        (given(**{"a\x1b": 1}), "'a\\x1b'", "cannot be written"),
        (given(payment__link="https://agency.example/<pay>"), "payment.link", "pattern"),
        (given(appearance={"logo": PNG + "QUFB"}), "appearance.logo", "does not hold a PNG"),
        (given(appearance={"logo": PNG + "Q"}), "appearance.logo", "is not base64"),
        (given(appearance={"logo": svg("<svg>")}), "appearance.logo", "does not hold a SVG"),
        (given(appearance={"logo": svg('<!DOCTYPE svg [<!ENTITY a "a">]><svg/>')}), "appearance.logo", "entities"),
        (given(appearance={"logo": svg(LINKED)}), "appearance.logo", "links to a picture"),
        (given(appearance={"accent": "red"}), "appearance.accent", "pattern"),
        (given(appearance={"logo": "https://example.com/logo.png"}), "appearance.logo", "pattern"),
        ([], "", "must be an object"),
        ("INV-1", "", "must be an object"),
        (given(seller=None), "seller", "is missing"),
        (given(seller="Agency"), "seller", "must be an object"),
    ],
)
def test_what_is_wrong_is_named_by_its_path(changed: object, path: str, says: str) -> None:
    found = faults(changed)
    assert path in found, found
    assert says in found[path]


def test_all_that_is_wrong_is_named_at_once() -> None:
    assert faults(given(currency="X", lines=[line(unit="month")])).keys() == {"currency", "lines[0].unit"}


def test_the_schema_in_the_docs_is_the_code_s() -> None:
    assert json.loads((ROOT / "docs" / "invoice.schema.json").read_text()) == invoice_description.schema()


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@examples(st.sampled_from(sorted(given())), json_values)
def test_no_value_of_a_field_is_a_crash(field: str, value: object) -> None:
    assert all(isinstance(path, str) and what for path, what in complaints({**given(), field: value}))


def complaints(changed: object) -> tuple[tuple[str, str], ...]:
    try:
        invoice_description.read(changed)
    except BadDescription as error:
        return error.faults
    return ()
