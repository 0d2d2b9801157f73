"""What an invoice says, made of its sender, its client, and what is due. It is kept with the invoice.

Promise: local; nothing is written here.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from db.billing import billing_profiles, invoices
from db.billing.billing_profiles import BillingProfile
from db.billing.invoices import Invoice, InvoiceLine
from db.billing.senders import Sender
from db.portfolio import clients
from db.portfolio.clients import Client
from rules.billing import tax_treatment
from rules.billing.billables import Billable
from rules.billing.invoice_description import (
    Appearance,
    ContactPoint,
    ElectronicAddress,
    InvoiceDescription,
    PaymentInstructions,
    PostalAddress,
    TradeParty,
)
from rules.billing.priced_lines import PricedLine, ServicePeriod
from tasks import senders

DRAFT: Final = "DRAFT"
"""Stands in place of the number in an invoice that has none yet."""


@dataclass(frozen=True, slots=True)
class Correspondents:
    """The sender of a client's invoices, and the client with their billing profile."""

    sender: Sender
    client: Client
    profile: BillingProfile

    def describe(self, number: str, lines: Sequence[PricedLine], *, currency: str, on: date) -> InvoiceDescription:
        """Return what an invoice over these lines says. Raises ValueError where entered data cannot be used."""
        return InvoiceDescription(
            number=number,
            issued_on=on,
            due_on=on + timedelta(days=self.sender.due_days),
            currency=currency,
            language=self.client.language.replace("_", "-"),
            seller=_seller(self.sender),
            buyer=_buyer(self.client, self.profile),
            lines=tuple(lines),
            buyer_reference=self.profile.reference or None,
            payment=PaymentInstructions(
                iban=self.sender.iban or None,
                bic=self.sender.bic or None if self.sender.iban else None,
                account_name=self.sender.account_name or None,
                terms=self.sender.payment_note or None,
            ),
            appearance=Appearance(accent=self.sender.accent, logo=self.sender.logo or None),
        )


def of_client(client_id: int) -> Correspondents:
    """Return a client and their sender. Raises ``LookupError`` where there is no such client."""
    return Correspondents(
        sender=senders.of_client(client_id), client=clients.get(client_id), profile=billing_profiles.get(client_id)
    )


def of_invoice(invoice: Invoice) -> InvoiceDescription:
    """Return what an invoice says; where that was not kept, make it of its rows and of today's sender and client."""
    kept = invoices.description(invoice.id)
    if kept is not None:
        return kept
    lines = [_priced(line) for line in invoices.lines(invoice.id)]
    described = of_client(invoice.client_id).describe(
        invoice.name, lines, currency=invoice.currency, on=invoice.issued_on
    )
    return replace(described, due_on=invoice.due_on)


def lines_of(billables: Sequence[Billable]) -> list[PricedLine]:
    """Return the lines that are due as an invoice has them."""
    return [one.line for one in billables]


def _seller(sender: Sender) -> TradeParty:
    contact = ContactPoint(name=sender.contact_name or None, phone=sender.phone or None, email=sender.email or None)
    return TradeParty(
        name=sender.name,
        address=PostalAddress(
            lines=sender.address,
            postcode=sender.postcode or None,
            city=sender.city or None,
            country=sender.country or None,
        ),
        vat_id=sender.vat_id or None,
        tax_number=sender.tax_number or None,
        legal_id=sender.legal_id or None,
        legal_form=sender.legal_form or None,
        contact=contact if contact != ContactPoint() else None,
        electronic_address=ElectronicAddress(scheme="EM", id=sender.email) if sender.email else None,
    )


def _buyer(client: Client, profile: BillingProfile) -> TradeParty:
    electronic = profile.electronic_scheme and profile.electronic_id
    return TradeParty(
        name=profile.legal_name or client.name,
        address=PostalAddress(
            lines=profile.address or client.address,
            postcode=profile.postcode or None,
            city=profile.city or None,
            country=profile.country or None,
        ),
        vat_id=profile.vat_id or None,
        electronic_address=ElectronicAddress(scheme=profile.electronic_scheme, id=profile.electronic_id)
        if electronic and profile.electronic_scheme and profile.electronic_id
        else None,
    )


def _priced(line: InvoiceLine) -> PricedLine:
    return PricedLine(
        name=line.description,
        quantity=Decimal(-1 if line.net_minor < 0 else 1),
        unit_price=abs(line.net.amount),
        tax=tax_treatment.standard(Decimal(line.tax_basis_points) / 100),
        period=ServicePeriod(first_day=line.start, last_day=line.end - timedelta(days=1)),
    )
