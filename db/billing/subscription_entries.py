"""Subscriptions, their changes and one-off items as people enter them: texts by field, looked up and checked together.

A field that is left out takes the product's value: its name, its price on the first day, its interval. All that is
wrong is named at once, in one ``rules.billing.entries.BadEntry``, and then nothing is written.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any, Final

from db import connection
from db.billing import coupons, products, subscriptions
from db.billing.billing_items import BillingItem
from db.billing.coupons import NotRedeemable
from db.billing.products import Product
from db.billing.subscriptions import Subscription
from db.portfolio import clients, domains
from db.portfolio.clients import Client
from rules import names
from rules.access import Within, sees
from rules.billing import entries, product_entries
from rules.billing.charges import Discount, PriceTerms
from rules.billing.entries import BadEntry, EntryReader, Texts
from rules.billing.line_changes import LineChange
from rules.billing.money import Money
from rules.billing.periods import Interval
from rules.billing.product_kinds import UNITS

FIELDS: Final = (
    "client", "product", "domain", "description", "price", "currency", "interval", "quantity",
    "start", "trial_until", "until", "discount", "discount_until", "coupon", "tax",
)  # fmt: skip
ITEM_FIELDS: Final = (
    "client", "product", "domain", "description", "price", "currency", "quantity", "unit", "due_on", "tax",
)  # fmt: skip
ITEM_CHANGE_FIELDS: Final = ("description", "price", "quantity", "due_on")
LINE_CHANGE_FIELDS: Final = ("description", "price", "quantity", "not_before", "omitted", "reason")
CHANGE_FIELDS: Final = ("begin", "quantity", "price", "discount", "discount_until")

_NOBODY = Client(name="", email="")


@dataclass(frozen=True, slots=True)
class SubscriptionEntry:
    """A subscription that was entered, and the coupon that is redeemed when it is kept."""

    subscription: Subscription
    coupon: str | None = None


def read(texts: Texts, *, on: date, within: Within = None) -> SubscriptionEntry:
    """Read a subscription; without a start it begins ``on`` that day. Raises ``BadEntry``.

    ``client`` is a client's name or number, ``product`` a code, ``domain`` one of the client's.
    """
    entry = EntryReader(texts, FIELDS)
    client, product = _client(entry, within), _product(entry, sold_once=False)
    term = _term(entry, on)
    price = _price(entry, client, product, term.anchor)
    interval = _interval(entry, product)
    quantity = entry.optional("quantity", entries.quantity, Decimal(1)) or Decimal(0)
    discount = _discount_columns(entry, price.currency)
    _check_coupon(entry, product, price.currency, on)
    domain_id, domain_name = _domain(entry, client, within)
    found = Subscription(
        client_id=client.id,
        client_name=client.name,
        description=_description(entry, product, domain_name),
        price_minor=price.minor,
        currency=price.currency,
        months=interval.months,
        days=interval.days,
        tax_basis_points=_tax(entry, product),
        anchor=term.anchor,
        trial_from=term.start if term.anchor > term.start else None,
        until=term.until,
        domain_id=domain_id,
        domain_name=domain_name,
        quantity_thousandths=int(quantity * 1000),
        product_id=product.id if product else None,
        **discount,
    )
    _check_amount(entry, quantity, price)
    entry.done()
    return SubscriptionEntry(found, entry.given("coupon") or None)


def add(entered: SubscriptionEntry, *, on: date) -> int:
    """Keep a subscription, redeem its coupon, and return its id. Raises ``BadEntry`` for the coupon."""
    found = entered.subscription
    with connection.transaction():
        if entered.coupon is None:
            return subscriptions.subscribe(found)
        try:
            coupon_id, discount = coupons.redeem(
                entered.coupon, found.cycle, product_id=found.product_id, currency=found.currency, on=on
            )
        except NotRedeemable as error:
            raise BadEntry(("coupon", str(error))) from None
        return subscriptions.subscribe(
            replace(
                found,
                coupon_id=coupon_id,
                discount_basis_points=discount.basis_points,
                discount_minor=discount.amount_minor,
                discount_until=discount.until,
            )
        )


def same(entered: SubscriptionEntry) -> Subscription | None:
    """Return the subscription that is there already, or None.

    It is the same where client, domain, product, description, first day, interval and currency are.
    """
    found = entered.subscription
    kept = subscriptions.LIST.every(client=found.client_id)
    return next((one for one in kept if _what(one) == _what(found)), None)


def read_change(texts: Texts, found: Subscription, *, on: date) -> tuple[date, dict[str, Any]]:
    """Read a change of terms: the day from which it holds, and the new values. Raises ``BadEntry``.

    The values are those of ``quantity``, ``unit_price`` and ``discount`` that change; "none" takes a discount away.
    """
    entry = EntryReader(texts, CHANGE_FIELDS)
    begin = entry.optional("begin", entries.day, on) or on
    values: dict[str, Any] = {}
    if entry.given("quantity"):
        values["quantity"] = entry.optional("quantity", entries.quantity, Decimal(0))
    if entry.given("price"):
        minor = entry.optional("price", lambda written: product_entries.positive(written, found.currency), 0)
        values["unit_price"] = Money(minor or 0, found.currency)
    if entry.given("discount"):
        none = entry.given("discount").lower() == "none"
        values["discount"] = None if none else _discount(entry, found.currency)
    if not values:
        entry.wrong("quantity", "is missing, and so are price and discount; give what changes")
    entry.done()
    return begin, values


def read_item(texts: Texts, *, on: date, within: Within = None) -> BillingItem:
    """Read what is billed once. Raises ``BadEntry``."""
    entry = EntryReader(texts, ITEM_FIELDS)
    client, product = _client(entry, within), _product(entry, sold_once=True)
    due_on = entry.optional("due_on", entries.day, on) or on
    price = _price(entry, client, product, due_on)
    quantity = entry.optional("quantity", entries.quantity, Decimal(1)) or Decimal(0)
    domain_id, domain_name = _domain(entry, client, within)
    unit = entry.optional("unit", entries.one_among(UNITS), product.unit if product else "C62") or "C62"
    found = BillingItem(
        client_id=client.id,
        domain_id=domain_id,
        product_id=product.id if product else None,
        description=_description(entry, product, domain_name),
        quantity_thousandths=int(quantity * 1000),
        price_minor=price.minor,
        currency=price.currency,
        unit=unit,
        tax_basis_points=_tax(entry, product),
        due_on=due_on,
    )
    _check_amount(entry, quantity, price)
    entry.done()
    return found


def read_item_change(texts: Texts, found: BillingItem) -> BillingItem:
    """Read a change of an item that is not billed; what is left out stays. Raises ``BadEntry``."""
    entry = EntryReader(texts, ITEM_CHANGE_FIELDS)
    minor = entry.optional("price", lambda written: product_entries.positive(written, found.currency))
    quantity = entry.optional("quantity", entries.quantity, found.quantity) or Decimal(0)
    changed = replace(
        found,
        description=entry.optional("description", entries.text(200), found.description) or found.description,
        price_minor=found.price_minor if minor is None else minor,
        quantity_thousandths=int(quantity * 1000),
        due_on=entry.optional("due_on", entries.day, found.due_on) or found.due_on,
    )
    _check_amount(entry, quantity, changed.price)
    entry.done()
    return changed


def read_line_change(texts: Texts, found: Subscription, number: int) -> LineChange:
    """Read a change of one period's line; what is left out stays as the terms say. Raises ``BadEntry``."""
    entry = EntryReader(texts, LINE_CHANGE_FIELDS)
    minor = entry.optional("price", lambda written: product_entries.positive(written, found.currency))
    change = LineChange(
        subscription_id=found.id,
        number=number,
        description=entry.optional("description", entries.text(200)),
        quantity=entry.optional("quantity", entries.quantity),
        unit_price=None if minor is None else Money(minor, found.currency),
        not_before=entry.optional("not_before", entries.day),
        omitted=entry.optional("omitted", entries.switch, otherwise=False) or False,
        reason=entry.required("reason", entries.text(200), ""),
    )
    _check_line_change(entry, change, subscriptions.terms_of([found])[found.id])
    entry.done()
    return change


def _check_line_change(entry: EntryReader, change: LineChange, terms: Sequence[PriceTerms]) -> None:
    others = [name for name in LINE_CHANGE_FIELDS[:4] if entry.given(name)]
    if change.omitted and others:
        entry.wrong("omitted", f"leaves the line out for good; then {', '.join(others)} means nothing")
    if not change.omitted and not others:
        entry.wrong("description", "is missing, and so are price, quantity, not_before and omitted; give what changes")
    try:
        change.terms(terms)
    except ValueError as error:
        entry.wrong("quantity", str(error))


@dataclass(frozen=True, slots=True)
class _Term:
    """From when to when a subscription runs; its first period begins at ``anchor``, when a trial has ended."""

    start: date
    anchor: date
    until: date | None


def _term(entry: EntryReader, on: date) -> _Term:
    start = entry.optional("start", entries.day, on) or on
    anchor = entry.optional("trial_until", entries.day, start) or start
    if anchor < start:
        entry.wrong("trial_until", f"is before the start, {start}")
    until = entry.optional("until", entries.day)
    if until is not None and until <= anchor:
        entry.wrong("until", f"is not after the first period's first day, {anchor}")
    return _Term(start, anchor, until)


def _interval(entry: EntryReader, product: Product | None) -> Interval:
    found = entry.optional("interval", Interval.parse, product.interval if product else None)
    if found is None and not entry.given("interval"):
        entry.wrong("interval", "is missing, and there is no product that has one")
    return found or Interval(months=1)


def _client(entry: EntryReader, within: Within) -> Client:
    written = entry.given("client")
    found = clients.called(written, within=within)
    if found is None:
        entry.wrong("client", f"no client is called {written[:60]!r}" if written else "is missing")
    return found or _NOBODY


def _product(entry: EntryReader, *, sold_once: bool) -> Product | None:
    code = entry.given("product")
    found = products.coded(code) if code else None
    if code and found is None:
        entry.wrong("product", f"no product has the code {code[:40]!r}")
    elif found is not None and found.archived_at is not None:
        entry.wrong("product", f"{found.code} is archived")
    elif found is not None and not sold_once and found.interval is None and not entry.given("interval"):
        entry.wrong("product", f"{found.code} is sold once; enter it as an item, or give an interval")
    return found


def _price(entry: EntryReader, client: Client, product: Product | None, on: date) -> Money:
    currency = entry.optional("currency", entries.currency, client.currency) or client.currency
    listed = products.price_on(product.id, currency, on) if product else None
    if not entry.given("price") and listed is None:
        asked = f"{product.code} has none in {currency} on {on}" if product else "there is no product that has one"
        entry.wrong("price", f"is missing, and {asked}")
    minor = entry.optional("price", lambda written: product_entries.positive(written, currency))
    return (listed or Money(0, currency)) if minor is None else Money(minor, currency)


def _discount(entry: EntryReader, currency: str) -> Discount | None:
    until = entry.optional("discount_until", entries.day)
    return entry.optional("discount", entries.discount(currency, until))


def _discount_columns(entry: EntryReader, currency: str) -> dict[str, Any]:
    """Return the columns of a subscription's own discount; none where none is given."""
    found = _discount(entry, currency)
    if found is None:
        return {}
    return {
        "discount_basis_points": found.basis_points,
        "discount_minor": found.amount_minor,
        "discount_until": found.until,
    }


def _check_coupon(entry: EntryReader, product: Product | None, currency: str, on: date) -> None:
    """Say what is wrong with a coupon before it is redeemed: a dry run redeems none."""
    code = entry.given("coupon")
    if not code:
        return
    if entry.given("discount"):
        entry.wrong("coupon", "comes beside a discount; give one of them")
    try:
        coupons.require_redeemable(code, product_id=product.id if product else None, currency=currency, on=on)
    except NotRedeemable as error:
        entry.wrong("coupon", str(error))


def _domain(entry: EntryReader, client: Client, within: Within) -> tuple[int | None, str | None]:
    name = entry.optional("domain", names.registrable)
    found = domains.named(name) if name else None
    if name and (found is None or not sees(within, found.client_id)):
        entry.wrong("domain", f"{name} is not looked after; add it first")
    elif found is not None and found.client_id != client.id and client is not _NOBODY:
        entry.wrong("domain", f"{name} is not {client.name}'s")
    return (found.id, found.name) if found else (None, None)


def _description(entry: EntryReader, product: Product | None, domain: str | None) -> str:
    otherwise = f"{product.name} {domain or ''}".strip()[:200] if product else ""
    found = entry.optional("description", entries.text(200), otherwise) or ""
    if not found and not entry.given("description"):
        entry.wrong("description", "is missing, and there is no product that has one")
    return found


def _tax(entry: EntryReader, product: Product | None) -> int:
    if product is not None and entry.given("tax"):
        entry.wrong("tax", "is the product's; leave it out")
    elif product is None and not entry.given("tax"):
        entry.wrong("tax", "is missing: without a product, give the rate in percent")
    return entry.optional("tax", entries.percent, 0) or 0


def _check_amount(entry: EntryReader, quantity: Decimal, price: Money) -> None:
    try:
        PriceTerms(begin=date.min, quantity=quantity, unit_price=price)
    except ValueError as error:
        entry.wrong("quantity", str(error))


def _what(one: Subscription) -> Sequence[object]:
    return (one.client_id, one.domain_id, one.product_id, one.description, one.anchor, one.interval, one.currency)
