"""What an invoice is for: priced lines, with what is taken off or added to each, in the arithmetic of EN 16931.

Amounts are in major units of the invoice's currency, as decimals. A line is rounded once, to the currency's minor unit,
half away from zero, so that a credit note mirrors its invoice.
"""

from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated

from pydantic import Field, model_validator
from pydantic.dataclasses import dataclass

from rules.billing.plain_values import PLAIN, Day
from rules.billing.tax_treatment import CLOSED, Percent, TaxTreatment

# Twelve digits by fourteen: their product is exact in Python's 28.
Quantity = Annotated[Decimal, Field(max_digits=12, decimal_places=6), PLAIN]
PriceQuantity = Annotated[Decimal, Field(gt=0, max_digits=12, decimal_places=6), PLAIN]
UnitPrice = Annotated[Decimal, Field(ge=0, max_digits=14, decimal_places=6), PLAIN]
Amount = Annotated[Decimal, Field(max_digits=16, decimal_places=4), PLAIN]
PositiveAmount = Annotated[Decimal, Field(ge=0, max_digits=16, decimal_places=4), PLAIN]
ShortText = Annotated[str, Field(min_length=1, max_length=200)]
LongText = Annotated[str, Field(min_length=1, max_length=4000)]


def rounded(amount: Decimal, digits: int) -> Decimal:
    """Return an amount with so many decimal digits, half a unit rounded away from zero; never a negative zero."""
    return amount.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP) + 0


@dataclass(frozen=True, slots=True, kw_only=True, config=CLOSED)
class AllowanceCharge:
    """What is taken off (an allowance) or added (a charge): an amount, or a percentage of what it is about."""

    amount: PositiveAmount | None = None
    """Without tax; or else ``percent``."""
    percent: Percent | None = None
    """Of the line's quantity times its price; on an invoice as a whole, of its lines with the same tax."""
    reason: ShortText | None = None
    reason_code: Annotated[str, Field(pattern=r"^[A-Z0-9]{2,3}$")] | None = None
    """Of UNTDID 5189 for allowances (95: discount), of UNTDID 7161 for charges (FC: freight)."""

    @model_validator(mode="after")
    def _is_sound(self) -> "AllowanceCharge":
        if (self.amount is None) == (self.percent is None):
            raise ValueError("give an amount or a percent, and not both")
        if not (self.reason or self.reason_code):
            raise ValueError("say why: reason or reason_code is missing (BR-CO-21 to BR-CO-24)")
        return self

    def of(self, base: Decimal, digits: int) -> Decimal:
        """Return its amount, with so many decimal digits; ``base`` is what a percentage is taken of."""
        if self.percent is None:
            return rounded(self.amount or Decimal(0), digits)
        return rounded(base * self.percent / 100, digits)


@dataclass(frozen=True, slots=True, kw_only=True, config=CLOSED)
class DocumentAllowanceCharge(AllowanceCharge):
    """An allowance or a charge on an invoice as a whole, which is taxed like the lines that it is about."""

    tax: TaxTreatment


@dataclass(frozen=True, slots=True, kw_only=True, config=CLOSED)
class ServicePeriod:
    """The days that something is delivered on, both included. Our billing periods end a day later, excluded."""

    first_day: Day
    last_day: Day

    @model_validator(mode="after")
    def _is_sound(self) -> "ServicePeriod":
        if self.last_day < self.first_day:
            raise ValueError(f"last_day {self.last_day} is before first_day {self.first_day} (BR-29, BR-30)")
        return self


@dataclass(frozen=True, slots=True, kw_only=True, config=CLOSED)
class PricedLine:
    """One line of an invoice (BG-25)."""

    name: ShortText
    """What it is (BT-153)."""
    description: LongText | None = None
    """More about it (BT-154)."""
    note: LongText | None = None
    """A remark on the line (BT-127)."""
    item_id: Annotated[str, Field(min_length=1, max_length=50)] | None = None
    """The seller's own number of what is sold (BT-155)."""
    quantity: Quantity = Decimal(1)
    """How many (BT-129); negative where something is taken back, because a price is not (BR-27)."""
    unit: Annotated[str, Field(pattern=r"^[A-Z0-9]{2,3}$")] = "C62"
    """Of UN/ECE Recommendation 20: C62 one, HUR hour, DAY, MON month, ANN year (BT-130)."""
    unit_price: UnitPrice
    """Without tax, for ``price_quantity`` units (BT-146)."""
    price_quantity: PriceQuantity = Decimal(1)
    """How many units the price is for (BT-149)."""
    allowances: tuple[AllowanceCharge, ...] = ()
    charges: tuple[AllowanceCharge, ...] = ()
    tax: TaxTreatment
    period: ServicePeriod | None = None
    """On which days it was or will be delivered (BG-26)."""

    def listed(self, digits: int) -> Decimal:
        """Return quantity times price, rounded: what the line costs before allowances and charges."""
        return rounded(self.quantity * self.unit_price / self.price_quantity, digits)

    def net(self, digits: int) -> Decimal:
        """Return the line's net amount in a currency with so many decimal digits (BT-131)."""
        listed = self.listed(digits)
        less = sum((one.of(listed, digits) for one in self.allowances), Decimal(0))
        more = sum((one.of(listed, digits) for one in self.charges), Decimal(0))
        return listed - less + more
