"""Subscriptions: what clients pay for again and again, and how that changes."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field

from api_stub import lists
from api_stub.entries import entered, texts
from api_stub.fields import Id, IdField, Next, RequestBody
from api_stub.problems import Problem, existing
from api_stub.routes import router
from api_stub.security.principal import Caller, Principal
from db import connection
from db.access import audit
from db.billing import subscription_changes, subscription_entries, subscriptions
from db.billing.billing_items import BillingItem
from db.billing.subscriptions import NotChangeable, Subscription
from db.portfolio import clients
from rules.billing import periods
from rules.billing.charges import PriceTerms
from rules.billing.entries import Texts
from tasks.billing import billing_due

routes = router(tags=["subscriptions"])

_Optional = Annotated[str, Field(max_length=2048)] | None
_Day = Annotated[date | None, Field(examples=["2027-01-01"])]


class NewSubscription(RequestBody, extra="forbid"):
    """A subscription to add. What is left out is the product's: name, price of the first day, interval, tax."""

    client_id: IdField
    product: _Optional = Field(None, description="A product's code", examples=[None, "domain-com"])
    domain: _Optional = Field(None, description="One of the client's", examples=[None, "bakery.example"])
    description: _Optional = Field(None, examples=["Care of bakery.example"])
    price: _Optional = Field(None, description="Of one, for a period, in major units", examples=["29.00"])
    currency: _Optional = Field(None, description="Null: the client's", examples=["EUR"])
    interval: _Optional = Field(None, description="ISO 8601 with one part", examples=["P1Y"])
    quantity: _Optional = Field(None, description="To the thousandth", examples=["1"])
    start: _Day = None
    trial_until: date | None = Field(
        None, description="Free before that day, which is the first period's first", examples=["2027-02-01"]
    )
    until: date | None = Field(None, description="The first day without it", examples=["2028-01-01"])
    discount: _Optional = Field(None, description="A share, or an amount", examples=["10%", "5.00"])
    discount_until: date | None = Field(
        None, description="For periods that start before that day", examples=["2027-06-01"]
    )
    coupon: _Optional = Field(None, description="A code", examples=[None, "WELCOME"])
    tax: _Optional = Field(None, description="In percent, where there is no product", examples=["19"])


class SubscriptionChange(RequestBody, extra="forbid"):
    """What is different from a day on; what is left out stays."""

    begin: date | None = Field(None, description="Null: today, where the client is", examples=["2027-01-01"])
    quantity: _Optional = Field(None, examples=["2"])
    price: _Optional = Field(None, examples=["31.00"])
    discount: _Optional = Field(None, description="`none` takes it away", examples=["10%"])
    discount_until: _Day = None


class SubscriptionPause(RequestBody, extra="forbid"):
    """From when to when nothing is charged."""

    begin: date = Field(examples=["2027-01-01"])
    resumes: date | None = Field(None, description="Null: until somebody resumes it", examples=["2027-03-01"])


class SubscriptionResumption(RequestBody, extra="forbid"):
    """From which day on it is charged again."""

    begin: date = Field(examples=["2027-03-01"])


class SubscriptionEnd(RequestBody, extra="forbid"):
    """When it ends."""

    until: date = Field(description="The first day without it", examples=["2027-01-01"])
    gives_back: bool = Field(default=False, description="Whether days that were paid for after it are given back")


class TermsFrom(BaseModel):
    """What a whole period costs from a day on."""

    begin: date = Field(examples=["2027-01-01"])
    quantity: str = Field(examples=["1"])
    price_minor: int = Field(examples=[2900])
    discount_basis_points: int
    discount_minor: int
    discount_until: date | None = Field(examples=[None])
    paused: bool


class ClientSubscription(BaseModel):
    """A subscription. Prices are in minor units; days are the client's."""

    id: int = Field(examples=[4])
    client_id: int = Field(examples=[3])
    client_name: str = Field(examples=["Bakery"])
    domain_id: int | None = Field(examples=[17])
    domain_name: str | None = Field(examples=["bakery.example"])
    product_id: int | None = Field(examples=[4])
    description: str = Field(examples=["Care of bakery.example"])
    currency: str = Field(examples=["EUR"])
    interval: str = Field(examples=["P1Y"])
    anchor: date = Field(description="The first period's first day", examples=["2027-01-01"])
    trial_from: date | None = Field(description="First day of the trial before that", examples=[None])
    until: date | None = Field(description="The first day without it", examples=[None])
    billed: int = Field(description="Periods that are billed", examples=[1])
    next_due: date | None = Field(description="First day of the next period to be billed", examples=["2028-01-01"])
    next_due_at: datetime | None = Field(description="When that day begins where the client is; null: it has ended")
    tax_basis_points: int | None = Field(description="Null: as its product is taxed", examples=[1900])


class SubscriptionWithTerms(ClientSubscription):
    """A subscription and its terms, by the day they begin."""

    terms: list[TermsFrom]


class Subscriptions(BaseModel):
    """A page of subscriptions."""

    subscriptions: list[ClientSubscription]
    next: Next


class Adjustment(BaseModel):
    """What a change adds to a billed period, or gives back: it is on the client's next invoice."""

    item_id: int
    amount_minor: int = Field(examples=[-500])
    currency: str = Field(examples=["EUR"])
    start: date | None = Field(examples=["2027-01-11"])
    end: date | None = Field(examples=["2027-02-01"])


class ChangedSubscription(SubscriptionWithTerms):
    """A subscription after a change."""

    adjustments: list[Adjustment]


Asked = Annotated[lists.ListQuery, lists.asked(subscriptions.LIST.filters, "client", "domain", "product", "ends")]


@routes.get("/api/subscriptions")
def list_subscriptions(who: Caller, asked: Asked) -> Subscriptions:
    """List the subscriptions."""
    page = asked.page(subscriptions.LIST, within=who.within)
    zones = {one.id: one.zone for one in clients.many(list({row.client_id for row in page.rows}))}
    return Subscriptions(
        subscriptions=[ClientSubscription(**_values(one, zones[one.client_id])) for one in page.rows],
        next=lists.next_(page),
    )


@routes.get("/api/subscriptions/{subscription_id}")
def read_subscription(who: Caller, subscription_id: Id) -> SubscriptionWithTerms:
    """Read one subscription with its terms."""
    return SubscriptionWithTerms(**_whole(existing(subscriptions.get, subscription_id, within=who.within)))


@routes.post("/api/subscriptions", status_code=201)
def add_subscription(who: Caller, given: NewSubscription) -> SubscriptionWithTerms:
    """Add a subscription."""
    existing(clients.get, given.client_id, within=who.within)
    number = add(who, texts(given, client_id="client"))
    return SubscriptionWithTerms(**_whole(subscriptions.get(number)))


@routes.post("/api/subscriptions/{subscription_id}/changes")
def change_subscription(who: Caller, subscription_id: Id, given: SubscriptionChange) -> ChangedSubscription:
    """Change quantity, price or discount from a day on; billed periods are settled by the difference."""
    return _changed_subscription(subscription_id, change(who, subscription_id, texts(given)))


@routes.post("/api/subscriptions/{subscription_id}/pause")
def pause_subscription(who: Caller, subscription_id: Id, given: SubscriptionPause) -> ChangedSubscription:
    """Charge nothing from a day on; days that were paid for are given back."""
    return _changed_subscription(subscription_id, pause(who, subscription_id, given.begin, given.resumes))


@routes.post("/api/subscriptions/{subscription_id}/resume")
def resume_subscription(who: Caller, subscription_id: Id, given: SubscriptionResumption) -> ChangedSubscription:
    """Charge a paused subscription again from a day on."""
    return _changed_subscription(subscription_id, resume(who, subscription_id, given.begin))


@routes.post("/api/subscriptions/{subscription_id}/end")
def end_subscription(who: Caller, subscription_id: Id, given: SubscriptionEnd) -> ChangedSubscription:
    """Let a subscription end."""
    items = end(who, subscription_id, given.until, gives_back=given.gives_back)
    return _changed_subscription(subscription_id, items)


@routes.post("/api/subscriptions/{subscription_id}/continuation")
def continue_subscription(who: Caller, subscription_id: Id) -> ChangedSubscription:
    """Take back that a subscription ends."""
    go_on(who, subscription_id)
    return _changed_subscription(subscription_id, [])


def today(client_id: int) -> date:
    """Return today's date in a client's time zone."""
    return datetime.now(ZoneInfo(clients.get(client_id).zone)).date()


def add(who: Principal, given: Texts) -> int:
    """Add a subscription that was entered, with its entry in the audit trail. Raises ``Problem``."""
    with connection.transaction():
        on = datetime.now(UTC).date()
        entry = entered(subscription_entries.read, given, on=on, within=who.within)
        number = entered(subscription_entries.add, entry, on=on)
        found = entry.subscription
        _audit(who, "add", number, found.client_id, {"client": found.client_name, "what": found.description})
        return number


def change(who: Principal, subscription_id: int, given: Texts) -> list[BillingItem]:
    """Change a subscription's terms, with the entry in the audit trail. Raises ``Problem``."""
    with connection.transaction():
        found = existing(subscriptions.get, subscription_id, within=who.within)
        on = today(found.client_id)
        begin, values = entered(subscription_entries.read_change, given, found, on=on)
        items = _possible(subscription_changes.change_terms, subscription_id, begin, **values)
        _audit(who, "change", subscription_id, found.client_id, {**given, "begin": begin})
        return items


def pause(who: Principal, subscription_id: int, begin: date, resumes: date | None) -> list[BillingItem]:
    """Pause a subscription, with the entry in the audit trail. Raises ``Problem``."""
    with connection.transaction():
        found = existing(subscriptions.get, subscription_id, within=who.within)
        items = _possible(subscription_changes.pause, subscription_id, begin, resumes)
        _audit(who, "pause", subscription_id, found.client_id, {"begin": begin, "resumes": resumes})
        return items


def resume(who: Principal, subscription_id: int, begin: date) -> list[BillingItem]:
    """Resume a subscription, with the entry in the audit trail. Raises ``Problem``."""
    with connection.transaction():
        found = existing(subscriptions.get, subscription_id, within=who.within)
        items = _possible(subscription_changes.change_terms, subscription_id, begin, paused=False)
        _audit(who, "resume", subscription_id, found.client_id, {"begin": begin})
        return items


def end(who: Principal, subscription_id: int, until: date, *, gives_back: bool) -> list[BillingItem]:
    """Let a subscription end, with the entry in the audit trail. Raises ``Problem``."""
    with connection.transaction():
        found = existing(subscriptions.get, subscription_id, within=who.within)
        items = _possible(subscription_changes.end, subscription_id, until, gives_back=gives_back)
        billing_due.released(subscription_id, found.client_id)
        _audit(who, "end", subscription_id, found.client_id, {"until": until, "gives_back": gives_back})
        return items


def go_on(who: Principal, subscription_id: int) -> None:
    """Take back a subscription's end, with the entry in the audit trail. Raises ``Problem``."""
    with connection.transaction():
        found = existing(subscriptions.get, subscription_id, within=who.within)
        _possible(subscription_changes.goes_on, subscription_id)
        _audit(who, "continue", subscription_id, found.client_id, {"until": found.until})


def _possible(act: Any, *args: Any, **options: Any) -> Any:
    """Return what ``act`` returns. Raises ``Problem`` 409 for a change that is not possible, 422 for bad values."""
    try:
        return act(*args, **options)
    except NotChangeable as error:
        raise Problem(409, "conflict", str(error)) from None
    except ValueError as error:
        raise Problem(422, "bad-values", str(error)) from None


def _audit(who: Principal, action: str, number: int, client_id: int, details: dict[str, object]) -> None:
    audit.add(who.actor, f"subscription {action}", f"subscription {number}", details, client_id=client_id)


def _changed_subscription(subscription_id: int, items: list[BillingItem]) -> ChangedSubscription:
    adjustments = [
        Adjustment(
            item_id=one.id,
            amount_minor=one.net.minor,
            currency=one.currency,
            start=one.period_start,
            end=one.period_end,
        )
        for one in items
    ]
    return ChangedSubscription(**_whole(subscriptions.get(subscription_id)), adjustments=adjustments)


def _whole(found: Subscription) -> dict[str, Any]:
    terms = subscriptions.terms_of([found])[found.id]
    return {**_values(found, clients.get(found.client_id).zone), "terms": [_terms(one) for one in terms]}


def _values(found: Subscription, zone: str) -> dict[str, Any]:
    over = found.next_due is None or (found.until is not None and found.next_due >= found.until)
    return {
        **{name: getattr(found, name) for name in ClientSubscription.model_fields if hasattr(found, name)},
        "interval": str(found.interval),
        "next_due_at": None if over or found.next_due is None else periods.begins(found.next_due, ZoneInfo(zone)),
        "tax_basis_points": None if found.product_id else found.tax_basis_points,
    }


def _terms(one: PriceTerms) -> TermsFrom:
    discount = one.discount
    return TermsFrom(
        begin=one.begin,
        quantity=f"{one.quantity.normalize():f}" if one.quantity else str(Decimal(0)),
        price_minor=one.unit_price.minor,
        discount_basis_points=discount.basis_points if discount else 0,
        discount_minor=discount.amount_minor if discount else 0,
        discount_until=discount.until if discount else None,
        paused=one.paused,
    )
