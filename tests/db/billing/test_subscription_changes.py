"""Changes of subscriptions: after any of them, what is billed and what waits sum to what the periods cost now."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from db import connection
from db.billing import billing_items, subscription_changes, subscriptions
from db.billing.subscriptions import NotChangeable, Subscription
from db.portfolio import clients
from db.portfolio.clients import Client
from rules.billing import charges
from rules.billing.charges import Discount
from rules.billing.money import Money

pytestmark = pytest.mark.usefixtures("ledger")
ANCHOR = date(2026, 1, 1)


def subscribe(*, billed: int = 0, months: int = 1, minor: int = 3100, **values: Any) -> int:
    client_id, _ = clients.add(Client(name="Bakery", email="bakery@clients.test"))
    given: dict[str, Any] = {"description": "Hosting", "currency": "EUR", "anchor": ANCHOR} | values
    number = subscriptions.subscribe(Subscription(client_id=client_id, price_minor=minor, months=months, **given))
    with connection.transaction():
        cycle = subscriptions.get(number).cycle
        subscriptions.record_billed(number, billed=billed, next_due=cycle.period(billed).start)
    return number


def costs(number: int, periods: int) -> int:
    found = subscriptions.get(number)
    terms = subscriptions.terms_of([found])[number]
    return sum(charges.net(found.cycle.period(index), terms).minor for index in range(periods))


def waiting(number: int) -> list[int]:
    items = billing_items.waiting(subscriptions.get(number).client_id, on=date(2030, 1, 1))
    return [item.net.minor for item in items]


def test_what_was_entered_before_there_were_terms_means_what_it_meant() -> None:
    connection.execute(
        "INSERT INTO client (id, name, email, contacts, address, language, currency, zone, created_at)"
        " VALUES (7, 'Mill', 'mill@clients.test', '[]', '[]', 'en', 'EUR', 'UTC', {now})"
    )
    connection.execute(
        "INSERT INTO subscription (id, client_id, description, price_minor, currency, months, tax_basis_points, anchor,"
        " billed, next_due) VALUES (9, 7, 'Care', 2900, 'EUR', 12, 1900, %s, 0, %s)",
        ANCHOR,
        ANCHOR,
    )
    found = subscriptions.get(9)
    assert (str(found.interval), found.quantity, found.first_terms.discount) == ("P1Y", Decimal(1), None)
    assert costs(9, 1) == 2900


def test_a_change_within_a_billed_period_becomes_an_item() -> None:
    number = subscribe(billed=1)
    (item,) = subscription_changes.change_terms(number, date(2026, 1, 11), quantity=Decimal(2))
    assert (item.net, item.period_start, item.period_end) == (Money(2100, "EUR"), date(2026, 1, 11), date(2026, 2, 1))
    assert waiting(number) == [2100]


def test_a_change_from_the_next_period_on_becomes_none() -> None:
    number = subscribe(billed=1)
    assert subscription_changes.change_terms(number, date(2026, 2, 1), unit_price=Money(4000, "EUR")) == []
    assert costs(number, 2) == 3100 + 4000


def test_whatever_is_changed_items_make_up_the_difference() -> None:
    number = subscribe(billed=3)
    for begin, values in (
        (date(2026, 1, 11), {"quantity": Decimal(3)}),
        (date(2026, 2, 7), {"discount": Discount(basis_points=1250)}),
        (date(2026, 3, 20), {"unit_price": Money(2777, "EUR")}),
        (date(2026, 1, 5), {"quantity": Decimal("1.5")}),
        (date(2026, 2, 7), {"discount": None}),
    ):
        subscription_changes.change_terms(number, begin, **values)
        assert 3 * 3100 + sum(waiting(number)) == costs(number, 3)


def test_a_pause_gives_back_and_its_end_is_kept_by_later_changes() -> None:
    number = subscribe(billed=1)
    (back,) = subscription_changes.pause(number, date(2026, 1, 22), date(2026, 3, 1))
    assert back.net.minor == -1000
    subscription_changes.change_terms(number, date(2026, 1, 25), quantity=Decimal(2))
    assert [costs(number, index + 1) - costs(number, index) for index in range(1, 3)] == [0, 6200]


def test_a_pause_that_ends_before_it_begins_is_refused_and_leaves_nothing() -> None:
    number = subscribe(billed=1)
    with pytest.raises(NotChangeable, match="after 2026-01-22"):
        subscription_changes.pause(number, date(2026, 1, 22), date(2026, 1, 22))
    assert waiting(number) == []
    assert len(subscriptions.terms_of([subscriptions.get(number)])[number]) == 1


def test_an_end_leaves_the_period_whole_or_gives_its_rest_back() -> None:
    number = subscribe(billed=1)
    assert subscription_changes.end(number, date(2026, 1, 22)) == []
    subscription_changes.goes_on(number)
    (back,) = subscription_changes.end(number, date(2026, 1, 22), gives_back=True)
    assert back.net.minor == -1000
    with pytest.raises(NotChangeable, match="given back"):
        subscription_changes.goes_on(number)


def test_what_has_ended_cannot_be_changed_after_its_end() -> None:
    number = subscribe(billed=1, until=date(2026, 2, 1))
    with pytest.raises(NotChangeable, match="it ends on 2026-02-01"):
        subscription_changes.change_terms(number, date(2026, 2, 1), quantity=Decimal(2))


def test_a_change_that_reaches_too_far_back_is_refused_and_leaves_nothing() -> None:
    number = subscribe(billed=500, months=0, days=1)
    with pytest.raises(NotChangeable, match="periods back"):
        subscription_changes.change_terms(number, ANCHOR, quantity=Decimal(2))
    assert costs(number, 1) == 3100


@pytest.mark.parametrize("quantity", [Decimal(-1), Decimal("1.0005")])
def test_a_quantity_that_cannot_be_is_refused_and_leaves_nothing(quantity: Decimal) -> None:
    number = subscribe(billed=1)
    with pytest.raises(ValueError, match="quantity"):
        subscription_changes.change_terms(number, date(2026, 1, 11), quantity=quantity)
    assert waiting(number) == []


def test_nobody_has_a_subscription_that_is_not_there() -> None:
    with pytest.raises(LookupError, match="no subscription has the id 99"):
        subscription_changes.end(99, date(2026, 1, 1))
