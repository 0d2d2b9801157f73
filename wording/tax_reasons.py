"""Why a line is taxed as it is, in words for staff; what the law wants to be said stands in the treatment itself."""

from typing import Final

from rules.billing.tax_decision import TaxDecision, TaxReason
from wording.messages import _

_SENTENCES: Final = {
    TaxReason.DOMESTIC: "Seller and buyer are both in {country}: its standard rate.",
    TaxReason.REDUCED: "Sold in {country}, at the reduced rate that the product has.",
    TaxReason.ZERO_RATED: "Sold in {country}, where the product is zero-rated.",
    TaxReason.SELLER_EXEMPT: "The sender charges no VAT.",
    TaxReason.PRODUCT_EXEMPT: "The product is exempt.",
    TaxReason.BUYER_EXEMPT: "The client is exempt.",
    TaxReason.REVERSE_CHARGE: "A business in {country} with a VAT-ID: it owes the tax there.",
    TaxReason.ONE_STOP_SHOP: "A consumer in {country}: its standard rate, paid through the One Stop Shop.",
    TaxReason.BELOW_THRESHOLD: "A consumer elsewhere in the EU, and the sender is not in the One Stop Shop: the rate of"
    " {country}.",
    TaxReason.SELLERS_PLACE: "A consumer elsewhere in the EU: hours are taxed where the sender is, in {country}.",
    TaxReason.OUTSIDE: "Taxed where the client is, in {country}, and not by the sender.",
    TaxReason.INTRA_COMMUNITY: "Goods for a business in {country} with a VAT-ID: it owes the tax there.",
    TaxReason.EXPORT: "Goods that leave for {country}.",
    TaxReason.FIXED: "The rate was entered with it.",
}


def sentence(decision: TaxDecision) -> str:
    """Return why, naming the country whose rule it is."""
    return _(_SENTENCES[decision.reason]).format(country=decision.country)
