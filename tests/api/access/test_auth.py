"""``/api/auth/*``: what a client in the manner of NextAuth asks, and the same sign-in behind it."""

import pytest

from api_stub.security import cookies, csrf
from db import connection
from db.access import audit
from rules.access import Role
from tests.api.browser import TestClient
from tests.api.conftest import HOME, PASSWORD, Surface
from tests.faults.marks import on_sqlite

OWNER = "the owner"


def signed_in(browser: TestClient, **fields: str):
    """Sign in as a client of ``/api/auth`` does: fetch the token, then send it with the credentials."""
    token = browser.get("/api/auth/csrf").json()["csrfToken"]
    given = {"name": OWNER, "password": PASSWORD, **fields}
    return browser.post("/api/auth/signin/credentials", json=given, headers={csrf.HEADER: token, "origin": HOME})


def test_the_whole_way_in_and_out(surface: Surface) -> None:
    browser = surface.client(headers={"user-agent": "curl/8.5"})
    assert browser.get("/api/auth/session").json() == {}
    answer = signed_in(browser)
    assert answer.status_code == 200
    session = browser.get("/api/auth/session").json()
    assert session["user"] == {"name": OWNER, "role": "owner"}
    assert session["expires"].endswith("Z")
    assert browser.get("/api/sessions/current").json()["csrf"] == answer.json()["csrf"], "one session for both names"
    kept = browser.cookies[cookies.SESSION]
    out = browser.post("/api/auth/signout", headers={csrf.HEADER: answer.json()["csrf"], "origin": HOME})
    assert out.json() == {"url": "/sign-in"}
    assert browser.get("/api/auth/session").json() == {}
    assert surface.client(cookies={cookies.SESSION: kept}).get("/api/auth/session").json() == {}, "on the server too"


@on_sqlite
def test_the_providers_are_listed_by_their_id(surface: Surface) -> None:
    found = surface.client().get("/api/auth/providers").json()
    assert found["credentials"]["signinUrl"] == "/api/auth/signin/credentials"


@on_sqlite
class TestForgery:
    def test_signing_in_needs_the_browsers_own_token(self, surface: Surface) -> None:
        given = {"name": OWNER, "password": PASSWORD}
        alone = surface.client().post("/api/auth/signin/credentials", json=given, headers={"origin": HOME})
        assert alone.json()["type"] == "/problems/csrf"
        browser, other = surface.client(), surface.client()
        browser.get("/api/auth/csrf")
        foreign = other.get("/api/auth/csrf").json()["csrfToken"]
        answer = browser.post(
            "/api/auth/signin/credentials", json=given, headers={csrf.HEADER: foreign, "origin": HOME}
        )
        assert answer.status_code == 403

    def test_another_site_signs_nobody_in_or_out(self, surface: Surface) -> None:
        browser = surface.client()
        token = browser.get("/api/auth/csrf").json()["csrfToken"]
        headers = {csrf.HEADER: token, "origin": "https://evil.example"}
        given = {"name": OWNER, "password": PASSWORD}
        assert browser.post("/api/auth/signin/credentials", json=given, headers=headers).status_code == 403
        owner = surface.signed_in(Role.OWNER)
        owner.headers["origin"] = "https://evil.example"
        assert owner.post("/api/auth/signout").status_code == 403

    def test_the_token_of_before_the_sign_in_is_worth_nothing_after_it(self, surface: Surface) -> None:
        browser = surface.client()
        before = browser.get("/api/auth/csrf").json()["csrfToken"]
        signed_in(browser)
        answer = browser.post("/api/auth/signout", headers={csrf.HEADER: before, "origin": HOME})
        assert answer.status_code == 403


@on_sqlite
def test_a_wrong_password_says_the_same_as_an_unknown_name(surface: Surface) -> None:
    wrong, unknown = (
        signed_in(surface.client(), password="not this one"),
        signed_in(surface.client(), name="nobody", password="not this one"),
    )
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json() == unknown.json()
    with connection.session():
        assert [one.action for one in audit.LIST.page("-id", size=2).rows] == ["sign-in failed"] * 2


@pytest.mark.parametrize("field", ["role", "user_id", "csrf"])
@on_sqlite
def test_nothing_else_may_be_given_with_a_password(surface: Surface, field: str) -> None:
    assert signed_in(surface.client(), **{field: "owner"}).status_code == 422
