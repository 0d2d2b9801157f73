"""How a line is taxed, and why: decided from who sells, who buys, what, and when.

    seller's exemption ─┐
    place of supply ────┼──> category, rate, the law's words (tax_treatment.TaxTreatment) and a reason for people
    buyer's standing ───┘

The place of supply follows the VAT Directive (2006/112/EC). Services to a business are taxed where the business is
(Article 44), services to others where the seller is (Article 45). Electronic services to others are taxed where the
buyer is (Article 58), through the One Stop Shop; a seller in the Union who does not use it counts as below the
threshold of Article 59c, and is taxed at home. Goods are taxed where they are sent from, and leave untaxed for a
business in the Union (Article 138) or for outside of it (Article 146). Switzerland, Norway and the United Kingdom
decide services alike, each in the words of its own law. No rate is guessed: distance sales of goods to consumers are
refused, and regions with rules of their own (Canary Islands, Büsingen) are entered with a rate by hand.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final

from rules.billing import tax_treatment, vat_rates
from rules.billing.tax_treatment import TaxCategory, TaxTreatment
from rules.billing.vat_rates import COUNTRIES, UNION
from rules.translatable import Translatable


class ProductNature(StrEnum):
    """What is sold, as far as the place of its supply depends on it."""

    ELECTRONIC = "electronic"
    """Domains, hosting, certificates, software: Annex II of the directive."""
    SERVICE = "service"
    """Hours of people."""
    GOODS = "goods"


class BuyerKind(StrEnum):
    """Who buys, as far as taxes go."""

    BUSINESS = "business"
    CONSUMER = "consumer"


class TaxReason(StrEnum):
    """Why a line is taxed as it is."""

    DOMESTIC = "domestic"
    REDUCED = "reduced"
    ZERO_RATED = "zero_rated"
    SELLER_EXEMPT = "seller_exempt"
    PRODUCT_EXEMPT = "product_exempt"
    BUYER_EXEMPT = "buyer_exempt"
    REVERSE_CHARGE = "reverse_charge"
    ONE_STOP_SHOP = "one_stop_shop"
    BELOW_THRESHOLD = "below_threshold"
    SELLERS_PLACE = "sellers_place"
    OUTSIDE = "outside"
    INTRA_COMMUNITY = "intra_community"
    EXPORT = "export"
    FIXED = "fixed"
    """The rate was entered by hand."""


class Undecided(ValueError):
    """Raised where a tax could only be guessed, because something is missing; ``field`` names it."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.said = Translatable("{field}: {what}", field=field, what=message)


@dataclass(frozen=True, slots=True)
class Exemption:
    """Why no tax is charged: in the words of the law, and as a code of the list VATEX where there is one."""

    reason: str
    code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxedSeller:
    """Who sells. ``country`` is ISO 3166-1; ``exemption`` is a small business's (Article 284 of the directive)."""

    country: str
    vat_id: str | None = None
    one_stop_shop: bool = False
    exemption: Exemption | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxedBuyer:
    """Who buys. ``exemption`` is one of their own, such as an embassy's (Article 151)."""

    country: str
    kind: BuyerKind = BuyerKind.BUSINESS
    vat_id: str | None = None
    exemption: Exemption | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxedProduct:
    """What is sold. ``percent`` is a reduced rate of the seller's country, 0: zero-rated, None: its standard rate."""

    nature: ProductNature = ProductNature.ELECTRONIC
    percent: Decimal | None = None
    exemption: Exemption | None = None


@dataclass(frozen=True, slots=True)
class TaxDecision:
    """How something is taxed, why, and in which country its place of supply is."""

    treatment: TaxTreatment
    reason: TaxReason
    country: str


_REVERSE_CHARGE: Final = Exemption(
    "Reverse charge: the customer is liable for the tax (Article 196, Directive 2006/112/EC)", "VATEX-EU-AE"
)
_INTRA_COMMUNITY: Final = Exemption("Intra-community supply (Article 138, Directive 2006/112/EC)", "VATEX-EU-IC")
_OUTSIDE: Final = {
    "CH": Exemption("Not subject to Swiss VAT: the place of supply is abroad (Art. 8 MWSTG)"),
    "GB": Exemption("Outside the scope of UK VAT: the place of supply is abroad (section 7A, VAT Act 1994)"),
    "NO": Exemption("Free of VAT: supplied for use abroad (merverdiavgiftsloven § 6-22)"),
}
_OUTSIDE_UNION: Final = Exemption(
    "Not subject to VAT: the place of supply is outside the European Union (Articles 44, 58 and 59, Directive"
    " 2006/112/EC)",
    "VATEX-EU-O",
)
_OUTSIDE_MEMBER: Final = Exemption(
    "Not subject to VAT here: the customer is liable for the tax where they are (Article 196, Directive 2006/112/EC)"
)
_EXPORT: Final = {
    "CH": Exemption("Export, exempt (Art. 23 MWSTG)"),
    "GB": Exemption("Export, zero-rated (section 30(6), VAT Act 1994)"),
    "NO": Exemption("Export, free of VAT (merverdiavgiftsloven § 6-21)"),
}
_EXPORT_OF_UNION: Final = Exemption("Export (Article 146, Directive 2006/112/EC)", "VATEX-EU-G")


def of_basis_points(basis_points: int) -> TaxDecision:
    """Return the tax of something with a rate of its own, whoever buys it; 1900 basis points are 19 %."""
    return TaxDecision(tax_treatment.standard(Decimal(basis_points) / 100), TaxReason.FIXED, "")


def decide(seller: TaxedSeller, buyer: TaxedBuyer, product: TaxedProduct, on: date) -> TaxDecision:
    """Return how a product is taxed on the day of its supply.

    Raises ``Undecided``, which names the field, where a country or a VAT-ID is missing, or a rate is not charged there;
    ``vat_rates.UnknownRate`` for a day before the table's first.
    """
    if seller.country not in COUNTRIES:
        raise Undecided(
            "seller.country",
            Translatable(
                "how {country} taxes is not known here", country=seller.country or Translatable("an unknown country")
            ),
        )
    if not buyer.country:
        raise Undecided("buyer.country", Translatable("without it nobody can say where the tax is owed"))
    if buyer.country == seller.country:
        return _at_home(seller, buyer, product, on)
    if product.nature is ProductNature.GOODS:
        return _goods_abroad(seller, buyer)
    if buyer.kind is BuyerKind.BUSINESS:
        return _service_to_business_abroad(seller, buyer)
    return _service_to_consumer_abroad(seller, buyer, product, on)


def _at_home(
    seller: TaxedSeller,
    buyer: TaxedBuyer,
    product: TaxedProduct,
    on: date,
    why: TaxReason = TaxReason.DOMESTIC,
) -> TaxDecision:
    """Decide about a supply that is taxed in the seller's country."""
    exemptions = (
        (seller.exemption, TaxReason.SELLER_EXEMPT),
        (product.exemption, TaxReason.PRODUCT_EXEMPT),
        (buyer.exemption, TaxReason.BUYER_EXEMPT),
    )
    for exemption, reason in exemptions:
        if exemption is not None:
            return _untaxed(TaxCategory.EXEMPT, exemption, reason, seller.country)
    if product.percent is None:
        return TaxDecision(_standard(seller.country, on), why, seller.country)
    if not product.percent:
        return TaxDecision(tax_treatment.standard(0), TaxReason.ZERO_RATED, seller.country)
    if not vat_rates.charges_rate(seller.country, product.percent, on):
        raise Undecided(
            "product.tax_rate",
            Translatable(
                "{country} charges nothing at {percent} % on {day}",
                country=seller.country,
                percent=str(product.percent),
                day=str(on),
            ),
        )
    return TaxDecision(tax_treatment.standard(product.percent), TaxReason.REDUCED, seller.country)


def _service_to_business_abroad(seller: TaxedSeller, buyer: TaxedBuyer) -> TaxDecision:
    """Decide by Article 44: it is taxed where the customer is, and in the Union by the customer (Article 196)."""
    if buyer.country not in UNION:
        return _outside(seller, buyer)
    if seller.country not in UNION:
        return _untaxed(TaxCategory.OUT_OF_SCOPE, _OUTSIDE_MEMBER, TaxReason.OUTSIDE, buyer.country)
    _need_vat_ids(seller, buyer, Translatable("the reverse charge"))
    return _untaxed(TaxCategory.REVERSE_CHARGE, _REVERSE_CHARGE, TaxReason.REVERSE_CHARGE, buyer.country)


def _service_to_consumer_abroad(seller: TaxedSeller, buyer: TaxedBuyer, product: TaxedProduct, on: date) -> TaxDecision:
    """Decide by Articles 45, 58, 59 and 59c."""
    if buyer.country not in UNION:
        return _outside(seller, buyer)
    if product.nature is ProductNature.SERVICE:
        return _at_home(seller, buyer, product, on, TaxReason.SELLERS_PLACE)
    if seller.one_stop_shop:
        return TaxDecision(_standard(buyer.country, on), TaxReason.ONE_STOP_SHOP, buyer.country)
    if seller.country in UNION:
        return _at_home(seller, buyer, product, on, TaxReason.BELOW_THRESHOLD)
    raise Undecided(
        "seller.one_stop_shop",
        Translatable(
            "electronic services to consumers in {country} are taxed there, which needs the One Stop Shop",
            country=buyer.country,
        ),
    )


def _goods_abroad(seller: TaxedSeller, buyer: TaxedBuyer) -> TaxDecision:
    """Decide by Articles 138 and 146."""
    if seller.country not in UNION or buyer.country not in UNION:
        exemption = _EXPORT.get(seller.country, _EXPORT_OF_UNION)
        return _untaxed(TaxCategory.EXPORT, exemption, TaxReason.EXPORT, buyer.country)
    if buyer.kind is BuyerKind.CONSUMER:
        raise Undecided(
            "buyer.kind",
            Translatable("distance sales of goods to consumers are not decided here; give the rate by hand"),
        )
    _need_vat_ids(seller, buyer, Translatable("an untaxed intra-community supply"))
    return _untaxed(TaxCategory.INTRA_COMMUNITY, _INTRA_COMMUNITY, TaxReason.INTRA_COMMUNITY, buyer.country)


def _outside(seller: TaxedSeller, buyer: TaxedBuyer) -> TaxDecision:
    """Return the decision about a supply that is taxed abroad, outside the Union.

    Norway alone calls that an export and zero-rates it; for other sellers it is out of scope.
    """
    exemption = _OUTSIDE.get(seller.country, _OUTSIDE_UNION)
    category = TaxCategory.EXPORT if seller.country == "NO" else TaxCategory.OUT_OF_SCOPE
    return _untaxed(category, exemption, TaxReason.OUTSIDE, buyer.country)


def _need_vat_ids(seller: TaxedSeller, buyer: TaxedBuyer, for_what: str) -> None:
    for side, vat_id in (("buyer", buyer.vat_id), ("seller", seller.vat_id)):
        if not vat_id:
            raise Undecided(f"{side}.vat_id", Translatable("is missing, and {what} needs it", what=for_what))


def _standard(country: str, on: date) -> TaxTreatment:
    return tax_treatment.standard(vat_rates.standard_rate(country, on).percent)


def _untaxed(category: TaxCategory, exemption: Exemption, reason: TaxReason, country: str) -> TaxDecision:
    treatment = TaxTreatment(
        category=category, exemption_reason=exemption.reason, exemption_code=exemption.code or None
    )
    return TaxDecision(treatment, reason, country)
