"""Find anything: whatever somebody remembers of a thing leads to it, and nobody finds what is not theirs."""

import re
from collections.abc import Callable

import pytest

from api_stub.security import policy
from dashboard.rendering import navigation
from db import connection
from db.access import users
from db.billing import invoices
from rules.access import Role
from tests.api.browser import TestClient
from tests.api.conftest import Surface
from tests.dashboard.conftest import Filled
from tests.faults.marks import on_sqlite


def found(browser: TestClient, text: str) -> dict[str, list[str]]:
    """Return the addresses that were found, by the title of their group."""
    html = browser.get("/search", params={"q": text}).text
    groups = re.findall(r'<section aria-labelledby="found-\d+">(.*?)</section>', html, re.DOTALL)
    titles = [re.search(r"<h2[^>]*>(.*?)</h2>", group) for group in groups]
    return {
        title[1]: re.findall(r'class="hit" href="([^"]+)"', group)
        for title, group in zip(titles, groups, strict=True)
        if title
    }


def test_each_kind_of_word_leads_to_what_it_is_of(browser: TestClient, fill: Callable[..., Filled]) -> None:
    filled = fill()
    with connection.session():
        invoice = invoices.require(filled.invoice)
    domain, client, page = f"/domains/{filled.domain}", f"/clients/{filled.client}", f"/invoices/{filled.invoice}"
    endpoint, mail = f"/endpoints/{filled.endpoint}", f"/mail/{filled.mail}"
    for typed, title, where in (
        ("AKER", "Domains", domain),
        ("https://www.bakery.test/cakes", "Hosts", endpoint),
        ("ww.bak", "Hosts", endpoint),
        ("akery 1", "Clients", client),
        ("billing@bakery", "Clients", client),
        ("billing@bakery", "Mails", mail),
        (invoice.name, "Invoices", page),
        (str(invoice.number), "Invoices", page),
        ("34.51", "Invoices", page),
        ("EUR 34,51", "Invoices", page),
        (str(filled.done), "Jobs", f"/jobs/{filled.done}"),
        ("tasks.write", "Jobs", f"/jobs/{filled.dead}"),
        (f"job {filled.done}", "Jobs", f"/jobs/{filled.done}"),
        (f"Run #{filled.run}", "Runs", f"/runs/{filled.run}"),
        (f"invoice {invoice.name}", "Invoices", page),
        (f"invoice no. {invoice.number}", "Invoices", page),
        (f"domain {filled.domain}", "Domains", domain),
        ("client bakery", "Clients", client),
        (f"mail {filled.mail}", "Mails", mail),
        ("name=a", "Jobs", f"/jobs/{filled.dead}"),
        ("bake", "Registrars", "/domains?registrar=Bakery"),
        ("0B:0b:0b:0b", "Certificates", endpoint),
        ("passkeys", "Pages and actions", "/account"),
        ("new product", "Pages and actions", "/products/new"),
    ):
        assert where in found(browser, typed).get(title, []), (typed, found(browser, typed))
    assert domain in browser.get("/domains?registrar=Bakery").text


@on_sqlite
def test_a_kind_and_a_number_are_read_in_the_language_of_the_page(
    browser: TestClient, fill: Callable[..., Filled]
) -> None:
    filled = fill()
    browser.post("/account/profile", data={"full_name": "", "zone": "UTC", "language": "de"})
    assert found(browser, f"Lauf {filled.run}") == {"Läufe": [f"/runs/{filled.run}"]}
    assert f"/clients/{filled.client}" in found(browser, f"Kunde {filled.client}")["Kunden"]
    assert found(browser, "Lauf 999999") == {}


@on_sqlite
def test_what_is_no_name_of_anything_finds_nothing_and_says_what_is_searched(browser: TestClient) -> None:
    for typed in ("no such thing", "", "   ", "%", '"'):
        html = browser.get("/search", params={"q": typed}).text
        assert 'class="hit"' not in html
        assert "fingerprint" in html
    assert browser.get("/search", params={"q": "a\0b"}).status_code == 422


def test_who_is_limited_finds_what_is_theirs_and_pages_that_they_may_open(
    surface: Surface, fill: Callable[..., Filled]
) -> None:
    filled = fill()
    filled.more(7)
    with connection.session(), connection.transaction():
        users.limit_to_clients(surface.people[Role.VIEWER], [filled.client + 1])
    browser = surface.signed_in(Role.VIEWER)
    browser.headers["accept"] = "text/html"
    typed = (
        "www.bakery.test",
        "akery 1",
        "34.51",
        str(filled.done),
        f"run {filled.run}",
        f"domain {filled.domain}",
        "tasks.write",
        "0b:0b:0b:0b",
        "audit",
        "product",
    )
    assert [found(browser, one) for one in typed] == [{} for _ in typed]
    assert found(browser, "invoices") == {"Pages and actions": ["/invoices", "/invoice-drafts"]}


@pytest.mark.parametrize("place", [*(one for _, places in navigation.MENU for one in places), *navigation.ELSEWHERE])
def test_a_place_asks_for_what_its_page_asks_for(place: navigation.Place) -> None:
    asked = policy.find("GET", place.where)
    assert asked is not None
    assert asked.permission is place.permission
    assert place.whole or not asked.whole
