"""An invoice's description in the words, numbers and days of a language, as it is printed."""

from base64 import b64decode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Final, cast

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.numbers import format_decimal, parse_pattern
from babel.units import format_unit

from rules import languages
from rules.billing import epc_code, money
from rules.billing.invoice_description import InvoiceDescription, InvoiceKind, PostalAddress, TradeParty
from rules.billing.invoice_totals import InvoiceTotals
from rules.billing.money import Money, minor_digits
from rules.billing.priced_lines import AllowanceCharge, PricedLine, ServicePeriod
from rules.billing.printed_invoice import Labelled, PrintedInvoice, PrintedLine
from rules.billing.tax_treatment import TaxCategory, TaxTreatment
from wording.billing.invoice_labels import LABELS, LANGUAGES, InvoiceLabels

_DURATIONS: Final = {
    "SEC": "duration-second",
    "MIN": "duration-minute",
    "HUR": "duration-hour",
    "DAY": "duration-day",
    "WEE": "duration-week",
    "MON": "duration-month",
    "ANN": "duration-year",
}
"""Units of UN/ECE Recommendation 20 that have a name in every language; others are printed as numbers."""

_ONE: Final = "C62"
_PRICE_DIGITS: Final = 6
_KEPT: Final = 4096
"""How many texts of numbers and days are cached: the lines of a night's invoices share most of them.

The key is the way in which a number is written, because 1 month and 1.0 months are two texts.
"""


def printed(invoice: InvoiceDescription) -> PrintedInvoice:
    """Return the invoice as it is printed: in its language, or in English where there are no labels in that."""
    language = languages.negotiate(invoice.language, LANGUAGES)
    page = _InvoiceWriter(invoice, LABELS[language], _locale(invoice.language, language), invoice.totals)
    label = page.labels.credit_note if page.is_credit else page.labels.invoice
    return PrintedInvoice(
        language=language,
        issued_on=invoice.issued_on,
        title=f"{label} {invoice.number}",
        accent=invoice.appearance.accent,
        logo=_logo(invoice.appearance.logo),
        seller=invoice.seller.trading_name or invoice.seller.name,
        seller_address=tuple(page.address(invoice.seller.address, abroad=False)),
        buyer_label=page.labels.buyer,
        buyer=tuple(page.buyer()),
        facts=tuple(page.facts()),
        columns=page.columns(),
        lines=tuple(map(page.line, invoice.lines, page.totals.line_nets)),
        sums=tuple(page.sums()),
        total=page.total(),
        after=tuple(page.after()),
        remarks=tuple(page.remarks()),
        payment_title=page.labels.payment,
        payment=tuple(page.payment()),
        payment_note=page.payment_note(),
        pay_online=page.pay_online(),
        qr=page.qr(),
        qr_label=page.labels.scan,
        footer=tuple(page.footer()),
        page=page.labels.page,
    )


def _locale(wanted: str, language: str) -> Locale:
    """Return the locale of numbers and days: the wanted one with its region where Babel knows it, else the language."""
    try:
        found = Locale.parse(wanted, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale.parse(language)
    return found if found.language == language else Locale.parse(language)


def _logo(data_url: str | None) -> str | None:
    """Return a logo as SVG; a picture of another kind is wrapped in one."""
    if data_url is None:
        return None
    kind, _, data = data_url.partition(";base64,")
    if kind == "data:image/svg+xml":
        return b64decode(data).decode("utf-8", "replace")
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 400 120">'
        f'<image width="400" height="120" preserveAspectRatio="xMidYMid meet" xlink:href="{data_url}"/></svg>'
    )


@dataclass(frozen=True, slots=True)
class _InvoiceWriter:
    """The parts of one printed invoice, in one language."""

    invoice: InvoiceDescription
    labels: InvoiceLabels
    locale: Locale
    totals: InvoiceTotals

    @property
    def is_credit(self) -> bool:
        return self.invoice.kind is InvoiceKind.CREDIT_NOTE

    def money(self, amount: Decimal) -> str:
        digits = minor_digits(self.invoice.currency)
        return money.display(Money(int(amount.scaleb(digits)), self.invoice.currency), self._tag())

    def price(self, amount: Decimal) -> str:
        return _price(str(amount), self.invoice.currency, self.locale)

    def day(self, day: date) -> str:
        return format_date(day, "long", self.locale)

    def days(self, period: ServicePeriod) -> str:
        return _days(period.first_day, period.last_day, self.locale)

    def percent(self, percent: Decimal) -> str:
        return _percent(str(percent), self._tag())

    def quantity(self, quantity: Decimal, unit: str) -> str:
        return _quantity(str(quantity), unit, self.locale)

    def _tag(self) -> str:
        return str(self.locale).replace("_", "-")

    def address(self, address: PostalAddress, *, abroad: bool) -> Iterator[str]:
        """Yield an address's lines, with the country where it is not the seller's."""
        yield from address.lines
        town = " ".join(one for one in (address.postcode, address.city) if one)
        if town:
            yield town
        if address.subdivision:
            yield address.subdivision
        if abroad and address.country:
            countries = cast("Mapping[str, str]", self.locale.territories)
            yield countries.get(address.country, address.country)

    def buyer(self) -> Iterator[str]:
        buyer, seller = self.invoice.buyer, self.invoice.seller
        yield buyer.name
        if buyer.trading_name:
            yield buyer.trading_name
        yield from self.address(buyer.address, abroad=buyer.address.country != seller.address.country)
        if buyer.vat_id:
            yield f"{self.labels.vat_id} {buyer.vat_id}"

    def facts(self) -> Iterator[Labelled]:
        invoice, labels = self.invoice, self.labels
        yield labels.number, invoice.number
        yield labels.issued, self.day(invoice.issued_on)
        if invoice.delivery and invoice.delivery.on:
            yield labels.delivered, self.day(invoice.delivery.on)
        if invoice.period:
            yield labels.period, self.days(invoice.period)
        if invoice.due_on and self.totals.payable > 0 and not self.is_credit:
            yield labels.due, self.day(invoice.due_on)
        references = (
            (labels.buyer_reference, invoice.buyer_reference),
            (labels.order, invoice.order_reference),
            (labels.contract, invoice.contract_reference),
            (labels.project, invoice.project_reference),
        )
        yield from ((label, value) for label, value in references if value)

    def columns(self) -> tuple[str, str, str, str, str]:
        labels = self.labels
        return labels.description, labels.quantity, labels.price, labels.tax, labels.amount

    def line(self, line: PricedLine, net: Decimal) -> PrintedLine:
        price = self.price(line.unit_price)
        if line.price_quantity != 1:
            price = self.labels.price_for.format(price=price, quantity=self.quantity(line.price_quantity, _ONE))
        return PrintedLine(
            name=line.name,
            details=tuple(self._details(line)),
            quantity=self.quantity(line.quantity, line.unit),
            price=price,
            tax=self._rate(line.tax),
            amount=self.money(net),
        )

    def _details(self, line: PricedLine) -> Iterator[str]:
        if line.description:
            yield line.description
        if line.period:
            yield self.days(line.period)
        if line.note:
            yield line.note
        listed = line.listed(minor_digits(self.invoice.currency))
        for one in line.allowances:
            yield self._adjustment(one, self.labels.allowance, -self._of(one, listed))
        for one in line.charges:
            yield self._adjustment(one, self.labels.charge, self._of(one, listed))

    def _of(self, one: AllowanceCharge, base: Decimal) -> Decimal:
        return one.of(base, minor_digits(self.invoice.currency))

    def _adjustment(self, one: AllowanceCharge, label: str, amount: Decimal) -> str:
        return f"{self._adjustment_label(one, label)}: {self.money(amount)}"

    def _adjustment_label(self, one: AllowanceCharge, label: str) -> str:
        name = one.reason or label
        return f"{name} ({self.percent(one.percent)})" if one.percent is not None else name

    def _rate(self, tax: TaxTreatment) -> str:
        return self.percent(tax.rate) if tax.is_taxed else "\N{EN DASH}"

    def sums(self) -> Iterator[Labelled]:
        invoice, totals, labels = self.invoice, self.totals, self.labels
        if invoice.allowances or invoice.charges:
            yield labels.lines, self.money(totals.lines)
        for one, amount in zip(invoice.allowances, totals.allowance_amounts, strict=True):
            yield self._adjustment_label(one, labels.allowance), self.money(-amount)
        for one, amount in zip(invoice.charges, totals.charge_amounts, strict=True):
            yield self._adjustment_label(one, labels.charge), self.money(amount)
        yield labels.net, self.money(totals.net)
        for one in totals.by_tax:
            net = self.money(one.taxable)
            if one.tax.is_taxed:
                yield labels.tax_on.format(rate=self.percent(one.tax.rate), net=net), self.money(one.amount)
            else:
                yield labels.untaxed_on.format(net=net), self.money(one.amount)

    def total(self) -> Labelled:
        return (self.labels.credited if self.is_credit else self.labels.gross), self.money(self.totals.gross)

    def after(self) -> Iterator[Labelled]:
        totals, labels = self.totals, self.labels
        if not (totals.prepaid or totals.rounding):
            return
        if totals.prepaid:
            yield labels.prepaid, self.money(-totals.prepaid)
        if totals.rounding:
            yield labels.rounding, self.money(totals.rounding)
        yield labels.payable, self.money(totals.payable)

    def remarks(self) -> Iterator[str]:
        for one in self.invoice.preceding:
            if one.issued_on:
                yield self.labels.corrects_of.format(number=one.number, day=self.day(one.issued_on))
            else:
                yield self.labels.corrects.format(number=one.number)
        for subtotal in self.totals.by_tax:
            yield from self._exemption(subtotal.tax)
        delivery = self.invoice.delivery
        if delivery and (delivery.name or delivery.address):
            address = self.address(delivery.address, abroad=True) if delivery.address else ()
            yield f"{self.labels.delivery}: {', '.join((*((delivery.name,) if delivery.name else ()), *address))}"
        yield from self.invoice.notes

    def _exemption(self, tax: TaxTreatment) -> Iterator[str]:
        """Yield why no tax is charged: in the law's words for this language, then in the words that are given."""
        words = {
            TaxCategory.REVERSE_CHARGE: self.labels.reverse_charge,
            TaxCategory.INTRA_COMMUNITY: self.labels.intra_community,
            TaxCategory.EXPORT: self.labels.export,
            TaxCategory.OUT_OF_SCOPE: self.labels.out_of_scope,
        }
        said = " ".join(one for one in (words.get(tax.category), tax.exemption_reason) if one)
        if said:
            yield said

    def payment(self) -> Iterator[Labelled]:
        payment = self.invoice.payment
        if not payment.iban or not self._asks_for_money():
            return
        yield self.labels.account_name, payment.account_name or self.invoice.seller.name
        yield "IBAN", _grouped(payment.iban)
        if payment.bic:
            yield "BIC", payment.bic
        yield self.labels.reference, self._reference()

    def payment_note(self) -> str:
        payment, labels = self.invoice.payment, self.labels
        if self.is_credit:
            return labels.to_refund
        if self.totals.payable <= 0:
            return labels.nothing
        if payment.mandate and payment.debited_iban:
            debit = labels.debit_note.format(account=_grouped(payment.debited_iban), mandate=payment.mandate)
            return f"{debit} {payment.terms or ''}".strip()
        return payment.terms or (labels.payment_note if payment.iban else "")

    def pay_online(self) -> Labelled | None:
        link = self.invoice.payment.link
        return (self.labels.pay_online, link) if link and self._asks_for_money() else None

    def qr(self) -> str | None:
        payment = self.invoice.payment
        if not payment.iban or self.invoice.currency != "EUR" or not self._asks_for_money():
            return None
        return epc_code.payload(
            name=payment.account_name or self.invoice.seller.name,
            iban=payment.iban,
            bic=payment.bic,
            amount=self.totals.payable,
            text=self._reference(),
        )

    def _asks_for_money(self) -> bool:
        return not self.is_credit and self.totals.payable > 0 and not self.invoice.payment.mandate

    def _reference(self) -> str:
        return self.invoice.payment.reference or self.invoice.number

    def footer(self) -> Iterator[tuple[str, ...]]:
        seller = self.invoice.seller
        yield (seller.name, *self.address(seller.address, abroad=True))
        if ids := self._ids(seller):
            yield tuple(ids)
        contact = seller.contact
        if contact:
            phone = f"{self.labels.phone} {contact.phone}" if contact.phone else None
            yield tuple(one for one in (contact.name, phone, contact.email) if one)
        if seller.legal_form:
            yield tuple(seller.legal_form.splitlines())

    def _ids(self, seller: TradeParty) -> Sequence[str]:
        labels = self.labels
        given = (
            (labels.vat_id, seller.vat_id),
            (labels.tax_number, seller.tax_number),
            (labels.legal_id, seller.legal_id),
        )
        return [f"{label} {value}" for label, value in given if value]


@lru_cache(_KEPT)
def _price(amount: str, currency: str, locale: Locale) -> str:
    """Return a price, with more digits than the currency has where the price has more."""
    pattern = parse_pattern(locale.currency_formats["standard"].pattern)
    pattern.frac_prec = (minor_digits(currency), _PRICE_DIGITS)
    return pattern.apply(Decimal(amount), locale, currency=currency, currency_digits=False)


@lru_cache(_KEPT)
def _days(first: date, last: date, locale: Locale) -> str:
    begin, end = format_date(first, "medium", locale), format_date(last, "medium", locale)
    return begin if first == last else f"{begin} \N{EN DASH} {end}"


@lru_cache(_KEPT)
def _percent(percent: str, tag: str) -> str:
    points = Decimal(percent) * 100
    return money.percent(int(points), tag) if points == int(points) else f"{percent} %"


@lru_cache(_KEPT)
def _quantity(quantity: str, unit: str, locale: Locale) -> str:
    if unit in _DURATIONS:
        return format_unit(Decimal(quantity), _DURATIONS[unit], length="short", locale=locale)
    return format_decimal(Decimal(quantity), "#,##0.######", locale)


def _grouped(iban: str) -> str:
    """Return an IBAN in groups of four (ISO 13616)."""
    return " ".join(iban[place : place + 4] for place in range(0, len(iban), 4))
