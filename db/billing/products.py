"""Products and what they cost: per currency, from a day on. A subscription agrees on its first day's price."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from db import connection
from db.base import now
from db.billing import models
from db.listing import ListFilter, Listing, Order, equals, whether
from rules.billing.money import Money
from rules.billing.periods import Interval
from rules.billing.product_kinds import ProductKind
from rules.billing.tax_decision import Exemption, ProductNature, TaxedProduct


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """Something that is sold. Without ``months`` and ``days`` it is sold once. 700 basis points are 7 % tax."""

    id: int = 0
    code: str
    name: str
    description: str = ""
    kind: ProductKind = ProductKind.OTHER
    tld: str | None = None
    unit: str = "C62"
    months: int = 0
    days: int = 0
    nature: ProductNature = ProductNature.ELECTRONIC
    tax_basis_points: int | None = None
    exemption_reason: str | None = None
    exemption_code: str | None = None
    archived_at: datetime | None = None

    @property
    def interval(self) -> Interval | None:
        """How long a period is; None where it is sold once."""
        return Interval(months=self.months, days=self.days) if self.months or self.days else None

    @property
    def taxed(self) -> TaxedProduct:
        """What its taxes depend on."""
        percent = None if self.tax_basis_points is None else Decimal(self.tax_basis_points) / 100
        exemption = Exemption(self.exemption_reason, self.exemption_code) if self.exemption_reason else None
        return TaxedProduct(nature=self.nature, percent=percent, exemption=exemption)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductPrice:
    """What a product costs in a currency from the day ``begin`` on."""

    currency: str
    begin: date
    price_minor: int

    @property
    def price(self) -> Money:
        return Money(self.price_minor, self.currency)


_COLUMNS: Final = tuple(name for name in Product.__dataclass_fields__ if name not in {"id", "archived_at"})
_PRODUCT: Final = f"SELECT id, {', '.join(_COLUMNS)}, archived_at FROM product"  # noqa: S608 - our own columns


def add(product: Product) -> int:
    """Add a product and return its id. Raises ``Conflict`` where its code is taken."""
    with connection.transaction():
        return models.Product.create(**{name: getattr(product, name) for name in _COLUMNS}).id


def change(product_id: int, values: dict[str, object]) -> Product:
    """Change what is named. Raises ``LookupError``, or ``Conflict`` where the code is taken."""
    with connection.transaction():
        if values:
            models.Product.update(**values).where(models.Product.id == product_id).execute()
        return get(product_id)


def archive(product_id: int, *, archived: bool) -> Product:
    """Take a product out of what is offered, or offer it again; its subscriptions go on. Raises ``LookupError``."""
    return change(product_id, {"archived_at": now() if archived else None})


def get(product_id: int) -> Product:
    """Return a product. Raises ``LookupError``."""
    for found in many([product_id]):
        return found
    raise LookupError(f"no product has the id {product_id}")


def coded(code: str) -> Product | None:
    """Return the product of this code, or None."""
    return next(iter(connection.rows(Product, f"{_PRODUCT} WHERE code = %s", code)), None)


def many(ids: Sequence[int]) -> list[Product]:
    """Return the products that exist, of these ids."""
    return connection.rows(Product, f"{_PRODUCT} WHERE id {{ids}}", list(ids))


def set_price(product_id: int, price: ProductPrice) -> None:
    """Keep what a product costs from a day on, in place of another price of that day."""
    with connection.transaction():
        connection.execute(
            "INSERT INTO product_price (product_id, currency, begin, price_minor, created_at)"
            " VALUES (%s, %s, %s, %s, {now}) ON CONFLICT (product_id, currency, begin)"
            " DO UPDATE SET price_minor = excluded.price_minor",
            product_id,
            price.currency,
            price.begin,
            price.price_minor,
        )


def prices(product_id: int, *, limit: int = 500) -> list[ProductPrice]:
    """Return a product's prices, by currency, the newest first."""
    return connection.rows(
        ProductPrice,
        "SELECT currency, begin, price_minor FROM product_price WHERE product_id = %s"
        " ORDER BY currency, begin DESC LIMIT %s",
        product_id,
        limit,
    )


def price_on(product_id: int, currency: str, on: date) -> Money | None:
    """Return what a product costs on a day; None where the price list says nothing of it."""
    found = connection.execute(
        "SELECT price_minor FROM product_price WHERE product_id = %s AND currency = %s AND begin <= %s"
        " ORDER BY begin DESC LIMIT 1",
        product_id,
        currency,
        on,
    )
    return Money(found[0][0], currency) if found else None


LIST: Final[Listing[Product]] = Listing(
    table="product",
    columns="code, kind, archived_at",
    read=many,
    orders={"id": Order(), "code": Order("code", str)},
    filters={
        "kind": ListFilter(ProductKind, equals("kind"), "Only of this kind"),
        "archived": ListFilter(
            bool, whether("archived_at IS NOT NULL", "archived_at IS NULL"), "Whether it is no longer offered"
        ),
    },
)
"""All products. They are the agency's: a reader who is limited to clients sees none."""
