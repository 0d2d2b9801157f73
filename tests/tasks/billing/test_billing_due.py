"""What is due: taxed by who sells and buys, or held back with the reason, and then staff are told, once."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from db import connection
from db.billing import (
    billing_items,
    billing_profiles,
    invoice_audit,
    products,
    senders,
    subscription_changes,
    subscriptions,
)
from db.billing import invoices as store
from db.billing.billing_items import BillingItem
from db.billing.billing_profiles import BillingProfile
from db.billing.products import Product
from db.billing.senders import Sender
from db.billing.subscriptions import Subscription
from db.portfolio import alert_lists, checks, clients, domains
from db.portfolio.alerts import Alert
from db.portfolio.clients import Client
from rules.billing.tax_treatment import TaxCategory
from rules.domains import check_outcome
from rules.domains.records import Answer, RegistryRecord
from rules.domains.renewals import RenewalDecision
from rules.jobs import JobState
from tasks.billing import billing_due, invoices
from tests.support.worker import Worker

TODAY = datetime.now(UTC).date()
NOW = datetime.now(UTC)
DAY = timedelta(days=1)
RECORD = RegistryRecord(
    name="bakery.test",
    answer=Answer.REGISTERED,
    source="rdap",
    server="rdap.registry.test",
    expires=NOW + 30 * DAY,
    nameservers=("ns1.dns.test",),
    statuses=("ok",),
    raw="{}",
    evidence={"expires": "expiration"},
)

pytestmark = pytest.mark.usefixtures("ledger")


@pytest.fixture
def client_id() -> int:
    return clients.add(Client(name="Bakery", email="bakery@clients.test", language="de"))[0]


@pytest.fixture
def domain_id(client_id: int) -> int:
    return domains.add("bakery.test", client_id=client_id)[0]


def subscribe(client_id: int, **values: Any) -> int:
    given: dict[str, Any] = {
        "description": "Domain bakery.test",
        "price_minor": 1500,
        "currency": "EUR",
        "months": 12,
        "anchor": TODAY,
    }
    return subscriptions.subscribe(Subscription(client_id=client_id, **(given | values)))


def looked_up(domain_id: int, *records: RegistryRecord, at: datetime = NOW) -> None:
    with connection.transaction():
        checks.save(check_outcome.answered(domains.get(domain_id), list(records), at=at), because="")


def held() -> list[Alert]:
    return list(alert_lists.LIST.page("stage", kind=billing_due.HELD_BACK, open=True).rows)


def bill(worker: Worker, client_id: int) -> list[store.Invoice]:
    assert worker.perform(invoices.bill, client_id=client_id).state is JobState.DONE
    return store.all_()


def of_product(client_id: int, **values: Any) -> int:
    senders.add(Sender(name="Agency", country="DE", vat_id="DE136695976", series="AG", due_days=30))
    product = products.add(Product(code="com", name="Domain .com", unit="ANN", months=12))
    return subscribe(client_id, product_id=product, **values)


def test_a_renewal_cites_the_look_up_that_shows_the_expiry(client_id: int, domain_id: int) -> None:
    subscribe(client_id, domain_id=domain_id, domain_name="bakery.test")
    looked_up(domain_id, RECORD)
    (line,) = billing_due.of_client(client_id, on=TODAY).lines
    note = f"Registriert bis {NOW + 30 * DAY:%Y-%m-%d} laut rdap.registry.test (abgefragt am {NOW:%Y-%m-%d %H:%M} UTC)"
    assert line.line.note == note


def gone(domain_id: int) -> None:
    looked_up(domain_id, RECORD)
    looked_up(domain_id, *(replace(RECORD, answer=Answer.AVAILABLE, source=one) for one in ("rdap", "whois")))


def moved(domain_id: int) -> None:
    domains.change(domain_id, {"client_id": clients.add(Client(name="Mill", email="mill@clients.test"))[0]})


def to_lapse(domain_id: int) -> None:
    looked_up(domain_id, replace(RECORD, expires=NOW - DAY))
    domains.change(domain_id, {"decision": RenewalDecision.LAPSE})


@pytest.mark.parametrize(
    ("happened", "why"),
    [
        (gone, "has left"),
        (moved, "another client's"),
        (domains.remove, "bakery.test was removed"),
        (to_lapse, "to lapse"),
    ],
)
def test_what_is_for_a_domain_that_is_not_theirs_any_more_is_held_back(
    worker: Worker, client_id: int, domain_id: int, happened: Callable[[int], None], why: str
) -> None:
    number = subscribe(client_id, domain_id=domain_id, domain_name="bakery.test")
    other = subscribe(client_id, description="Hours")
    happened(domain_id)
    for _ in range(2):
        (invoice,) = bill(worker, client_id)
        assert [line.subscription_id for line in store.lines(invoice.id)] == [other]
        (alert,) = held()
        assert (alert.subject.kind, alert.subject.id) == ("subscription", number)
        assert why in dict(alert.facts)["Why"]
    assert subscriptions.get(number).billed == 0


def test_what_was_held_back_is_billed_once_the_reason_is_gone_and_the_alert_is_over(
    worker: Worker, client_id: int, domain_id: int
) -> None:
    subscribe(client_id, domain_id=domain_id, domain_name="bakery.test")
    gone(domain_id)
    assert bill(worker, client_id) == []
    looked_up(domain_id, RECORD, at=NOW + DAY)
    assert len(bill(worker, client_id)) == 1
    assert held() == []


def test_a_tax_that_nobody_can_decide_holds_a_line_back_and_names_what_is_missing(
    worker: Worker, client_id: int
) -> None:
    of_product(client_id)
    billing_profiles.save(BillingProfile(client_id=client_id, country="FR"))
    assert bill(worker, client_id) == []
    assert "buyer.vat_id: is missing, and the reverse charge needs it" in dict(held()[0].facts)["Why"]
    billing_profiles.save(BillingProfile(client_id=client_id, country="FR", vat_id="FR40303265045"))
    (invoice,) = bill(worker, client_id)
    assert (invoice.series, invoice.net_minor, invoice.tax_minor) == ("AG", 1500, 0)
    assert invoice.due_on == invoice.issued_on + timedelta(days=30)
    assert held() == []


def test_a_product_is_taxed_where_its_buyer_is(client_id: int) -> None:
    of_product(client_id)
    billing_profiles.save(BillingProfile(client_id=client_id, country="DE"))
    (line,) = billing_due.of_client(client_id, on=TODAY).lines
    assert (line.line.tax.category, line.line.tax.rate, line.line.unit) == (TaxCategory.STANDARD, 19, "ANN")


def test_without_a_sender_a_product_waits_and_says_why(client_id: int) -> None:
    product = products.add(Product(code="com", name="Domain .com", months=12))
    subscribe(client_id, product_id=product)
    (line,) = billing_due.of_client(client_id, on=TODAY).held
    assert "seller.country" in line.detail


def test_quantity_and_discount_are_on_the_line(client_id: int) -> None:
    subscribe(client_id, quantity_thousandths=2500, discount_basis_points=1000)
    (line,) = billing_due.of_client(client_id, on=TODAY).lines
    assert (line.line.quantity, line.line.unit_price, line.net.minor) == (Decimal("2.5"), Decimal("15.00"), 3375)


def test_an_item_is_billed_once(worker: Worker, client_id: int) -> None:
    billing_items.add(
        BillingItem(
            client_id=client_id,
            description="Moving a shop",
            quantity_thousandths=1500,
            price_minor=9000,
            currency="EUR",
            unit="HUR",
            tax_basis_points=1900,
            due_on=TODAY,
        )
    )
    bill(worker, client_id)
    (invoice,) = bill(worker, client_id)
    assert (invoice.net_minor, invoice.tax_minor) == (13500, 2565)
    assert billing_items.waiting(client_id, on=TODAY) == []


def test_what_is_given_back_is_set_off_and_waits_where_it_is_more_than_the_rest(worker: Worker, client_id: int) -> None:
    for minor in (-4000, -500):
        billing_items.add(
            BillingItem(client_id=client_id, description="Back", price_minor=minor, currency="EUR", due_on=TODAY)
        )
    assert bill(worker, client_id) == []
    subscribe(client_id)
    (invoice,) = bill(worker, client_id)
    assert invoice.net_minor == 1000
    assert [item.price_minor for item in billing_items.waiting(client_id, on=TODAY)] == [-4000]


def test_a_paused_period_passes_without_a_line_and_its_end_is_charged_in_part(worker: Worker, client_id: int) -> None:
    number = subscribe(client_id, months=0, days=10, anchor=TODAY - 15 * DAY)
    subscription_changes.pause(number, TODAY - 15 * DAY, TODAY - 3 * DAY)
    (invoice,) = bill(worker, client_id)
    (line,) = store.lines(invoice.id)
    assert (line.start, line.net_minor) == (TODAY - 3 * DAY, 1200)
    assert subscriptions.get(number).billed == 2


def test_a_change_of_what_was_billed_is_on_the_next_invoice(worker: Worker, client_id: int) -> None:
    number = subscribe(client_id, months=0, days=10, anchor=TODAY - 5 * DAY)
    bill(worker, client_id)
    subscription_changes.change_terms(number, TODAY, quantity=Decimal(3))
    invoice = bill(worker, client_id)[-1]
    assert [line.net_minor for line in store.lines(invoice.id)] == [1500]
    assert invoice_audit.gaps() == []


def test_nothing_is_due_before_its_day(client_id: int) -> None:
    subscribe(client_id, anchor=TODAY + DAY)
    due = billing_due.of_client(client_id, on=TODAY)
    assert (due.lines, due.held, due.progress) == ([], [], [])
    assert billing_due.of_client(client_id, on=date(2200, 1, 1)).lines
