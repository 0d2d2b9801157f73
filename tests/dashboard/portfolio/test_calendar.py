"""The calendar: each day's number is that of its list, days are those of the reader, nobody sees what is not theirs."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from db import connection
from db.access import users
from db.billing import invoices
from db.payments import payments
from db.payments.payments import Payment
from db.portfolio import checks, clients, domains, end_calendar
from db.portfolio.clients import Client
from rules.access import Role
from rules.billing.settlement import PaymentSource
from rules.domains import check_outcome
from rules.domains.records import Answer, RegistryRecord
from rules.portfolio.end_calendar import EndKind
from tests.api.browser import TestClient
from tests.api.conftest import Surface
from tests.dashboard.conftest import Filled
from tests.faults.marks import on_sqlite

MIDNIGHT = datetime.combine(datetime.now(UTC).date() + timedelta(days=40), datetime.min.time(), UTC)


def expiring(name: str, client_id: int, at: datetime) -> None:
    with connection.session(), connection.transaction():
        domain, _ = domains.add(name, client_id=client_id)
        record = RegistryRecord(name=name, answer=Answer.REGISTERED, source="rdap", server="r.test", expires=at)
        checks.save(check_outcome.answered(domains.get(domain), [record], at=datetime.now(UTC)), because="")


def marked(html: str) -> dict[str, int]:
    """Return the number of each day that has one."""
    found = re.findall(r'href="/calendar/([\d-]+)" title="[^"]*">\d+<span.*?<small[^>]*>(\d+)</small>', html)
    return {day: int(number) for day, number in found}


def test_each_days_number_is_that_of_its_list(browser: TestClient, fill: Callable[..., Filled]) -> None:
    filled = fill()
    for number, hours in enumerate((0, 23.9, 24, -0.1)):
        expiring(f"d{number}.test", filled.client, MIDNIGHT + timedelta(hours=hours))
    days = marked(browser.get("/calendar").text)
    assert days[f"{MIDNIGHT:%Y-%m-%d}"] == 2
    assert {day: browser.get(f"/calendar/{day}").text.count('data-label="What"') for day in days} == days
    assert sum(days.values()) >= 4 + 3, "two certificates or more, the domain, the subscription, the invoice"


def test_a_day_is_that_of_the_readers_zone(surface: Surface, browser: TestClient, fill: Callable[..., Filled]) -> None:
    filled = fill()
    expiring("late.test", filled.client, MIDNIGHT - timedelta(minutes=20))
    with connection.session():
        users.set_profile(surface.people[Role.OWNER], full_name="", zone="Asia/Kathmandu", language="en")
    assert "late.test" in browser.get(f"/calendar/{MIDNIGHT:%Y-%m-%d}").text
    assert "late.test" not in browser.get(f"/calendar/{MIDNIGHT - timedelta(days=1):%Y-%m-%d}").text


def test_who_is_limited_counts_and_sees_their_own_alone(surface: Surface, fill: Callable[..., Filled]) -> None:
    filled = fill()
    with connection.session(), connection.transaction():
        other, _ = clients.add(Client(name="Other", email="o@other.test"))
        users.limit_to_clients(surface.people[Role.VIEWER], [other])
    expiring("mine.test", other, MIDNIGHT)
    expiring("theirs.test", filled.client, MIDNIGHT)
    limited = surface.signed_in(Role.VIEWER)
    limited.headers["accept"] = "text/html"
    assert marked(limited.get("/calendar").text) == {f"{MIDNIGHT:%Y-%m-%d}": 1}
    html = limited.get(f"/calendar/{MIDNIGHT:%Y-%m-%d}").text
    assert "mine.test" in html
    assert "theirs.test" not in html


@on_sqlite
@pytest.mark.parametrize("day", ["2024-02-29", "2026-03-29", "2025-02-29", "0001-01-01", "9999-12-31", "x"])
def test_a_day_that_is_none_is_refused_and_others_are_shown(browser: TestClient, day: str) -> None:
    real = day in {"2024-02-29", "2026-03-29"}
    assert browser.get(f"/calendar/{day}").status_code in ((200,) if real else (404, 422))


def test_what_is_paid_is_not_due(fill: Callable[..., Filled]) -> None:
    filled = fill()
    due = datetime.now(UTC).date() + timedelta(days=14)
    with connection.session(), connection.transaction():
        assert end_calendar.ends([due], ZoneInfo("UTC"))[due] == {EndKind.INVOICE: 1}
        assert end_calendar.ids_on(EndKind.INVOICE, due) == [filled.invoice]
        invoice = invoices.require(filled.invoice)
        payments.save(
            Payment(
                client_id=invoice.client_id,
                invoice_id=invoice.id,
                source=PaymentSource.HAND,
                key="k",
                reference="",
                currency=invoice.currency,
                amount_minor=invoice.gross_minor,
                received_on=due,
                recorded_by="ada",
            )
        )
        assert end_calendar.ends([due], ZoneInfo("UTC")).get(due, {}) == {}
        assert end_calendar.ids_on(EndKind.INVOICE, due) == []
