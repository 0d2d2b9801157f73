"""An invoice as UBL 2.1 (OASIS), in the binding of CEN/TS 16931-3-2. Elements stand in the schema's order."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from xml.etree.ElementTree import Element

from rules.billing.einvoice import SPECIFICATION
from rules.billing.einvoice.amounts import TYPE_CODES, amount, parties, payment_code, street
from rules.billing.einvoice.xml_nodes import node, number, root
from rules.billing.invoice_description import (
    InvoiceDescription,
    InvoiceKind,
    PostalAddress,
    TradeParty,
)
from rules.billing.invoice_totals import InvoiceTotals
from rules.billing.money import minor_digits
from rules.billing.priced_lines import AllowanceCharge, PricedLine, ServicePeriod
from rules.billing.tax_treatment import TaxCategory, TaxTreatment

_OASIS = "urn:oasis:names:specification:ubl:schema:xsd"
_PROJECT = "50"
"""The code of UNTDID 1001 by which a credit note, which has no field for a project, names one (BT-11)."""


def document(invoice: InvoiceDescription) -> bytes:
    """Return the invoice as an Invoice or a CreditNote. Raises ValueError for an amount of three decimal digits."""
    name = "CreditNote" if _is_credit(invoice) else "Invoice"
    namespaces = {
        "": f"{_OASIS}:{name}-2",
        "cac": f"{_OASIS}:CommonAggregateComponents-2",
        "cbc": f"{_OASIS}:CommonBasicComponents-2",
    }
    totals = invoice.totals
    seller, buyer = parties(invoice)
    return root(
        name,
        namespaces,
        _head(invoice),
        node("cac:AccountingSupplierParty", _party(seller, creditor_id=invoice.payment.creditor_id)),
        node("cac:AccountingCustomerParty", _party(buyer)),
        _delivery(invoice),
        _payment(invoice),
        node("cac:PaymentTerms", node("cbc:Note", invoice.payment.terms)),
        _document_allowances(invoice, totals),
        _tax_total(totals, invoice.currency),
        _monetary_total(totals, invoice.currency),
        [_line(invoice, place, line, totals.line_nets[place]) for place, line in enumerate(invoice.lines)],
    )


def _is_credit(invoice: InvoiceDescription) -> bool:
    return invoice.kind is InvoiceKind.CREDIT_NOTE


def _head(invoice: InvoiceDescription) -> Iterator[Element | None]:
    credit = _is_credit(invoice)
    yield node("cbc:CustomizationID", SPECIFICATION)
    yield node("cbc:ID", invoice.number)
    yield node("cbc:IssueDate", invoice.issued_on.isoformat())
    if not credit:
        yield node("cbc:DueDate", _day(invoice.due_on))
    yield node("cbc:CreditNoteTypeCode" if credit else "cbc:InvoiceTypeCode", TYPE_CODES[invoice.kind])
    yield from (node("cbc:Note", one) for one in invoice.notes)
    yield node("cbc:DocumentCurrencyCode", invoice.currency)
    yield node("cbc:BuyerReference", invoice.buyer_reference)
    yield _period(invoice.period)
    yield node("cac:OrderReference", node("cbc:ID", invoice.order_reference))
    for one in invoice.preceding:
        reference = node("cac:InvoiceDocumentReference", node("cbc:ID", one.number), _issue_date(one.issued_on))
        yield node("cac:BillingReference", reference)
    yield node("cac:ContractDocumentReference", node("cbc:ID", invoice.contract_reference))
    if credit and invoice.project_reference:
        project = node("cbc:ID", invoice.project_reference), node("cbc:DocumentTypeCode", _PROJECT)
        yield node("cac:AdditionalDocumentReference", *project)
    elif not credit:
        yield node("cac:ProjectReference", node("cbc:ID", invoice.project_reference))


def _issue_date(day: date | None) -> Element | None:
    return node("cbc:IssueDate", _day(day))


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _period(period: ServicePeriod | None) -> Element | None:
    if period is None:
        return None
    return node(
        "cac:InvoicePeriod",
        node("cbc:StartDate", period.first_day.isoformat()),
        node("cbc:EndDate", period.last_day.isoformat()),
    )


def _party(party: TradeParty, *, creditor_id: str | None = None) -> Element | None:
    electronic, contact = party.electronic_address, party.contact
    return node(
        "cac:Party",
        node("cbc:EndpointID", electronic.id, schemeID=electronic.scheme) if electronic else None,
        node("cac:PartyIdentification", node("cbc:ID", party.id)),
        node("cac:PartyIdentification", node("cbc:ID", creditor_id, schemeID="SEPA")),
        node("cac:PartyName", node("cbc:Name", party.trading_name)),
        _address("cac:PostalAddress", party.address),
        _tax_scheme(party.vat_id, "VAT"),
        _tax_scheme(party.tax_number, "TAX"),
        node(
            "cac:PartyLegalEntity",
            node("cbc:RegistrationName", party.name),
            node("cbc:CompanyID", party.legal_id, schemeID=party.legal_id_scheme),
            node("cbc:CompanyLegalForm", party.legal_form),
        ),
        node(
            "cac:Contact",
            node("cbc:Name", contact.name),
            node("cbc:Telephone", contact.phone),
            node("cbc:ElectronicMail", contact.email),
        )
        if contact
        else None,
    )


def _tax_scheme(company_id: str | None, scheme: str) -> Element | None:
    if company_id is None:
        return None
    return node("cac:PartyTaxScheme", node("cbc:CompanyID", company_id), node("cac:TaxScheme", node("cbc:ID", scheme)))


def _address(tag: str, address: PostalAddress | None) -> Element | None:
    if address is None:
        return None
    first, second, third = street(address.lines)
    return node(
        tag,
        node("cbc:StreetName", first),
        node("cbc:AdditionalStreetName", second),
        node("cbc:CityName", address.city),
        node("cbc:PostalZone", address.postcode),
        node("cbc:CountrySubentity", address.subdivision),
        node("cac:AddressLine", node("cbc:Line", third)),
        node("cac:Country", node("cbc:IdentificationCode", address.country)),
    )


def _delivery(invoice: InvoiceDescription) -> Element | None:
    if invoice.delivery is None:
        return None
    return node(
        "cac:Delivery",
        node("cbc:ActualDeliveryDate", _day(invoice.delivery.on)),
        node("cac:DeliveryLocation", _address("cac:Address", invoice.delivery.address)),
        node("cac:DeliveryParty", node("cac:PartyName", node("cbc:Name", invoice.delivery.name))),
    )


def _payment(invoice: InvoiceDescription) -> Element | None:
    payment = invoice.payment
    return node(
        "cac:PaymentMeans",
        node("cbc:PaymentMeansCode", payment_code(payment, invoice.currency)),
        node("cbc:PaymentDueDate", _day(invoice.due_on)) if _is_credit(invoice) else None,
        node("cbc:PaymentID", payment.reference or invoice.number),
        node(
            "cac:PayeeFinancialAccount",
            node("cbc:ID", payment.iban),
            node("cbc:Name", payment.account_name),
            node("cac:FinancialInstitutionBranch", node("cbc:ID", payment.bic)),
        )
        if payment.iban
        else None,
        node(
            "cac:PaymentMandate",
            node("cbc:ID", payment.mandate),
            node("cac:PayerFinancialAccount", node("cbc:ID", payment.debited_iban)),
        ),
    )


def _allowance(
    one: AllowanceCharge, value: Decimal, base: Decimal, currency: str, *, charge: bool, tax: TaxTreatment | None = None
) -> Element | None:
    percent = one.percent is not None
    return node(
        "cac:AllowanceCharge",
        node("cbc:ChargeIndicator", "true" if charge else "false"),
        node("cbc:AllowanceChargeReasonCode", one.reason_code),
        node("cbc:AllowanceChargeReason", one.reason),
        node("cbc:MultiplierFactorNumeric", number(one.percent)) if one.percent is not None else None,
        node("cbc:Amount", amount(value), currencyID=currency),
        node("cbc:BaseAmount", amount(base), currencyID=currency) if percent else None,
        _tax_category("cac:TaxCategory", tax) if tax else None,
    )


def _document_allowances(invoice: InvoiceDescription, totals: InvoiceTotals) -> Iterator[Element | None]:
    for given, amounts, charge in (
        (invoice.allowances, totals.allowance_amounts, False),
        (invoice.charges, totals.charge_amounts, True),
    ):
        for one, value in zip(given, amounts, strict=True):
            base = totals.base_of(one.tax)
            yield _allowance(one, value, base, invoice.currency, charge=charge, tax=one.tax)


def _tax_category(tag: str, tax: TaxTreatment, *, reasons: bool = False) -> Element | None:
    return node(
        tag,
        node("cbc:ID", tax.category),
        None if tax.category is TaxCategory.OUT_OF_SCOPE else node("cbc:Percent", number(tax.rate)),
        node("cbc:TaxExemptionReasonCode", tax.exemption_code) if reasons else None,
        node("cbc:TaxExemptionReason", tax.exemption_reason) if reasons else None,
        node("cac:TaxScheme", node("cbc:ID", "VAT")),
    )


def _tax_total(totals: InvoiceTotals, currency: str) -> Element | None:
    return node(
        "cac:TaxTotal",
        node("cbc:TaxAmount", amount(totals.tax), currencyID=currency),
        [
            node(
                "cac:TaxSubtotal",
                node("cbc:TaxableAmount", amount(one.taxable), currencyID=currency),
                node("cbc:TaxAmount", amount(one.amount), currencyID=currency),
                _tax_category("cac:TaxCategory", one.tax, reasons=True),
            )
            for one in totals.by_tax
        ],
    )


def _monetary_total(totals: InvoiceTotals, currency: str) -> Element | None:
    given = {
        "LineExtensionAmount": totals.lines,
        "TaxExclusiveAmount": totals.net,
        "TaxInclusiveAmount": totals.gross,
        "AllowanceTotalAmount": totals.allowances or None,
        "ChargeTotalAmount": totals.charges or None,
        "PrepaidAmount": totals.prepaid or None,
        "PayableRoundingAmount": totals.rounding or None,
        "PayableAmount": totals.payable,
    }
    return node(
        "cac:LegalMonetaryTotal",
        [node(f"cbc:{tag}", amount(one), currencyID=currency) for tag, one in given.items() if one is not None],
    )


def _line(invoice: InvoiceDescription, place: int, line: PricedLine, net: Decimal) -> Element | None:
    credit, currency = _is_credit(invoice), invoice.currency
    digits = minor_digits(currency)
    listed = line.listed(digits)
    return node(
        "cac:CreditNoteLine" if credit else "cac:InvoiceLine",
        node("cbc:ID", str(place + 1)),
        node("cbc:Note", line.note),
        node("cbc:CreditedQuantity" if credit else "cbc:InvoicedQuantity", number(line.quantity), unitCode=line.unit),
        node("cbc:LineExtensionAmount", amount(net), currencyID=currency),
        _period(line.period),
        [_allowance(one, one.of(listed, digits), listed, currency, charge=False) for one in line.allowances],
        [_allowance(one, one.of(listed, digits), listed, currency, charge=True) for one in line.charges],
        node(
            "cac:Item",
            node("cbc:Description", line.description),
            node("cbc:Name", line.name),
            node("cac:SellersItemIdentification", node("cbc:ID", line.item_id)),
            _tax_category("cac:ClassifiedTaxCategory", line.tax),
        ),
        _price(line, currency),
    )


def _price(line: PricedLine, currency: str) -> Element | None:
    return node(
        "cac:Price",
        node("cbc:PriceAmount", number(line.unit_price), currencyID=currency),
        node("cbc:BaseQuantity", number(line.price_quantity), unitCode=line.unit) if line.price_quantity != 1 else None,
    )
