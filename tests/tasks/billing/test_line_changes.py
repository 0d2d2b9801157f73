"""A subscription's line is changed, put off or left out before it is issued; no period is billed twice or forgotten."""

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from db.billing import billing_items, invoice_audit, line_changes, subscription_changes, subscriptions
from db.billing import invoices as store
from db.billing.subscriptions import NotChangeable, Subscription
from db.portfolio import alerts, clients, domains
from db.portfolio.clients import Client
from rules.billing.line_changes import LineChange
from rules.billing.money import Money
from rules.jobs import JobState
from tasks.billing import billing_due, invoice_drafts, invoices
from tasks.engine.errors import Parked
from tests.support import ledger as do
from tests.support.worker import Worker

TODAY = datetime.now(UTC).date()
DAY = timedelta(days=1)

pytestmark = pytest.mark.usefixtures("ledger")


@pytest.fixture
def client_id() -> int:
    return clients.add(Client(name="Bakery", email="bakery@clients.test"))[0]


def subscribe(client_id: int, **values: Any) -> int:
    given: dict[str, Any] = {
        "description": "Hosting",
        "price_minor": 1000,
        "currency": "EUR",
        "days": 10,
        "anchor": TODAY,
    }
    return subscriptions.subscribe(Subscription(client_id=client_id, **(given | values)))


def change(subscription_id: int, number: int = 0, **values: Any) -> None:
    line_changes.put(LineChange(subscription_id=subscription_id, number=number, reason="agreed", **values))


def bill(worker: Worker, client_id: int) -> list[list[tuple[str, date, int]]]:
    """Bill a client, and return the lines of each invoice there is."""
    assert worker.perform(invoices.bill, client_id=client_id).state is JobState.DONE
    assert invoice_audit.faults() == []
    return [[(line.description, line.start, line.net_minor) for line in store.lines(one.id)] for one in store.all_()]


def test_text_price_and_quantity_are_changed_for_one_period(worker: Worker, client_id: int) -> None:
    number = subscribe(client_id, anchor=TODAY - 10 * DAY)
    change(number, 1, description="Hosting, with the move", unit_price=Money(2500, "EUR"), quantity=Decimal(2))
    first, second = ("Hosting", TODAY - 10 * DAY, 1000), ("Hosting, with the move", TODAY, 5000)
    assert bill(worker, client_id) == [[first, second]]


def test_what_is_left_out_is_never_billed_and_the_next_period_is(worker: Worker, client_id: int) -> None:
    number = subscribe(client_id, anchor=TODAY - 10 * DAY)
    change(number, 0, omitted=True)
    for _ in range(2):
        assert bill(worker, client_id) == [[("Hosting", TODAY, 1000)]]
    assert subscriptions.get(number).billed == 2


def test_what_is_put_off_waits_and_comes_with_the_next_one(worker: Worker, client_id: int) -> None:
    number = subscribe(client_id, anchor=TODAY - 10 * DAY)
    change(number, 0, not_before=TODAY + DAY)
    assert bill(worker, client_id) == []
    assert subscriptions.get(number).billed == 0
    later = billing_due.of_client(client_id, on=TODAY + DAY)
    assert [one.number for one in later.lines] == [0, 1]
    line_changes.remove(number, 0)
    assert bill(worker, client_id) == [[("Hosting", TODAY - 10 * DAY, 1000), ("Hosting", TODAY, 1000)]]


def test_what_somebody_decided_is_said_in_the_dry_run_and_no_alert(worker: Worker, client_id: int) -> None:
    put_off, left_out = subscribe(client_id), subscribe(client_id, description="Care")
    change(put_off, not_before=TODAY + DAY)
    change(left_out, omitted=True)
    found = invoice_drafts.foreseen(client_id)
    assert [(one.subscription_id, one.number, one.reason) for one in found.held] == [
        (put_off, 0, "deferred"),
        (left_out, 0, "omitted"),
    ]
    assert bill(worker, client_id) == []
    assert list(alerts.open_()) == []


def test_a_line_that_is_held_back_can_be_left_out_for_good(worker: Worker, client_id: int) -> None:
    domain_id = domains.add("bakery.test", client_id=client_id)[0]
    number = subscribe(client_id, domain_id=domain_id, domain_name="bakery.test")
    domains.remove(domain_id)
    assert bill(worker, client_id) == []
    assert len(list(alerts.open_())) == 1
    change(number, omitted=True)
    assert bill(worker, client_id) == []
    assert list(alerts.open_()) == []
    assert subscriptions.get(number).billed == 1


def test_a_billed_period_does_not_change_and_says_so(worker: Worker, client_id: int) -> None:
    number = subscribe(client_id)
    bill(worker, client_id)
    with pytest.raises(NotChangeable, match="period 0 is billed; take it back by a credit note"):
        change(number, omitted=True)
    with pytest.raises(NotChangeable, match="period 0 is billed"):
        line_changes.remove(number, 0)
    subscription_changes.end(number, TODAY + 10 * DAY)
    with pytest.raises(NotChangeable, match="it ends on"):
        change(number, 1, omitted=True)


def test_a_later_change_of_the_terms_keeps_what_was_agreed_on_for_the_line(worker: Worker, client_id: int) -> None:
    number = subscribe(client_id, anchor=TODAY - 20 * DAY)
    change(number, 0, omitted=True)
    change(number, 1, unit_price=Money(400, "EUR"))
    bill(worker, client_id)
    subscription_changes.end(number, TODAY - 5 * DAY, gives_back=True)
    back = [(item.period_start, item.price_minor) for item in billing_items.waiting(client_id, on=TODAY)]
    assert back == [(TODAY - 5 * DAY, -200), (TODAY, -1000)], "half of what was paid; nothing of what was left out"


def test_changing_and_billing_at_once_bills_each_period_once(worker: Worker, client_id: int) -> None:
    number = subscribe(client_id)

    def at_once(place: int) -> None:
        with suppress(NotChangeable, Parked):
            if place % 2:
                invoices.bill(client_id=client_id)
            else:
                change(number, unit_price=Money(2000, "EUR"))

    do.at_once(4, at_once)
    (lines,) = bill(worker, client_id)
    assert [(start, net in {1000, 2000}) for _, start, net in lines] == [(TODAY, True)]
