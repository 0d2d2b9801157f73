"""Tax decisions: who sells what to whom, where; and what is missing is named instead of guessed."""

from datetime import date
from decimal import Decimal
from itertools import product as every

import pytest

from rules.billing.tax_decision import (
    BuyerKind,
    Exemption,
    ProductNature,
    TaxDecision,
    TaxedBuyer,
    TaxedProduct,
    TaxedSeller,
    TaxReason,
    Undecided,
    decide,
    of_basis_points,
)
from rules.billing.tax_treatment import TaxCategory
from rules.billing.vat_rates import COUNTRIES, UNION, UnknownRate

ON = date(2026, 11, 29)
SMALL = Exemption("No VAT is charged (§ 19 UStG)")
EMBASSY = Exemption("Exempt under Article 151, Directive 2006/112/EC", "VATEX-EU-151")
BUSINESS, CONSUMER = BuyerKind.BUSINESS, BuyerKind.CONSUMER


def decided(  # the sides of one sale
    seller: str,
    buyer: str,
    kind: BuyerKind = BUSINESS,
    *,
    nature: ProductNature = ProductNature.ELECTRONIC,
    percent: str | None = None,
    vat_id: str | None = "given",
    oss: bool = False,
    on: date = ON,
) -> TaxDecision:
    return decide(
        TaxedSeller(country=seller, vat_id="given", one_stop_shop=oss),
        TaxedBuyer(country=buyer, kind=kind, vat_id=vat_id),
        TaxedProduct(nature=nature, percent=None if percent is None else Decimal(percent)),
        on,
    )


@pytest.mark.parametrize(
    ("decision", "category", "rate", "reason"),
    [
        (decided("DE", "DE"), "S", "19", TaxReason.DOMESTIC),
        (decided("DE", "DE", CONSUMER, vat_id=None), "S", "19", TaxReason.DOMESTIC),
        (decided("DE", "DE", percent="7"), "S", "7", TaxReason.REDUCED),
        (decided("DE", "DE", percent="0"), "Z", "0", TaxReason.ZERO_RATED),
        (decided("CH", "CH"), "S", "8.1", TaxReason.DOMESTIC),
        (decided("CH", "CH", on=date(2023, 12, 31)), "S", "7.7", TaxReason.DOMESTIC),
        (decided("DE", "FR"), "AE", "0", TaxReason.REVERSE_CHARGE),
        (decided("DE", "FR", CONSUMER), "S", "19", TaxReason.BELOW_THRESHOLD),
        (decided("DE", "FR", CONSUMER, oss=True), "S", "20", TaxReason.ONE_STOP_SHOP),
        (decided("GB", "FR", CONSUMER, oss=True), "S", "20", TaxReason.ONE_STOP_SHOP),
        (decided("DE", "FR", CONSUMER, oss=True, nature=ProductNature.SERVICE), "S", "19", TaxReason.SELLERS_PLACE),
        (decided("DE", "US"), "O", "0", TaxReason.OUTSIDE),
        (decided("DE", "US", CONSUMER), "O", "0", TaxReason.OUTSIDE),
        (decided("GB", "DE", vat_id=None), "O", "0", TaxReason.OUTSIDE),
        (decided("CH", "DE"), "O", "0", TaxReason.OUTSIDE),
        (decided("NO", "US"), "G", "0", TaxReason.OUTSIDE),
        (decided("DE", "FR", nature=ProductNature.GOODS), "K", "0", TaxReason.INTRA_COMMUNITY),
        (decided("DE", "US", nature=ProductNature.GOODS), "G", "0", TaxReason.EXPORT),
        (decided("CH", "DE", CONSUMER, nature=ProductNature.GOODS), "G", "0", TaxReason.EXPORT),
        (of_basis_points(770), "S", "7.7", TaxReason.FIXED),
    ],
)
def test_a_sale_has_one_treatment(decision: TaxDecision, category: str, rate: str, reason: TaxReason) -> None:
    assert (decision.treatment.category, decision.treatment.rate) == (category, Decimal(rate))
    assert decision.reason is reason


@pytest.mark.parametrize(
    ("seller", "product", "buyer", "reason"),
    [(SMALL, None, None, TaxReason.SELLER_EXEMPT), (None, EMBASSY, None, TaxReason.PRODUCT_EXEMPT),
     (None, None, EMBASSY, TaxReason.BUYER_EXEMPT)],
)  # fmt: skip
def test_an_exemption_of_any_side_is_told_in_its_own_words(
    seller: Exemption | None, product: Exemption | None, buyer: Exemption | None, reason: TaxReason
) -> None:
    decision = decide(
        TaxedSeller(country="DE", exemption=seller),
        TaxedBuyer(country="DE", exemption=buyer),
        TaxedProduct(exemption=product),
        ON,
    )
    exemption = seller or product or buyer
    assert exemption is not None
    assert (decision.reason, decision.treatment.category) == (reason, TaxCategory.EXEMPT)
    assert decision.treatment.exemption_reason == exemption.reason
    assert decision.treatment.exemption_code == exemption.code


def test_a_small_business_still_leaves_the_tax_to_a_business_abroad() -> None:
    decision = decide(
        TaxedSeller(country="DE", vat_id="given", exemption=SMALL),
        TaxedBuyer(country="FR", vat_id="given"),
        TaxedProduct(),
        ON,
    )
    assert decision.reason is TaxReason.REVERSE_CHARGE


@pytest.mark.parametrize(
    ("attempt", "field"),
    [
        (lambda: decided("DE", "FR", vat_id=None), "buyer.vat_id"),
        (lambda: decided("DE", "FR", vat_id=None, nature=ProductNature.GOODS), "buyer.vat_id"),
        (lambda: decided("DE", ""), "buyer.country"),
        (lambda: decided("", "DE"), "seller.country"),
        (lambda: decided("US", "DE"), "seller.country"),
        (lambda: decided("DE", "FR", CONSUMER, nature=ProductNature.GOODS), "buyer.kind"),
        (lambda: decided("GB", "FR", CONSUMER), "seller.one_stop_shop"),
        (lambda: decided("DE", "DE", percent="8"), "product.tax_rate"),
        (
            lambda: decide(TaxedSeller(country="DE"), TaxedBuyer(country="FR", vat_id="x"), TaxedProduct(), ON),
            "seller.vat_id",
        ),
    ],
)
def test_what_is_missing_is_named(attempt, field: str) -> None:
    with pytest.raises(Undecided, match=field) as caught:
        attempt()
    assert caught.value.field == field


def test_a_day_before_the_table_is_refused() -> None:
    with pytest.raises(UnknownRate):
        decided("DE", "DE", on=date(2019, 1, 1))


def test_every_sale_between_known_countries_is_taxed_once_or_says_who_owes_it() -> None:
    """A tax is charged, or the words of the law say why not; and never by both sides of a reverse charge."""
    everywhere = [*sorted(COUNTRIES), "US"]
    for seller, buyer, kind in every(sorted(COUNTRIES), everywhere, BuyerKind):
        decision = decided(seller, buyer, kind, oss=True)
        assert decision.treatment.is_taxed == (decision.treatment.exemption_reason is None)
        assert decision.treatment.is_taxed == (seller == buyer or (kind is CONSUMER and buyer in UNION))
        assert decision.country in {seller, buyer}
