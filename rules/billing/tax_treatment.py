"""How a line is taxed: a category of EN 16931, its rate, and why no tax is charged where none is.

The categories are those of UNCL 5305 that EN 16931-1 allows for VAT; the codes of exemptions are the CEF's list VATEX
(https://ec.europa.eu/digital-building-blocks/sites/display/DIGITAL/Registry+of+supporting+artefacts+to+implement+EN16931).
"""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Final

from pydantic import ConfigDict, Field, model_validator
from pydantic.dataclasses import dataclass

from rules.billing.plain_values import PLAIN

CLOSED: Final = ConfigDict(extra="forbid")
"""The classes that describe an invoice take only the fields that they declare."""

Percent = Annotated[Decimal, Field(ge=0, le=100, max_digits=7, decimal_places=4), PLAIN]
"""A percentage: 19 is 19 %."""


class TaxCategory(StrEnum):
    """What kind of VAT a line has (UNCL 5305)."""

    STANDARD = "S"
    """Taxed, at a standard or a reduced rate."""
    ZERO = "Z"
    """Taxed at 0 %."""
    EXEMPT = "E"
    """Exempt, for the reason that is given."""
    REVERSE_CHARGE = "AE"
    """The buyer owes the tax."""
    INTRA_COMMUNITY = "K"
    """Goods that go to a business in another member state."""
    EXPORT = "G"
    """Goods that leave the union."""
    OUT_OF_SCOPE = "O"
    """VAT does not apply to it; all lines of the invoice are of this kind, or none (BR-O-11)."""


DEFAULT_EXEMPTION_CODES: Final = {
    TaxCategory.REVERSE_CHARGE: "VATEX-EU-AE",
    TaxCategory.INTRA_COMMUNITY: "VATEX-EU-IC",
    TaxCategory.EXPORT: "VATEX-EU-G",
    TaxCategory.OUT_OF_SCOPE: "VATEX-EU-O",
}
"""The code that is used where no more exact one is given; it says no more than the category."""

_TAXED = {TaxCategory.STANDARD, TaxCategory.ZERO}


@dataclass(frozen=True, slots=True, kw_only=True, config=CLOSED)
class TaxTreatment:
    """How something is taxed. Raises ValueError where category, rate and exemption contradict one another."""

    category: TaxCategory
    """S taxed, Z zero-rated, E exempt, AE reverse charge, K intra-community supply, G export, O out of scope."""
    rate: Percent = Decimal(0)
    """In percent; above 0 for S, and 0 for all others."""
    exemption_reason: Annotated[str, Field(min_length=1, max_length=1000)] | None = None
    """Why no tax is charged, in the words of the law; for E, AE, K, G and O."""
    exemption_code: Annotated[str, Field(pattern=r"^VATEX-[A-Z0-9-]{2,40}$")] | None = None
    """The same as a code of the list VATEX."""

    @model_validator(mode="after")
    def _is_sound(self) -> "TaxTreatment":
        if self.category is TaxCategory.STANDARD and not self.rate:
            raise ValueError("category S has a rate above 0 (BR-S-05); what is taxed at 0 % has category Z")
        if self.category is not TaxCategory.STANDARD and self.rate:
            raise ValueError(f"category {self.category} has the rate 0, not {self.rate}")
        if self.category in _TAXED and (self.exemption_reason or self.exemption_code):
            raise ValueError(f"category {self.category} has no exemption: it is taxed (BR-{self.category}-10)")
        if self.category is TaxCategory.EXEMPT and not (self.exemption_reason or self.exemption_code):
            raise ValueError("category E says why: exemption_reason or exemption_code is missing (BR-E-10)")
        return self

    @property
    def is_taxed(self) -> bool:
        """Whether VAT is charged on it, at a rate that may be 0."""
        return self.category in _TAXED


def standard(rate: Decimal | int | str) -> TaxTreatment:
    """Return the treatment for a rate in percent; at 0 it is zero-rated."""
    percent = Decimal(rate)
    return TaxTreatment(category=TaxCategory.STANDARD if percent else TaxCategory.ZERO, rate=percent)
