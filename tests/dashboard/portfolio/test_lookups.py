"""The pages for looking anything up, and a domain's verification: what is asked, what is shown, and to whom."""

import html
from collections.abc import Callable

from db import connection
from db.access import lookups
from db.portfolio import ownership
from rules.access import Role
from rules.lookups import LookupKind, LookupQuestion
from tests.api.browser import TestClient
from tests.api.conftest import Surface
from tests.dashboard.conftest import Filled
from tests.dashboard.test_actions import newest
from tests.faults.marks import on_sqlite

pytestmark = on_sqlite


def test_a_name_is_looked_up_and_its_page_waits_without_a_script(browser: TestClient) -> None:
    answer = browser.post("/lookups", data={"name": "https://www.Bakery.test/", "kind": "domain"})
    assert answer.status_code == 303
    where = answer.headers["location"]
    assert '<noscript><meta http-equiv="refresh"' in browser.get(where).text
    assert newest()[1] == "lookup"
    question = LookupQuestion(kind=LookupKind.DOMAIN, name="bakery.test")
    with connection.session(), connection.transaction():
        lookups.fail(question, lookups.FailureKind.UNAVAILABLE, "the registry is away")
    shown = browser.get(where).text
    assert "the registry is away" in shown
    assert "refresh" not in shown


def test_what_is_no_name_is_said_on_the_form(browser: TestClient) -> None:
    given = {"name": "co.uk", "kind": "domain"}
    answer = browser.post("/lookups", data=given, headers={"referer": "http://localhost/lookups"})
    assert answer.status_code == 422
    assert "co.uk is a public suffix" in html.unescape(answer.text)
    assert 'value="co.uk"' in answer.text


def test_a_host_is_looked_at_with_its_protocol(browser: TestClient) -> None:
    where = browser.post("/lookups", data={"name": "mx.bakery.test", "kind": "endpoint", "protocol": "smtp"}).headers[
        "location"
    ]
    assert "mx.bakery.test:25" in browser.get(where).text


def test_an_answer_is_shown_with_who_said_it_and_how_to_mend_it(
    browser: TestClient, fill: Callable[..., Filled]
) -> None:
    domain, endpoint, failed = (browser.get(f"/lookups/{one}").text for one in fill().lookups)
    assert "WHOIS" in domain
    assert "To mend it:" in endpoint
    assert "no answer" in failed


def test_somebody_elses_lookup_is_not_there(surface: Surface, fill: Callable[..., Filled]) -> None:
    other = surface.signed_in(Role.OPERATOR)
    assert other.get(f"/lookups/{fill().lookups[0]}").status_code == 404
    assert "bakery.test" not in other.get("/lookups").text


def test_a_viewer_sees_no_form_and_asks_nothing(surface: Surface) -> None:
    viewer = surface.signed_in(Role.VIEWER)
    assert 'name="name"' not in viewer.get("/lookups").text
    assert viewer.post("/lookups", data={"name": "bakery.test"}).status_code == 403


def test_a_verification_is_begun_shown_and_begun_anew(browser: TestClient, fill: Callable[..., Filled]) -> None:
    where = f"/domains/{fill().domain}"
    answer = browser.post(f"{where}/verification")
    assert answer.headers["location"] == f"{where}#ownership"
    with connection.session():
        before = ownership.get(1)
    assert before
    assert f"nolapse-verification={before.token}" in browser.get(where).text
    browser.post(f"{where}/verification", data={"renew": "true"})
    with connection.session():
        after = ownership.get(1)
    assert after
    assert after.token != before.token
    assert newest()[1:] == ("domain verification", "domain 1")
