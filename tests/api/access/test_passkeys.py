"""Passkeys: beside the password or instead of it; an answer counts once, here, for its person, and for nothing else."""

import json
from collections.abc import Callable
from typing import Any

import pytest

import settings
from api_stub.security import cookies, csrf, passkeys, throttle
from api_stub.security.admission import PENDING_COOKIE
from db import connection
from db.access import audit, throttles, users
from rules.access import Role
from tests.api.browser import TestClient
from tests.api.conftest import HOME, PASSWORD, Surface
from tests.api.security.test_second_factor import by_form, by_password, code, enrol
from tests.faults.marks import on_sqlite
from tests.support.authenticator import PRESENT, VERIFIED, Authenticator
from tests.support.crowds import at_once

OWNER = "the owner"
Tamper = Callable[[Authenticator, dict[str, Any]], dict[str, Any]]


def register(surface: Surface, role: Role = Role.OWNER, name: str = "phone") -> tuple[Authenticator, list[str]]:
    """Make a passkey over the API; returns its authenticator and the recovery codes."""
    browser, authenticator = surface.signed_in(role), Authenticator(HOME)
    answer = browser.post("/api/account/passkeys", json={"name": name, "credential": made(browser, authenticator)})
    assert answer.status_code == 201, answer.text
    return authenticator, answer.json()["recovery_codes"]


def made(browser: TestClient, authenticator: Authenticator) -> dict[str, Any]:
    options = browser.post("/api/account/passkeys/options", json={"current": PASSWORD})
    assert options.status_code == 200, options.text
    return authenticator.create(options.json())


def visiting(surface: Surface) -> TestClient:
    """Return a browser that has looked at the sign-in page."""
    browser = surface.client(headers={"origin": HOME})
    browser.headers[csrf.HEADER] = browser.get("/api/auth/csrf").json()["csrfToken"]
    return browser


def asked(browser: TestClient, purpose: str = "sign-in") -> dict[str, Any]:
    answer = browser.post("/api/auth/passkey/options", json={"purpose": purpose})
    assert answer.status_code == 200, answer.text
    return answer.json()


def sign_in(browser: TestClient, credential: dict[str, Any]):
    return browser.post("/api/auth/signin/passkey", json={"credential": credential})


def test_one_is_made_used_alone_renamed_and_removed(surface: Surface) -> None:
    authenticator, _ = register(surface)
    browser = visiting(surface)
    options = asked(browser)
    assert (options["rpId"], options["userVerification"]) == ("localhost", "required")
    assert options.get("allowCredentials", []) == [], "whoever asks is told of nobody's passkeys"
    signed = sign_in(browser, authenticator.get(options))
    assert (signed.status_code, signed.json()["name"]) == (200, OWNER)
    assert browser.get("/api/auth/session").json()["user"]["name"] == OWNER
    browser.headers[csrf.HEADER] = signed.json()["csrf"]
    (one,) = browser.get("/api/account/passkeys").json()
    assert one["used_at"]
    path = f"/api/account/passkeys/{one['id']}"
    assert browser.patch(path, json={"name": "old phone"}).status_code == 204
    assert browser.get("/api/account/passkeys").json()[0]["name"] == "old phone"
    assert browser.delete(path).status_code == 204
    again = visiting(surface)
    assert sign_in(again, authenticator.get(asked(again))).json()["type"] == "/problems/bad-passkey"
    with connection.session():
        done = [(one.action, one.details.get("how")) for one in audit.LIST.page("-id").rows]
        assert ("sign-in", "passkey") in done
        assert {"passkey add", "passkey rename", "passkey remove"} <= {action for action, _ in done}


def test_after_the_password_it_stands_for_the_code(surface: Surface) -> None:
    authenticator, recovery = register(surface)
    assert len(recovery) == 10
    browser = surface.client()
    answer = by_password(browser)
    assert (answer.status_code, answer.headers["location"]) == (303, "/second-factor?next=%2Fjobs")
    assert cookies.SESSION not in browser.cookies
    assert 'data-passkey="/api/auth/passkey/options"' in browser.get("/second-factor").text
    headers = {"origin": HOME, csrf.HEADER: csrf.derived("visitor")}
    options = browser.post("/api/auth/passkey/options", json={"purpose": "second factor"}, headers=headers).json()
    assert len(options["allowCredentials"]) == 1
    credential = json.dumps(authenticator.get(options))
    done = by_form(browser, "/second-factor/passkey", credential=credential, next="/jobs")
    assert (done.status_code, done.headers["location"]) == (303, "/jobs")
    with connection.session():
        assert audit.LIST.page("-id", size=1).rows[0].details == {"how": "password and passkey"}
    lost = surface.client()
    by_password(lost)
    assert by_form(lost, "/second-factor", code=recovery[0]).status_code == 303, "a recovery code stands in"


def test_threads_with_one_answer_come_in_once(surface: Surface) -> None:
    authenticator, _ = register(surface)
    browser = visiting(surface)
    credential, jar = authenticator.get(asked(browser)), dict(browser.cookies)
    twins = [surface.client(cookies=jar, headers=dict(browser.headers)) for _ in range(4)]
    said = at_once(4, lambda one: sign_in(twins[one], credential).status_code)
    assert sorted(said) == [200, 401, 401, 401]


def _count_behind(authenticator: Authenticator, options: dict[str, Any]) -> dict[str, Any]:
    authenticator.count = 0
    return authenticator.get(options)


def _count_nothing(authenticator: Authenticator, options: dict[str, Any]) -> dict[str, Any]:
    authenticator.count, authenticator.counts = 0, False
    return authenticator.get(options)


def _of_another_site(authenticator: Authenticator, options: dict[str, Any]) -> dict[str, Any]:
    authenticator.rp_id = "evil.example"
    return authenticator.get(options)


def _unverified(authenticator: Authenticator, options: dict[str, Any]) -> dict[str, Any]:
    authenticator.flags = PRESENT
    return authenticator.get(options)


def _absent(authenticator: Authenticator, options: dict[str, Any]) -> dict[str, Any]:
    authenticator.flags = VERIFIED
    return authenticator.get(options)


def _of_nobody(authenticator: Authenticator, options: dict[str, Any]) -> dict[str, Any]:
    return Authenticator(HOME, handle=authenticator.handle).get(options)


def _signed_by_another(authenticator: Authenticator, options: dict[str, Any]) -> dict[str, Any]:
    stranger = Authenticator(HOME, credential_id=authenticator.credential_id, handle=authenticator.handle, count=99)
    return stranger.get(options)


def _without_a_person(authenticator: Authenticator, options: dict[str, Any]) -> dict[str, Any]:
    authenticator.handle = None
    return authenticator.get(options)


def _of_another_person(authenticator: Authenticator, options: dict[str, Any]) -> dict[str, Any]:
    authenticator.handle = b"x" * 32
    return authenticator.get(options)


@on_sqlite
class TestAnswers:
    @pytest.mark.parametrize(
        "tamper",
        [
            lambda one, options: one.get(options, origin="https://evil.example"),
            lambda one, options: one.get(options, origin=f"{HOME}:8443"),
            lambda one, options: one.get(options, origin=HOME.replace("https", "http")),
            lambda one, options: one.get(options, type="webauthn.create"),
            lambda one, options: one.get({**options, "challenge": "A" * 43}),
            _of_another_site, _unverified, _absent, _of_nobody, _signed_by_another,
            _without_a_person, _of_another_person, _count_behind, _count_nothing,
        ],
    )  # fmt: skip
    def test_each_that_is_wrong_is_refused_alike(self, surface: Surface, tamper: Tamper) -> None:
        authenticator, _ = register(surface)
        browser = visiting(surface)
        answer = sign_in(browser, tamper(authenticator, asked(browser)))
        assert (answer.status_code, answer.json()) == (401, passkeys.refused().body())
        assert cookies.SESSION not in browser.cookies

    def test_a_challenge_is_good_once_and_not_for_long(self, surface: Surface) -> None:
        authenticator, _ = register(surface)
        browser = visiting(surface)
        options = asked(browser)
        wrong = authenticator.get(options, origin="https://evil.example")
        assert sign_in(browser, wrong).status_code == 401
        assert sign_in(browser, authenticator.get(options)).status_code == 401, "used up by the wrong answer"
        late = authenticator.get(asked(browser))
        with connection.session(), connection.transaction():
            connection.changed("UPDATE passkey_challenge SET expires_at = {now}")
        assert sign_in(browser, late).status_code == 401

    def test_a_challenge_of_another_browser_or_purpose_does_not_count(self, surface: Surface) -> None:
        authenticator, _ = register(surface)
        here, there = visiting(surface), visiting(surface)
        assert sign_in(there, authenticator.get(asked(here))).status_code == 401
        waiting = surface.client()
        by_password(waiting)
        waiting.headers.update({csrf.HEADER: csrf.derived("visitor"), "origin": HOME})
        answer = authenticator.get(asked(waiting, "second factor"))
        assert sign_in(waiting, answer).status_code == 401
        crossed = json.dumps(authenticator.get(asked(waiting)))
        assert by_form(waiting, "/second-factor/passkey", credential=crossed).status_code == 401

    def test_no_challenge_is_kept_as_it_is(self, surface: Surface) -> None:
        challenge = asked(visiting(surface))["challenge"]
        with connection.session():
            assert challenge not in str(connection.execute("SELECT * FROM passkey_challenge"))

    def test_one_who_counts_nothing_signs_in_again_and_again(self, surface: Surface) -> None:
        browser, authenticator = surface.signed_in(Role.OWNER), Authenticator(HOME, counts=False)
        given = {"name": "phone", "credential": made(browser, authenticator)}
        assert browser.post("/api/account/passkeys", json=given).status_code == 201
        for _ in range(2):
            browser = visiting(surface)
            assert sign_in(browser, authenticator.get(asked(browser))).status_code == 200

    def test_a_copy_is_noted_in_the_audit_trail(self, surface: Surface) -> None:
        authenticator, _ = register(surface)
        browser = visiting(surface)
        sign_in(browser, _count_behind(authenticator, asked(browser)))
        with connection.session():
            assert audit.LIST.page("-id", size=1).rows[0].action == "passkey refused"

    @pytest.mark.parametrize(
        "odd",
        ["", "{}", "[]", "null", "x", '{"id": 1}', "[" * 9000, '{"id": "\\ud800", "rawId": "\\ud800", "type": "x"}'],
    )
    def test_what_is_no_answer_is_refused_in_order(self, surface: Surface, odd: str) -> None:
        answer = by_form(surface.client(), "/sign-in/passkey", credential=odd)
        assert answer.status_code == (401 if odd else 422)

    def test_damaged_answers_are_refused_in_order(self, surface: Surface) -> None:
        """Each byte of what is signed, and of a registration, made another: nothing counts, and nothing breaks."""
        authenticator, _ = register(surface)
        browser = visiting(surface)
        for field in ("authenticatorData", "signature"):
            for at in (0, 20, 39):
                credential = authenticator.get(asked(browser))
                old = credential["response"][field]
                credential["response"][field] = old[:at] + ("A" if old[at] != "A" else "B") + old[at + 1 :]
                assert sign_in(browser, credential).status_code == 401
        owner = surface.signed_in(Role.OWNER)
        for at in range(0, 250, 41):
            credential = made(owner, Authenticator(HOME))
            old = credential["response"]["attestationObject"]
            credential["response"]["attestationObject"] = old[:at] + ("_" if old[at] != "_" else "A") + old[at + 1 :]
            answer = owner.post("/api/account/passkeys", json={"name": "x", "credential": credential})
            assert answer.status_code in (201, 401), "an id or a key may have been made another, and is one too"

    def test_a_disabled_person_is_refused_like_everybody(self, surface: Surface) -> None:
        authenticator, _ = register(surface, Role.VIEWER)
        with connection.session():
            users.disable(surface.people[Role.VIEWER])
        browser = visiting(surface)
        answer = sign_in(browser, authenticator.get(asked(browser)))
        assert (answer.status_code, answer.json()) == (401, passkeys.refused().body())

    def test_strangers_cannot_ask_without_end(self, surface: Surface) -> None:
        browser = visiting(surface)
        asked(browser)
        with connection.session():
            for _ in range(throttle.NETWORK_LIMIT.tries):
                throttles.take(throttle.network_key("testclient"), throttle.NETWORK_LIMIT)
        assert browser.post("/api/auth/passkey/options", json={}).status_code == 429

    def test_the_public_address_is_the_one_that_counts(self, surface: Surface) -> None:
        with settings.override(public_url="https://Nolapse.example:443"):
            browser = surface.client(headers={"origin": "https://nolapse.example", "host": "nolapse.example:443"})
            browser.cookies.set(cookies.VISITOR, "visitor")
            browser.headers[csrf.HEADER] = csrf.derived("visitor")
            browser.headers["origin"] = "https://nolapse.example:443"
            assert asked(browser)["rpId"] == "nolapse.example"


@on_sqlite
class TestAccount:
    def test_the_password_is_asked_for_before_one_is_made(self, surface: Surface) -> None:
        browser = surface.signed_in(Role.VIEWER)
        for given in ({}, {"current": "not this one"}):
            assert browser.post("/api/account/passkeys/options", json=given).status_code == 401
        said = [browser.post("/api/account/passkeys/options", json={}).status_code for _ in range(10)]
        assert said[-1] == 429

    def test_the_first_ends_other_sessions_and_the_second_does_not(self, surface: Surface) -> None:
        there = surface.signed_in(Role.OWNER)
        _, first = register(surface)
        assert there.get("/api/jobs").status_code == 401
        there = surface.signed_in(Role.OWNER)
        _, second = register(surface, name="key")
        assert there.get("/api/jobs").status_code == 200
        assert (len(first), second) == (10, [])

    def test_the_same_one_is_kept_once_whoever_has_it(self, surface: Surface) -> None:
        authenticator, _ = register(surface)
        browser = surface.signed_in(Role.VIEWER)
        given = {"name": "theirs", "credential": made(browser, authenticator)}
        assert browser.post("/api/account/passkeys", json=given).status_code == 409

    def test_an_answer_for_somebody_else_is_not_kept(self, surface: Surface) -> None:
        viewer, owner = surface.signed_in(Role.VIEWER), surface.signed_in(Role.OWNER)
        given = {"name": "planted", "credential": made(viewer, Authenticator(HOME))}
        assert owner.post("/api/account/passkeys", json=given).status_code == 401
        assert owner.get("/api/account/passkeys").json() == []

    def test_somebody_elses_is_not_found_by_the_api_or_the_page(self, surface: Surface) -> None:
        authenticator, _ = register(surface, Role.VIEWER)
        with connection.session():
            (theirs,) = connection.execute("SELECT id FROM passkey")[0]
        owner = surface.signed_in(Role.OWNER)
        assert owner.get("/api/account/passkeys").json() == []
        assert owner.patch(f"/api/account/passkeys/{theirs}", json={"name": "x"}).status_code == 404
        assert owner.delete(f"/api/account/passkeys/{theirs}").status_code == 404
        assert owner.post(f"/account/passkeys/{theirs}/name", data={"name": "x"}).status_code == 404
        assert owner.post(f"/account/passkeys/{theirs}/remove").status_code == 404
        browser = visiting(surface)
        assert sign_in(browser, authenticator.get(asked(browser))).status_code == 200

    def test_another_persons_does_not_end_a_wait(self, surface: Surface) -> None:
        register(surface)
        theirs, _ = register(surface, Role.VIEWER)
        browser = surface.client()
        by_password(browser)
        browser.headers.update({csrf.HEADER: csrf.derived("visitor"), "origin": HOME})
        credential = json.dumps(theirs.get(asked(browser, "second factor")))
        assert by_form(browser, "/second-factor/passkey", credential=credential).status_code == 401
        assert cookies.SESSION not in browser.cookies

    def test_the_last_factor_of_who_must_have_one_stays(self, surface: Surface) -> None:
        register(surface)
        browser = surface.signed_in(Role.OWNER)
        (one,) = browser.get("/api/account/passkeys").json()
        with settings.override(second_factor_roles=("owner",)):
            assert browser.delete(f"/api/account/passkeys/{one['id']}").status_code == 409
            secret, _ = enrol(surface)
            browser = surface.signed_in(Role.OWNER)
            assert browser.delete(f"/api/account/passkeys/{one['id']}").status_code == 204
            assert browser.post("/api/account/second-factor/removal", json={"code": code(secret)}).status_code == 409
        assert browser.post("/api/account/second-factor/removal", json={"code": code(secret)}).status_code == 204
        assert browser.get("/api/account/second-factor").json()["recovery_codes_left"] == 0, "codes of nothing"

    def test_an_owner_takes_them_from_who_lost_them(self, surface: Surface) -> None:
        authenticator, _ = register(surface, Role.VIEWER)
        path = f"/api/users/{surface.people[Role.VIEWER]}/second-factor"
        assert surface.signed_in(Role.OWNER).delete(path).status_code == 204
        browser = visiting(surface)
        assert sign_in(browser, authenticator.get(asked(browser))).status_code == 401
        assert by_password(surface.client(), "the viewer").headers["location"] == "/jobs"


@on_sqlite
class TestRequired:
    def enrolling(self, surface: Surface) -> TestClient:
        browser = surface.client()
        assert by_password(browser).headers["location"].startswith("/second-factor/set-up")
        browser.headers.update({csrf.HEADER: csrf.derived("visitor"), "origin": HOME})
        return browser

    def test_a_passkey_is_what_the_role_asks_for(self, surface: Surface) -> None:
        with settings.override(second_factor_roles=("owner",)):
            browser, authenticator = self.enrolling(surface), Authenticator(HOME)
            credential = json.dumps(authenticator.create(asked(browser, "enrolment")))
            done = by_form(browser, "/second-factor/set-up/passkey", credential=credential, name="phone", next="/jobs")
            assert done.status_code == 200, done.text
            assert "recovery codes" in done.text
            assert browser.get("/api/auth/session").json()["user"]["name"] == OWNER
            assert by_password(surface.client()).headers["location"].startswith("/second-factor?")

    def test_the_password_alone_adds_no_factor_beside_one(self, surface: Surface) -> None:
        """Somebody who began to set one up with the password cannot go on once its person has one."""
        with settings.override(second_factor_roles=("owner",)):
            browser = self.enrolling(surface)
            options = asked(browser, "enrolment")
            cookie = browser.cookies[PENDING_COOKIE]
            register(surface)
            browser.cookies.set(PENDING_COOKIE, cookie)
            credential = json.dumps(Authenticator(HOME).create(options))
            late = by_form(browser, "/second-factor/set-up/passkey", credential=credential, name="thief")
            assert late.status_code == 409
            assert by_form(browser, "/second-factor/set-up", code=code(secret())).status_code == 409
            assert cookies.SESSION not in browser.cookies


def secret() -> str:
    with connection.session():
        return connection.execute("SELECT secret FROM second_factor")[0][0]
