"""The catalogue: prices by day, coupons that are not used too often, credit that is not spent twice, senders."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest

from db import connection
from db.billing import billing_profiles, coupons, credit, products, senders
from db.billing.billing_profiles import BillingProfile
from db.billing.coupons import Coupon, NotRedeemable
from db.billing.credit import NotEnoughCredit
from db.billing.products import Product, ProductPrice
from db.billing.senders import Sender
from db.portfolio import clients
from db.portfolio.clients import Client
from rules.billing.money import Money
from rules.billing.periods import BillingCycle, Interval
from rules.billing.tax_decision import BuyerKind

pytestmark = pytest.mark.usefixtures("ledger")
DAY = date(2026, 11, 1)
MONTHLY = BillingCycle(DAY, Interval(months=1))


def client() -> int:
    return clients.add(Client(name="Bakery", email="bakery@clients.test"))[0]


def test_a_price_holds_from_its_day_on_in_its_currency() -> None:
    product = products.add(Product(code="com", name="Domain .com", tld="com", months=12))
    for begin, minor in ((DAY, 1500), (DAY + timedelta(days=31), 1700)):
        products.set_price(product, ProductPrice(currency="EUR", begin=begin, price_minor=minor))
    assert products.price_on(product, "EUR", DAY - timedelta(days=1)) is None
    assert products.price_on(product, "EUR", DAY + timedelta(days=30)) == Money(1500, "EUR")
    assert products.price_on(product, "EUR", DAY + timedelta(days=31)) == Money(1700, "EUR")
    assert products.price_on(product, "USD", DAY + timedelta(days=31)) is None


def test_a_price_of_the_same_day_is_replaced() -> None:
    product = products.add(Product(code="com", name="Domain .com"))
    for minor in (1500, 1600):
        products.set_price(product, ProductPrice(currency="EUR", begin=DAY, price_minor=minor))
    assert [one.price_minor for one in products.prices(product)] == [1600]


def test_what_is_archived_is_not_offered_and_can_come_back() -> None:
    number = products.add(Product(code="com", name="Domain .com"))
    products.archive(number, archived=True)
    assert products.LIST.page(archived=False).rows == ()
    products.archive(number, archived=False)
    assert [one.code for one in products.LIST.page(archived=False).rows] == ["com"]


def test_a_code_is_one_products() -> None:
    products.add(Product(code="com", name="Domain .com"))
    with pytest.raises(connection.Conflict):
        products.add(Product(code="com", name="Another"))


def redeem(code: str, *, currency: str = "EUR", on: date = DAY, product_id: int | None = None) -> date | None:
    with connection.transaction():
        _, discount = coupons.redeem(code, MONTHLY, product_id=product_id, currency=currency, on=on)
        return discount.until


def test_a_coupon_is_for_its_first_periods() -> None:
    coupons.add(Coupon(code="WELCOME", name="Welcome", basis_points=2000, periods=3))
    assert redeem("WELCOME") == date(2027, 2, 1)


def test_a_coupon_is_used_no_more_often_than_it_may_be() -> None:
    coupons.add(Coupon(code="FEW", name="Few", basis_points=1000, most=3))

    def one(_: int) -> bool:
        with connection.session():
            try:
                redeem("FEW")
            except NotRedeemable:
                return False
            return True

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(one, range(6))) == 3


@pytest.mark.parametrize(
    ("coupon", "why"),
    [
        (Coupon(code="C", name="", basis_points=1, begin=DAY + timedelta(days=1)), "not valid on"),
        (Coupon(code="C", name="", basis_points=1, until=DAY), "not valid on"),
        (Coupon(code="C", name="", amount_minor=500, currency="USD"), "in USD, not in EUR"),
        (Coupon(code="D", name="", basis_points=1), "no coupon has the code 'C'"),
    ],
)
def test_a_coupon_that_does_not_fit_says_why(coupon: Coupon, why: str) -> None:
    coupons.add(coupon)
    with pytest.raises(NotRedeemable, match=why):
        redeem("C")


def test_a_coupon_of_a_product_is_for_no_other() -> None:
    product = products.add(Product(code="com", name="Domain .com"))
    coupons.add(Coupon(code="C", name="", basis_points=1, product_id=product))
    with pytest.raises(NotRedeemable, match="another product"):
        redeem("C")
    redeem("C", product_id=product)


def test_credit_is_added_once_under_a_key_and_not_spent_twice() -> None:
    number = client()
    with connection.transaction():
        assert credit.add(number, Money(1000, "EUR"), reason="Paid twice", key="payment:1")
        assert not credit.add(number, Money(1000, "EUR"), reason="Paid twice", key="payment:1")
        assert credit.add(number, Money(-600, "EUR"), reason="Invoice INV-1", key="invoice:1")
    with pytest.raises(NotEnoughCredit, match=r"less than 6\.00 EUR"), connection.transaction():
        credit.add(number, Money(-600, "EUR"), reason="Invoice INV-2", key="invoice:2")
    assert credit.balances(number) == [Money(400, "EUR")]
    assert [entry.amount_minor for entry in credit.entries(number)] == [-600, 1000]


def test_the_first_sender_is_everybodys_until_another_is() -> None:
    number = client()
    assert senders.of_client(number) is None
    first = senders.add(Sender(name="Agency", series="INV", address=("1 Mill Lane",)))
    second = senders.add(Sender(name="Agency North", series="N"))
    found = senders.of_client(number)
    assert found is not None
    assert (found.id, found.address) == (first, ("1 Mill Lane",))
    senders.make_default(second)
    assert (found := senders.of_client(number)) is not None
    assert found.id == second
    billing_profiles.save(BillingProfile(client_id=number, sender_id=first))
    assert (found := senders.of_client(number)) is not None
    assert found.id == first


def test_a_profile_says_nothing_until_somebody_says_something() -> None:
    number = client()
    assert billing_profiles.get(number).country == ""
    billing_profiles.save(
        BillingProfile(client_id=number, country="DE", kind=BuyerKind.CONSUMER, address=("1 Mill Lane",))
    )
    billing_profiles.save(BillingProfile(client_id=number, country="AT", kind=BuyerKind.BUSINESS, address=("2",)))
    found = billing_profiles.get(number)
    assert (found.country, found.kind, found.address) == ("AT", BuyerKind.BUSINESS, ("2",))
