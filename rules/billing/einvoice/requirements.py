"""What an invoice has to say before it can be an e-invoice: the rules of EN 16931 that depend on what people enter.

The official rules also check the XML (integrations/einvoice). The rules here come first, and name the field of the
description that is wrong.
"""

from collections.abc import Iterator

from rules.billing.einvoice.amounts import DIGITS, is_out_of_scope
from rules.billing.invoice_description import InvoiceDescription
from rules.billing.tax_treatment import TaxCategory, TaxTreatment

Fault = tuple[str, str]
"""A field's path, and what is wrong with it."""

_SELLER_VAT_ID = {TaxCategory.INTRA_COMMUNITY: "BR-IC-02", TaxCategory.EXPORT: "BR-G-02"}
_SELLER_TAXED = {
    TaxCategory.STANDARD: "BR-S-02",
    TaxCategory.ZERO: "BR-Z-02",
    TaxCategory.EXEMPT: "BR-E-02",
    TaxCategory.REVERSE_CHARGE: "BR-AE-02",
}

_LARGEST = 10**13
"""Sums from here on are refused: the official rules are computed with doubles, which hold fifteen digits."""


def faults(invoice: InvoiceDescription) -> tuple[Fault, ...]:
    """Return what keeps an invoice from being an e-invoice, by field; empty where it can be one."""
    return (
        *_blank(invoice),
        *_parties(invoice),
        *_tax_ids(invoice),
        *_categories(invoice),
        *_intra_community(invoice),
        *_payment(invoice),
        *_digits(invoice),
        *_size(invoice),
    )


def _blank(invoice: InvoiceDescription) -> Iterator[Fault]:
    named = (("number", invoice.number), ("seller.name", invoice.seller.name), ("buyer.name", invoice.buyer.name))
    lines = ((f"lines[{place}].name", line.name) for place, line in enumerate(invoice.lines))
    yield from ((path, "is blank (BR-02, BR-06, BR-07, BR-25)") for path, text in (*named, *lines) if not text.strip())


def _parties(invoice: InvoiceDescription) -> Iterator[Fault]:
    seller, buyer = invoice.seller, invoice.buyer
    if not seller.address.country:
        yield "seller.address.country", "is missing (BR-09)"
    if not buyer.address.country:
        yield "buyer.address.country", "is missing (BR-11)"
    vat_id = None if is_out_of_scope(invoice) else seller.vat_id
    if not (vat_id or seller.legal_id or seller.id):
        which = "seller.legal_id" if is_out_of_scope(invoice) else "seller.vat_id"
        yield which, "is missing, or another number that identifies the seller (BR-CO-26)"
    if buyer.tax_number:
        yield "buyer.tax_number", "has no place in an e-invoice: only a seller's local tax number has (BT-32)"
    if invoice.delivery and invoice.delivery.address and not invoice.delivery.address.country:
        yield "delivery.address.country", "is missing (BR-57)"


def _taxes(invoice: InvoiceDescription) -> Iterator[tuple[str, TaxTreatment]]:
    for name, given in (("lines", invoice.lines), ("allowances", invoice.allowances), ("charges", invoice.charges)):
        for place, one in enumerate(given):
            yield f"{name}[{place}].tax", one.tax


def _tax_ids(invoice: InvoiceDescription) -> Iterator[Fault]:
    seller, buyer = invoice.seller, invoice.buyer
    for category in sorted({tax.category for _, tax in _taxes(invoice)}):
        if category in _SELLER_VAT_ID and not seller.vat_id:
            yield "seller.vat_id", f"is missing: tax category {category} needs it ({_SELLER_VAT_ID[category]})"
        if category in _SELLER_TAXED and not (seller.vat_id or seller.tax_number):
            rule = _SELLER_TAXED[category]
            yield "seller.vat_id", f"is missing, or tax_number: tax category {category} needs one ({rule})"
        if category is TaxCategory.INTRA_COMMUNITY and not buyer.vat_id:
            yield "buyer.vat_id", "is missing: intra-community supplies need it (BR-IC-02)"
        if category is TaxCategory.REVERSE_CHARGE and not (buyer.vat_id or buyer.legal_id):
            yield "buyer.vat_id", "is missing, or legal_id: reverse charge needs one (BR-AE-02)"


def _categories(invoice: InvoiceDescription) -> Iterator[Fault]:
    if not is_out_of_scope(invoice):
        for path, tax in _taxes(invoice):
            if tax.category is TaxCategory.OUT_OF_SCOPE:
                yield f"{path}.category", "is O, out of scope, and the lines are not (BR-O-11)"
        return
    for path, tax in _taxes(invoice):
        if tax.category is not TaxCategory.OUT_OF_SCOPE:
            yield (
                f"{path}.category",
                f"is {tax.category} beside lines that are out of scope: all are, or none (BR-O-11)",
            )


def _intra_community(invoice: InvoiceDescription) -> Iterator[Fault]:
    if all(tax.category is not TaxCategory.INTRA_COMMUNITY for _, tax in _taxes(invoice)):
        return
    delivery = invoice.delivery
    if not (invoice.period or (delivery and delivery.on)):
        yield "delivery.on", "is missing, or period: intra-community supplies need it (BR-IC-11)"
    if not (delivery and delivery.address and delivery.address.country):
        yield "delivery.address.country", "is missing: intra-community supplies need it (BR-IC-12)"


def _payment(invoice: InvoiceDescription) -> Iterator[Fault]:
    if invoice.totals.payable > 0 and not (invoice.due_on or invoice.payment.terms):
        yield "due_on", "is missing, or payment.terms: something is to be paid (BR-CO-25)"


def _digits(invoice: InvoiceDescription) -> Iterator[Fault]:
    totals = invoice.totals
    amounts = [*totals.line_nets, *totals.allowance_amounts, *totals.charge_amounts, totals.prepaid, totals.rounding]
    amounts += [one.amount for one in totals.by_tax]
    odd = next((one for one in amounts if one != round(one, DIGITS)), None)
    if odd is not None:
        yield "currency", f"is {invoice.currency}, and {odd} has more than two decimal digits (BR-DEC)"


def _size(invoice: InvoiceDescription) -> Iterator[Fault]:
    totals = invoice.totals
    largest = max(abs(one) for one in (totals.lines, totals.net, totals.gross, totals.payable))
    if largest >= _LARGEST:
        yield "lines", f"make {largest}, which programs that compute with binary fractions cannot sum to the cent"
