"""Products, prices and coupons as people enter them."""

import re
from typing import Any, Final

from rules.billing import entries, money
from rules.billing.charges import Discount
from rules.billing.entries import EntryReader, Texts
from rules.billing.periods import Interval
from rules.billing.product_kinds import UNITS, ProductKind
from rules.billing.tax_decision import ProductNature

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
_TLD = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,61}[a-z0-9])?")

PRODUCT_FIELDS: Final = (
    "code", "name", "description", "kind", "tld", "unit", "interval", "nature", "tax_rate",
    "exemption_reason", "exemption_code",
)  # fmt: skip
PRICE_FIELDS: Final = ("currency", "begin", "price")
COUPON_FIELDS: Final = ("code", "name", "discount", "currency", "periods", "begin", "until", "most", "product_id")


def product(texts: Texts) -> dict[str, Any]:
    """Return a product's columns. Raises ``BadEntry``, naming each field that is wrong."""
    entry = EntryReader(texts, PRODUCT_FIELDS)
    interval = entry.optional("interval", Interval.parse)
    found = {
        "code": entry.required("code", code, ""),
        "name": entry.required("name", entries.text(200), ""),
        "description": entry.optional("description", entries.paragraph, ""),
        "kind": entry.optional("kind", entries.one_of(ProductKind), ProductKind.OTHER),
        "tld": entry.optional("tld", _tld),
        "unit": entry.optional("unit", entries.one_among(UNITS), "C62"),
        "months": interval.months if interval else 0,
        "days": interval.days if interval else 0,
        "nature": entry.optional("nature", entries.one_of(ProductNature), ProductNature.ELECTRONIC),
        "tax_basis_points": entry.optional("tax_rate", entries.percent),
        "exemption_reason": entry.optional("exemption_reason", entries.paragraph),
        "exemption_code": entry.optional("exemption_code", entries.exemption_code),
    }
    if found["tld"] and found["kind"] is not ProductKind.DOMAIN:
        entry.wrong("tld", "is for domains alone")
    if found["exemption_code"] and not found["exemption_reason"]:
        entry.wrong("exemption_reason", "is missing: an exemption is said in the words of the law")
    entry.done()
    return found


def price(texts: Texts) -> dict[str, Any]:
    """Return the columns of a price. Raises ``BadEntry``, naming each field that is wrong."""
    entry = EntryReader(texts, PRICE_FIELDS)
    currency = entry.required("currency", entries.currency, "EUR")
    found = {
        "currency": currency,
        "begin": entry.required("begin", entries.day, None),
        "price_minor": entry.required("price", lambda written: positive(written, currency), 0),
    }
    entry.done()
    return found


def coupon(texts: Texts) -> dict[str, Any]:
    """Return a coupon's columns. Raises ``BadEntry``, naming each field that is wrong."""
    entry = EntryReader(texts, COUPON_FIELDS)
    currency = entry.optional("currency", entries.currency)
    given = entry.required("discount", entries.discount(currency or "EUR"), Discount(basis_points=1))
    if given.amount_minor and not entry.given("currency"):
        entry.wrong("currency", "is missing: an amount has one")
    found = {
        "code": entry.required("code", code, ""),
        "name": entry.optional("name", entries.text(200), ""),
        "basis_points": given.basis_points,
        "amount_minor": given.amount_minor,
        "currency": currency if given.amount_minor else None,
        "periods": entry.optional("periods", entries.whole(1, 1200)),
        "begin": entry.optional("begin", entries.day),
        "until": entry.optional("until", entries.day),
        "most": entry.optional("most", entries.whole(1, 1_000_000)),
        "product_id": entry.optional("product_id", entries.whole(1, 2**63 - 1)),
    }
    entry.done()
    return found


def code(written: str) -> str:
    """Read a code: letters, digits, points, hyphens and underscores."""
    if not _CODE.fullmatch(written):
        raise ValueError(f"{written[:40]!r} is no code; use up to 40 letters, digits, points and hyphens")
    return written


def positive(written: str, currency: str) -> int:
    """Read a price in major units as minor ones; zero is free."""
    found = money.parse(written, currency)
    if found.minor < 0:
        raise ValueError(f"is not negative, as {written[:20]} is")
    return found.minor


def _tld(written: str) -> str:
    name = written.lower().removeprefix(".")
    if not _TLD.fullmatch(name):
        raise ValueError(f"{written[:40]!r} is no TLD; write com, de or co.uk")
    return name
