"""A product's price is raised for those who have subscribed: what was shown is done, and what is billed stays."""

import re
from datetime import date

import pytest

from db import connection
from db.billing import billing_items, products, subscriptions
from db.billing.products import Product, ProductPrice
from db.billing.subscriptions import Subscription
from db.portfolio import clients
from db.portfolio.clients import Client
from rules.access import Role
from tests.api.browser import TestClient
from tests.api.conftest import Surface
from tests.faults.marks import on_sqlite

pytestmark = on_sqlite
BEGIN = date(2027, 1, 1)
PATH = f"/products/1/price-raise?begin={BEGIN}"


def subscribed(client_id: int, **more: object) -> int:
    given = {"currency": "EUR", "months": 1, "anchor": date(2026, 11, 15), "price_minor": 1000} | more
    return subscriptions.subscribe(
        Subscription(client_id=client_id, product_id=1, description="Hosting", **given)  # pyright: ignore[reportArgumentType]
    )


def prices(number: int) -> list[tuple[date, int]]:
    with connection.session():
        found = subscriptions.get(number)
        return [(one.begin, one.unit_price.minor) for one in subscriptions.terms_of([found])[number]]


@pytest.fixture
def owner(surface: Surface) -> TestClient:
    with connection.session():
        client_id, _ = clients.add(Client(name="Bakery", email="bakery@clients.test"))
        products.add(Product(code="hosting", name="Hosting", months=1))
        products.set_price(1, ProductPrice(currency="EUR", begin=BEGIN, price_minor=1200))
        subscribed(client_id)
        subscribed(client_id, currency="CHF")
        subscribed(client_id, price_minor=1200)
        subscribed(client_id, until=date(2027, 1, 1))
        with connection.transaction():
            subscriptions.record_billed(subscribed(client_id), billed=4, next_due=date(2027, 3, 15))
    return surface.signed_in(Role.OWNER)


def test_it_is_shown_first_and_then_done_from_the_first_period_that_is_not_billed(owner: TestClient) -> None:
    page = owner.get(PATH).text
    assert "2 subscriptions would cost something else" in page
    form = dict(re.findall(r'name="(begin|digest)" value="([^"]+)"', page))
    assert prices(1) == [(date(2026, 11, 15), 1000)], "a preview changes nothing"
    said = owner.post("/products/1/price-raise", data=form, follow_redirects=True).text
    assert "2 subscriptions have the new price" in said
    assert prices(1) == [(date(2026, 11, 15), 1000), (date(2027, 1, 15), 1200)]
    assert prices(5)[1:] == [(date(2027, 3, 15), 1200)], "what is billed stays as it is"
    assert [len(prices(one)) for one in (2, 3, 4)] == [1, 1, 1]
    with connection.session():
        assert not billing_items.LIST.count().number, "nothing needs to be divided"
    assert "s price would change" in owner.get(PATH).text


def test_what_is_not_what_was_shown_is_not_done(owner: TestClient) -> None:
    form = dict(re.findall(r'name="(begin|digest)" value="([^"]+)"', owner.get(PATH).text))
    with connection.session():
        products.set_price(1, ProductPrice(currency="EUR", begin=BEGIN, price_minor=1300))
    said = owner.post("/products/1/price-raise", data=form, follow_redirects=True).text
    assert "Something was changed meanwhile" in said
    assert len(prices(1)) == 1
