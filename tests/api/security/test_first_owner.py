"""The first run: one link, one owner, whoever is quicker; and the first steps that follow."""

import json

import pytest

import settings
from api_stub.security import cookies, csrf
from db import connection
from db.access import audit, first_owner, users
from db.ledger import jobs
from db.mail import outbox
from db.mail.outbox import MailState
from db.portfolio import clients
from rules.access import Role
from tests.api.access.test_passkeys import asked, sign_in, visiting
from tests.api.browser import TestClient
from tests.api.conftest import HOME, PASSWORD, Surface
from tests.api.security.test_second_factor import by_form
from tests.faults.marks import on_sqlite
from tests.support.authenticator import Authenticator
from tests.support.crowds import at_once
from workers import up

ADA = {"name": "Ada", "email": "ada@agency.test"}


@pytest.fixture
def path(surface: Surface) -> str:
    """The path of the link, on an installation without people."""
    with connection.session(), connection.transaction():
        connection.changed("DELETE FROM account")
    return made()


def made() -> str:
    link = up.first_owner_link()
    assert link
    return link.removeprefix(settings.current().web_url)


def test_it_makes_the_owner_and_leads_on(surface: Surface, path: str) -> None:
    browser = surface.client()
    for _ in range(2):
        assert browser.get(path).status_code == 200, "opening it uses nothing up"
    weak = by_form(browser, path, **ADA, password="password1234")
    assert weak.status_code == 422
    assert "guessed" in weak.text
    done = by_form(browser, path, **ADA, password=PASSWORD)
    assert (done.status_code, done.headers["location"]) == (303, "/first-steps")
    with connection.session():
        (ada,) = users.all_()
        assert (ada.name, ada.email, ada.role) == ("ada", "ada@agency.test", Role.OWNER)
        assert {one.action for one in audit.LIST.page("-id").rows} == {"first owner", "sign-in"}
        assert up.first_owner_link() is None, "somebody is here"
    assert browser.get("/first-steps", headers={"accept": "text/html"}).status_code == 200
    late = by_form(surface.client(), path, name="eve", email="eve@agency.test", password=PASSWORD)
    assert late.json()["type"] == "/problems/bad-link"


def test_two_browsers_with_one_link_make_one_owner(surface: Surface, path: str) -> None:
    names, browsers = ("ada", "eve"), (surface.client(), surface.client())

    def use(one: int) -> int:
        name = names[one]
        return by_form(browsers[one], path, name=name, email=f"{name}@a.test", password=PASSWORD).status_code

    assert sorted(at_once(2, use)) == [303, 401]
    with connection.session():
        assert len(users.all_()) == 1


@on_sqlite
class TestLink:
    def test_a_newer_start_and_time_end_it_and_it_is_kept_as_a_hash(self, surface: Surface, path: str) -> None:
        newer = made()
        assert surface.client().get(path).status_code == 401
        assert surface.client().get(newer).status_code == 200
        with connection.session(), connection.transaction():
            kept = str(connection.execute("SELECT * FROM first_owner_link"))
            connection.changed("UPDATE first_owner_link SET expires_at = {now}")
        assert newer.rpartition("/")[2] not in kept
        assert surface.client().get(newer).status_code == 401

    @pytest.mark.parametrize("disabled", [False, True])
    def test_it_is_worth_nothing_once_somebody_is_here(self, surface: Surface, path: str, *, disabled: bool) -> None:
        with connection.session():
            first = users.add("bob", Role.OWNER)
            if disabled:
                connection.execute("UPDATE account SET disabled_at = created_at WHERE id = %s", first)
            assert not first_owner.nobody_is_here()
        assert surface.client().get(path).status_code == 401
        assert by_form(surface.client(), path, **ADA, password=PASSWORD).status_code == 401
        assert up.first_owner_link() is None

    def test_a_guess_is_refused(self, surface: Surface, path: str) -> None:
        assert surface.client().get("/first-owner/x").status_code == 401
        options = {"purpose": "first owner", "token": "x", "name": "eve"}
        browser = visiting(surface)
        assert browser.post("/api/auth/passkey/options", json=options).status_code == 401

    def test_a_passkey_will_do_in_place_of_a_password(self, surface: Surface, path: str) -> None:
        browser, authenticator = visiting(surface), Authenticator(HOME)
        given = {"purpose": "first owner", "token": path.rpartition("/")[2], "name": "Ada"}
        options = browser.post("/api/auth/passkey/options", json=given).json()
        credential = json.dumps(authenticator.create(options))
        del browser.headers[csrf.HEADER]
        done = by_form(browser, f"{path}/passkey", **ADA, credential=credential)
        assert done.status_code == 200, done.text
        assert 'href="/first-steps"' in done.text
        assert cookies.SESSION in browser.cookies
        again = visiting(surface)
        assert sign_in(again, authenticator.get(asked(again))).status_code == 200

    def test_a_role_that_must_have_a_second_factor_sets_it_up_first(self, surface: Surface, path: str) -> None:
        with settings.override(second_factor_roles=("owner",)):
            done = by_form(surface.client(), path, **ADA, password=PASSWORD)
        assert done.headers["location"] == "/second-factor/set-up?next=%2Ffirst-steps"


@on_sqlite
class TestSteps:
    @pytest.fixture
    def owner(self, surface: Surface) -> TestClient:
        with connection.session():
            users.set_email(surface.people[Role.OWNER], "ada@agency.test")
        browser = surface.signed_in(Role.OWNER)
        browser.headers["accept"] = "text/html"
        return browser

    def test_a_mail_to_oneself_says_what_became_of_it(self, owner: TestClient) -> None:
        led = owner.post("/first-steps/mail").headers["location"]
        assert "It waits to be sent" in owner.get(led).text
        with connection.session(), connection.transaction():
            (mail,) = outbox.LIST.page().rows
            assert mail.recipient == "ada@agency.test"
            assert [one.args for one in jobs.newest(task="mail.send")] == [{"mail_id": mail.id}]
            outbox.ended(mail.id, MailState.FAILED, reply="550 no such <b>user</b>")
        page = owner.get(led).text
        assert "It was refused for good, or given up. The relay said: 550 no such &lt;b&gt;user&lt;/b&gt;" in page

    def test_a_mail_of_somebody_else_is_not_shown(self, owner: TestClient, surface: Surface) -> None:
        led = owner.post("/first-steps/mail").headers["location"]
        with connection.session():
            users.add("another", Role.OWNER, email="another@agency.test")
            surface.people[Role.OWNER] = users.require("another").id
        assert "It waits to be sent" not in surface.signed_in(Role.OWNER).get(led).text

    def test_an_import_is_shown_before_it_is_done(self, owner: TestClient) -> None:
        lines = "client,email,domain\nBakery,a@b.test,bakery.test\n"
        shown = owner.post("/first-steps/import", data={"text": lines}).text
        assert "New would be: 1 client, 1 domain, 0 endpoints." in shown
        with connection.session():
            assert clients.count() == 0
        done = owner.post("/first-steps/import", data={"text": lines, "sure": "true"})
        assert done.status_code == 303
        with connection.session():
            assert [one.name for one in clients.LIST.every()] == ["Bakery"]
            assert jobs.newest(task="domains.check_due")
            assert audit.LIST.page("-id", size=1).rows[0].action == "import"
        assert "bakery.test" in owner.get("/first-steps").text

    def test_a_file_is_read_and_what_is_wrong_with_it_is_named(self, owner: TestClient) -> None:
        def sent(content: bytes) -> str:
            return owner.post("/first-steps/import", files={"file": ("a.csv", content, "text/csv")}).text

        assert "New would be: 1 client" in sent(b"client,email,domain\nBakery,a@b.test,bakery.test\n")
        assert "not UTF-8" in sent("client,domain\nB\u00e4cker,b.test".encode("latin-1"))
        assert "1 line cannot be used" in sent(b"client,email,domain\nBakery,a@b.test,not a name\n")
        assert 'role="alert"' in sent(b"<script>,x\n1,2\n")
        assert 'role="alert"' in sent(b"")

    def test_the_first_check_leads_to_its_run(self, owner: TestClient) -> None:
        led = owner.post("/first-steps/check").headers["location"]
        assert led.startswith("/runs/")
        assert owner.get(led).status_code == 200

    def test_they_are_for_owners_alone(self, surface: Surface) -> None:
        for role in (Role.VIEWER, Role.ADMIN):
            assert surface.signed_in(role).get("/first-steps").status_code == 403
