"""The first steps are found by what is true: each is done once it is so, and all are gone once all are done."""

import re
from datetime import UTC, datetime

import pytest

import settings
from db import connection
from db.access import second_factors, users
from db.mail import outbox
from db.mail.outbox import Mail
from db.portfolio import checks, clients, domains
from db.portfolio.clients import Client
from rules.access import Role
from rules.domains import check_outcome
from rules.domains.records import Answer, RegistryRecord
from tests.api.browser import TestClient
from tests.api.conftest import Surface
from tests.faults.marks import on_sqlite

pytestmark = on_sqlite


def open_steps(html: str) -> list[str]:
    """Return where the steps lead that are open."""
    return re.findall(r'<li><span class="status calm">open</span> <span><a href="([^"]+)">', html)


def test_each_step_is_done_once_it_is_true_and_the_list_goes_with_the_last(
    surface: Surface, browser: TestClient
) -> None:
    def today() -> list[str]:
        return open_steps(browser.get("/").text)

    assert today() == ["/first-steps#mail", "/alert-routes", "/import", "/first-steps#check", "/account#factor"]
    with connection.session(), connection.transaction():
        mail, _ = outbox.add(
            Mail(dedupe_key="a", recipient="a@b.test", subject="", text="", html=""), host="nolapse.test"
        )
        assert "/first-steps#mail" in today(), "a mail that waits has not left"
        outbox.sent(mail, reply="250 ok", provider="relay")
    assert today() == ["/alert-routes", "/import", "/first-steps#check", "/account#factor"]
    with connection.session(), connection.transaction():
        client, _ = clients.add(Client(name="Bakery", email="a@b.test"))
        domain, _ = domains.add("bakery.test", client_id=client)
    assert today() == ["/alert-routes", "/first-steps#check", "/account#factor"]
    with connection.session(), connection.transaction():
        record = RegistryRecord(name="bakery.test", answer=Answer.REGISTERED, source="rdap", server="rdap.test")
        checks.save(check_outcome.answered(domains.get(domain), [record], at=datetime.now(UTC)), because="")
    assert today() == ["/alert-routes", "/account#factor"]
    with settings.override(staff_emails=("staff@agency.test",)):
        assert today() == ["/account#factor"]
        with connection.session(), connection.transaction():
            owner = surface.people[Role.OWNER]
            second_factors.propose(owner, "secret")
            assert today() == ["/account#factor"], "one that nobody confirmed guards nothing"
            second_factors.confirm(owner, "secret")
        html = browser.get("/").text
        assert "First steps" not in html.partition("<main")[2]
        assert open_steps(browser.get("/first-steps").text) == []


def test_each_step_leads_to_a_page_that_is_there(browser: TestClient) -> None:
    for where in open_steps(browser.get("/").text):
        path, _, anchor = where.partition("#")
        html = browser.get(path).text
        assert not anchor or f'id="{anchor}"' in html, where


@pytest.mark.parametrize("role", [Role.ADMIN, Role.OPERATOR, Role.VIEWER])
def test_nobody_but_an_owner_is_asked_to_take_them(surface: Surface, role: Role) -> None:
    assert open_steps(surface.signed_in(role).get("/", headers={"accept": "text/html"}).text) == []


def test_an_owner_who_is_limited_to_clients_is_not_asked_either(surface: Surface) -> None:
    with connection.session(), connection.transaction():
        client, _ = clients.add(Client(name="Bakery", email="a@b.test"))
        users.add("another owner", Role.OWNER)
        users.limit_to_clients(surface.people[Role.OWNER], [client])
    limited = surface.signed_in(Role.OWNER)
    assert open_steps(limited.get("/", headers={"accept": "text/html"}).text) == []
