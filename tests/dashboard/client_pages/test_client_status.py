"""A client's status page and badges: no link, no page; a withdrawn one is worth nothing; nobody sees others."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET

import pytest

from dashboard.client_pages import badges
from db import connection
from db.access import audit, users
from db.portfolio import clients, domains
from db.portfolio.clients import Client
from rules.access import Role
from rules.clients import client_status as rules
from rules.clients.client_status import OpenProblem, PublicState, StatusKind, WatchedThing
from rules.languages import NAMES
from tests.api.browser import TestClient
from tests.api.conftest import Surface
from tests.dashboard.conftest import Filled
from tests.faults.marks import on_sqlite
from wording.clients.status_pages import WORDS

EVIL = "<script>alert(1)</script>\"'&\u202e"
NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


def make(browser: TestClient, client_id: int) -> str:
    """Make a link and return the path of its page."""
    html = browser.post(f"/clients/{client_id}/status-links").text
    found = re.search(r"/status/[0-9]+\.[A-Za-z0-9_-]{43}", html)
    assert found, html[:500]
    return found[0]


def visitor(surface: Surface) -> TestClient:
    """Somebody without an account."""
    return surface.client(headers={"accept": "text/html"})


def test_the_page_says_states_in_words_and_nothing_of_the_inside(
    surface: Surface, browser: TestClient, fill: Callable[..., Filled]
) -> None:
    filled = fill("Registrar & Söhne")
    page = visitor(surface).get(make(browser, filled.client))
    assert page.status_code == 200
    assert "bakery.test" in page.text
    assert "www.bakery.test" in page.text
    assert "There is a problem" in page.text
    body = page.text.partition("<body>")[2]
    for inside in ("whois", "billing@", "/domains/", "/alerts/", "192.0.2", f"/clients/{filled.client}", "jobs"):
        assert inside not in body, inside
    assert page.headers["cache-control"] == "no-store"


@on_sqlite
class TestLinks:
    """Who may make one, and what becomes of one that is over."""

    def test_a_withdrawn_link_opens_nothing_and_both_are_in_the_trail(
        self, surface: Surface, browser: TestClient, fill: Callable[..., Filled]
    ) -> None:
        filled = fill()
        path = make(browser, filled.client)
        link_id = int(path.split("/")[-1].partition(".")[0])
        badge = f"{path}/badges/domain/bakery.test.svg"
        assert visitor(surface).get(badge).status_code == 200
        browser.post(f"/clients/{filled.client}/status-links/{link_id}/withdraw")
        for one in (path, badge):
            assert visitor(surface).get(one).status_code == 403
        with connection.session():
            acts = [(one.action, one.subject) for one in audit.LIST.page("-id").rows]
        assert ("make link", f"client {filled.client}") in acts
        assert ("withdraw link", f"client {filled.client}") in acts

    def test_nothing_is_learnt_from_a_wrong_token(
        self, surface: Surface, browser: TestClient, fill: Callable[..., Filled]
    ) -> None:
        filled = fill()
        path = make(browser, filled.client)
        number, _, signature = path.removeprefix("/status/").partition(".")
        others = (
            f"{number}.{'A' * 43}",
            f"{int(number) + 1}.{signature}",
            f"{number}.{signature[:-1]}" + ("B" if signature[-1] != "B" else "C"),
            "7",
        )
        answers = {
            (answer.status_code, re.sub(r"[\w.-]{43,}", "", answer.text))
            for token in others
            for name in ("bakery.test", "unknown.test")
            for answer in (visitor(surface).get(f"/status/{token}/badges/domain/{name}.svg"),)
        }
        assert {status for status, _ in answers} == {403}
        assert len({text for _, text in answers}) == 1, "one that is watched looks as one that is not"

    def test_a_link_shows_nothing_of_another_client_and_opens_no_other_page(
        self, surface: Surface, browser: TestClient, fill: Callable[..., Filled]
    ) -> None:
        filled = fill()
        with connection.session(), connection.transaction():
            other, _ = clients.add(Client(name="Other", email="o@other.test"))
            domains.add("other.test", client_id=other)
        path = make(browser, filled.client)
        assert "other.test" not in visitor(surface).get(path).text
        assert visitor(surface).get(f"{path}/badges/domain/other.test.svg").status_code == 404
        token = path.removeprefix("/status/")
        for page in ("pay", "d", "unsubscribe", "answer", "documents/fetch"):
            assert visitor(surface).get(f"/{page}/{token}").status_code in (401, 403, 303), page

    def test_who_is_limited_neither_makes_nor_withdraws_one_of_others(
        self, surface: Surface, browser: TestClient, fill: Callable[..., Filled]
    ) -> None:
        filled = fill()
        path = make(browser, filled.client)
        link_id = int(path.split("/")[-1].partition(".")[0])
        with connection.session(), connection.transaction():
            other, _ = clients.add(Client(name="Other", email="o@other.test"))
            users.limit_to_clients(surface.people[Role.OPERATOR], [other])
        limited = surface.signed_in(Role.OPERATOR)
        assert limited.post(f"/clients/{filled.client}/status-links").status_code == 404
        assert limited.post(f"/clients/{filled.client}/status-links/{link_id}/withdraw").status_code == 404
        assert limited.post(f"/clients/{other}/status-links/{link_id}/withdraw").status_code == 404
        assert surface.signed_in(Role.VIEWER).post(f"/clients/{filled.client}/status-links").status_code == 403
        assert visitor(surface).get(path).status_code == 200

    @pytest.mark.parametrize("language", NAMES)
    def test_it_is_in_the_clients_language(
        self, surface: Surface, browser: TestClient, fill: Callable[..., Filled], language: str
    ) -> None:
        filled = fill()
        with connection.session(), connection.transaction():
            clients.change(filled.client, language=language)
        html = visitor(surface).get(make(browser, filled.client)).text
        assert f'<html lang="{language}">' in html
        assert WORDS[language].whole[PublicState.PROBLEM].replace("'", "&#39;") in html


@on_sqlite
class TestBadges:
    """What other sites show."""

    def test_a_badge_is_an_image_that_caches_may_keep_for_a_while(
        self, surface: Surface, browser: TestClient, fill: Callable[..., Filled]
    ) -> None:
        filled = fill()
        path = make(browser, filled.client)
        answer = visitor(surface).get(f"{path}/badges/certificate/www.bakery.test.svg")
        assert answer.headers["content-type"].startswith("image/svg+xml")
        assert answer.headers["cache-control"] == "public, max-age=300"
        assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        ET.fromstring(answer.text)  # noqa: S314 - our own
        assert "set-cookie" not in answer.headers


def test_what_strangers_write_stays_text() -> None:
    svg = bytes(badges.answer(EVIL, EVIL, "good").body).decode()
    root = ET.fromstring(svg)  # noqa: S314 - our own
    assert {one.tag.rpartition("}")[2] for one in root.iter()} == {"svg", "title", "rect", "path", "g", "text"}
    assert "<script" not in svg
    assert "\u202e" not in svg
    assert not [name for one in root.iter() for name in one.attrib if name.lower().startswith("on")]


@pytest.mark.parametrize(
    ("thing", "state"),
    [
        ({"until": None, "checked_at": None}, PublicState.UNKNOWN),
        ({"until": NOW + timedelta(days=31), "checked_at": NOW}, PublicState.WELL),
        ({"until": NOW + timedelta(days=30), "checked_at": NOW}, PublicState.SOON),
        ({"until": NOW, "checked_at": NOW}, PublicState.ENDED),
        (
            {"until": NOW + timedelta(days=90), "checked_at": NOW, "problems": (OpenProblem("domain_dns", NOW),)},
            "problem",
        ),
        (
            {"until": NOW + timedelta(days=40), "checked_at": NOW, "problems": (OpenProblem("domain_expiry", NOW),)},
            "well",
        ),
        ({"until": NOW - timedelta(days=1), "checked_at": NOW, "problems": (OpenProblem("domain_dns", NOW),)}, "ended"),
    ],
)
def test_a_state_is_the_worst_that_is_true(thing: dict[str, object], state: PublicState) -> None:
    made = WatchedThing(kind=StatusKind.DOMAIN, name="a.test", **thing)  # type: ignore[arg-type]
    assert rules.state(made, now=NOW) == state
    assert rules.overall([PublicState.WELL, PublicState(state)]) == (
        PublicState.WELL if state == "well" else PublicState(state)
    )
    assert rules.overall([]) is PublicState.WELL
