"""Links that are mailed, from the side of the browser: nobody learns who is here; each is good once, for its reader."""

import re

import pytest

from api_stub.security import api_tokens, cookies, csrf
from db import connection
from db.access import audit, mailed_links, users
from db.access.mailed_links import LinkPurpose, MailedLink
from db.ledger import jobs
from db.mail import outbox
from rules.access import Role
from tasks import access
from tests.api.browser import TestClient
from tests.api.conftest import HOME, PASSWORD, Surface
from tests.api.security.test_second_factor import by_form, by_password, code, enrol
from tests.faults.marks import on_sqlite
from tests.support.crowds import at_once

ADA = "ada@agency.test"
OWNER = "the owner"
NEW = "another four words"


def mailed(user_id: int, purpose: LinkPurpose, *, holds_s: int = 600) -> str:
    """Return the token of a link as it would stand in a mail that went out."""
    token = api_tokens.made()
    with connection.session(), connection.transaction():
        access.post_link(users.get(user_id), purpose, dedupe=token)
        mail_id = max(connection.execute("SELECT mail_id FROM mailed_link"))[0]
        mailed_links.issue(mail_id, MailedLink(user_id, purpose), api_tokens.hashed(token), holds_s=holds_s)
    return token


@pytest.fixture
def owner_id(surface: Surface) -> int:
    """The owner, with a mail address."""
    with connection.session():
        users.set_email(surface.people[Role.OWNER], ADA)
    return surface.people[Role.OWNER]


@on_sqlite
class TestAsking:
    @pytest.mark.parametrize("path", ["/reset", "/sign-in/mail"])
    def test_the_same_is_said_and_done_whoever_has_the_address(
        self, surface: Surface, owner_id: int, path: str
    ) -> None:
        said, queued = [], []
        for address in (ADA, "nobody@agency.test", "ADA@agency.test "):
            answer = by_form(surface.client(), path, email=address.strip())
            said.append((answer.status_code, answer.headers["location"], answer.text))
            with connection.session():
                queued.append(len(jobs.newest(task="access.request_link")))
        assert said == [said[0]] * 3
        assert queued == [1, 2, 2], "a job for each address, and one while it is queued"
        with connection.session():
            assert outbox.counts()["queued"] == 0, "who it is, the job finds out"

    @pytest.mark.parametrize("path", ["/api/auth/reset", "/api/auth/signin/email"])
    def test_programs_are_told_the_same_too(self, surface: Surface, owner_id: int, path: str) -> None:
        said = []
        for address in (ADA, "nobody@agency.test"):
            browser = surface.client()
            token = browser.get("/api/auth/csrf").json()["csrfToken"]
            said.append(browser.post(path, json={"email": address}, headers={csrf.HEADER: token, "origin": HOME}))
        assert [(one.status_code, one.json()) for one in said] == [(202, {"url": "/sign-in"})] * 2

    def test_an_address_is_not_flooded(self, surface: Surface, owner_id: int) -> None:
        for address in (ADA, "nobody@agency.test"):
            said = [by_form(surface.client(), "/reset", email=address).status_code for _ in range(4)]
            assert said == [303, 303, 303, 429]

    def test_the_host_of_the_request_does_not_matter(self, surface: Surface, owner_id: int) -> None:
        browser = surface.client()
        browser.cookies.set(cookies.VISITOR, "visitor")
        given = {csrf.FIELD: csrf.derived("visitor"), "email": ADA}
        headers = {"origin": HOME, "host": "evil.example"}
        assert browser.post("/reset", data=given, headers=headers).status_code == 421
        headers = {"origin": HOME, "x-forwarded-host": "evil.example"}
        assert browser.post("/reset", data=given, headers=headers).status_code == 303
        with connection.session():
            assert "evil" not in str(jobs.newest(task="access.request_link")[0].args)

    @pytest.mark.parametrize(
        "odd", ["", "x", "@", "a@", "a b@c.test", "a@b.test\r\nBcc: evil@c.test", "x" * 300 + "@c.test"]
    )
    def test_what_is_no_address_is_refused(self, surface: Surface, odd: str) -> None:
        assert by_form(surface.client(), "/reset", email=odd).status_code == 422


def test_opening_it_does_nothing_and_its_form_signs_in_once(surface: Surface, owner_id: int) -> None:
    path = f"/sign-in/mailed/{mailed(owner_id, LinkPurpose.SIGN_IN)}"
    browser = surface.client()
    for _ in range(3):
        assert OWNER in browser.get(path).text
    assert browser.get("/api/auth/session").json() == {}
    answer = by_form(browser, path)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert browser.get("/api/auth/session").json()["user"]["name"] == OWNER
    assert by_form(surface.client(), path).json()["type"] == "/problems/bad-link"
    assert surface.client().get(path).status_code == 401
    with connection.session():
        assert audit.LIST.page("-id", size=1).rows[0].details == {"how": "mailed link"}


@on_sqlite
class TestSigningIn:
    def test_threads_with_one_link_sign_in_once(self, surface: Surface, owner_id: int) -> None:
        path = f"/sign-in/mailed/{mailed(owner_id, LinkPurpose.SIGN_IN)}"
        browsers = [surface.client() for _ in range(4)]
        said = at_once(4, lambda one: by_form(browsers[one], path).status_code)
        assert sorted(said) == [303, 401, 401, 401]

    def test_it_does_not_pass_by_the_second_factor(self, surface: Surface, owner_id: int) -> None:
        enrol(surface)
        browser = surface.client()
        answer = by_form(browser, f"/sign-in/mailed/{mailed(owner_id, LinkPurpose.SIGN_IN)}")
        assert answer.headers["location"].startswith("/second-factor?")
        assert browser.get("/api/auth/session").json() == {}

    @pytest.mark.parametrize("end", ["late", "disabled", "new password", "other address", "purpose"])
    def test_one_that_is_over_signs_nobody_in(self, surface: Surface, owner_id: int, end: str) -> None:
        purpose = LinkPurpose.RESET if end == "purpose" else LinkPurpose.SIGN_IN
        token = mailed(owner_id, purpose, holds_s=-1 if end == "late" else 600)
        with connection.session():
            if end == "disabled":
                users.add("another owner", Role.OWNER)
                users.disable(owner_id)
            elif end == "new password":
                users.set_password(owner_id, "hash")
            elif end == "other address":
                users.set_email(owner_id, "else@agency.test")
        assert by_form(surface.client(), f"/sign-in/mailed/{token}").json()["type"] == "/problems/bad-link"


def test_another_password_ends_all_that_let_the_person_in_and_signs_nobody_in(surface: Surface, owner_id: int) -> None:
    session, program = surface.signed_in(Role.OWNER), surface.with_token(Role.OWNER)
    other = mailed(owner_id, LinkPurpose.SIGN_IN)
    path = f"/reset/{mailed(owner_id, LinkPurpose.RESET)}"
    browser = surface.client()
    assert "Another password" in browser.get(path).text
    answer = by_form(browser, path, new=NEW)
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
    assert browser.get("/api/auth/session").json() == {}
    assert session.get("/api/jobs").status_code == program.get("/api/jobs").status_code == 401
    assert by_form(surface.client(), f"/sign-in/mailed/{other}").status_code == 401
    assert by_form(surface.client(), path, new=NEW).status_code == 401, "once"
    for password, status in ((PASSWORD, 401), (NEW, 201)):
        given = {"name": OWNER, "password": password}
        assert surface.client().post("/api/sessions", json=given).status_code == status
    with connection.session():
        assert "password reset" in [one.action for one in audit.LIST.page("-id").rows]


@on_sqlite
class TestReset:
    def test_a_password_that_is_unfit_does_not_use_the_link_up(self, surface: Surface, owner_id: int) -> None:
        path = f"/reset/{mailed(owner_id, LinkPurpose.RESET)}"
        refused = by_form(surface.client(headers={"accept": "text/html"}), path, new="short")
        assert refused.status_code == 422
        assert 'role="alert"' in refused.text
        assert by_form(surface.client(), path, new=NEW).status_code == 303

    def test_the_second_factor_stays(self, surface: Surface, owner_id: int) -> None:
        secret, _ = enrol(surface)
        by_form(surface.client(), f"/reset/{mailed(owner_id, LinkPurpose.RESET)}", new=NEW)
        given = {"name": OWNER, "password": NEW}
        alone = surface.client().post("/api/sessions", json=given)
        assert alone.json()["type"] == "/problems/second-factor-needed"
        assert surface.client().post("/api/sessions", json={**given, "code": code(secret)}).status_code == 201

    def test_programs_reset_with_the_token(self, surface: Surface, owner_id: int) -> None:
        token = mailed(owner_id, LinkPurpose.RESET)
        browser = surface.client()
        headers = {csrf.HEADER: browser.get("/api/auth/csrf").json()["csrfToken"], "origin": HOME}
        given = {"token": token, "new": NEW}
        assert browser.put("/api/auth/reset", json=given, headers=headers).status_code == 204
        assert browser.put("/api/auth/reset", json=given, headers=headers).status_code == 401

    @pytest.mark.parametrize("odd", ["x" * 43, "%00", "..", "x" * 65])
    def test_a_token_that_nobody_was_sent_leads_nowhere(self, surface: Surface, odd: str) -> None:
        assert surface.client().get(f"/reset/{odd}").status_code in (401, 404, 422)
        assert by_form(surface.client(), f"/invitation/{odd}", new=NEW).status_code in (401, 404, 405, 422)


@on_sqlite
class TestInvitations:
    def invited(self, surface: Surface) -> int:
        given = {"name": "Bob", "email": "Bob@agency.test", "role": "operator", "language": "de"}
        answer = surface.signed_in(Role.OWNER).post("/api/users/invite", json=given)
        assert answer.status_code == 201, answer.text
        assert answer.json()["email"] == "bob@agency.test"
        return answer.json()["id"]

    def test_who_accepts_chooses_a_password_and_signs_in_with_it(self, surface: Surface) -> None:
        user_id = self.invited(surface)
        with connection.session():
            assert connection.execute("SELECT subject FROM mail")[0][0] == "Einladung zu Nolapse"
            assert len(jobs.newest(task="access.send_link")) == 1
        path = f"/invitation/{mailed(user_id, LinkPurpose.INVITATION)}"
        assert "Welcome" in surface.client().get(path).text
        assert by_form(surface.client(), path, new=NEW).headers["location"] == "/sign-in"
        signed = surface.client().post("/api/sessions", json={"name": "bob", "password": NEW})
        assert signed.json()["role"] == "operator"
        assert by_form(surface.client(), path, new=NEW).status_code == 401
        owner = surface.signed_in(Role.OWNER)
        assert owner.post(f"/api/users/{user_id}/invite").status_code == 409, "accepted"

    def test_before_that_nobody_comes_in_with_any_password(self, surface: Surface) -> None:
        self.invited(surface)
        for password in ("", "None", "null", NEW):
            answer = surface.client().post("/api/sessions", json={"name": "bob", "password": password})
            assert answer.status_code in (401, 422)

    @pytest.mark.parametrize("taken", [{"name": "the viewer"}, {"email": "VIEWER@agency.test"}])
    def test_a_name_or_an_address_that_is_taken_invites_nobody(self, surface: Surface, taken: dict[str, str]) -> None:
        with connection.session():
            users.set_email(surface.people[Role.VIEWER], "viewer@agency.test")
        given = {"name": "bob", "email": "bob@agency.test", **taken}
        owner = surface.signed_in(Role.OWNER)
        assert owner.post("/api/users/invite", json=given).status_code == 409
        with connection.session():
            assert outbox.counts()["queued"] == 0

    def test_owners_alone_invite_and_nobody_slips_in_more(self, surface: Surface) -> None:
        given = {"name": "bob", "email": "bob@agency.test"}
        for role in (Role.VIEWER, Role.OPERATOR):
            assert surface.signed_in(role).post("/api/users/invite", json=given).status_code == 403
        assert surface.with_token(Role.OWNER).post("/api/users/invite", json=given).status_code == 403
        owner = surface.signed_in(Role.OWNER)
        for more in ({"password": "x"}, {"id": 1}, {"disabled_at": None}, {"role": "king"}):
            assert owner.post("/api/users/invite", json={**given, **more}).status_code == 422

    def test_the_page_invites_and_invites_again(self, surface: Surface) -> None:
        owner = surface.signed_in(Role.OWNER)
        owner.headers["accept"] = "text/html"
        given = {"name": "bob", "email": "bob@agency.test", "role": "viewer"}
        assert owner.post("/users/invite", data=given).status_code == 303
        assert "An invitation is on its way" in owner.get("/users").text
        again = re.search(r'action="(/users/\d+/invite)"', owner.get("/users").text)
        assert again
        assert owner.post(again[1]).status_code == 303
        with connection.session():
            assert outbox.counts()["queued"] == 2


@on_sqlite
def test_an_operator_cannot_have_somebody_elses_link_sent_to_themselves(surface: Surface, owner_id: int) -> None:
    """The task that sends a link takes a mail's id alone: whose link it is, and where it goes, are rows."""
    operator = surface.signed_in(Role.OPERATOR)
    for more, status in (({"user_id": owner_id}, 422), ({"recipient": "evil@c.test"}, 422), ({}, 403)):
        answer = operator.post("/api/triggers/access.send_link", json={"mail_id": 1, **more})
        assert answer.status_code == status


@on_sqlite
def test_a_second_browser_keeps_its_own_form(surface: Surface, owner_id: int) -> None:
    path = f"/reset/{mailed(owner_id, LinkPurpose.RESET)}"
    crossed = surface.client().post(path, data={"new": NEW}, headers={"origin": "https://evil.example"})
    assert crossed.status_code == 403
    stranger: TestClient = surface.client()
    assert stranger.post(path, data={"new": NEW}, headers={"origin": HOME}).status_code == 403
    assert by_password(surface.client()).status_code == 303, "the password is as it was"
