"""From a product to money: entered, foreseen, run, mailed, paid in the sandbox's Checkout, given back, all on pages."""

# ruff: noqa: F811 - a fixture of another journey is taken as an argument

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from db import connection
from db.billing import billing_profiles, senders
from db.billing.billing_profiles import BillingProfile
from db.billing.senders import Sender
from db.ledger import runs
from db.portfolio import clients
from db.portfolio.clients import Client
from sandbox.stripe import payments
from sandbox.truth import Portfolio
from sandbox.world import World
from tasks.billing import invoices
from tests.api.test_process import Served, serve
from tests.faults.marks import on_sqlite
from tests.journeys.test_browser import PHONE, SOON_MS, Desk, chromium, seated  # noqa: F401 - a fixture
from tests.support import subscribed
from tests.support.eventually import WITHIN_S, eventually
from tests.support.system import System

pytestmark = [pytest.mark.journey, on_sqlite]

DUNNING = '[{"days": 0}]'


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with World(Portfolio(clients=(), domains=(), endpoints=()), tmp_path / "world") as running:
        yield running


@pytest.fixture
def served(system: System, world: World) -> Iterator[Served]:
    """Everything that runs at an agency that is paid by Stripe."""
    environment = {**world.environment(), "NOLAPSE_DUNNING": DUNNING}
    system.start(**environment)
    made = serve(system, **environment)
    world.stripe.webhooks.url = f"{made.url}/webhooks/stripe"
    yield made
    made.end()


def agency() -> None:
    """Enter whom invoices come from, due at once, and who gets one."""
    with connection.session(), connection.transaction():
        senders.add(Sender(name="Agency", country="DE", vat_id="DE136695976", series="AG", due_days=0))
        client_id, _ = clients.add(Client(name="Bakery", email="bakery@clients.test"))
        billing_profiles.save(BillingProfile(client_id=client_id, country="DE"))


def enter(page: Page, **texts: str) -> None:
    for label, text in texts.items():
        page.get_by_label(label.replace("_", " "), exact=True).fill(text)


def sold(desk: Desk) -> None:
    """Enter a product with its price, and a client's subscription of it."""
    page = desk.page
    desk.goto("/products/new")
    enter(page, Code="care", Name_on_invoices="Care", Every="P1Y")
    page.get_by_role("button", name="Add").click()
    page.get_by_role("link", name="Care", exact=True).click()
    page.locator("summary").filter(has_text="Set a price").click()
    enter(page, Currency="EUR", From="2026-01-01", Price_without_tax="29.00")
    page.get_by_role("button", name="Set the price").click()
    desk.goto("/subscriptions/new")
    enter(page, Client="Bakery", Product="care")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("row").filter(has_text="Care")).to_contain_text("29.00")


def foreseen_and_run(desk: Desk) -> None:
    """Look at what would be issued, change its line's text, and have it issued."""
    page = desk.page
    desk.goto("/invoice-drafts")
    expect(page.get_by_role("row").filter(has_text="Bakery")).to_contain_text("would be issued")
    page.get_by_role("link", name="Look at it, or change its lines").click()
    page.get_by_role("link", name="Care", exact=True).click()
    enter(page, Its_text="Care of your domains", Why="as they asked")
    page.get_by_role("button", name="Change", exact=True).click()
    expect(page.get_by_role("row").filter(has_text="Care of your domains")).to_contain_text("29.00")
    desk.goto("/schedules/invoices")
    page.get_by_role("button", name="Run now").click()


def mailed_link(world: World) -> str:
    """Return the link that the mail with an invoice brings."""
    (mail,) = world.smtp.wait_for(1, timeout_s=WITHIN_S)
    text = mail.message.get_body(("plain",))
    found = re.search(r"http://localhost:\d+/pay/\S+", text.get_content() if text else "")
    assert found
    return found[0]


def paid_from(link: str, page: Page) -> None:
    """Pay as a client does: a card that is declined, then one whose bank asks."""
    page.goto(link)
    expect(page.locator(".verdict")).to_contain_text("To be paid")
    page.get_by_role("button", name=re.compile("Pay now")).click()
    expect(page.get_by_role("heading", name="Checkout of the sandbox")).to_be_visible(timeout=SOON_MS)
    page.get_by_role("button", name=re.compile("chargeDeclined\\)")).click()
    expect(page.get_by_role("status")).to_have_text("Your card was declined.")
    page.get_by_role("button", name=re.compile("authenticationRequired")).click()
    page.get_by_role("button", name="Complete authentication").click()
    expect(page.locator(".verdict")).to_contain_text("Paid", timeout=SOON_MS)


def test_a_product_is_sold_foreseen_run_paid_from_the_mail_and_given_back_while_staff_watch(
    chromium: Browser,
    served: Served,
    world: World,
) -> None:
    agency()
    with seated(chromium, served) as staff, seated(chromium, served, viewport=PHONE) as client:
        staff.sign_in()
        sold(staff)
        foreseen_and_run(staff)
        link = mailed_link(world)
        staff.goto("/invoices/1")
        expect(staff.page.get_by_role("main")).to_contain_text("Care of your domains")
        state = staff.page.locator(".verdict .status").first
        expect(state).to_have_text("open")
        paid_from(link, client.page)
        expect(state).to_have_text("paid", timeout=SOON_MS)

        staff.page.locator("summary").filter(has_text="Give back").click()
        staff.page.get_by_role("textbox", name="Why", exact=True).fill("goodwill")
        staff.page.get_by_role("button", name="Give back").click()
        expect(state).to_have_text("refunded", timeout=SOON_MS)
        assert world.stripe.objects.charged() == 0
        client.page.reload()
        expect(client.page.locator(".verdict")).to_contain_text("Given back")


def reminded(desk: Desk, system: System) -> None:
    """Have all unpaid invoices looked at from the page of tasks, and wait until that is over."""
    desk.goto("/tasks/dunning.remind_all")
    desk.page.get_by_role("button", name="Run it now").click()
    desk.page.wait_for_url(re.compile(r"/runs/\d+$"))
    number = int(desk.page.url.rpartition("/")[2])

    def over() -> bool:
        run = system.ask(lambda: runs.get(number))
        return run is not None and run.finished_at is not None

    eventually(over, what="every unpaid invoice was looked at")


@pytest.mark.slow
def test_a_dispute_stops_reminders_until_it_is_lost_while_staff_watch(
    chromium: Browser,
    served: Served,
    world: World,
    system: System,
) -> None:
    with connection.session(), connection.transaction():
        senders.add(Sender(name="Agency", series="AG", due_days=0))
        invoices.bill.enqueue(client_id=subscribed.bakery())
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
        reminded(desk, system)
        desk.goto("/invoices/1")
        expect(desk.page.locator(".timeline")).not_to_contain_text("Notice")

        payments.close_dispute(world.stripe.objects, world.stripe.objects.all("dispute")[0]["id"], won=False)
        expect(state).to_have_text("open", timeout=SOON_MS)
        reminded(desk, system)
        desk.goto("/invoices/1")
        expect(desk.page.locator(".timeline")).to_contain_text("Notice on the day it was due")
        assert len(world.smtp.wait_for(2, timeout_s=WITHIN_S)) == 2
