"""One's own account: only one's own sessions and tokens, by the page and by the API, and what a new password ends."""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from api_stub.security import cookies, csrf, own_account, sessions
from db import connection
from db.access import audit, users
from rules.access import Role, Scope
from tests.api.access.test_sign_in import by_button
from tests.api.browser import TestClient
from tests.api.conftest import HOME, PASSWORD, Surface
from tests.faults.marks import on_sqlite

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
NEW = "another four words"


def session_ids(browser: TestClient) -> list[int]:
    return [one["id"] for one in browser.get("/api/account/sessions").json()]


@on_sqlite
class TestSessions:
    def test_they_are_listed_with_device_place_and_time(self, surface: Surface) -> None:
        browser = surface.client(headers={"user-agent": FIREFOX})
        signed = browser.post("/api/sessions", json={"name": "the viewer", "password": PASSWORD})
        assert signed.status_code == 201
        (one,) = browser.get("/api/account/sessions").json()
        assert set(one) == {"id", "device", "place", "created_at", "seen_at", "expires_at", "current"}
        assert (one["device"], one["current"]) == ("Firefox on Linux", True)
        page = browser.get("/account", headers={"accept": "text/html"}).text
        assert "Firefox on Linux" in page

    def test_one_of_them_is_ended_at_once(self, surface: Surface) -> None:
        here, there = surface.signed_in(Role.VIEWER), surface.signed_in(Role.VIEWER)
        other = next(one["id"] for one in here.get("/api/account/sessions").json() if not one["current"])
        assert here.delete(f"/api/account/sessions/{other}").status_code == 204
        assert there.get("/api/jobs").status_code == 401
        assert here.get("/api/jobs").status_code == 200

    def test_all_others_are_ended_at_once(self, surface: Surface) -> None:
        here, *others = (surface.signed_in(Role.VIEWER) for _ in range(4))
        assert here.delete("/api/account/sessions").json() == {"ended": 3}
        assert [one.get("/api/jobs").status_code for one in others] == [401] * 3
        assert len(session_ids(here)) == 1

    def test_somebody_elses_are_not_found_by_the_api_or_the_page(self, surface: Surface) -> None:
        owner, viewer = surface.signed_in(Role.OWNER), surface.signed_in(Role.VIEWER)
        (theirs,) = session_ids(viewer)
        assert theirs not in session_ids(owner)
        assert owner.delete(f"/api/account/sessions/{theirs}").status_code == 404
        assert owner.post(f"/account/sessions/{theirs}/end").status_code == 404
        assert viewer.get("/api/jobs").status_code == 200


@on_sqlite
class TestPassword:
    def test_a_new_one_ends_all_that_let_the_person_in_and_begins_a_new_session(self, surface: Surface) -> None:
        here, there = surface.signed_in(Role.OPERATOR), surface.signed_in(Role.OPERATOR)
        program = surface.with_token(Role.OPERATOR)
        old = here.cookies[cookies.SESSION]
        answer = here.put("/api/account/password", json={"current": PASSWORD, "new": NEW})
        assert answer.status_code == 200
        assert here.get("/api/auth/session").json()["user"]["name"] == "the operator"
        assert answer.cookies[cookies.SESSION] != old
        planted = surface.client(cookies={cookies.SESSION: old})
        assert {one.get("/api/jobs").status_code for one in (there, program, planted)} == {401}
        for password, status in ((PASSWORD, 401), (NEW, 201)):
            signed = surface.client().post("/api/sessions", json={"name": "the operator", "password": password})
            assert signed.status_code == status

    @pytest.mark.parametrize(
        "wrong", [{"current": "not this one"}, {"current": None}, {"new": "short"}, {"new": "the viewer12"}]
    )
    def test_a_wrong_or_unfit_one_changes_nothing(self, surface: Surface, wrong: dict[str, str]) -> None:
        viewer = surface.signed_in(Role.VIEWER)
        answer = viewer.put("/api/account/password", json={"current": PASSWORD, "new": NEW, **wrong})
        assert answer.status_code == (401 if "current" in wrong else 422)
        assert PASSWORD not in answer.text
        assert viewer.get("/api/jobs").status_code == 200

    def test_guessing_it_with_a_stolen_session_is_stopped(self, surface: Surface) -> None:
        viewer = surface.signed_in(Role.VIEWER)
        said = [
            viewer.put("/api/account/password", json={"current": f"guess {number}", "new": NEW}).status_code
            for number in range(11)
        ]
        assert said == [401] * 10 + [429]

    def test_somebody_without_one_who_came_by_a_link_sets_one(self, surface: Surface) -> None:
        with connection.session():
            users.add("link only", Role.VIEWER)
            path = sessions.link(users.require("link only")).removeprefix("http://localhost:8450")
        browser = surface.client()
        by_button(browser, path)
        token = browser.get("/api/auth/csrf").json()["csrfToken"]
        headers = {csrf.HEADER: token, "origin": HOME}
        assert browser.put("/api/account/password", json={"new": NEW}, headers=headers).status_code == 200

    def test_the_page_says_what_is_wrong_and_goes_on_where_it_was(self, surface: Surface) -> None:
        viewer = surface.signed_in(Role.VIEWER)
        viewer.headers.update({"accept": "text/html", "referer": "http://localhost/account"})
        answer = viewer.post("/account/password", data={"current": "wrong", "new": NEW})
        assert answer.status_code == 401
        assert "The password that you have now is another one" in answer.text
        done = viewer.post("/account/password", data={"current": PASSWORD, "new": NEW})
        assert done.status_code == 303
        assert "is changed" in viewer.get("/account").text


@on_sqlite
class TestTokens:
    def test_one_is_made_used_listed_and_revoked(self, surface: Surface) -> None:
        operator = surface.signed_in(Role.OPERATOR)
        made = operator.post("/api/account/tokens", json={"name": "deploy", "scopes": ["read", "read"], "days": 2})
        assert made.status_code == 201
        token = made.json()["token"]
        program = surface.client(headers={"authorization": f"Bearer {token}"})
        assert program.get("/api/jobs").status_code == 200
        assert program.post("/api/triggers/domains.check_all").status_code == 403, "its scopes are its own"
        assert program.get("/api/account/tokens").status_code == 403, "a token does not reach the account"
        listed = operator.get("/api/account/tokens")
        assert [one["name"] for one in listed.json()["tokens"]] == ["deploy"]
        assert token not in listed.text
        assert operator.delete(f"/api/account/tokens/{listed.json()['tokens'][0]['id']}").status_code == 204
        assert program.get("/api/jobs").status_code == 401

    def test_the_page_shows_a_new_one_once(self, surface: Surface) -> None:
        viewer = surface.signed_in(Role.VIEWER)
        viewer.headers["accept"] = "text/html"
        answer = viewer.post("/account/tokens", data={"name": "mine", "scope": ["read", "metrics"], "days": "7"})
        token = re.search(r"nlp_[\w-]{43}", answer.text)
        assert token
        assert answer.headers["cache-control"] == "no-store"
        assert token[0] not in viewer.get("/account").text
        with connection.session():
            assert token[0] not in str(audit.LIST.page("-id").rows)

    def test_somebody_elses_is_not_found(self, surface: Surface) -> None:
        program = surface.with_token(Role.VIEWER)
        viewer, owner = surface.signed_in(Role.VIEWER), surface.signed_in(Role.OWNER)
        (theirs,) = [one["id"] for one in viewer.get("/api/account/tokens").json()["tokens"]]
        assert owner.get("/api/account/tokens").json() == {"tokens": [], "next": None}
        assert owner.delete(f"/api/account/tokens/{theirs}").status_code == 404
        assert owner.post(f"/account/tokens/{theirs}/revoke").status_code == 404
        assert program.get("/api/jobs").status_code == 200

    def test_a_token_cannot_do_more_than_its_person(self, surface: Surface) -> None:
        viewer = surface.signed_in(Role.VIEWER)
        made = viewer.post("/api/account/tokens", json={"name": "all", "scopes": [str(one) for one in Scope]})
        program = surface.client(headers={"authorization": f"Bearer {made.json()['token']}"})
        assert program.post("/api/triggers/domains.check_all").status_code == 403

    def test_there_is_an_end_to_them(self, surface: Surface, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(own_account, "MOST_TOKENS", 2)
        viewer = surface.signed_in(Role.VIEWER)
        said = [viewer.post("/api/account/tokens", json={"name": "x", "scopes": ["read"]}) for _ in range(3)]
        assert [one.status_code for one in said] == [201, 201, 409]


def test_what_is_done_is_in_the_audit_trail(surface: Surface) -> None:
    viewer, _other = surface.signed_in(Role.VIEWER), surface.signed_in(Role.VIEWER)
    viewer.post("/api/account/tokens", json={"name": "x", "scopes": ["read"]})
    (token,) = [one["id"] for one in viewer.get("/api/account/tokens").json()["tokens"]]
    viewer.delete(f"/api/account/tokens/{token}")
    viewer.delete("/api/account/sessions")
    viewer.put("/api/account/password", json={"current": PASSWORD, "new": NEW})
    with connection.session():
        found = [(one.actor, one.action) for one in reversed(audit.LIST.page("-id", size=5).rows)]
    actions = ("token add", "token revoke", "session end", "password change", "sign-in")
    assert found == [("the viewer", action) for action in actions]


@on_sqlite
def test_signing_out_is_asked_first(surface: Surface) -> None:
    viewer = surface.signed_in(Role.VIEWER)
    assert 'action="/sign-out"' in viewer.get("/sign-out").text
    assert viewer.get("/api/jobs").status_code == 200, "looking at the page does nothing"


@on_sqlite
class TestProfile:
    def test_it_is_read_and_changed_and_what_is_not_named_stays(self, surface: Surface) -> None:
        viewer = surface.signed_in(Role.VIEWER)
        assert viewer.get("/api/account").json() == {
            "name": "the viewer",
            "full_name": "",
            "role": "viewer",
            "email": None,
            "zone": "UTC",
            "language": "en",
        }
        changed = viewer.patch("/api/account", json={"zone": "Asia/Kathmandu", "full_name": "Vera <i>View</i>"})
        assert changed.status_code == 200
        assert viewer.patch("/api/account", json={"language": "de"}).json()["zone"] == "Asia/Kathmandu"
        with connection.session():
            assert users.require("the viewer").language == "de", "mails are written in it"
        viewer.headers["accept"] = "text/html"
        assert "Vera &lt;i&gt;View&lt;/i&gt;" in viewer.get("/account").text

    @pytest.mark.parametrize(
        "odd",
        [
            {"zone": "Mars/Olympus"}, {"zone": "../etc/passwd"}, {"zone": ""}, {"zone": None}, {"language": "tlh"},
            {"full_name": "a\x00b"}, {"full_name": "x" * 101}, {"role": "owner"}, {"email": "a@b.test"},
        ],
    )  # fmt: skip
    def test_what_it_cannot_be_is_refused(self, surface: Surface, odd: dict[str, object]) -> None:
        viewer = surface.signed_in(Role.VIEWER)
        assert viewer.patch("/api/account", json=odd).status_code == 422
        assert viewer.get("/api/account").json()["role"] == "viewer"

    def test_times_on_pages_are_those_of_ones_zone_and_utc_stands_beside(self, surface: Surface) -> None:
        viewer, operator = surface.signed_in(Role.VIEWER), surface.signed_in(Role.OPERATOR)
        for browser in (viewer, operator):
            browser.headers["accept"] = "text/html"
        form = {"full_name": "", "zone": "Asia/Kathmandu", "language": "en"}
        assert viewer.post("/account/profile", data=form).status_code == 303
        times = re.compile(r'<time datetime="([^"]+)" title="([^"]+ UTC)">([^<]+)</time>')
        at, utc, shown = times.findall(viewer.get("/").text)[-1]
        moment = datetime.fromisoformat(at)
        assert shown == f"{moment.astimezone(ZoneInfo('Asia/Kathmandu')):%Y-%m-%d %H:%M:%S} +0545"
        assert utc == f"{moment:%Y-%m-%d %H:%M:%S} UTC"
        _, utc, shown = times.findall(operator.get("/").text)[-1]
        assert utc == shown, "others see their own"
