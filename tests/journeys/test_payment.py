"""A client pays: from the mail in the sandbox's mailbox to the sandbox's Checkout, while staff watch the invoice."""

# ruff: noqa: F811 - a fixture of another journey is taken as an argument

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from db import connection
from sandbox.stripe import payments
from sandbox.truth import Portfolio
from sandbox.world import World
from tasks import invoices
from tests.api.test_process import Served, serve
from tests.faults.marks import on_sqlite
from tests.journeys.test_browser import PHONE, SOON_MS, chromium, seated  # noqa: F401 - a fixture
from tests.support import subscribed
from tests.support.eventually import WITHIN_S
from tests.support.system import System

pytestmark = [pytest.mark.journey, on_sqlite]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with World(Portfolio(clients=(), domains=(), endpoints=()), tmp_path / "world") as running:
        yield running


@pytest.fixture
def served(system: System, world: World) -> Iterator[Served]:
    """Everything that runs at an agency that is paid by Stripe."""
    system.start(**world.environment())
    made = serve(system, **world.environment())
    world.stripe.webhooks.url = f"{made.url}/webhooks/stripe"
    yield made
    made.end()


def billed() -> None:
    with connection.session(), connection.transaction():
        client_id = subscribed.bakery()
        invoices.bill.enqueue(client_id=client_id)


def mailed_link(world: World) -> str:
    """Have an invoice issued, and return the link that its mail brings."""
    billed()
    (mail,) = world.smtp.wait_for(1, timeout_s=WITHIN_S)
    text = mail.message.get_body(("plain",))
    found = re.search(r"http://localhost:\d+/pay/\S+", text.get_content() if text else "")
    assert found
    return found[0]


def test_a_client_pays_from_the_mail_while_staff_watch_and_then_it_is_given_back(
    chromium: Browser,
    served: Served,
    world: World,
) -> None:
    link = mailed_link(world)
    with seated(chromium, served) as staff, seated(chromium, served, viewport=PHONE) as client:
        staff.sign_in()
        staff.goto("/invoices/1")
        state = staff.page.locator(".verdict .status").first
        expect(state).to_have_text("open")

        client.page.goto(link)
        expect(client.page.locator(".verdict")).to_contain_text("To be paid")
        client.page.get_by_role("button", name=re.compile("Pay now")).click()
        expect(client.page.get_by_role("heading", name="Checkout of the sandbox")).to_be_visible(timeout=SOON_MS)
        client.page.get_by_role("button", name=re.compile("chargeDeclined\\)")).click()
        expect(client.page.get_by_role("status")).to_have_text("Your card was declined.")
        client.page.get_by_role("button", name=re.compile("authenticationRequired")).click()
        client.page.get_by_role("button", name="Complete authentication").click()
        expect(client.page.locator(".verdict")).to_contain_text("Paid", timeout=SOON_MS)
        expect(state).to_have_text("paid", timeout=SOON_MS)

        staff.page.locator("summary").filter(has_text="Give back").click()
        staff.page.get_by_role("textbox", name="Why", exact=True).fill("goodwill")
        staff.page.get_by_role("button", name="Give back").click()
        expect(state).to_have_text("refunded", timeout=SOON_MS)
        assert world.stripe.objects.charged() == 0
        client.page.reload()
        expect(client.page.locator(".verdict")).to_contain_text("Given back")


@pytest.mark.slow
def test_a_dispute_is_shown_to_staff_while_they_watch(
    chromium: Browser,
    served: Served,
    world: World,
) -> None:
    link = mailed_link(world)
    with seated(chromium, served) as desk:
        desk.page.goto(link)
        desk.page.get_by_role("button", name=re.compile("Pay now")).click()
        desk.page.get_by_role("button", name=re.compile(r"\(visa\)")).click(timeout=SOON_MS)
        expect(desk.page.locator(".verdict")).to_contain_text("Paid", timeout=SOON_MS)
        desk.sign_in()
        desk.goto("/invoices/1")
        payments.dispute(world.stripe.objects, world.stripe.objects.all("payment_intent")[0]["id"])
        state = desk.page.locator(".verdict .status").first
        expect(state).to_have_text("disputed", timeout=SOON_MS)
        payments.close_dispute(world.stripe.objects, world.stripe.objects.all("dispute")[0]["id"], won=True)
        expect(state).to_have_text("paid", timeout=SOON_MS)
