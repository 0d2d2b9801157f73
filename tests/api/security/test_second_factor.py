"""The second factor: set up, asked for on every way in, used once, guessed rarely, and never passed by."""

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from pyotp.totp import TOTP

import settings
from api_stub.security import api_tokens, cookies, csrf, second_factor, sessions
from api_stub.security.admission import PENDING_COOKIE
from db import connection
from db.access import audit, second_factors, users
from rules.access import Role
from settings import BadSettings
from tests.api.browser import TestClient
from tests.api.conftest import HOME, PASSWORD, Surface
from tests.faults.marks import on_sqlite
from tests.support.crowds import at_once

OWNER = "the owner"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def code(secret: str, steps: int = 1) -> str:
    """Return the code of some steps from now: by default one that still counts when the step ends meanwhile."""
    return TOTP(secret).at(datetime.now(UTC), counter_offset=steps)


def enrol(surface: Surface, role: Role = Role.OWNER) -> tuple[str, list[str]]:
    """Set a second factor up over the API; returns its secret and the recovery codes."""
    browser = surface.signed_in(role)
    uri = browser.post("/api/account/second-factor").json()["uri"]
    secret = parse_qs(urlsplit(uri).query)["secret"][0]
    answer = browser.put("/api/account/second-factor", json={"code": code(secret, 0)})
    assert answer.status_code == 200, answer.text
    return secret, answer.json()["recovery_codes"]


def by_form(browser: TestClient, path: str, **fields: str):
    browser.cookies.set(cookies.VISITOR, "visitor")
    return browser.post(path, data={csrf.FIELD: csrf.derived("visitor"), **fields}, headers={"origin": HOME})


def by_password(browser: TestClient, name: str = OWNER):
    return by_form(browser, "/sign-in", name=name, password=PASSWORD, next="/jobs")


class TestCodes:
    @pytest.mark.parametrize("skew", [-2, -1, 0, 1, 2])
    def test_a_clock_may_be_one_step_off_and_no_more(self, skew: int) -> None:
        at = datetime(2026, 11, 23, 12, 0, 15, tzinfo=UTC)
        shown = TOTP(SECRET).at(at + timedelta(seconds=30 * skew))
        step = second_factor.matching_step(SECRET, shown, at=at)
        assert step == (int(at.timestamp()) // 30 + skew if abs(skew) <= 1 else None)

    @pytest.mark.parametrize(
        "odd", ["", "12345", "1234567", "abcdef", "\u0661\u0662\u0663\u0664\u0665\u0666", "12 45\n"]
    )
    def test_what_is_no_code_matches_nothing(self, odd: str) -> None:
        assert second_factor.matching_step(SECRET, odd, at=datetime.now(UTC)) is None

    def test_the_qr_code_holds_no_style_and_no_script(self) -> None:
        svg = second_factor.qr(TOTP(SECRET).provisioning_uri(name="<script>", issuer_name="Nolapse"))
        assert svg.startswith("<svg")
        assert not re.search(r"style|script|href|on\w+=", svg)


def test_a_proposal_that_another_browser_replaced_meanwhile_does_not_make_the_newer_one_count(surface: Surface) -> None:
    owner = surface.people[Role.OWNER]
    with connection.session():
        second_factors.propose(owner, SECRET)
        second_factors.propose(owner, SECRET[::-1])
        assert not second_factors.confirm(owner, SECRET)
        assert not second_factor.is_enrolled(owner), "nobody is asked for codes of a secret that they never saw"
        assert second_factors.confirm(owner, SECRET[::-1])
        assert second_factor.is_enrolled(owner)


def test_there_is_no_session_before_the_code(surface: Surface) -> None:
    secret, _ = enrol(surface)
    browser = surface.client()
    answer = by_password(browser)
    assert (answer.status_code, answer.headers["location"]) == (303, "/second-factor?next=%2Fjobs")
    assert cookies.SESSION not in browser.cookies
    assert browser.get("/api/auth/session").json() == {}
    planted = surface.client(cookies={cookies.SESSION: browser.cookies[PENDING_COOKIE]})
    assert planted.get("/api/jobs").status_code == 401, "what waits is no session under another name either"
    assert 'autocomplete="one-time-code"' in browser.get("/second-factor?next=%2Fjobs").text
    done = by_form(browser, "/second-factor", code=code(secret), next="/jobs")
    assert (done.status_code, done.headers["location"]) == (303, "/jobs")
    assert browser.get("/api/auth/session").json()["user"]["name"] == OWNER
    with connection.session():
        assert audit.LIST.page("-id", size=1).rows[0].details == {"how": "password and code"}


def test_threads_with_one_code_come_in_once(surface: Surface) -> None:
    secret, _ = enrol(surface)
    browsers = [surface.client() for _ in range(4)]
    for one in browsers:
        by_password(one)
    shown = code(secret)
    said = at_once(4, lambda one: by_form(browsers[one], "/second-factor", code=shown).status_code)
    assert sorted(said) == [303, 401, 401, 401]


def test_a_recovery_code_stands_in_once(surface: Surface) -> None:
    _, recovery = enrol(surface)
    assert len(set(recovery)) == second_factor.RECOVERY_CODES
    for expected in (303, 401):
        browser = surface.client()
        by_password(browser)
        assert by_form(browser, "/second-factor", code=f" {recovery[0].lower()} ").status_code == expected
    with connection.session():
        kept = str(connection.execute("SELECT * FROM recovery_code"))
        assert all(one not in kept and one.replace("-", "") not in kept for one in recovery)
        assert "recovery code used" in [one.action for one in audit.LIST.page("-id").rows]


@on_sqlite
class TestSignIn:
    def test_the_wait_ends_with_the_code_and_with_time(self, surface: Surface) -> None:
        secret, recovery = enrol(surface)
        browser = surface.client()
        by_password(browser)
        waiting = browser.cookies[PENDING_COOKIE]
        assert by_form(browser, "/second-factor", code=code(secret)).status_code == 303
        again = surface.client(cookies={PENDING_COOKIE: waiting})
        assert by_form(again, "/second-factor", code=recovery[0]).json()["type"] == "/problems/bad-link"
        late = surface.client()
        by_password(late)
        with connection.session():
            connection.execute("UPDATE pending_sign_in SET expires_at = {later(-1)}")
        assert by_form(late, "/second-factor", code=recovery[1]).json()["type"] == "/problems/bad-link"

    def test_a_code_is_used_up_with_those_before_it(self, surface: Surface) -> None:
        secret, _ = enrol(surface)
        used = code(secret)
        for expected, given in ((303, used), (401, used), (401, code(secret, 0))):
            browser = surface.client()
            by_password(browser)
            assert by_form(browser, "/second-factor", code=given).status_code == expected

    def test_guessing_is_stopped_per_account_whatever_the_browser(self, surface: Surface) -> None:
        secret, _ = enrol(surface)
        said, browser = [], surface.client()
        for number in range(6):
            browser = surface.client()
            by_password(browser)
            said.append(by_form(browser, "/second-factor", code=f"00000{number}").status_code)
        assert said == [401] * 5 + [429]
        assert by_form(browser, "/second-factor", code=code(secret)).status_code == 429
        with connection.session():
            connection.execute("UPDATE throttle SET ends_at = {later(-1)}")
        assert by_form(browser, "/second-factor", code=code(secret)).status_code == 303, "not for good"

    def test_a_link_does_not_pass_by_it(self, surface: Surface) -> None:
        enrol(surface)
        with connection.session():
            path = "/sign-in/link/" + sessions.link(users.require(OWNER)).rpartition("/")[2]
        browser = surface.client()
        answer = by_form(browser, path)
        assert answer.headers["location"].startswith("/second-factor?")
        assert cookies.SESSION not in browser.cookies

    def test_the_session_that_the_browser_had_ends_first(self, surface: Surface) -> None:
        enrol(surface)
        browser = surface.client()
        browser.post("/api/sessions", json={"name": "the viewer", "password": PASSWORD})
        kept = browser.cookies[cookies.SESSION]
        token = csrf.derived(kept)
        browser.post(
            "/sign-in", data={"name": OWNER, "password": PASSWORD, csrf.FIELD: token}, headers={"origin": HOME}
        )
        assert surface.client(cookies={cookies.SESSION: kept}).get("/api/jobs").status_code == 401

    def test_a_new_password_and_being_disabled_end_the_wait(self, surface: Surface) -> None:
        secret, _ = enrol(surface)
        with connection.session():
            users.add("another owner", Role.OWNER)
        for end in (lambda user: users.set_password(user, "hash"), users.disable):
            with connection.session():
                users.set_password(surface.people[Role.OWNER], surface_hash(), signs_out=False)
            browser = surface.client()
            by_password(browser)
            with connection.session():
                end(surface.people[Role.OWNER])
            assert by_form(browser, "/second-factor", code=code(secret)).json()["type"] == "/problems/bad-link"

    def test_programs_send_the_code_with_the_password(self, surface: Surface) -> None:
        secret, _ = enrol(surface)
        given = {"name": OWNER, "password": PASSWORD}
        alone = surface.client().post("/api/sessions", json=given)
        assert alone.json()["type"] == "/problems/second-factor-needed"
        assert "set-cookie" not in alone.headers
        wrong = surface.client().post("/api/sessions", json={**given, "code": "000000"})
        assert wrong.json()["type"] == "/problems/bad-code"
        assert surface.client().post("/api/sessions", json={**given, "code": code(secret)}).status_code == 201

    def test_a_wrong_password_with_a_right_code_says_nothing_of_the_code(self, surface: Surface) -> None:
        secret, _ = enrol(surface)
        given = {"name": OWNER, "password": "not this one", "code": code(secret)}
        assert surface.client().post("/api/sessions", json=given).json()["type"] == "/problems/bad-credentials"
        given["password"] = PASSWORD
        assert surface.client().post("/api/sessions", json=given).status_code == 201, "and does not use it up"


def surface_hash() -> str:
    from api_stub.security import passwords

    return passwords.hashed(PASSWORD)


class TestRequired:
    @on_sqlite
    def test_who_has_none_sets_it_up_before_there_is_a_session(self, surface: Surface) -> None:
        with settings.override(second_factor_roles=("owner",)):
            browser = surface.client()
            answer = by_password(browser)
            assert answer.headers["location"] == "/second-factor/set-up?next=%2Fjobs"
            assert browser.get("/api/auth/session").json() == {}
            page = browser.get("/second-factor/set-up?next=%2Fjobs").text
            assert "<svg" in page
            secret = proposed(surface)
            for guess in ("123456", code(secret, 0)):
                passed_by = by_form(browser, "/second-factor", code=guess)
                assert (passed_by.status_code, cookies.SESSION in browser.cookies) == (401, False), "no way round it"
            wrong = by_form(browser, "/second-factor/set-up", code="000000")
            assert (wrong.status_code, cookies.SESSION in browser.cookies) == (401, False)
            done = by_form(browser, "/second-factor/set-up", code=code(secret), next="/jobs")
            assert done.status_code == 200
            assert (
                len(re.findall(r"^[A-Z2-7]{6}(?:-[A-Z2-7]{6}){3}$", re.sub(r"<[^>]+>", "\n", done.text), re.MULTILINE))
                == 10
            )
            assert browser.get("/api/auth/session").json()["user"]["name"] == OWNER
            assert by_password(surface.client(), "the viewer").headers["location"] == "/jobs", "no other role is asked"

    @on_sqlite
    def test_programs_are_sent_to_the_page(self, surface: Surface) -> None:
        with settings.override(second_factor_roles=("owner",)):
            answer = surface.client().post(
                "/api/sessions", json={"name": OWNER, "password": PASSWORD, "code": "123456"}
            )
            assert answer.json()["type"] == "/problems/second-factor-needed"
            assert "/sign-in" in answer.json()["detail"]

    @on_sqlite
    def test_it_cannot_be_removed_by_a_role_that_needs_it(self, surface: Surface) -> None:
        _, recovery = enrol(surface)
        owner = surface.signed_in(Role.OWNER)
        with settings.override(second_factor_roles=("owner",)):
            refused = owner.post("/api/account/second-factor/removal", json={"code": recovery[0]})
        assert refused.status_code == 409
        assert owner.post("/api/account/second-factor/removal", json={"code": recovery[0]}).status_code == 204
        assert by_password(surface.client()).headers["location"] == "/jobs"

    def test_a_role_that_does_not_exist_is_refused_at_the_start(self) -> None:
        with pytest.raises(BadSettings, match="NOLAPSE_SECOND_FACTOR_ROLES"):
            settings.load(second_factor_roles="owner,king")
        assert settings.load(second_factor_roles="owner, operator").second_factor_roles == ("owner", "operator")


def proposed(surface: Surface) -> str:
    with connection.session():
        return connection.execute("SELECT secret FROM second_factor")[0][0]


@on_sqlite
class TestOwn:
    def test_setting_it_up_signs_out_everywhere_else(self, surface: Surface) -> None:
        other = surface.signed_in(Role.OWNER)
        enrol(surface)
        assert other.get("/api/jobs").status_code == 401

    def test_a_wrong_code_does_not_make_it_count(self, surface: Surface) -> None:
        viewer = surface.signed_in(Role.VIEWER)
        viewer.post("/api/account/second-factor")
        assert viewer.put("/api/account/second-factor", json={"code": "000000"}).status_code == 401
        assert viewer.get("/api/account/second-factor").json()["enabled"] is False
        assert by_password(surface.client(), "the viewer").headers["location"] == "/jobs"

    def test_one_that_counts_is_not_replaced_without_its_code(self, surface: Surface) -> None:
        secret, _ = enrol(surface)
        owner = surface.signed_in(Role.OWNER)
        assert owner.post("/api/account/second-factor").status_code == 409
        assert proposed(surface) == secret
        assert owner.put("/api/account/second-factor", json={"code": code(secret)}).status_code == 409

    def test_new_recovery_codes_end_the_old_ones(self, surface: Surface) -> None:
        secret, old = enrol(surface)
        owner = surface.signed_in(Role.OWNER)
        new = owner.post("/api/account/second-factor/recovery-codes", json={"code": code(secret)})
        assert not set(new.json()["recovery_codes"]) & set(old)
        removal = "/api/account/second-factor/removal"
        assert owner.post(removal, json={"code": old[0]}).status_code == 401
        assert owner.get("/api/account/second-factor").json()["recovery_codes_left"] == 10
        assert owner.post(removal, json={"code": new.json()["recovery_codes"][0]}).status_code == 204

    def test_the_pages_show_the_qr_code_and_then_the_recovery_codes(self, surface: Surface) -> None:
        viewer = surface.signed_in(Role.VIEWER)
        viewer.headers["accept"] = "text/html"
        assert "<svg" in viewer.post("/account/second-factor").text
        assert 'role="alert"' in viewer.post("/account/second-factor/confirm", data={"code": "000000"}).text
        done = viewer.post("/account/second-factor/confirm", data={"code": code(proposed(surface))})
        assert re.search(r"[A-Z2-7]{6}(?:-[A-Z2-7]{6}){3}", done.text)
        assert "10 recovery codes left" in viewer.get("/account").text


@on_sqlite
class TestOwners:
    def test_they_reset_it_for_somebody_who_has_lost_it(self, surface: Surface) -> None:
        enrol(surface, Role.VIEWER)
        viewer, owner = surface.signed_in(Role.VIEWER), surface.signed_in(Role.OWNER)
        found = {one["name"]: one for one in owner.get("/api/users").json()["users"]}
        assert found["the viewer"]["second_factor"] is True
        assert "password" not in found["the viewer"]
        path = f"/api/users/{found['the viewer']['id']}/second-factor"
        assert viewer.delete(path).status_code == 403, "nobody resets their own so"
        assert owner.delete(path).status_code == 204
        assert owner.delete(path).status_code == 404
        assert viewer.get("/api/jobs").status_code == 401
        assert by_password(surface.client(), "the viewer").headers["location"] == "/jobs"
        with connection.session():
            assert "second factor reset" in [one.action for one in audit.LIST.page("-id").rows]

    def test_the_page_does_the_same(self, surface: Surface) -> None:
        enrol(surface, Role.VIEWER)
        owner = surface.signed_in(Role.OWNER)
        owner.headers["accept"] = "text/html"
        path = f"/users/{surface.people[Role.VIEWER]}/second-factor/reset"
        assert f'action="{path}"' in owner.get(path.removesuffix("/second-factor/reset")).text
        assert owner.post(path).status_code == 303
        assert f'action="{path}"' not in owner.get(path.removesuffix("/second-factor/reset")).text


@on_sqlite
def test_the_secret_is_in_no_answer_but_the_one_that_sets_it_up(surface: Surface) -> None:
    secret, _ = enrol(surface)
    owner = surface.signed_in(Role.OWNER)
    for path in ("/api/account/second-factor", "/account", "/users", "/api/users", "/audit", "/api/audit"):
        assert secret not in owner.get(path).text
    assert api_tokens.hashed(secret) != secret
