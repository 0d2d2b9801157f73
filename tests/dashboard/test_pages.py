"""Every page on both databases: it answers, empty or full; its links lead somewhere; it works without a script."""

import re
from collections import Counter
from collections.abc import Callable
from functools import partial
from html.parser import HTMLParser
from urllib.parse import parse_qs, urlsplit

import pytest

from api_stub.security import cookies, csrf
from api_stub.security.headers import CONTENT_POLICY
from db import connection
from db.ledger import runs
from db.outside import lanes, measurements
from rules.access import Role
from rules.jobs.pacing import LaneShare, RunPlan
from rules.rate_limits import circuit_breaker
from tests.api.browser import TestClient
from tests.api.conftest import Surface
from tests.dashboard.conftest import Filled
from tests.faults.marks import on_sqlite

EMPTY = (
    "/trends", "/calendar", "/settings",
    "/", "/alerts", "/services", "/queues", "/queues/mail", "/workers", "/runs", "/jobs", "/dead", "/schedules",
    "/schedules/invoices", "/domains", "/endpoints", "/clients", "/search", "/invoices", "/mail", "/audit",
)  # fmt: skip


class ParsedPage(HTMLParser):
    """A page as a browser without a script reads it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.links: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.append((tag, given))
        if tag == "a" and given.get("href"):
            self.links.add(given["href"] or "")

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [given for name, given in self.tags if name == tag]


def test_each_page_of_an_empty_ledger_says_what_to_do(browser: TestClient) -> None:
    for path in EMPTY:
        answer = browser.get(path)
        assert answer.status_code == 200, path
        assert "<h1>" in answer.text, path


def test_each_page_of_a_full_ledger_answers(browser: TestClient, fill: Callable[..., Filled]) -> None:
    for path in fill().paths:
        answer = browser.get(path)
        assert answer.status_code == 200, f"{path}: {answer.text[:500]}"
        assert answer.headers["content-type"] == "text/html; charset=utf-8"


def test_every_link_of_every_page_leads_to_a_page(browser: TestClient, fill: Callable[..., Filled]) -> None:
    """The crawl begins at Today alone, so that this also says that every page can be reached from there.

    Of links that differ in a number or in the words of their query alone, a few are followed.
    """
    filled = fill()
    visited: set[str] = set()
    alike = Counter[tuple[str, ...]]()
    todo = ["/"]
    while todo:
        path = todo.pop()
        visited.add(path)
        alike[kind_of_link(path)] += 1
        if alike[kind_of_link(path)] > 3:
            continue
        answer = browser.get(path)
        assert answer.status_code == 200, path
        if "html" not in answer.headers["content-type"] or path.startswith("/api/"):
            continue
        found = {one for one in ParsedPage(answer.text).links if one.startswith("/")}
        todo += sorted(found - visited - set(todo))
    reached = {urlsplit(one).path for one in visited}
    assert {urlsplit(one).path for one in filled.paths} - reached == {"/search", "/sign-in"}, "one by its form alone"


def kind_of_link(link: str) -> tuple[str, ...]:
    """Return what links have in common that lead to one page about different things, or to one list asked alike."""
    parts = urlsplit(link)
    return re.sub(r"\d+", "#", parts.path), *sorted(parse_qs(parts.query))


def test_from_an_alert_to_its_client_its_domain_and_its_invoice(
    browser: TestClient, fill: Callable[..., Filled]
) -> None:
    filled = fill()
    assert f"/domains/{filled.domain}" in ParsedPage(browser.get("/alerts").text).links
    links = ParsedPage(browser.get(f"/domains/{filled.domain}").text).links
    assert {f"/clients/{filled.client}", f"/invoices/{filled.invoice}"} <= links
    links = ParsedPage(browser.get(f"/invoices/{filled.invoice}").text).links
    assert {f"/clients/{filled.client}", f"/domains/{filled.domain}"} <= links


@on_sqlite
class TestWithoutAScript:
    """What holds of the markup, whatever the database."""

    def test_nothing_is_inline(self, browser: TestClient, fill: Callable[..., Filled]) -> None:
        for path in fill().paths:
            page = ParsedPage(browser.get(path).text)
            assert not page.all("style"), path
            assert all(one.get("src") for one in page.all("script")), path
            for tag, given in page.tags:
                assert not [name for name in given if name.startswith("on") or name == "style"], (path, tag)
        assert "unsafe" not in CONTENT_POLICY

    def test_landmarks_headings_and_a_way_past_the_menu(self, browser: TestClient, fill: Callable[..., Filled]) -> None:
        for path in fill().paths:
            page = ParsedPage(browser.get(path).text)
            assert [one.get("id") for one in page.all("main")] == ["main"], path
            assert len(page.all("h1")) == 1, path
            assert len(page.all("title")) == 1, path
            assert "#main" in page.links, path
            ids = [given["id"] for _, given in page.tags if "id" in given]
            assert len(ids) == len(set(ids)), path

    def test_every_field_has_a_label_and_every_form_its_token(
        self, browser: TestClient, fill: Callable[..., Filled]
    ) -> None:
        token = csrf.derived(browser.cookies[cookies.SESSION])
        for path in fill().paths:
            html = browser.get(path).text
            page = ParsedPage(html)
            labelled = {one.get("for") for one in page.all("label")}
            for field in [*page.all("input"), *page.all("select")]:
                if field.get("type") != "hidden":
                    assert field.get("id") in labelled or field.get("aria-label"), (path, field)
            for form in re.findall(r'<form method="post".*?</form>', html, re.DOTALL):
                assert f'name="csrf" value="{token}"' in form, path

    def test_every_table_names_its_columns_on_a_phone_too(
        self, browser: TestClient, fill: Callable[..., Filled]
    ) -> None:
        for path in fill().paths:
            page = ParsedPage(browser.get(path).text)
            assert all(one.get("aria-label") for one in page.all("table")), path
            assert all(one.get("role") == "cell" and one.get("data-label") for one in page.all("td")), path

    def test_a_viewer_sees_everything_and_no_button_that_does_something(
        self, surface: Surface, fill: Callable[..., Filled]
    ) -> None:
        viewer = surface.signed_in(Role.VIEWER)
        viewer.headers["accept"] = "text/html"
        for path in fill().paths:
            owners = ("/audit", "/users", "/settings", "/first-steps", "/sign-in")
            if path in owners or path.startswith("/lookups/"):
                continue
            answer = viewer.get(path)
            assert answer.status_code == 200, path
            actions = {
                one["action"] or "" for one in ParsedPage(answer.text).all("form") if one.get("method") == "post"
            }
            others = {one for one in actions if not str(one).startswith("/account/")}  # what is one's own
            theirs = {one for one in others if one.startswith("/lists/") and one.endswith(("/views", "/page-size"))}
            assert others - theirs <= {"/sign-out", "/theme"}, path
        assert viewer.get("/audit").status_code == 403

    def test_static_files_are_kept_by_browsers_until_they_change(self, browser: TestClient) -> None:
        html = browser.get("/sign-in").text
        for address in re.findall(r'(?:href|src)="(/static/[^"]+)"', html):
            answer = browser.get(address)
            assert answer.status_code == 200
            assert "immutable" in answer.headers["cache-control"]
        assert browser.get("/static/render.py").status_code == 404

    def test_the_script_is_short_and_waits_for_nobody(self, browser: TestClient) -> None:
        script = browser.get("/static/nolapse.js").text
        assert len(script.splitlines()) < 150
        assert "innerHTML" not in script
        assert "eval" not in script

    def test_a_page_says_what_is_not_there(self, browser: TestClient) -> None:
        for path in ("/jobs/999", "/runs/999", "/domains/999", "/endpoints/999", "/clients/999", "/invoices/999",
                     "/mail/999", "/schedules/none", "/nowhere", "/domains?client=999"):  # fmt: skip
            answer = browser.get(path)
            assert answer.status_code == 404, path
            assert "<h1>There is nothing here</h1>" in answer.text, path

    def test_a_problem_leads_back_to_the_page_that_led_to_it_and_nowhere_else(self, browser: TestClient) -> None:
        for before, link in (
            ("https://localhost/jobs?state=dead", "/jobs?state=dead"),
            ("https://evil.test/jobs", None),
            ("https://localhost//evil.test/", None),
            ("https://localhost/nowhere", None),
        ):
            links = ParsedPage(browser.get("/nowhere", headers={"referer": before}).text).links
            assert (link in links) if link else not [one for one in links if "evil" in one or one == "/nowhere"], before

    def test_without_a_database_a_page_says_so_and_how_to_go_on(self, browser: TestClient) -> None:
        database = connection.database.obj
        connection.connect("postgresql://nobody@127.0.0.1:9/none")
        try:
            for path in ("/", "/jobs?state=dead", "/domains/1", "/sign-in/link/token"):
                answer = browser.get(path)
                assert answer.status_code == 503, path
                assert "<h1>Away for a moment</h1>" in answer.text
                assert path in ParsedPage(answer.text).links
                assert answer.headers["retry-after"]
            assert browser.get("/sign-in").status_code == 200
            assert browser.post("/schedules/domains/run").status_code == 503
        finally:
            connection.database.initialize(database)
            connection.sql.cache_clear()

    @pytest.mark.parametrize("query", ["after=x", "after=WzFd", "state=odd", "run=-1", "after=" + "A" * 700])
    def test_an_address_that_nobody_made_is_refused(self, browser: TestClient, query: str) -> None:
        path = f"/domains?{query}" if query == "after=WzFd" else f"/jobs?{query}"
        assert browser.get(path).status_code == 422

    def test_who_is_not_signed_in_is_sent_to_the_door_and_back(self, surface: Surface) -> None:
        stranger = surface.client()
        stranger.headers["accept"] = "text/html"
        answer = stranger.get("/jobs?state=dead")
        assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=%2Fjobs%3Fstate%3Ddead")
        door = stranger.get(answer.headers["location"])
        assert 'name="next" value="/jobs?state=dead"' in door.text

    def test_the_sign_in_page_says_that_a_password_is_wrong(self, surface: Surface) -> None:
        stranger = surface.client()
        stranger.headers.update({"accept": "text/html", "origin": "https://localhost"})
        token = re.search(r'name="csrf" value="([^"]+)"', stranger.get("/sign-in").text)
        assert token
        answer = stranger.post("/sign-in", data={"name": "the owner", "password": "wrong", "csrf": token[1]})
        assert answer.status_code == 401
        assert 'role="alert"' in answer.text
        assert "<h1>Sign in</h1>" in answer.text


def test_pages_ask_the_database_as_often_however_long_their_list(
    browser: TestClient, fill: Callable[..., Filled], monkeypatch: pytest.MonkeyPatch
) -> None:
    filled = fill()
    filled.more(2)
    asked: list[str] = []
    execute = connection.database.obj.execute_sql
    monkeypatch.setattr(
        connection.database.obj, "execute_sql", lambda sql, *given: (asked.append(sql), execute(sql, *given))[1]
    )

    def statements(path: str) -> int:
        asked.clear()
        browser.get(path)
        return len(asked)

    paths = [one for one in filled.paths if "?" not in one]
    before = {path: statements(path) for path in paths}
    assert min(before[path] for path in paths if path != "/sign-in") > 0
    for number in range(3, 13):
        filled.more(number)
    assert [path for path in paths if statements(path) > before[path]] == []


def test_a_run_says_how_long_its_slowest_lane_takes(browser: TestClient, fill: Callable[..., Filled]) -> None:
    filled = fill()
    with connection.session(), connection.transaction():
        runs.keep_plan(filled.run, RunPlan((LaneShare("whois.denic.example", 12_000, 24_000),)))
    html = browser.get(f"/runs/{filled.run}").text
    assert "slowest lane: whois.denic.example, 12,000 look-ups, about 6 h 40 min" in html


def test_a_server_that_has_shut_us_out_is_shown_and_measured(browser: TestClient, fill: Callable[..., Filled]) -> None:
    fill()
    with connection.session():
        lanes.change("whois.denic.example", partial(circuit_breaker.throttled, retry_after=900.0))
    html = browser.get("/services").text
    assert "<code>whois.denic.example</code>" in html
    assert "it said that we asked too often" in html
    metrics = browser.get("/metrics").text
    assert 'nolapse_lane_shut_seconds{lane="whois.denic.example"}' in metrics
    assert 'nolapse_lane_slowness{lane="whois.denic.example"}' in metrics


@on_sqlite
def test_today_says_what_should_have_happened_and_has_not(browser: TestClient) -> None:
    measurements.add("resolver", "silent", calls=20, seconds=0.0)
    page = browser.get("/").text
    assert "resolver answers nothing" in page
    assert "no scheduler leads" in page
