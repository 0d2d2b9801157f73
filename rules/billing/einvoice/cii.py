"""An invoice as UN/CEFACT Cross Industry Invoice D16B, in the binding of CEN/TS 16931-3-3; Factur-X carries it."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from xml.etree.ElementTree import Element

from rules.billing.einvoice import SPECIFICATION
from rules.billing.einvoice.amounts import TYPE_CODES, amount, parties, payment_code, street
from rules.billing.einvoice.xml_nodes import compact_day, node, number, root
from rules.billing.invoice_description import InvoiceDescription, PostalAddress, TradeParty
from rules.billing.invoice_totals import InvoiceTotals, TaxSubtotal
from rules.billing.money import minor_digits
from rules.billing.priced_lines import AllowanceCharge, PricedLine, ServicePeriod
from rules.billing.tax_treatment import TaxCategory, TaxTreatment

_UNECE = "urn:un:unece:uncefact:data:standard"
_NAMESPACES = {
    "rsm": f"{_UNECE}:CrossIndustryInvoice:100",
    "ram": f"{_UNECE}:ReusableAggregateBusinessInformationEntity:100",
    "qdt": f"{_UNECE}:QualifiedDataType:100",
    "udt": f"{_UNECE}:UnqualifiedDataType:100",
}


def document(invoice: InvoiceDescription) -> bytes:
    """Return the invoice as a CrossIndustryInvoice. Raises ValueError for an amount of three decimal digits."""
    totals = invoice.totals
    return root(
        "rsm:CrossIndustryInvoice",
        _NAMESPACES,
        node(
            "rsm:ExchangedDocumentContext",
            node("ram:GuidelineSpecifiedDocumentContextParameter", node("ram:ID", SPECIFICATION)),
        ),
        node(
            "rsm:ExchangedDocument",
            node("ram:ID", invoice.number),
            node("ram:TypeCode", TYPE_CODES[invoice.kind]),
            _moment("ram:IssueDateTime", invoice.issued_on),
            [node("ram:IncludedNote", node("ram:Content", one)) for one in invoice.notes],
        ),
        node(
            "rsm:SupplyChainTradeTransaction",
            [_line(invoice, place, line, totals.line_nets[place]) for place, line in enumerate(invoice.lines)],
            _agreement(invoice),
            _delivery(invoice),
            _settlement(invoice, totals),
        ),
    )


def _moment(tag: str, day: date | None) -> Element | None:
    return node(tag, node("udt:DateTimeString", compact_day(day), format="102")) if day else None


def _period(period: ServicePeriod | None) -> Element | None:
    if period is None:
        return None
    return node(
        "ram:BillingSpecifiedPeriod",
        _moment("ram:StartDateTime", period.first_day),
        _moment("ram:EndDateTime", period.last_day),
    )


def _agreement(invoice: InvoiceDescription) -> Element | None:
    seller, buyer = parties(invoice)
    project = invoice.project_reference
    return node(
        "ram:ApplicableHeaderTradeAgreement",
        node("ram:BuyerReference", invoice.buyer_reference),
        _party("ram:SellerTradeParty", seller),
        _party("ram:BuyerTradeParty", buyer),
        node("ram:BuyerOrderReferencedDocument", node("ram:IssuerAssignedID", invoice.order_reference)),
        node("ram:ContractReferencedDocument", node("ram:IssuerAssignedID", invoice.contract_reference)),
        node("ram:SpecifiedProcuringProject", node("ram:ID", project), node("ram:Name", project)),
    )


def _party(tag: str, party: TradeParty) -> Element | None:
    contact, electronic = party.contact, party.electronic_address
    return node(
        tag,
        node("ram:ID", party.id),
        node("ram:Name", party.name),
        node("ram:Description", party.legal_form),
        node(
            "ram:SpecifiedLegalOrganization",
            node("ram:ID", party.legal_id, schemeID=party.legal_id_scheme),
            node("ram:TradingBusinessName", party.trading_name),
        ),
        node(
            "ram:DefinedTradeContact",
            node("ram:PersonName", contact.name),
            node("ram:TelephoneUniversalCommunication", node("ram:CompleteNumber", contact.phone)),
            node("ram:EmailURIUniversalCommunication", node("ram:URIID", contact.email)),
        )
        if contact
        else None,
        _address(party.address),
        node("ram:URIUniversalCommunication", node("ram:URIID", electronic.id, schemeID=electronic.scheme))
        if electronic
        else None,
        node("ram:SpecifiedTaxRegistration", node("ram:ID", party.vat_id, schemeID="VA")),
        node("ram:SpecifiedTaxRegistration", node("ram:ID", party.tax_number, schemeID="FC")),
    )


def _address(address: PostalAddress | None) -> Element | None:
    if address is None:
        return None
    first, second, third = street(address.lines)
    return node(
        "ram:PostalTradeAddress",
        node("ram:PostcodeCode", address.postcode),
        node("ram:LineOne", first),
        node("ram:LineTwo", second),
        node("ram:LineThree", third),
        node("ram:CityName", address.city),
        node("ram:CountryID", address.country),
        node("ram:CountrySubDivisionName", address.subdivision),
    )


def _delivery(invoice: InvoiceDescription) -> Element:
    """Return where and when it is delivered; the schema wants the element also where nothing is known."""
    delivery = invoice.delivery
    if delivery is not None:
        found = node(
            "ram:ApplicableHeaderTradeDelivery",
            node("ram:ShipToTradeParty", node("ram:Name", delivery.name), _address(delivery.address)),
            node("ram:ActualDeliverySupplyChainEvent", _moment("ram:OccurrenceDateTime", delivery.on)),
        )
        if found is not None:
            return found
    return Element("ram:ApplicableHeaderTradeDelivery")


def _settlement(invoice: InvoiceDescription, totals: InvoiceTotals) -> Element | None:
    payment = invoice.payment
    return node(
        "ram:ApplicableHeaderTradeSettlement",
        node("ram:CreditorReferenceID", payment.creditor_id),
        node("ram:PaymentReference", payment.reference or invoice.number),
        node("ram:InvoiceCurrencyCode", invoice.currency),
        _payment_means(invoice),
        [_tax(one) for one in totals.by_tax],
        _period(invoice.period),
        _document_allowances(invoice, totals),
        node(
            "ram:SpecifiedTradePaymentTerms",
            node("ram:Description", payment.terms),
            _moment("ram:DueDateDateTime", invoice.due_on),
            node("ram:DirectDebitMandateID", payment.mandate),
        ),
        _monetary_summation(totals, invoice.currency),
        [
            node(
                "ram:InvoiceReferencedDocument",
                node("ram:IssuerAssignedID", one.number),
                _formatted_day(one.issued_on),
            )
            for one in invoice.preceding
        ],
    )


def _formatted_day(day: date | None) -> Element | None:
    if day is None:
        return None
    return node("ram:FormattedIssueDateTime", node("qdt:DateTimeString", compact_day(day), format="102"))


def _payment_means(invoice: InvoiceDescription) -> Element | None:
    payment = invoice.payment
    return node(
        "ram:SpecifiedTradeSettlementPaymentMeans",
        node("ram:TypeCode", payment_code(payment, invoice.currency)),
        node("ram:PayerPartyDebtorFinancialAccount", node("ram:IBANID", payment.debited_iban)),
        node(
            "ram:PayeePartyCreditorFinancialAccount",
            node("ram:IBANID", payment.iban),
            node("ram:AccountName", payment.account_name),
        )
        if payment.iban
        else None,
        node("ram:PayeeSpecifiedCreditorFinancialInstitution", node("ram:BICID", payment.bic))
        if payment.iban
        else None,
    )


def _tax(one: TaxSubtotal) -> Element | None:
    return node(
        "ram:ApplicableTradeTax",
        node("ram:CalculatedAmount", amount(one.amount)),
        node("ram:TypeCode", "VAT"),
        node("ram:ExemptionReason", one.tax.exemption_reason),
        node("ram:BasisAmount", amount(one.taxable)),
        node("ram:CategoryCode", one.tax.category),
        node("ram:ExemptionReasonCode", one.tax.exemption_code),
        _rate(one.tax),
    )


def _rate(tax: TaxTreatment) -> Element | None:
    return None if tax.category is TaxCategory.OUT_OF_SCOPE else node("ram:RateApplicablePercent", number(tax.rate))


def _document_allowances(invoice: InvoiceDescription, totals: InvoiceTotals) -> Iterator[Element | None]:
    for given, amounts, charge in (
        (invoice.allowances, totals.allowance_amounts, False),
        (invoice.charges, totals.charge_amounts, True),
    ):
        for one, value in zip(given, amounts, strict=True):
            yield _allowance(one, value, totals.base_of(one.tax), charge=charge, tax=one.tax)


def _allowance(
    one: AllowanceCharge, value: Decimal, base: Decimal, *, charge: bool, tax: TaxTreatment | None = None
) -> Element | None:
    return node(
        "ram:SpecifiedTradeAllowanceCharge",
        node("ram:ChargeIndicator", node("udt:Indicator", "true" if charge else "false")),
        *(
            (node("ram:CalculationPercent", number(one.percent)), node("ram:BasisAmount", amount(base)))
            if one.percent is not None
            else ()
        ),
        node("ram:ActualAmount", amount(value)),
        node("ram:ReasonCode", one.reason_code),
        node("ram:Reason", one.reason),
        node("ram:CategoryTradeTax", node("ram:TypeCode", "VAT"), node("ram:CategoryCode", tax.category), _rate(tax))
        if tax
        else None,
    )


def _monetary_summation(totals: InvoiceTotals, currency: str) -> Element | None:
    return node(
        "ram:SpecifiedTradeSettlementHeaderMonetarySummation",
        node("ram:LineTotalAmount", amount(totals.lines)),
        node("ram:ChargeTotalAmount", amount(totals.charges)) if totals.charges else None,
        node("ram:AllowanceTotalAmount", amount(totals.allowances)) if totals.allowances else None,
        node("ram:TaxBasisTotalAmount", amount(totals.net)),
        node("ram:TaxTotalAmount", amount(totals.tax), currencyID=currency),
        node("ram:RoundingAmount", amount(totals.rounding)) if totals.rounding else None,
        node("ram:GrandTotalAmount", amount(totals.gross)),
        node("ram:TotalPrepaidAmount", amount(totals.prepaid)) if totals.prepaid else None,
        node("ram:DuePayableAmount", amount(totals.payable)),
    )


def _line(invoice: InvoiceDescription, place: int, line: PricedLine, net: Decimal) -> Element | None:
    return node(
        "ram:IncludedSupplyChainTradeLineItem",
        node(
            "ram:AssociatedDocumentLineDocument",
            node("ram:LineID", str(place + 1)),
            node("ram:IncludedNote", node("ram:Content", line.note)),
        ),
        node(
            "ram:SpecifiedTradeProduct",
            node("ram:SellerAssignedID", line.item_id),
            node("ram:Name", line.name),
            node("ram:Description", line.description),
        ),
        node("ram:SpecifiedLineTradeAgreement", _price(line)),
        node("ram:SpecifiedLineTradeDelivery", node("ram:BilledQuantity", number(line.quantity), unitCode=line.unit)),
        _line_settlement(line, net, minor_digits(invoice.currency)),
    )


def _price(line: PricedLine) -> Element | None:
    return node(
        "ram:NetPriceProductTradePrice",
        node("ram:ChargeAmount", number(line.unit_price)),
        node("ram:BasisQuantity", number(line.price_quantity), unitCode=line.unit)
        if line.price_quantity != 1
        else None,
    )


def _line_settlement(line: PricedLine, net: Decimal, digits: int) -> Element | None:
    listed = line.listed(digits)
    return node(
        "ram:SpecifiedLineTradeSettlement",
        node(
            "ram:ApplicableTradeTax",
            node("ram:TypeCode", "VAT"),
            node("ram:CategoryCode", line.tax.category),
            _rate(line.tax),
        ),
        _period(line.period),
        [_allowance(one, one.of(listed, digits), listed, charge=False) for one in line.allowances],
        [_allowance(one, one.of(listed, digits), listed, charge=True) for one in line.charges],
        node("ram:SpecifiedTradeSettlementLineMonetarySummation", node("ram:LineTotalAmount", amount(net))),
    )
