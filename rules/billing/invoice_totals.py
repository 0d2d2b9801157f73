"""An invoice's sums by EN 16931-1: each line rounded, then summed; tax once for each category and rate.

Each field is computed by one of the business rules BR-CO-10 to BR-CO-17.
"""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from pydantic.dataclasses import dataclass

from rules.billing.money import minor_digits
from rules.billing.priced_lines import Amount, DocumentAllowanceCharge, PricedLine, rounded
from rules.billing.tax_treatment import CLOSED, DEFAULT_EXEMPTION_CODES, Percent, TaxCategory, TaxTreatment

_ZERO = Decimal(0)


TaxKey = tuple[str, Decimal]
"""A category and a rate: an invoice has one tax subtotal of each."""


@dataclass(frozen=True, slots=True, kw_only=True, config=CLOSED)
class TaxRounding:
    """What a credit note over a part adds to the tax of a category and rate, so that all parts sum to the whole."""

    category: TaxCategory
    rate: Percent = _ZERO
    amount: Amount
    """The smallest unit of the currency, or that with a minus."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class TaxSubtotal:
    """A tax subtotal (BG-23). The reasons of several exempt lines stand beside one another."""

    tax: TaxTreatment
    taxable: Decimal
    """BT-116."""
    amount: Decimal
    """The tax on it, BT-117 (BR-CO-17)."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceTotals:
    """The sums of an invoice, in major units, with the decimal digits of its currency."""

    line_nets: tuple[Decimal, ...]
    """BT-131 of each line, in the lines' order."""
    allowance_amounts: tuple[Decimal, ...]
    charge_amounts: tuple[Decimal, ...]
    """The amounts of the charges on the invoice as a whole, in their order."""
    lines: Decimal
    """The sum of the lines, BT-106 (BR-CO-10)."""
    allowances: Decimal
    """BT-107 (BR-CO-11)."""
    charges: Decimal
    """BT-108 (BR-CO-12)."""
    net: Decimal
    """Without tax, BT-109 (BR-CO-13)."""
    tax: Decimal
    """BT-110 (BR-CO-14)."""
    gross: Decimal
    """With tax, BT-112 (BR-CO-15)."""
    prepaid: Decimal
    """BT-113."""
    rounding: Decimal
    """BT-114."""
    payable: Decimal
    """What is to be paid, BT-115 (BR-CO-16)."""
    by_tax: tuple[TaxSubtotal, ...]
    """By category and rate, in the order of these."""
    bases: Mapping[TaxKey, Decimal]
    """The sum of the lines of each category and rate."""

    def base_of(self, tax: TaxTreatment) -> Decimal:
        """Return the base of percentages: the sum of the lines with the same tax as an allowance or a charge."""
        return self.bases.get(tax_key(tax), _ZERO)


def compute(
    lines: Sequence[PricedLine],
    currency: str,
    *,
    allowances: Sequence[DocumentAllowanceCharge] = (),
    charges: Sequence[DocumentAllowanceCharge] = (),
    prepaid: Decimal = _ZERO,
    rounding: Decimal = _ZERO,
    tax_roundings: Sequence[TaxRounding] = (),
) -> InvoiceTotals:
    """Return the sums of an invoice in a currency of ISO 4217. Raises ValueError where it has no lines.

    A percentage of an allowance or a charge applies to the lines that are taxed alike. Nothing is lost: net and tax are
    the sums of ``by_tax``, to the minor unit.
    """
    if not lines:
        raise ValueError("an invoice has at least one line")
    digits = minor_digits(currency)
    line_nets = tuple(line.net(digits) for line in lines)
    taxed = list(zip((line.tax for line in lines), line_nets, strict=True))
    bases = _by_tax(taxed)
    less, more = _amounts(allowances, bases, digits), _amounts(charges, bases, digits)
    taxed += [(one.tax, -amount) for one, amount in zip(allowances, less, strict=True)]
    taxed += [(one.tax, amount) for one, amount in zip(charges, more, strict=True)]
    by_tax = _subtotals(taxed, digits, tax_roundings)
    net = _sum(line_nets) - _sum(less) + _sum(more)
    tax = _sum(one.amount for one in by_tax)
    before, over = rounded(prepaid, digits), rounded(rounding, digits)
    return InvoiceTotals(
        line_nets=line_nets,
        allowance_amounts=less,
        charge_amounts=more,
        lines=rounded(_sum(line_nets), digits),
        allowances=rounded(_sum(less), digits),
        charges=rounded(_sum(more), digits),
        net=rounded(net, digits),
        tax=rounded(tax, digits),
        gross=rounded(net + tax, digits),
        prepaid=before,
        rounding=over,
        payable=rounded(net + tax - before + over, digits),
        by_tax=by_tax,
        bases=bases,
    )


def tax_key(tax: TaxTreatment) -> TaxKey:
    """Return the category and rate by which a treatment is summed up."""
    return (tax.category, tax.rate)


def _by_tax(taxed: Sequence[tuple[TaxTreatment, Decimal]]) -> dict[TaxKey, Decimal]:
    sums: dict[TaxKey, Decimal] = {}
    for tax, amount in taxed:
        sums[tax_key(tax)] = sums.get(tax_key(tax), _ZERO) + amount
    return sums


def _amounts(
    given: Sequence[DocumentAllowanceCharge], bases: Mapping[TaxKey, Decimal], digits: int
) -> tuple[Decimal, ...]:
    """Return the amount of each allowance or charge; a percentage applies to the lines that are taxed alike."""
    return tuple(one.of(bases.get(tax_key(one.tax), _ZERO), digits) for one in given)


def _subtotals(
    taxed: Sequence[tuple[TaxTreatment, Decimal]], digits: int, tax_roundings: Sequence[TaxRounding]
) -> tuple[TaxSubtotal, ...]:
    adjusted: dict[TaxKey, Decimal] = {(one.category, one.rate): one.amount for one in tax_roundings}
    return tuple(_subtotal(key, taxed, digits, adjusted.get(key, _ZERO)) for key in sorted(_by_tax(taxed)))


def _subtotal(
    key: TaxKey, taxed: Sequence[tuple[TaxTreatment, Decimal]], digits: int, adjusted: Decimal
) -> TaxSubtotal:
    here = [(tax, amount) for tax, amount in taxed if tax_key(tax) == key]
    taxable = rounded(_sum(amount for _, amount in here), digits)
    tax = _merged([tax for tax, _ in here])
    return TaxSubtotal(
        tax=tax, taxable=taxable, amount=rounded(taxable * tax.rate / 100, digits) + rounded(adjusted, digits)
    )


def _merged(treatments: Sequence[TaxTreatment]) -> TaxTreatment:
    """Return one treatment for all lines of a category and rate: an invoice has one tax subtotal of each (BR-E-01)."""
    first = treatments[0]
    if first.is_taxed:
        return first
    reasons = dict.fromkeys(one.exemption_reason for one in treatments if one.exemption_reason)
    codes = dict.fromkeys(one.exemption_code for one in treatments if one.exemption_code)
    given = next(iter(codes)) if len(codes) == 1 else None
    return TaxTreatment(
        category=first.category,
        rate=first.rate,
        exemption_reason="; ".join([*reasons, *(codes if len(codes) > 1 else ())])[:1000] or None,
        exemption_code=given or DEFAULT_EXEMPTION_CODES.get(first.category),
    )


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, _ZERO)
