"""Products, what they cost per currency and day, and coupons."""

from dataclasses import asdict
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field

from api_stub import lists
from api_stub.entries import entered, texts
from api_stub.fields import Id, IdField, Next, RequestBody
from api_stub.problems import Problem, existing
from api_stub.routes import router
from api_stub.security.principal import Caller, Principal
from db import connection
from db.access import audit
from db.billing import coupons, products
from db.billing.products import Product, ProductPrice
from rules.access.audit import difference
from rules.billing import product_entries
from rules.billing.entries import Texts
from rules.billing.periods import Interval
from rules.billing.product_kinds import ProductKind
from rules.billing.tax_decision import ProductNature

routes = router(tags=["products"])

_Text = Annotated[str, Field(max_length=4000)]
_Day = Annotated[date | None, Field(examples=["2027-01-01"])]


class ProductGiven(RequestBody, extra="forbid"):
    """A product as it is entered."""

    code: _Text = Field(examples=["domain-com"])
    name: _Text = Field(examples=["Domain .com"])
    description: _Text = Field("", examples=["Registration and renewal"])
    kind: ProductKind = Field(ProductKind.OTHER, examples=["domain"])
    tld: _Text | None = Field(None, description="Of which domains it is the price", examples=["com"])
    unit: _Text = Field(
        "C62", description="UN/ECE Recommendation 20: C62 piece, HUR hour, MON month, ANN year", examples=["ANN"]
    )
    interval: _Text | None = Field(
        None, description="ISO 8601 with one part; null: it is sold once", examples=["P1Y", "P1M", "P2W"]
    )
    nature: ProductNature = Field(ProductNature.ELECTRONIC, description="On which the place of its supply depends")
    tax_rate: _Text | None = Field(
        None, description="A reduced rate in percent; null: the standard rate", examples=[None, "7"]
    )
    exemption_reason: _Text | None = Field(
        None, description="Why it is exempt, in the words of the law", examples=[None]
    )
    exemption_code: _Text | None = Field(None, description="The same, of the list VATEX", examples=[None])


class PriceGiven(RequestBody, extra="forbid"):
    """A price as it is entered, in major units with a point."""

    currency: _Text = Field(examples=["EUR"])
    begin: date = Field(description="From which day on", examples=["2027-01-01"])
    price: _Text = Field(description="Without tax", examples=["12.50"])


class CatalogueProduct(BaseModel):
    """A product. Prices are in minor units, and hold from their day on."""

    id: int = Field(examples=[4])
    code: str = Field(examples=["domain-com"])
    name: str = Field(examples=["Domain .com"])
    description: str = Field(examples=["Registration and renewal"])
    kind: ProductKind
    tld: str | None = Field(examples=["com"])
    unit: str = Field(examples=["ANN"])
    interval: str | None = Field(examples=["P1Y"])
    nature: ProductNature
    tax_basis_points: int | None = Field(description="700: 7 %; null: the standard rate", examples=[None])
    exemption_reason: str | None = Field(examples=[None])
    exemption_code: str | None = Field(examples=[None])
    archived_at: datetime | None = Field(description="Since when it is no longer offered", examples=[None])


class PriceOnDay(BaseModel):
    """What a product costs from a day on."""

    currency: str = Field(examples=["EUR"])
    begin: date = Field(examples=["2027-01-01"])
    price_minor: int = Field(examples=[1250])


class ProductWithPrices(CatalogueProduct):
    """A product and its price list."""

    prices: list[PriceOnDay]


class Products(BaseModel):
    """A page of products."""

    products: list[CatalogueProduct]
    next: Next


class CouponGiven(RequestBody, extra="forbid"):
    """A coupon as it is entered."""

    code: _Text = Field(examples=["WELCOME"])
    name: _Text = Field("", examples=["Welcome"])
    discount: _Text = Field(description="A share, or an amount with its currency", examples=["10%", "5.00"])
    currency: _Text | None = Field(None, examples=["EUR"])
    periods: int | None = Field(None, description="Off the first ones; null: off all of them", examples=[3])
    begin: _Day = None
    until: _Day = None
    most: int | None = Field(None, description="How often it may be redeemed", examples=[100])
    product_id: IdField | None = Field(None, description="Null: of any product", examples=[None])


class CouponRead(BaseModel):
    """A coupon and how often it was redeemed."""

    id: int = Field(examples=[2])
    code: str = Field(examples=["WELCOME"])
    name: str = Field(examples=["Welcome"])
    basis_points: int = Field(description="1000: 10 %", examples=[1000])
    amount_minor: int = Field(examples=[0])
    currency: str | None = Field(examples=[None])
    periods: int | None = Field(examples=[3])
    begin: date | None = Field(examples=["2027-01-01"])
    until: date | None = Field(examples=[None])
    most: int | None = Field(examples=[100])
    used: int = Field(examples=[12])
    product_id: int | None = Field(examples=[None])


class Coupons(BaseModel):
    """A page of coupons."""

    coupons: list[CouponRead]
    next: Next


Asked = Annotated[lists.ListQuery, lists.asked(products.LIST.filters, "kind", "archived", sorts=("id", "code"))]
AskedCoupons = Annotated[lists.ListQuery, lists.asked(coupons.LIST.filters, sorts=("id", "code"))]


@routes.get("/api/products")
def list_products(asked: Asked) -> Products:
    """List the products."""
    page = asked.page(products.LIST)
    return Products(products=[_product(one) for one in page.rows], next=lists.next_(page))


@routes.get("/api/products/{product_id}")
def read_product(product_id: Id) -> ProductWithPrices:
    """Read one product with its prices."""
    found = existing(products.get, product_id)
    prices = [PriceOnDay.model_validate(one, from_attributes=True) for one in products.prices(product_id)]
    return ProductWithPrices(**_product(found).model_dump(), prices=prices)


@routes.post("/api/products", status_code=201)
def add_product(who: Caller, given: ProductGiven) -> CatalogueProduct:
    """Add a product. Codes are unique."""
    return _product(products.get(add(who, texts(given))))


@routes.put("/api/products/{product_id}")
def change_product(who: Caller, product_id: Id, given: ProductGiven) -> CatalogueProduct:
    """Change a product; its subscriptions keep their price, and are taxed as it says from now on."""
    return _product(change(who, product_id, texts(given)))


@routes.post("/api/products/{product_id}/prices", status_code=201)
def set_product_price(who: Caller, product_id: Id, given: PriceGiven) -> PriceOnDay:
    """Set what a product costs from a day on; subscriptions that are there keep the price they agreed on."""
    found = set_price(who, product_id, texts(given))
    return PriceOnDay.model_validate(found, from_attributes=True)


@routes.post("/api/products/{product_id}/archive")
def archive_product(who: Caller, product_id: Id) -> CatalogueProduct:
    """Offer a product no longer; its subscriptions go on."""
    return _product(archive(who, product_id, archived=True))


@routes.post("/api/products/{product_id}/restore")
def restore_product(who: Caller, product_id: Id) -> CatalogueProduct:
    """Offer an archived product again."""
    return _product(archive(who, product_id, archived=False))


@routes.get("/api/coupons")
def list_coupons(asked: AskedCoupons) -> Coupons:
    """List the coupons."""
    page = asked.page(coupons.LIST)
    return Coupons(coupons=[_coupon(one) for one in page.rows], next=lists.next_(page))


@routes.post("/api/coupons", status_code=201)
def add_coupon(who: Caller, given: CouponGiven) -> CouponRead:
    """Add a coupon. Codes are unique."""
    return _coupon(coupons.get(new_coupon(who, texts(given))))


def add(who: Principal, given: Texts) -> int:
    """Add a product that a person or a program entered, with its entry in the audit trail. Raises ``Problem``."""
    values = entered(product_entries.product, given)
    try:
        with connection.transaction():
            number = products.add(Product(**values))
            audit.add(who.actor, "product add", f"product {number}", {"code": values["code"]})
            return number
    except connection.Conflict:
        raise _code_taken("product", values["code"]) from None


def change(who: Principal, product_id: int, given: Texts) -> Product:
    """Change a product, with its entry in the audit trail. Raises ``Problem``."""
    values = entered(product_entries.product, given)
    try:
        with connection.transaction():
            before = existing(products.get, product_id)
            after = products.change(product_id, values)
            _audit(who, "product change", product_id, before, after)
            return after
    except connection.Conflict:
        raise _code_taken("product", values["code"]) from None


def archive(who: Principal, product_id: int, *, archived: bool) -> Product:
    """Archive a product or offer it again, with its entry in the audit trail. Raises ``Problem``."""
    with connection.transaction():
        before = existing(products.get, product_id)
        after = products.archive(product_id, archived=archived)
        _audit(who, "product archive" if archived else "product restore", product_id, before, after)
        return after


def set_price(who: Principal, product_id: int, given: Texts) -> ProductPrice:
    """Set a price, with its entry in the audit trail. Raises ``Problem``."""
    price = ProductPrice(**entered(product_entries.price, given))
    with connection.transaction():
        existing(products.get, product_id)
        products.set_price(product_id, price)
        audit.add(who.actor, "product price", f"product {product_id}", asdict(price))
        return price


def new_coupon(who: Principal, given: Texts) -> int:
    """Add a coupon, with its entry in the audit trail. Raises ``Problem``."""
    values = entered(product_entries.coupon, given)
    try:
        with connection.transaction():
            if values["product_id"]:
                existing(products.get, values["product_id"])
            number = coupons.add(coupons.Coupon(**values))
            audit.add(who.actor, "coupon add", f"coupon {number}", {"code": values["code"]})
            return number
    except connection.Conflict:
        raise _code_taken("coupon", values["code"]) from None


def _audit(who: Principal, action: str, product_id: int, before: Product, after: Product) -> None:
    was, now = difference(asdict(before), asdict(after))
    audit.add(who.actor, action, f"product {product_id}", {}, before=was, after=now)


def _code_taken(what: str, code: str) -> Problem:
    return Problem(409, "conflict", f"a {what} has the code {code} already")


def _product(found: Product) -> CatalogueProduct:
    values: dict[str, Any] = asdict(found)
    months, days = values.pop("months"), values.pop("days")
    return CatalogueProduct(**values, interval=str(Interval(months, days)) if months or days else None)


def _coupon(found: coupons.Coupon) -> CouponRead:
    return CouponRead.model_validate(found, from_attributes=True)
