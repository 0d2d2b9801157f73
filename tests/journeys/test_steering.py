"""Entering what must not lapse, and steering the work, in a real browser: with a script, without one, on a phone."""

# ruff: noqa: F811 - a test takes the fixture that it imports

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from db import connection
from db.ledger.transitions import JobOutcome
from rules.jobs import AttemptOutcome, JobState
from tests.api.test_process import Served, serve
from tests.faults.marks import on_sqlite
from tests.journeys.test_browser import DESK, PHONE, Desk, chromium, seated  # noqa: F401 - a fixture
from tests.support.eventually import eventually
from tests.support.ledger import claimed, end, queue
from tests.support.system import System

pytestmark = [pytest.mark.journey, on_sqlite]

MANY = 500
PATHS = (
    "/import", "/clients/new", "/clients", "/clients/1", "/clients/1/edit", "/domains/new", "/domains",
    "/domains/1", "/domains/1/edit", "/endpoints/new", "/endpoints", "/queues", "/queues/default", "/workers",
    "/jobs?error=away&hours=24", "/jobs/1", "/tasks", "/tasks/domains.check", "/dead", "/runs", "/schedules",
    "/schedules/domains",
)  # fmt: skip
WIDTHS = (320, 768, 1280)
DROPPED = """
(text) => { const data = new DataTransfer(); data.items.add(new File([text], "a.csv")); return data; }
"""
CSV = "client,email,domain\nMill,office@mill.example,mill.example\nMill,,not a domain\n"


@pytest.fixture
def web(system: System) -> Iterator[Served]:
    """The web process alone, over an empty portfolio: nobody does the work, so what waits is taken away at the end."""
    made = serve(system)
    yield made
    made.end()
    with connection.session(), connection.transaction():
        connection.changed("DELETE FROM job WHERE state = 'queued'")
        connection.changed("DELETE FROM run WHERE finished_at IS NULL")


def enter(page: Page, **texts: str) -> None:
    for label, text in texts.items():
        page.get_by_label(label.replace("_", " "), exact=True).fill(text)


def bury(number: int, error: str = "Unavailable: rdap.example.net did not answer within 15 s") -> None:
    with connection.session(), connection.transaction():
        for _ in range(number):
            claim = claimed(queue(task="tasks.write", args={"name": "late"}))
            end(claim, JobOutcome(JobState.DEAD, AttemptOutcome.DEAD, error))


def notice(page: Page, text: str | re.Pattern[str]) -> None:
    expect(page.locator("p.notice")).to_have_text(text)


def entered(desk: Desk) -> None:
    """Enter a client with a domain, whose form is wrong at first."""
    page = desk.page
    desk.goto("/domains")
    expect(page.locator("main")).to_contain_text("No domain yet.")
    desk.goto("/clients/new")
    enter(page, Name="Bakery", Mail_address="nowhere")
    page.get_by_role("button", name="Add").click()
    expect(page.locator("#wrong-field-email")).to_contain_text("is no mail address")
    expect(page.get_by_label("Name", exact=True)).to_have_value("Bakery")
    enter(page, Mail_address="office@bakery.example")
    page.get_by_role("button", name="Add").click()
    page.get_by_role("link", name="Add a domain").first.click()
    enter(page, Domain="bakery.example")
    page.get_by_role("button", name="Add and look").click()
    notice(page, "bakery.example is added; its registry is being asked.")
    desk.goto("/domains")
    expect(page.get_by_role("row").filter(has_text="bakery.example")).to_contain_text("first look in")


@pytest.mark.parametrize(("scripted", "viewport"), [(True, DESK), (False, PHONE)])
def test_a_client_and_a_domain_are_entered_changed_removed_and_brought_back(
    chromium: Browser,
    web: Served,
    *,
    scripted: bool,
    viewport: dict[str, int],
) -> None:
    with seated(chromium, web, java_script_enabled=scripted, viewport=viewport) as desk:
        page = desk.page
        desk.sign_in()
        entered(desk)
        desk.goto("/domains/1/edit")
        page.get_by_label("At its end").select_option("We renew it")
        page.get_by_role("button", name="Save").click()
        notice(page, "bakery.example: we renew it.")
        page.locator("#removal summary").click()
        page.get_by_role("button", name="Remove it").click()
        expect(page.locator("main")).to_contain_text("This will be gone")
        page.get_by_role("button", name="Undo").click()
        notice(page, "Undone: 1 stays.")
        desk.complaints = [one for one in desk.complaints if "status of 422" not in one]


def test_a_file_that_is_dropped_says_what_becomes_of_each_line(chromium: Browser, web: Served) -> None:
    with seated(chromium, web) as desk:
        page = desk.page
        desk.sign_in()
        desk.goto("/import")
        dropped = page.evaluate_handle(
            "(text) => { const data = new DataTransfer(); data.items.add(new File([text], 'a.csv')); return data; }",
            CSV,
        )
        page.dispatch_event("form[data-drop]", "drop", {"dataTransfer": dropped})
        wrong = page.get_by_role("row").filter(has_text="wrong")
        expect(wrong).to_contain_text("domain")
        page.get_by_label("Or its lines, pasted here").fill(CSV.replace("not a domain", "mill.test"))
        page.get_by_role("button", name="Show what would be new").click()
        expect(page.get_by_role("row").filter(has_text="mill.test")).to_contain_text("new domain")
        page.get_by_role("button", name="Import it").click()
        notice(page, re.compile("New: 1 client, 2 domains"))
        desk.complaints = [one for one in desk.complaints if "status of 422" not in one]


def test_five_hundred_dead_jobs_are_triaged_in_three_clicks(chromium: Browser, web: Served) -> None:
    with seated(chromium, web) as desk:
        page = desk.page
        desk.sign_in()
        bury(MANY)
        desk.goto("/dead")
        page.get_by_role("button", name="Try one of tasks.write").click()
        notice(page, re.compile(r"Job \d+ is tried as the canary"))
        page.locator("#retry-1 summary").click()
        page.get_by_role("button", name="Retry them").click()
        notice(page, f"{MANY - 1} queued again.")


def test_a_paused_queue_says_why_its_jobs_wait(chromium: Browser, web: Served) -> None:
    with seated(chromium, web, java_script_enabled=False) as desk:
        page = desk.page
        desk.sign_in()
        with connection.session():
            job_id = queue()
        desk.goto("/queues/default")
        page.locator("summary").filter(has_text="Pause").click()
        page.get_by_label("Why, for those who wonder").fill("the registry moves")
        page.get_by_label("How long").select_option("for 8 hours")
        page.get_by_role("button", name="Pause it").click()
        desk.goto(f"/jobs/{job_id}")
        expect(page.locator(".verdict")).to_contain_text("ada paused the queue default for another 7 hours")
        desk.goto("/queues")
        page.get_by_role("button", name="Resume default").click()
        notice(page, "default goes on.")


def test_a_worker_ends_gently_and_another_takes_its_place(chromium: Browser, system: System, web: Served) -> None:
    pool = system.pool(NOLAPSE_CLAIM_S="4", NOLAPSE_WORKER_PROCESSES="1")
    system.await_workers()
    with seated(chromium, web) as desk:
        page = desk.page
        desk.sign_in()
        desk.goto("/workers")
        page.locator("summary").filter(has_text="Stop").click()
        page.get_by_label("Why").fill("it leaks")
        page.get_by_role("button", name="Stop it gently").click()
        ended = eventually(lambda: system.rows("SELECT id FROM worker WHERE ended_how = 'replaced by staff'"))
        assert len(ended) == 1
        eventually(lambda: system.rows("SELECT id FROM worker WHERE ended_at IS NULL"))
        assert pool.runs


@pytest.mark.parametrize(("viewport", "scheme"), [(DESK, "light"), (PHONE, "dark")])
def test_every_page_of_it_is_fit_for_everybody(
    chromium: Browser,
    web: Served,
    viewport: dict[str, int],
    scheme: str,
) -> None:
    """Axe finds nothing, with what opens opened, and nothing is wider than the window."""
    with seated(chromium, web, viewport=viewport, color_scheme=scheme) as desk:
        page = desk.page
        desk.sign_in()
        entered(desk)
        bury(2)
        desk.complaints.clear()
        for path in PATHS:
            desk.goto(path)
            page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
            found = [f"{one['id']}: {one['nodes'][0]['html']}" for one in Axe().run(page).response["violations"]]
            assert found == [], path
            page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = false; })")
            for width in (*WIDTHS, viewport["width"]):
                page.set_viewport_size({"width": width, "height": viewport["height"]})
                assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (path, width)
