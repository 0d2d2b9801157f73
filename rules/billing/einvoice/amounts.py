"""How amounts and codes are written in an e-invoice, in either syntax."""

from dataclasses import replace
from decimal import Decimal

from rules.billing.invoice_description import InvoiceDescription, PaymentInstructions, TradeParty
from rules.billing.tax_treatment import TaxCategory

DIGITS = 2
"""The most decimal digits of an amount (BR-DEC-01 to BR-DEC-28)."""

TYPE_CODES = {"invoice": "380", "credit_note": "381"}

_TRANSFER, _SEPA_TRANSFER, _SEPA_DEBIT, _UNDEFINED = "30", "58", "59", "1"


def amount(value: Decimal) -> str:
    """Return an amount with at most two decimal digits. Raises ValueError where it has more."""
    if value != round(value, DIGITS):
        raise ValueError(f"{value} has more than {DIGITS} decimal digits")
    digits = min(DIGITS, max(0, -int(value.as_tuple().exponent)))
    return f"{value:.{digits}f}"


def payment_code(payment: PaymentInstructions, currency: str) -> str:
    """Return the code of UNCL 4461 for the way of payment (BT-81)."""
    if payment.mandate:
        return _SEPA_DEBIT
    if payment.iban:
        return _SEPA_TRANSFER if currency == "EUR" else _TRANSFER
    return _UNDEFINED


def street(party_lines: tuple[str, ...]) -> tuple[str | None, str | None, str | None]:
    """Return the three lines that an address may have; further lines are joined to the third."""
    first, second, *rest = (*party_lines, None, None)
    return first, second, ", ".join(one for one in rest if one) or None


def is_out_of_scope(invoice: InvoiceDescription) -> bool:
    """Tell whether VAT does not apply to the invoice."""
    return any(line.tax.category is TaxCategory.OUT_OF_SCOPE for line in invoice.lines)


def parties(invoice: InvoiceDescription) -> tuple[TradeParty, TradeParty]:
    """Return seller and buyer as an e-invoice names them: without VAT-IDs where VAT does not apply (BR-O-02)."""
    if is_out_of_scope(invoice):
        return replace(invoice.seller, vat_id=None), replace(invoice.buyer, vat_id=None)
    return invoice.seller, invoice.buyer
