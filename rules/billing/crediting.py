"""What a credit note takes back: an invoice whole, some of its lines, an amount of it, or what is left of it.

    for each way of taxing    what the invoice has  -  what earlier notes took  =  what is left
    this note                 its net; its tax is what the tax of all notes together grows by

So no note takes back more than is left, and the notes over all of an invoice sum to it, net and tax, to the minor unit.
A note's own tax may differ by one minor unit from its net times the rate: the description says so (``tax_roundings``),
and EN 16931's rules allow it (BR-CO-17 is checked to within one unit of the currency).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from rules.billing import money
from rules.billing.invoice_description import InvoiceDescription
from rules.billing.invoice_totals import TaxKey, TaxRounding, TaxSubtotal, tax_key
from rules.billing.money import Money
from rules.billing.priced_lines import PricedLine, rounded
from rules.billing.tax_treatment import TaxTreatment


class NotCreditable(ValueError):
    """Raised for a wish that cannot be met; the message says why, and what can be taken back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditWish:
    """What is to be taken back: these lines, counted from 1, or an amount with tax; where neither, all that is left."""

    lines: tuple[int, ...] = ()
    amount: Money | None = None

    def __post_init__(self) -> None:
        if self.lines and self.amount is not None:
            raise NotCreditable("name lines or an amount, and not both")
        if len(set(self.lines)) != len(self.lines):
            raise NotCreditable("each line is taken back once")


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierNote:
    """A credit note that the invoice has already, and which lines it took back whole, counted from 1."""

    said: InvoiceDescription
    lines: frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditedPart:
    """What a credit note is over. ``places`` says which line of the invoice each of its lines takes back whole."""

    lines: tuple[PricedLine, ...]
    places: tuple[int | None, ...]
    tax_roundings: tuple[TaxRounding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Taken:
    """The sums of one tax treatment, in minor units: those of the invoice, and those that earlier notes took back."""

    tax: TaxTreatment
    net: int
    tax_amount: int
    net_taken: int
    tax_taken: int

    @property
    def net_left(self) -> int:
        return self.net - self.net_taken

    @property
    def left(self) -> int:
        return self.net_left + self.tax_amount - self.tax_taken

    def tax_of(self, net: int) -> int:
        """Return the tax of a note over ``net``: the growth of the tax of all notes together."""
        if net == self.net_left:
            return self.tax_amount - self.tax_taken
        return money.rounded(Fraction(self.tax.rate) * (self.net_taken + net) / 100) - self.tax_taken

    def net_of(self, gross: int) -> int:
        """Return the net of a note over an amount with tax."""
        if gross == self.left:
            return self.net_left
        until = money.rounded(Fraction(self.net_taken + self.tax_taken + gross) / (1 + Fraction(self.tax.rate) / 100))
        return max(0, min(until - self.net_taken, gross, self.net_left))


def credited(invoice: InvoiceDescription, before: Sequence[EarlierNote], wish: CreditWish) -> CreditedPart:
    """Return the lines of a credit note for a wish. Raises ``NotCreditable``."""
    taken = _credited_before(invoice, before)
    if before and not any(one.left or one.net_left for one in taken.values()):
        raise NotCreditable(f"nothing is left of {invoice.number}: it has been taken back")
    if wish.amount is not None:
        return _amount(invoice, taken, wish.amount)
    gone = frozenset[int]().union(*(note.lines for note in before))
    if wish.lines:
        return _lines(invoice, taken, gone, wish.lines)
    return _rest(invoice, before, taken, gone)


def left(invoice: InvoiceDescription, before: Sequence[EarlierNote]) -> Money:
    """Return the amount of an invoice, with tax, that no note has taken back."""
    return Money(sum(one.left for one in _credited_before(invoice, before).values()), invoice.currency)


def described(invoice: InvoiceDescription, part: CreditedPart) -> InvoiceDescription:
    """Return a credit note over a part; all else is as in the invoice. Raises ``NotCreditable``."""
    is_whole = part.lines == invoice.lines
    try:
        return replace(
            invoice,
            lines=part.lines,
            allowances=invoice.allowances if is_whole else (),
            charges=invoice.charges if is_whole else (),
            rounding=invoice.rounding if is_whole else Decimal(0),
            prepaid=Decimal(0),
            tax_roundings=part.tax_roundings,
        )
    except ValueError as error:
        raise NotCreditable(str(error)) from None


def _credited_before(invoice: InvoiceDescription, before: Sequence[EarlierNote]) -> dict[TaxKey, _Taken]:
    digits = money.minor_digits(invoice.currency)
    notes = [_by_key(note.said.totals.by_tax, digits) for note in before]
    found: dict[TaxKey, _Taken] = {}
    for one in invoice.totals.by_tax:
        key = tax_key(one.tax)
        parts = [note[key] for note in notes if key in note]
        found[key] = _Taken(
            tax=one.tax,
            net=_minor(one.taxable, digits),
            tax_amount=_minor(one.amount, digits),
            net_taken=sum(net for net, _ in parts),
            tax_taken=sum(tax for _, tax in parts),
        )
    return found


def _by_key(subtotals: Sequence[TaxSubtotal], digits: int) -> dict[TaxKey, tuple[int, int]]:
    return {tax_key(one.tax): (_minor(one.taxable, digits), _minor(one.amount, digits)) for one in subtotals}


def _lines(
    invoice: InvoiceDescription, taken: Mapping[TaxKey, _Taken], gone: frozenset[int], places: Sequence[int]
) -> CreditedPart:
    for place in places:
        if not 1 <= place <= len(invoice.lines):
            raise NotCreditable(f"{invoice.number} has no line {place}: it has {len(invoice.lines)}")
        if place in gone:
            raise NotCreditable(f"line {place} of {invoice.number} has been taken back")
    digits = money.minor_digits(invoice.currency)
    lines = tuple(invoice.lines[place - 1] for place in places)
    nets: dict[TaxKey, int] = {}
    for line in lines:
        nets[tax_key(line.tax)] = nets.get(tax_key(line.tax), 0) + _minor(line.net(digits), digits)
    for key, net in nets.items():
        _require_left(taken[key], net, invoice.currency)
    taxes = {key: taken[key].tax_of(net) for key, net in nets.items()}
    if sum(nets.values()) + sum(taxes.values()) < 0:
        raise NotCreditable("these lines would take money instead of giving it back; take others back with them")
    return CreditedPart(lines=lines, places=tuple(places), tax_roundings=_roundings(taken, nets, taxes, digits))


def _require_left(one: _Taken, net: int, currency: str) -> None:
    low, high = min(0, one.net_left), max(0, one.net_left)
    if not low <= net <= high:
        rest = Money(one.net_left, currency).amount
        raise NotCreditable(
            f"of what is taxed at {one.tax.rate.normalize():f} % only {rest} {currency} without tax is left;"
            " name an amount, or take all that is left back"
        )


def _amount(invoice: InvoiceDescription, taken: Mapping[TaxKey, _Taken], amount: Money) -> CreditedPart:
    total = sum(one.left for one in taken.values())
    if amount.currency != invoice.currency or not 0 < amount.minor <= total:
        most = Money(total, invoice.currency).amount
        raise NotCreditable(f"more than nothing and up to {most} {invoice.currency} of it can be taken back")
    if any(one.left < 0 for one in taken.values()):
        raise NotCreditable(
            "it gives something back at one of its rates: name its lines, or take all that is left back"
        )
    keys = [key for key in taken if taken[key].left]
    shares = money.allocate(amount, [taken[key].left for key in keys])
    gross = {key: share.minor for key, share in zip(keys, shares, strict=True) if share.minor}
    return _of_nets(invoice, taken, {key: taken[key].net_of(part) for key, part in gross.items()}, gross)


def _rest(
    invoice: InvoiceDescription, before: Sequence[EarlierNote], taken: Mapping[TaxKey, _Taken], gone: frozenset[int]
) -> CreditedPart:
    """Take all that is left: the invoice as it is, else its other lines where only lines were taken, else sums."""
    if not before:
        return CreditedPart(lines=invoice.lines, places=tuple(range(1, len(invoice.lines) + 1)))
    others = [place for place in range(1, len(invoice.lines) + 1) if place not in gone]
    digits = money.minor_digits(invoice.currency)
    nets = dict.fromkeys(taken, 0)
    for place in others:
        line = invoice.lines[place - 1]
        nets[tax_key(line.tax)] += _minor(line.net(digits), digits)
    if others and all(net == taken[key].net_left for key, net in nets.items()):
        return _lines(invoice, taken, gone, others)
    rest = {key: one for key, one in taken.items() if one.left or one.net_left}
    return _of_nets(
        invoice, taken, {key: one.net_left for key, one in rest.items()}, {key: one.left for key, one in rest.items()}
    )


def _of_nets(
    invoice: InvoiceDescription, taken: Mapping[TaxKey, _Taken], nets: dict[TaxKey, int], gross: Mapping[TaxKey, int]
) -> CreditedPart:
    """Return one line for each tax treatment, named as the invoice."""
    digits = money.minor_digits(invoice.currency)
    taxes = {key: gross[key] - net for key, net in nets.items()}
    lines = tuple(_sum_line(invoice, taken[key].tax, net) for key, net in nets.items())
    return CreditedPart(lines=lines, places=(None,) * len(lines), tax_roundings=_roundings(taken, nets, taxes, digits))


def _sum_line(invoice: InvoiceDescription, tax: TaxTreatment, net: int) -> PricedLine:
    return PricedLine(
        name=invoice.number,
        quantity=Decimal(-1 if net < 0 else 1),
        unit_price=Money(abs(net), invoice.currency).amount,
        tax=tax,
    )


def _roundings(
    taken: Mapping[TaxKey, _Taken], nets: Mapping[TaxKey, int], taxes: Mapping[TaxKey, int], digits: int
) -> tuple[TaxRounding, ...]:
    """Return the roundings: one wherever the tax of a part differs from the tax of its net alone."""
    found: list[TaxRounding] = []
    for key, net in nets.items():
        alone = _minor(rounded(Decimal(net).scaleb(-digits) * taken[key].tax.rate / 100, digits), digits)
        if taxes[key] != alone:
            category, rate = taken[key].tax.category, taken[key].tax.rate
            found.append(TaxRounding(category=category, rate=rate, amount=Decimal(taxes[key] - alone).scaleb(-digits)))
    return tuple(found)


def _minor(amount: Decimal, digits: int) -> int:
    return int(amount.scaleb(digits))
