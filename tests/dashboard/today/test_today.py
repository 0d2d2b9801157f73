"""Today speaks true: each number is that of the list it leads to, a storm is one banner, the outside has its line."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest

from db import connection
from db.access import users
from db.ledger import transitions
from db.outside import measurements
from db.portfolio import alert_lists, alerts, checks, domains, endpoints
from rules.access import Role
from rules.checks.alarms import Urgency
from rules.checks.subjects import Subject
from rules.domains import check_outcome
from rules.domains.records import Answer, RegistryRecord
from rules.jobs import Priority
from tests.api.browser import TestClient
from tests.api.conftest import Surface
from tests.dashboard.conftest import Filled
from tests.faults.marks import on_sqlite

ROWS = {
    "/alerts": '<li class="alert ',
    "/dead": 'data-label="Job"',
    "/mail": 'data-label="Mail"',
    "/domains": 'data-label="Domain"',
    "/endpoints": 'data-label="Endpoint"',
    "/invoices": 'data-label="Invoice"',
    "/schedules": 'data-label="Schedule"',
    "/workers": 'data-label="Process"',
}
"""A list's path -> what each of its rows has once."""


class NumberedLinks(HTMLParser):
    """The links of a page whose text begins with a number, as address and number."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: dict[str, int] = {}
        self._href: str | None = None
        self._text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self._href, self._text = dict(attrs).get("href"), ""

    def handle_data(self, data: str) -> None:
        self._text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self._href and (number := re.match(r"\s*([\d,]+)", self._text)):
            self.found[self._href] = int(number[1].replace(",", ""))
            self._href = None


def rows(browser: TestClient, path: str) -> int:
    """Count the rows of a list over all of its pages."""
    mark, number, here = ROWS[urlsplit(path).path], 0, path
    for _ in range(20):
        html = browser.get(here).text
        number += html.count(mark)
        following = re.search(r'<a (?:rel="next" )?href="([^"]+)"(?: rel="next")?>Next page', html)
        if not following:
            return number
        here = following[1].replace("&amp;", "&")
    raise AssertionError(f"{path} has no end")


@pytest.fixture
def portfolio(fill: Callable[..., Filled]) -> Filled:
    """More of everything than a page of a list holds, some of it lapsed."""
    filled = fill()
    now = datetime.now(UTC)
    for number in range(2, 54):
        filled.more(number)
    with connection.session(), connection.transaction():
        for number in range(8):
            domain_id, _ = domains.add(f"lapse-{number}.test", client_id=filled.client)
            record = RegistryRecord(
                name=f"lapse-{number}.test",
                answer=Answer.REGISTERED,
                source="whois",
                server="whois.test",
                expires=now + timedelta(days=number * 9 - 3),
            )
            checks.save(check_outcome.answered(domains.get(domain_id), [record], at=now), because="")
            notice = alerts.Notice(kind="domain_expiry", headline="ends", stage=0 if number == 0 else 60)
            alerts.reconcile([alerts.Standing(subject=Subject("domain", domain_id, filled.client), notices=(notice,))])
        failed, _ = domains.add("fails.test", client_id=filled.client)
        checks.save(check_outcome.unanswered(domains.get(failed), "away", at=now), because="")
    return filled


@on_sqlite
def test_every_number_is_that_of_the_list_it_leads_to(browser: TestClient, portfolio: Filled) -> None:
    numbered = {
        path: number
        for path, number in NumberedLinks(browser.get("/").text).found.items()
        if urlsplit(path).path in ROWS
    }
    led_to = {urlsplit(path).path for path in numbered}
    assert led_to >= {"/alerts", "/dead", "/mail", "/domains", "/endpoints", "/schedules", "/workers"}
    assert "/alerts?kind=domain_expiry&amp;show=lapsed".replace("&amp;", "&") in numbered
    assert {path: rows(browser, path) for path in numbered} == numbered


def test_the_calls_of_the_last_hour_are_those_of_the_services(browser: TestClient, portfolio: Filled) -> None:
    hour = browser.get("/services").text.partition('id="day"')[0]
    calls = sum(int(one) for one in re.findall(r'data-label="Calls" class="num"><div>(\d+)', hour))
    assert NumberedLinks(browser.get("/").text).found["/services"] == calls == 4


@on_sqlite
def test_who_is_limited_sees_numbers_of_their_own_lists(surface: Surface, portfolio: Filled) -> None:
    with connection.session():
        users.limit_to_clients(surface.people[Role.VIEWER], [portfolio.client])
    limited = surface.signed_in(Role.VIEWER)
    limited.headers["accept"] = "text/html"
    numbered = {
        path: number
        for path, number in NumberedLinks(limited.get("/").text).found.items()
        if urlsplit(path).path in ROWS
    }
    assert numbered
    assert {path: rows(limited, path) for path in numbered} == numbered


def _storm(client: int, number: int, storm: str = "unreachable") -> None:
    with connection.session(), connection.transaction():
        for one in range(number):
            endpoint, _ = endpoints.add(f"h{one}.storm.test", 443, client_id=client)
            notice = alerts.Notice(
                kind="certificate_fault", headline=f"h{one} is gone", urgency=Urgency.CRITICAL, group=storm
            )
            alerts.reconcile([alerts.Standing(subject=Subject("endpoint", endpoint, client), notices=(notice,))])


def test_a_storm_is_one_banner_and_none_of_the_most_pressing(browser: TestClient, fill: Callable[..., Filled]) -> None:
    filled = fill()
    _storm(filled.client, 20, "<b>unreachable</b>")
    html = browser.get("/").text
    assert html.count('<p class="storm">') == 1
    assert "20 endpoints with a fault, all of them: &lt;b&gt;unreachable&lt;/b&gt;" in html
    assert "is gone" not in html.partition('id="next"')[0], "none of the twenty is listed beside it"
    assert "Bakery" in html.partition('id="next"')[0], "what is no part of it is"
    (where,) = [path for path in NumberedLinks(html).found if "storm=" in path]
    assert rows(browser, where) == 20


def test_what_nears_its_end_is_no_storm_however_much_of_it_there_is(
    browser: TestClient, fill: Callable[..., Filled]
) -> None:
    filled = fill()
    with connection.session(), connection.transaction():
        for one in range(20):
            notice = alerts.Notice(kind="domain_expiry", headline=f"{one} ends", stage=7)
            alerts.reconcile([alerts.Standing(subject=Subject("domain", 500 + one, filled.client), notices=(notice,))])
    assert '<p class="storm">' not in browser.get("/").text


def test_a_few_alerts_of_one_cause_are_no_storm(browser: TestClient, fill: Callable[..., Filled]) -> None:
    filled = fill()
    _storm(filled.client, 9)
    assert '<p class="storm">' not in browser.get("/").text


def test_what_came_long_ago_is_no_storm(browser: TestClient, fill: Callable[..., Filled]) -> None:
    filled = fill()
    _storm(filled.client, 20)
    with connection.session():
        assert alert_lists.storms(since=datetime.now(UTC) - timedelta(hours=1))
        assert alert_lists.storms(since=datetime.now(UTC) + timedelta(minutes=1)) == []
        assert alert_lists.storms(since=datetime.now(UTC) - timedelta(hours=1), within=frozenset({99})) == []


def test_a_silent_service_is_one_line_with_what_waits(browser: TestClient) -> None:
    with connection.session(), connection.transaction():
        measurements.add("dns", "unavailable", calls=5, seconds=5.0)
        for number in range(3):
            job = transitions.JobSpec("dns.read", "lookup", Priority.NORMAL)
            transitions.insert_one(job, transitions.JobRequest({"domain_id": number}))
    html = browser.get("/").text
    (line,) = re.findall(r'<p class="outage">.*?</p>', html, re.DOTALL)
    said = re.sub(r"<[^>]+>", "", line)
    assert "dns answers nothing: 3 jobs wait in its queue." in said
    assert NumberedLinks(html).found["/queues/lookup"] == rows_of_queue(browser)


@pytest.mark.parametrize(("service", "queue"), [("stripe", "billing"), ("vies", "lookup")])
def test_payments_and_vat_ids_are_services_like_the_others(browser: TestClient, service: str, queue: str) -> None:
    with connection.session(), connection.transaction():
        measurements.add(service, "unavailable", calls=5, seconds=5.0)
    html = browser.get("/").text
    (line,) = re.findall(r'<p class="outage">.*?</p>', html, re.DOTALL)
    assert f"{service} answers nothing" in re.sub(r"<[^>]+>", "", line)
    assert f"/queues/{queue}" in line
    assert service in browser.get("/services").text


def rows_of_queue(browser: TestClient) -> int:
    return browser.get("/queues/lookup").text.count('data-label="Job"')


def _labels(html: str) -> Iterator[str]:
    yield from re.findall(r'<li class="(lapsed|urgent|soon)">', html)


@on_sqlite
def test_what_has_lapsed_is_redder_than_what_will(browser: TestClient, portfolio: Filled) -> None:
    html = browser.get("/").text
    assert {"lapsed", "urgent", "soon"} <= set(_labels(html))
    assert 'class="status grave">lapsed' in html


def test_the_day_and_the_night_are_those_of_the_reader(surface: Surface, browser: TestClient) -> None:
    with connection.session():
        users.set_profile(surface.people[Role.OWNER], full_name="", zone="Pacific/Kiritimati", language="en")
    there = datetime.now(ZoneInfo("Pacific/Kiritimati"))
    html = browser.get("/").text
    assert f"{there.day} " in re.search(r"<h1>Today <small>(.*?)</small>", html)[1]  # type: ignore[index]
    assert re.search(r"night&rsquo;s runs <small class=\"muted\"><time[^>]*UTC\"", html)
