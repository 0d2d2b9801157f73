"""Coupons: codes that give a discount, for a number of uses and a time. A use is counted in the same transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from db import connection
from db.billing import models
from db.listing import Listing, Order
from rules.billing.charges import Discount
from rules.billing.money import Money
from rules.billing.periods import BillingCycle


class NotRedeemable(ValueError):
    """Raised when a coupon cannot be used; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coupon:
    """A coupon: a share in basis points, or an amount of a currency, off the first ``periods`` or all of them."""

    id: int = 0
    code: str
    name: str
    basis_points: int = 0
    amount_minor: int = 0
    currency: str | None = None
    periods: int | None = None
    begin: date | None = None
    until: date | None = None
    most: int | None = None
    used: int = 0
    product_id: int | None = None

    @property
    def amount(self) -> Money:
        """What is taken off, where it is no share. Raises ValueError where there is no currency."""
        return Money(self.amount_minor, self.currency or "")


_COLUMNS: Final = tuple(name for name in Coupon.__dataclass_fields__ if name != "id")
_COUPON: Final = f"SELECT id, {', '.join(_COLUMNS)} FROM coupon"  # noqa: S608 - our own columns


def add(coupon: Coupon) -> int:
    """Add a coupon and return its id. Raises ``Conflict`` where its code is taken, ValueError for no discount."""
    Discount(basis_points=coupon.basis_points, amount_minor=coupon.amount_minor)
    with connection.transaction():
        return models.Coupon.create(**{name: getattr(coupon, name) for name in _COLUMNS}).id


def many(ids: Sequence[int]) -> list[Coupon]:
    """Return the coupons that exist, of these ids."""
    return connection.rows(Coupon, f"{_COUPON} WHERE id {{ids}}", list(ids))


def get(coupon_id: int) -> Coupon:
    """Return a coupon. Raises ``LookupError``."""
    for found in many([coupon_id]):
        return found
    raise LookupError(f"no coupon has the id {coupon_id}")


def require_redeemable(code: str, *, product_id: int | None, currency: str, on: date) -> Coupon:
    """Return a coupon that a subscription may use. Raises ``NotRedeemable``, saying why."""
    found = next(iter(connection.rows(Coupon, f"{_COUPON} WHERE code = %s", code.strip())), None)
    if found is None:
        raise NotRedeemable(f"no coupon has the code {code[:40]!r}")
    if (found.begin and on < found.begin) or (found.until and on >= found.until):
        raise NotRedeemable(f"coupon {found.code} is not valid on {on}")
    if found.product_id not in {None, product_id}:
        raise NotRedeemable(f"coupon {found.code} is for another product")
    if found.currency not in {None, currency}:
        raise NotRedeemable(f"coupon {found.code} is in {found.currency}, not in {currency}")
    return found


def redeem(code: str, cycle: BillingCycle, *, product_id: int | None, currency: str, on: date) -> tuple[int, Discount]:
    """Use a coupon for a subscription, in the caller's transaction. Returns its id and the discount that it gives.

    Raises ``NotRedeemable``, saying why.
    """
    found = require_redeemable(code, product_id=product_id, currency=currency, on=on)
    used = connection.changed(
        "UPDATE coupon SET used = used + 1 WHERE id = %s AND (most IS NULL OR used < most)", found.id
    )
    if not used:
        raise NotRedeemable(f"coupon {found.code} has been used as often as it may be")
    until = None if found.periods is None else cycle.period(found.periods).start
    return found.id, Discount(basis_points=found.basis_points, amount_minor=found.amount_minor, until=until)


LIST: Final[Listing[Coupon]] = Listing(
    table="coupon", columns="code", read=many, orders={"id": Order(), "code": Order("code", str)}
)
"""All coupons. They are the agency's: a reader who is limited to clients sees none."""
