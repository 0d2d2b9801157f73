"""The dashboard in a real browser, on real processes: what staff do, with a mouse, a keyboard, or no script."""

import csv
import os
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

import pypdfium2
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, FilePayload, Locator, Page, expect, sync_playwright

from cli.demo import night
from db import connection
from db.access import audit, users
from db.billing import products, senders
from db.billing.products import Product
from db.billing.senders import Sender
from db.ledger import jobs
from db.ledger.transitions import JobOutcome
from db.portfolio import alerts, clients, domains, endpoints
from db.portfolio.alerts import Notice, Standing
from db.portfolio.clients import Client
from rules.access import Role
from rules.checks.alarms import Urgency
from rules.checks.subjects import Subject
from rules.jobs import AttemptOutcome, JobState
from sandbox.portfolio import portfolio
from sandbox.world import World
from tests.api.conftest import PASSWORD
from tests.api.test_process import Served, serve
from tests.dashboard.conftest import found
from tests.faults.marks import on_sqlite
from tests.support import files, kept_documents
from tests.support import scans as stored_scans
from tests.support.ledger import claimed, end, queue
from tests.support.system import System

pytestmark = [pytest.mark.journey, on_sqlite]

ARGUMENTS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
)  # fmt: skip
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
WIDTHS = (320, 768, 1024, 1280)
EVIL = f"<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">\u202egnp{'x' * 90}"
OFTEN = (
    "/alerts/1", "/alert-routes", "/alert-channels", "/maintenance", "/trends", "/trends?window=year",
    "/", "/alerts", "/services", "/queues", "/queues/lookup", "/workers", "/runs", "/runs/1", "/jobs", "/jobs/1",
    "/dead", "/schedules", "/schedules/domains", "/domains", "/domains/1", "/endpoints", "/endpoints/1",
    "/endpoints/17", "/clients", "/clients/1", "/search?q=amber", "/invoices", "/invoices/1", "/mail", "/mail/1",
    "/audit", "/jobs/99999", "/account", "/users", "/users/1", "/service-accounts", "/lookups", "/first-steps",
    "/settings", "/calendar", f"/calendar/{datetime.now(UTC):%Y-%m-%d}", "/clients/1/report",
    "/subscriptions", "/subscriptions/1", "/subscriptions/new", "/products", "/senders", "/clients/1/billing",
)  # fmt: skip
CORE = (
    "/",
    "/alerts",
    "/alerts/1",
    "/jobs",
    "/jobs/1",
    "/domains",
    "/domains/1",
    "/endpoints/1",
    "/clients/1",
    "/invoices/1",
)
SELDOM = (
    "/documents", "/documents?show=quarantined", "/documents?show=deleted", "/documents?client=1",
    "/documents/1", "/documents/2", "/documents/3", "/documents/4", f"/d/1.{'A' * 43}",
    "/subscriptions/1/periods/0", "/clients/1/invoice-drafts",
    "/bank-entries", "/invoice-drafts", "/billing-items", "/billing-items/new", "/webhooks", "/clients/1/statement",
    "/letters", "/letters/invoice", "/suppressions", "/tasks", "/tasks/domains.check", "/import", "/coupons",
    "/clients/new", "/clients/1/edit", "/domains/new", "/domains/1/edit", "/endpoints/new", "/endpoints/1/edit",
    "/products/new", "/products/1", "/products/1/edit", "/products/1/price-raise?begin=2030-01-01", "/coupons/new",
    "/senders/new",
    "/senders/new", "/senders/1",
    "/jobs?q=state:dead%20error:relay&sort=id", "/domains?q=ends:%3C30d", "/invoices?q=stat:open",
)  # fmt: skip
PAGES = (*OFTEN, *SELDOM)
PRINTED = ("/", "/invoices/1")
WATCH = """
addEventListener("securitypolicyviolation", (event) => console.error("CSP", event.violatedDirective, event.blockedURI))
"""
READ = """
[...document.querySelectorAll("main :is(h1, h2, th, td.key, td.num)")].map((one) => {
  const read = one.cloneNode(one.offsetWidth > 2);
  read.querySelectorAll(".hidden").forEach((hidden) => hidden.remove());
  return read.textContent.replace(/[^\\p{L}\\p{N}]/gu, "");
})
"""
"""What somebody who sees a page reads of its headings and tables: letters and digits, for lines end at hyphens."""

SOON_MS = 20_000


def _without(what: str) -> NoReturn:
    if os.environ.get("CI"):  # noqa: TID251 - says where the tests run
        pytest.fail(f"CI must have it: {what}", pytrace=False)
    pytest.skip(what)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        _without("no Chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture
def served(system: System, tmp_path: Path) -> Iterator[Served]:
    """Everything that runs at an agency, over a small portfolio on real servers."""
    with World(portfolio(datetime.now(UTC), clients=8, domains=40, endpoints=16), tmp_path / "world") as world:
        night.register(world)
        with connection.session():
            evil, _ = clients.add(Client(name=EVIL, email="a@b.test"))
            domains.add("evil.test", client_id=evil)
            number, _ = endpoints.add("evil.test", 443, client_id=evil)
            assert f"/endpoints/{number}" in PAGES
            invited = users.add(f"grace {'x' * 60}", Role.ADMIN, email=f"{'g' * 60}@{'a' * 50}.test")
            users.limit_to_clients(invited, [evil])
            assert f"/users/{invited}" in PAGES
            users.add_service(f"program {'y' * 60}", Role.OPERATOR)
            products.add(Product(code="com", name=EVIL))
            senders.add(Sender(name=EVIL, series="S"))
            audit.add(
                "ada", "domain change", "domain 1", {"why": EVIL}, before={"decision": EVIL}, after={"decision": "x"}
            )
            now = datetime.now(UTC)
            stored_scans.save(endpoints.get(number), found(EVIL, now, serial="0a" * 10), at=now)
            kept_documents.keep(1, name=f"{EVIL}.pdf")
        system.start(**world.environment())
        served = serve(system, **world.environment())
        yield served
        served.end()


@dataclass
class Desk:
    """A person at a browser, and what the browser complained about."""

    context: BrowserContext
    page: Page
    home: str
    complaints: list[str] = field(default_factory=list)

    def goto(self, path: str) -> None:
        self.page.goto(self.home + path)

    def sign_in(self) -> None:
        self.goto("/schedules")
        self.page.get_by_label("Name").fill("ada")
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Sign in", exact=True).click()
        expect(self.page).to_have_url(f"{self.home}/schedules")


@contextmanager
def seated(chromium: Browser, served: Served, **options) -> Iterator[Desk]:
    context = chromium.new_context(viewport=options.pop("viewport", DESK), **options)
    context.add_init_script(WATCH)
    desk = Desk(context, context.new_page(), served.url)
    desk.page.on(
        "console", lambda said: desk.complaints.append(said.text) if said.type in ("error", "warning") else None
    )
    desk.page.on("pageerror", lambda error: desk.complaints.append(str(error)))
    yield desk
    assert desk.complaints == []
    context.close()


def handed_out(desk: Desk) -> tuple[str, str]:
    """Make links for a client, to a document and to their status page; return the paths of their pages."""
    desk.goto(f"/documents/{kept_documents.FIRST}")
    desk.page.get_by_role("button", name="Make a link for a client").click()
    document = urlsplit(desk.page.locator(".notice code").inner_text()).path
    desk.goto("/clients/1")
    desk.page.get_by_role("button", name="Make a link to the status page").click()
    return document, urlsplit(desk.page.locator("main pre").first.inner_text()).path


def dead_job() -> int:
    with connection.session():
        claim = claimed(queue(task="tasks.write", args={"name": "late"}))
        end(claim, JobOutcome(JobState.DEAD, AttemptOutcome.DEAD, "Unavailable: the relay is away"))
    return claim.job_id


def test_a_night_at_the_desk(chromium: Browser, served: Served) -> None:
    """Sign in, run a schedule and watch it to its end, retry a dead job and see it done."""
    with seated(chromium, served) as desk:
        page = desk.page
        desk.sign_in()
        page.get_by_role("button", name="Run now domains", exact=True).click()
        expect(page.get_by_role("status").first).to_have_text("domains was fired.")
        expect(page.locator("[data-live-said]")).to_contain_text("Live")
        expect(page.locator("[data-say]")).to_contain_text(re.compile(r"has ended: \d+ jobs"), timeout=SOON_MS)
        expect(page.locator("[data-live-said]")).to_contain_text("has ended")

        job_id = dead_job()
        desk.goto("/dead")
        page.get_by_label(f"Choose job {job_id}").check()
        page.get_by_role("button", name="Retry chosen").click()
        expect(page.get_by_role("status").first).to_have_text("1 queued again.")
        desk.goto(f"/jobs/{job_id}")
        expect(page.locator(".verdict")).to_contain_text("It is done.", timeout=SOON_MS)

        with connection.session():
            assert jobs.require(job_id).state is JobState.DONE


def test_a_schedule_is_paused_and_resumed(chromium: Browser, served: Served) -> None:
    with seated(chromium, served) as desk:
        page = desk.page
        desk.sign_in()
        row = page.get_by_role("row").filter(has_text="invoices.bill_all")
        row.locator("summary").click()
        row.get_by_label("Why, for those who wonder").fill("month end")
        row.get_by_role("button", name="Pause").click()
        expect(row).to_contain_text("by ada: month end")
        row.get_by_role("button", name="Resume invoices").click()
        expect(row).not_to_contain_text("month end")


def test_a_page_stays_live_without_taking_what_is_typed_or_chosen(chromium: Browser, served: Served) -> None:
    with seated(chromium, served) as desk:
        page = desk.page
        desk.sign_in()
        first = dead_job()
        desk.goto("/dead")
        expect(page.locator("[data-live-said]")).to_have_text("Live")
        page.get_by_label(f"Choose job {first}").check()
        second = dead_job()
        expect(page.get_by_label(f"Choose job {second}")).to_be_visible(timeout=SOON_MS)
        expect(page.get_by_label(f"Choose job {first}")).to_be_checked()
        expect(page.get_by_label(f"Choose job {first}")).to_be_focused()
        desk.goto("/jobs?q=state:dead")
        expect(page.locator("[data-live-said]")).to_have_text("Live")
        field = page.get_by_role("combobox", name="Filter")
        field.fill("state:dead ta")
        field.blur()
        third = dead_job()
        expect(page.get_by_role("link", name=str(third), exact=True)).to_be_visible(timeout=SOON_MS)
        expect(field).to_have_value("state:dead ta")
        field.press("End")
        field.press_sequentially("sk")
        expect(page.locator("#completions").get_by_role("option").first).to_contain_text("task:")


def test_a_storm_comes_in_and_goes_while_somebody_watches(chromium: Browser, served: Served) -> None:
    """Today shows one banner without being loaded anew, which leads to all of it, and loses it once it is over."""
    subjects = [Subject("endpoint", 900 + number, 1) for number in range(20)]
    notice = Notice(kind="certificate_fault", headline="It is away", urgency=Urgency.CRITICAL, group="unreachable")
    with seated(chromium, served) as desk:
        page = desk.page
        desk.sign_in()
        desk.goto("/")
        expect(page.locator("[data-live-said]")).to_contain_text("Live")
        expect(page.locator(".storm")).to_have_count(0)
        with connection.session(), connection.transaction():
            alerts.reconcile([Standing(subject=one, notices=(notice,)) for one in subjects])
        expect(page.locator(".storm")).to_have_count(1, timeout=SOON_MS)
        expect(page.locator(".storm")).to_contain_text("20 endpoints with a fault, all of them: unreachable")
        expect(page.locator("main")).not_to_contain_text("It is away")
        page.locator(".storm a").click()
        expect(page.locator("li.alert")).to_have_count(20)
        desk.goto("/")
        expect(page.locator("[data-live-said]")).to_contain_text("Live")
        with connection.session(), connection.transaction():
            alerts.reconcile([Standing(subject=one, over=frozenset({notice.kind})) for one in subjects])
        expect(page.locator(".storm")).to_have_count(0, timeout=SOON_MS)


def test_everything_works_without_a_script(chromium: Browser, served: Served) -> None:
    with seated(chromium, served, java_script_enabled=False) as desk:
        page = desk.page
        desk.sign_in()
        page.get_by_role("button", name="Run now certificates").click()
        expect(page.get_by_role("status").first).to_have_text("certificates was fired.")
        desk.goto("/schedules/alerts")
        page.locator("summary").filter(has_text="Pause").click()
        page.get_by_label("Why, for those who wonder").fill("quiet please")
        page.get_by_role("button", name="Pause").click()
        expect(page.locator(".verdict")).to_contain_text("quiet please")
        page.get_by_role("button", name="Resume").click()
        expect(page.locator(".verdict")).to_contain_text("Due next")
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_with_a_keyboard_alone(chromium: Browser, served: Served) -> None:
    with seated(chromium, served) as desk:
        page = desk.page
        desk.goto("/")
        page.keyboard.type("ada")  # the field has the focus
        page.keyboard.press("Tab")
        page.keyboard.type(PASSWORD)
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Today")).to_be_visible()
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator("main")).to_be_focused()


def test_anything_is_found_with_a_keyboard_alone(chromium: Browser, served: Served) -> None:
    """A key leads to the search, what is found stands below it as one types, and the arrows and Enter open it."""
    with seated(chromium, served) as desk:
        page = desk.page
        desk.sign_in()
        with connection.session():
            client = clients.get(1)
        field, found = page.get_by_role("combobox", name="Find anything"), page.get_by_role("listbox")
        _pressed_once_it_is_known(page, field, "/")
        page.keyboard.type(client.name[1:])
        option = found.get_by_role("group", name="Clients").get_by_role("option").filter(has_text=client.name)
        expect(option).to_be_visible()
        assert [one["id"] for one in Axe().run(page).response["violations"]] == []
        while option.get_attribute("aria-selected") is None:
            page.keyboard.press("ArrowDown")
        expect(field).to_have_attribute("aria-activedescendant", option.get_attribute("id") or "")
        page.keyboard.press("Enter")
        expect(page).to_have_url(f"{desk.home}/clients/1")
        page.keyboard.press("Control+k")
        page.keyboard.type("dead lett")
        expect(found.get_by_role("option", name="Dead letters")).to_be_visible()
        page.keyboard.press("Escape")
        expect(found).not_to_be_visible()
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Search")).to_be_visible()


def test_a_list_is_narrowed_sorted_kept_and_taken_along_with_a_keyboard_alone(
    chromium: Browser, served: Served
) -> None:
    """Keys and values are completed, a head sorts, and what is shown is saved as a view and downloaded."""
    with seated(chromium, served) as desk:
        page = desk.page
        desk.sign_in()
        desk.goto("/domains")
        _narrow_to_amber_bakery(page)
        head, view = page.get_by_role("columnheader", name="Domain"), page.get_by_role("link", name="Of Amber")
        for way in ("ascending", "descending"):
            head.get_by_role("link").press("Enter")
            expect(head).to_have_attribute("aria-sort", way)
        names = page.locator("tbody td.key").all_inner_texts()
        assert names == sorted(names, reverse=True)
        page.locator("#save-view summary").press("Enter")
        page.get_by_label("Name of the view").fill("Of Amber")
        page.keyboard.press("Enter")
        expect(view).to_be_visible()
        desk.goto("/domains")
        view.press("Enter")
        expect(view).to_have_attribute("aria-current", "true")
        with page.expect_download() as taken:
            page.get_by_role("link", name="Export as CSV").press("Enter")
        rows = list(csv.DictReader(taken.value.path().read_text().splitlines()))
        assert [one["domain"] for one in rows] == names


def _narrow_to_amber_bakery(page: Page) -> None:
    field, offered = page.get_by_role("combobox", name="Filter"), page.get_by_role("listbox")
    option = offered.get_by_role("option")
    field.press_sequentially("cl")
    expect(option).to_have_count(1)
    assert [one["id"] for one in Axe().run(page).response["violations"]] == []
    page.keyboard.press("ArrowDown")
    expect(field).to_have_attribute("aria-activedescendant", "completion-0")
    page.keyboard.press("Tab")
    expect(field).to_have_value("client:")
    expect(option.filter(has_text="Amber Books")).to_be_visible()
    page.keyboard.press("Escape")
    expect(offered).not_to_be_visible()
    field.press_sequentially("bak")
    expect(option).to_have_text(['client:"Amber Bakery"'])
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(field).to_have_value('client:"Amber Bakery" ')
    page.keyboard.press("Enter")
    expect(page.locator("tbody tr")).to_have_count(5)


def _pressed_once_it_is_known(page: Page, field: Locator, key: str) -> None:
    """Press a key that leads to a field; the page's script, which knows it, is what makes the field a combobox."""
    expect(field).to_be_visible()
    page.keyboard.press(key)
    expect(field).to_be_focused()


def test_on_a_phone_the_menu_opens_and_closes_without_a_script(chromium: Browser, served: Served) -> None:
    with seated(chromium, served, viewport=PHONE, java_script_enabled=False) as desk:
        page = desk.page
        desk.sign_in()
        expect(page.get_by_role("link", name="Dead letters")).not_to_be_visible()
        page.get_by_role("button", name="Menu").click()
        page.get_by_role("link", name="Dead letters").click()
        expect(page.get_by_role("heading", name="Dead letters")).to_be_visible()


@pytest.mark.parametrize(
    ("viewport", "look", "paths"),
    [
        pytest.param(DESK, ("light", "en"), OFTEN, id="desk"),
        pytest.param(DESK, ("light", "en"), SELDOM, id="desk-seldom"),
        pytest.param(PHONE, ("dark", "de"), CORE, id="phone"),
        pytest.param(
            PHONE, ("dark", "de"), [one for one in PAGES if one not in CORE], id="phone-rest", marks=pytest.mark.slow
        ),
    ],
)
def test_every_page_is_fit_for_everybody(
    chromium: Browser, served: Served, viewport: dict[str, int], look: tuple[str, str], paths: Sequence[str]
) -> None:
    """Axe finds nothing, nothing is wider than the window or the paper, and no stranger's text does anything."""
    scheme, language = look
    dead_job()
    with seated(chromium, served, viewport=viewport, color_scheme=scheme) as desk:
        page = desk.page
        desk.sign_in()
        for name in ("domains", "certificates", "invoices"):
            desk.goto("/schedules")
            page.get_by_role("button", name=f"Run now {name}").click()
            expect(page.locator("[data-say]")).to_contain_text("has ended", timeout=SOON_MS)
        shown = ("/sign-in", *handed_out(desk), *paths)
        with connection.session(), connection.transaction():
            users.set_profile(1, full_name="", zone="UTC", language=language)
        desk.complaints.clear()
        for path in shown:
            desk.goto(path)
            found = [f"{one['id']}: {one['nodes'][0]['html']}" for one in Axe().run(page).response["violations"]]
            assert found == [], path
            for width in (*WIDTHS, viewport["width"]):
                page.set_viewport_size({"width": width, "height": viewport["height"]})
                assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (path, width)
            assert page.title() != "owned", path
            if path in PRINTED and language == "en":
                _is_printed_whole(page)
        desk.complaints = [one for one in desk.complaints if not re.search("status of 40[34]", one)]


def _is_printed_whole(page: Page) -> None:
    """Its paper has all that a reader sees of the page's tables and headings, within its margins, and no menu."""
    page.emulate_media(media="print")
    wanted: list[str] = page.evaluate(READ)
    papers = list(pypdfium2.PdfDocument(page.pdf(format="A4")))
    page.emulate_media(media="screen")
    texts = [one.get_textpage() for one in papers]
    printed = re.sub(r"[\W_]", "", "".join(one.get_text_range() for one in texts))
    assert "Signout" not in printed
    assert "Findanything" not in printed
    assert [one for one in wanted if one not in printed] == []
    for paper, text in zip(papers, texts, strict=True):
        assert max(text.get_charbox(one)[2] for one in range(text.count_chars())) < paper.get_width()


@pytest.mark.parametrize("scripted", [True, False])
def test_files_are_added_to_a_client_and_opened_once_they_are_clean(
    chromium: Browser, served: Served, *, scripted: bool
) -> None:
    """By a button with a bar, or by a plain form; what the scanner finds is opened by nobody."""
    good: FilePayload = {"name": "contract.pdf", "mimeType": "application/pdf", "buffer": files.pdf()}
    bad: FilePayload = {"name": "letter.txt", "mimeType": "text/plain", "buffer": files.EICAR}
    with seated(chromium, served, java_script_enabled=scripted) as desk:
        page = desk.page
        desk.sign_in()
        for sent, state in ((good, "clean"), (bad, "quarantined")):
            desk.goto("/clients/1")
            page.get_by_label("Add files").set_input_files(sent)
            page.get_by_role("button", name="Upload").click()
            expect(page.get_by_role("link", name=sent["name"], exact=True)).to_be_visible()
            _reload_until(page, page.get_by_role("row").filter(has_text=sent["name"]), state)
        page.get_by_role("link", name="contract.pdf", exact=True).click()
        _reload_until(page, page.locator("main"), "Download")
        page.reload()
        expect(page.locator("img.preview")).to_be_visible(timeout=SOON_MS)


def _reload_until(page: Page, where: Locator, text: str) -> None:
    """Load the page anew until it says something, as people do who wait."""
    for _ in range(SOON_MS // 250):
        if text in where.inner_text():
            return
        page.wait_for_timeout(250)
        page.reload()
    raise AssertionError(f"{text!r} is not said: {where.inner_text()}")
