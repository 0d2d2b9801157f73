"""Coming in and going out: passwords, sessions, links, tokens, and what must not help a stranger."""

import asyncio
import contextlib
import re
import threading

import pytest
import structlog
from argon2 import PasswordHasher
from starlette.types import Message

import settings
from api_stub.problems import Problem
from api_stub.security import admission, api_tokens, cookies, csrf, origins, passwords, sessions, throttle
from api_stub.security.admission import Visitor
from db import connection
from db.access import audit, known_devices, throttles, users
from db.access.throttles import Limit
from rules.access import Role, Scope
from tests.api.browser import TestClient
from tests.api.conftest import HOME, PASSWORD, Surface
from tests.faults.marks import on_sqlite
from tests.support.crowds import at_once
from tests.support.eventually import WITHIN_S, eventually

OWNER = "the owner"


def form(browser: TestClient, **fields: str):
    """Send the sign-in form as our page would: with the token that goes with the visitor's cookie."""
    browser.cookies.set(cookies.VISITOR, "visitor")
    given = {"name": OWNER, "password": PASSWORD, csrf.FIELD: csrf.derived("visitor"), **fields}
    return browser.post("/sign-in", data=given, headers={"origin": HOME})


class TestPasswords:
    def test_a_hash_is_argon2id_with_at_least_what_owasp_asks_for(self, hashed: str) -> None:
        found = re.match(r"\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$", hashed)
        assert found
        assert int(found[1]) >= 19 * 1024
        assert int(found[2]) >= 2
        assert passwords.matches(hashed, PASSWORD)
        assert not passwords.matches(hashed, PASSWORD + " ")
        assert not passwords.matches(None, PASSWORD)
        assert not passwords.matches("no hash", PASSWORD)

    @pytest.mark.parametrize(
        "password",
        [
            "short",
            "x" * 11,
            "x" * 257,
            "PasswordPassword",
            "aaaaaaaaaaaaa",
            "abababababab",
            "123456789012",
            "ada1234567890",
            "Password2026!",
            "P@ssw0rd2026!!",
            "Summer2026!!!!",
            "qwertyuiop2026",
            "qwerty!qwerty",
            "Monkey.Dragon.1",
            "iloveyou123456",
            "letmein2026!!!",
            "1qaz2wsx3edc",
            "football2026!",
            "Welcome-2026-1",
            "admin@admin2026",
            "superman12345678",
            "December2026!!",
        ],
    )
    def test_what_everybody_would_guess_is_refused(self, password: str) -> None:
        with pytest.raises(passwords.Unfit):
            passwords.require_fit(password, "ada")

    @pytest.mark.parametrize(
        "password",
        ["four words in a row", "ünïcödé passphrase ✓", "summer rain on tin roofs", "x1y2z3" * 40, " spaces  kept "],
    )
    def test_length_is_what_counts(self, password: str) -> None:
        passwords.require_fit(password, "ada")

    def test_only_a_few_are_checked_at_once_and_a_crowd_is_sent_away(
        self, hashed: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """While the few threads that check are busy some may wait, and all others are sent away at once."""
        monkeypatch.setattr(passwords, "_WAITS_S", WITHIN_S)
        free, outcomes, places = threading.Event(), [], passwords._AT_ONCE + passwords._WAITING
        for _ in range(passwords._AT_ONCE):
            passwords._threads.submit(free.wait)

        def check() -> None:
            try:
                outcomes.append(passwords.matches(hashed, PASSWORD))
            except passwords.Busy:
                outcomes.append(None)

        threads = [threading.Thread(target=check) for _ in range(60)]
        for one in threads:
            one.start()
        eventually(lambda: len(outcomes) >= 60 - places, what="the crowd is sent away")
        assert set(outcomes) == {None}, "nobody else has been answered"
        free.set()
        for one in threads:
            one.join()
        assert outcomes.count(True) == places
        assert passwords.matches(hashed, PASSWORD), "every place in the queue was given back"

    def test_who_has_waited_for_long_is_sent_away(self, hashed: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(passwords, "_WAITS_S", 0.01)
        free = threading.Event()
        for _ in range(passwords._AT_ONCE):
            passwords._threads.submit(free.wait)
        with pytest.raises(passwords.Busy):
            passwords.matches(hashed, PASSWORD)
        free.set()
        monkeypatch.setattr(passwords, "_WAITS_S", WITHIN_S)
        assert passwords.matches(hashed, PASSWORD), "its place was given back"

    def test_a_hash_of_weaker_parameters_is_renewed_by_the_next_sign_in_and_ends_no_session(
        self, surface: Surface
    ) -> None:
        weaker = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
        with connection.session():
            users.set_password(surface.people[Role.OWNER], weaker)
        before = surface.signed_in(Role.OWNER)
        assert form(surface.client()).status_code == 303
        with connection.session():
            renewed = users.require(OWNER).password
        assert renewed
        assert passwords.outdated(weaker)
        assert not passwords.outdated(renewed)
        assert passwords.matches(renewed, PASSWORD)
        assert before.get("/api/sessions/current").status_code == 200
        assert form(surface.client()).status_code == 303
        with connection.session():
            assert users.require(OWNER).password == renewed, "one of today's parameters stays"

    def test_in_a_crowd_the_hash_is_left_to_the_next_sign_in(self, surface: Surface) -> None:
        weaker = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
        with contextlib.ExitStack() as crowd, connection.session():
            users.set_password(surface.people[Role.OWNER], weaker)
            while passwords._admitted.acquire(blocking=False):
                crowd.callback(passwords._admitted.release)
            admission._rehash(users.require(OWNER), PASSWORD)
            assert users.require(OWNER).password == weaker


class TestSessions:
    def test_signing_in_by_form_goes_on_to_where_one_was_going(self, surface: Surface) -> None:
        browser = surface.client()
        answer = form(browser, next="/jobs?state=dead")
        assert (answer.status_code, answer.headers["location"]) == (303, "/jobs?state=dead")
        assert browser.get("/api/sessions/current").json()["name"] == OWNER

    def test_the_cookie_is_bound_to_the_host_and_out_of_reach(self, surface: Surface) -> None:
        session, device = form(surface.client()).headers.get_list("set-cookie")
        assert session.startswith("__Host-nolapse=")
        assert device.startswith("__Host-nolapse-device=")
        for cookie, holds in ((session, set[str]()), (device, {"max-age=31536000"})):
            parts = {one.strip().lower() for one in cookie.split(";")[1:]}
            assert parts == {"secure", "httponly", "samesite=lax", "path=/", *holds}
        value = cookie.split(";")[0].partition("=")[2]
        assert len(value) >= 43

    def test_only_hashes_are_kept(self, surface: Surface, database: str) -> None:
        value = form(surface.client()).cookies[cookies.SESSION]
        with connection.session():
            token = api_tokens.add(surface.people[Role.OWNER], "ci", scopes=[Scope.READ])
            link = sessions.link(users.require(OWNER)).rpartition("/")[2]
            tables = ("session", "api_token", "sign_in_link", "audit", "throttle", "account")
            kept = str([connection.execute(f"SELECT * FROM {table}") for table in tables])
        for secret in (value, token, token.removeprefix("nlp_"), link, PASSWORD):
            assert secret not in kept

    def test_a_session_is_new_at_each_sign_in_and_the_old_one_ends(self, surface: Surface) -> None:
        browser = surface.client()
        first = form(browser).cookies[cookies.SESSION]
        answer = browser.post(
            "/sign-in",
            data={"name": OWNER, "password": PASSWORD, csrf.FIELD: csrf.derived(first)},
            headers={"origin": HOME},
        )
        assert answer.cookies[cookies.SESSION] != first
        old = surface.client(cookies={cookies.SESSION: first})
        assert old.get("/api/sessions/current").status_code == 401

    def test_a_session_that_was_planted_does_not_become_the_signed_in_one(self, surface: Surface) -> None:
        browser = surface.client(cookies={cookies.SESSION: "planted"})
        given = {"name": OWNER, "password": PASSWORD, csrf.FIELD: csrf.derived("planted")}
        assert browser.post("/sign-in", data=given, headers={"origin": HOME}).status_code == 303
        planted = surface.client(cookies={cookies.SESSION: "planted"})
        assert planted.get("/api/sessions/current").status_code == 401

    def test_signing_out_ends_the_session_on_the_server(self, surface: Surface) -> None:
        browser = surface.client()
        cookie = form(browser).cookies[cookies.SESSION]
        answer = browser.post("/sign-out", data={csrf.FIELD: csrf.derived(cookie)}, headers={"origin": HOME})
        assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
        kept = surface.client(cookies={cookies.SESSION: cookie})
        assert kept.get("/api/sessions/current").status_code == 401

    @pytest.mark.parametrize("column", ["seen_at", "expires_at"])
    def test_a_session_ends_when_idle_and_in_any_case_on_the_databases_clock(
        self, surface: Surface, column: str
    ) -> None:
        browser = surface.signed_in(Role.VIEWER)
        config = settings.current()
        near = -(config.session_idle_s - 30) if column == "seen_at" else 30
        over = -(config.session_idle_s + 1) if column == "seen_at" else -1
        for seconds, status in ((near, 200), (over, 401)):
            with connection.session():
                connection.execute(f"UPDATE session SET {column} = {{later(%s)}}", seconds)
            assert browser.get("/api/sessions/current").status_code == status

    def test_a_request_keeps_a_session_from_idling(self, surface: Surface) -> None:
        browser = surface.signed_in(Role.VIEWER)
        with connection.session():
            connection.execute("UPDATE session SET seen_at = {later(-3600)}")
        assert browser.get("/api/sessions/current").status_code == 200
        with connection.session():
            assert connection.execute("SELECT COUNT(*) FROM session WHERE seen_at > {later(-60)}")[0][0] == 1

    def test_a_new_password_or_being_disabled_ends_sessions_and_tokens_at_once(self, surface: Surface) -> None:
        for end in (lambda user: users.set_password(user, "hash"), users.disable):
            browser, program = surface.signed_in(Role.OPERATOR), surface.with_token(Role.OPERATOR)
            assert browser.get("/api/jobs").status_code == program.get("/api/jobs").status_code == 200
            with connection.session():
                end(surface.people[Role.OPERATOR])
            assert browser.get("/api/jobs").status_code == program.get("/api/jobs").status_code == 401

    def test_a_disabled_person_does_not_come_in_and_learns_nothing(self, surface: Surface) -> None:
        wrong = form(surface.client(), password="no such password")
        with connection.session():
            users.add("another owner", Role.OWNER)
            users.disable(surface.people[Role.OWNER])
        right = form(surface.client())
        assert right.status_code == wrong.status_code == 401
        assert right.json() == wrong.json()

    def test_json_signs_in_too_and_tells_the_token_that_goes_with_the_cookie(self, surface: Surface) -> None:
        browser = surface.client()
        answer = browser.post("/api/sessions", json={"name": "The OWNER", "password": PASSWORD})
        assert answer.status_code == 201
        token = answer.json()["csrf"]
        assert browser.get("/api/sessions/current").json()["csrf"] == token
        assert browser.delete("/api/sessions/current", headers={csrf.HEADER: token}).status_code == 204
        assert browser.get("/api/sessions/current").status_code == 401

    def test_json_as_another_type_or_from_another_site_does_not_sign_in(self, surface: Surface) -> None:
        text = f'{{"name": "{OWNER}", "password": "{PASSWORD}"}}'
        plain = surface.client().post("/api/sessions", content=text, headers={"content-type": "text/plain"})
        assert plain.status_code == 415
        crossed = surface.client().post(
            "/api/sessions", json={"name": OWNER, "password": PASSWORD}, headers={"origin": "https://evil.example"}
        )
        assert crossed.status_code == 403

    def test_the_form_needs_the_visitors_own_token(self, surface: Surface) -> None:
        assert form(surface.client(), csrf="").status_code == 403
        assert form(surface.client(), csrf=csrf.derived("somebody else")).status_code == 403
        alone = surface.client().post("/sign-in", data={"name": OWNER, "password": PASSWORD}, headers={"origin": HOME})
        assert alone.status_code == 403


def by_button(browser: TestClient, path: str):
    """Press the one button of a link's page."""
    browser.cookies.set(cookies.VISITOR, "visitor")
    return browser.post(path, data={csrf.FIELD: csrf.derived("visitor")}, headers={"origin": HOME})


def a_link() -> str:
    with connection.session():
        return sessions.link(users.require(OWNER)).removeprefix(settings.current().web_url)


class TestLinks:
    def test_a_link_shows_a_button_that_signs_in_once(self, surface: Surface) -> None:
        path, browser = a_link(), surface.client()
        for _ in range(2):
            page = surface.client().get(path)
            assert page.status_code == 200, "a program that fetches links does not use it up"
            assert f"Sign in as {OWNER}?" in page.text
            assert page.text.count("<button") == 1
        answer = by_button(browser, path)
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        assert browser.get("/api/sessions/current").json()["role"] == "owner"
        for again in (surface.client().get(path), by_button(surface.client(), path)):
            assert again.status_code == 401
            assert again.json()["type"] == "/problems/bad-link"

    def test_another_site_does_not_press_it(self, surface: Surface) -> None:
        path = a_link()
        assert surface.client().post(path, headers={"origin": "https://evil.example"}).status_code == 403
        assert surface.client().post(path, headers={"origin": HOME}).status_code == 403
        assert by_button(surface.client(), path).status_code == 303

    def test_a_new_link_ends_the_older_ones(self, surface: Surface) -> None:
        older, newer = a_link(), a_link()
        assert by_button(surface.client(), older).status_code == 401
        assert by_button(surface.client(), newer).status_code == 303

    def test_a_link_that_is_over_or_whose_person_is_disabled_does_not(self, surface: Surface) -> None:
        late = a_link()
        with connection.session():
            connection.execute("UPDATE sign_in_link SET expires_at = {later(-1)}")
        kept = a_link()
        with connection.session():
            users.add("another owner", Role.OWNER)
            users.disable(surface.people[Role.OWNER])
        for path in (late, kept, "/sign-in/link/%00%ff"):
            assert surface.client().get(path).status_code == by_button(surface.client(), path).status_code == 401

    def test_threads_that_use_a_link_at_once_sign_in_once(self, surface: Surface) -> None:
        path, browsers = a_link(), [surface.client() for _ in range(6)]
        statuses = at_once(6, lambda one: by_button(browsers[one], path).status_code)
        assert sorted(statuses) == [303, 401, 401, 401, 401, 401]


class TestTokens:
    def test_a_token_that_is_over_or_revoked_is_worth_nothing(self, surface: Surface) -> None:
        for change in ("expires_at = {later(-1)}", "revoked_at = {now}"):
            program = surface.with_token(Role.OWNER)
            assert program.get("/api/jobs").status_code == 200
            with connection.session():
                connection.execute(f"UPDATE api_token SET {change}")
            assert program.get("/api/jobs").status_code == 401

    def test_a_token_needs_no_csrf_token_but_brings_no_cookies_rights(self, surface: Surface) -> None:
        browser = surface.signed_in(Role.OWNER)
        program = surface.with_token(Role.VIEWER)
        program.cookies = browser.cookies
        assert program.post("/api/triggers/domains.check_all").status_code == 403
        assert surface.with_token(Role.OPERATOR).post("/api/triggers/domains.check_all").status_code == 202

    def test_the_audit_trail_names_the_token(self, surface: Surface) -> None:
        surface.with_token(Role.OPERATOR).post("/api/triggers/domains.check_all")
        with connection.session():
            assert audit.LIST.page("-id").rows[0].actor == "the operator (token test)"


def guessed(address: str) -> int:
    """Guess at the owner's password from an address, and return the status of the answer."""
    with connection.session(), pytest.raises(Problem) as refused:
        admission.by_password(OWNER, "not it, not it", Visitor(address, "a browser"))
    return refused.value.status_code


def known_browser(surface: Surface) -> TestClient:
    """Return a browser in which the owner has signed in before, and has no session now."""
    browser = surface.client()
    assert form(browser).status_code == 303
    return surface.client(cookies={cookies.DEVICE: browser.cookies[cookies.DEVICE]})


class TestStrangers:
    def test_nobody_learns_which_names_there_are(self, surface: Surface) -> None:
        known = form(surface.client(), password="not the password")
        unknown = form(surface.client(), name="nobody at all", password="not the password")
        assert known.status_code == unknown.status_code == 401
        assert known.json() == unknown.json()
        assert set(known.headers) == set(unknown.headers)

    def test_a_name_that_nobody_has_costs_as_much_work(self, surface: Surface, monkeypatch: pytest.MonkeyPatch) -> None:
        checked: list[str] = []
        monkeypatch.setattr(passwords, "_verified", lambda kept, _password: bool(checked.append(kept)))
        for name in (OWNER, "nobody at all"):
            form(surface.client(), name=name)
        assert [kept.split("$")[3] for kept in checked] == ["m=19456,t=2,p=1"] * 2
        assert len(set(checked)) == 2

    def test_many_tries_at_one_account_are_stopped_for_a_while_whether_it_exists_or_not(self, surface: Surface) -> None:
        for name in (OWNER, "nobody at all"):
            answers = [form(surface.client(), name=name, password="not it, not it") for _ in range(11)]
            assert [one.status_code for one in answers] == [401] * 10 + [429]
            assert 0 < int(answers[-1].headers["retry-after"]) <= 901
        assert form(surface.client()).status_code == 429, "even with the right password"
        with connection.session():
            connection.execute("UPDATE throttle SET ends_at = {later(-1)}")
        assert form(surface.client()).status_code == 303, "nobody is locked out for good"

    def test_signing_in_forgets_the_tries_before(self, surface: Surface) -> None:
        for _ in range(3):
            assert [form(surface.client(), password="wrong wrong").status_code for _ in range(9)] == [401] * 9
            assert form(surface.client()).status_code == 303

    def test_one_network_cannot_try_all_names(self, surface: Surface, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(throttle, "NETWORK_LIMIT", Limit(tries=5, window_s=900))
        answers = [form(surface.client(), name=f"name {number}", password="guess") for number in range(6)]
        assert [one.status_code for one in answers] == [401] * 5 + [429]

    def test_signing_in_gives_its_network_back_its_own_try_alone(
        self, surface: Surface, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(throttle, "NETWORK_LIMIT", Limit(tries=2, window_s=900))
        assert form(surface.client(), name="a name", password="guess").status_code == 401
        assert [form(surface.client()).status_code for _ in range(4)] == [303] * 4, "colleagues share an address"
        assert form(surface.client(), name="another", password="guess").status_code == 401
        assert form(surface.client()).status_code == 429, "a good sign-in does not forget the guesses of others"

    def test_a_crowd_at_the_same_moment_gets_no_more_tries(self, database: str) -> None:
        limit = Limit(tries=5, window_s=60)
        waits = at_once(12, lambda _: throttles.take("account:x", limit), within=connection.session)
        assert waits.count(None) == 5

    def test_guesses_from_elsewhere_keep_nobody_out_and_slow_strangers_down(self, surface: Surface) -> None:
        mine = known_browser(surface)
        statuses = [guessed(f"198.51.100.{number}") for number in range(throttle.NAME_LIMIT.tries + 5)]
        assert set(statuses[: throttle.NAME_LIMIT.tries]) == {401}
        assert set(statuses[throttle.NAME_LIMIT.tries :]) == {429}
        assert form(surface.client()).status_code == 429, "a stranger's browser waits, for minutes"
        with connection.session():
            ((longest,),) = connection.execute(
                "SELECT {seconds({now}, ends_at)} FROM throttle WHERE key = %s", throttle.name_key(OWNER)
            )
        assert 0 < longest <= throttle.NAME_LIMIT.window_s
        assert form(mine).status_code == 303, "who signed in here before is not kept out"
        assert guessed("192.0.2.99") == 429

    def test_a_network_that_used_its_tries_up_leaves_the_others_theirs(self, surface: Surface) -> None:
        assert [guessed("198.51.100.1") for _ in range(11)] == [401] * 10 + [429]
        assert [guessed("198.51.100.2") for _ in range(3)] == [401] * 3

    def test_a_known_browser_has_its_own_few_guesses_at_its_own_account_alone(self, surface: Surface) -> None:
        mine = known_browser(surface)
        tries = [form(mine, password="not it, not it").status_code for _ in range(11)]
        assert tries == [401] * 10 + [429]
        assert form(surface.client()).status_code == 303, "and they are not the account's"
        stolen = mine.cookies[cookies.DEVICE]
        assert mine.get("/api/jobs").status_code == 401, "by itself it lets nobody in"
        with connection.session():
            assert known_devices.find(surface.people[Role.OWNER], api_tokens.hashed(stolen))
            assert known_devices.find(surface.people[Role.VIEWER], api_tokens.hashed(stolen)) is None

    def test_of_a_persons_browsers_the_latest_are_known(self, surface: Surface) -> None:
        owner = surface.people[Role.OWNER]
        with connection.session():
            for number in range(25):
                known_devices.remember(owner, f"{number}", holds_s=60 + number)
            known_devices.remember(owner, "24", holds_s=900)
            known = [number for number in range(25) if known_devices.find(owner, f"{number}")]
        assert known == list(range(5, 25))

    @on_sqlite
    def test_a_sign_in_that_hangs_up_is_no_mistake_of_ours(self, surface: Surface) -> None:
        async def half() -> Message:
            return next(said)

        said = iter([{"type": "http.request", "body": b'{"name": ', "more_body": True}, {"type": "http.disconnect"}])
        sent: list[Message] = []

        async def send(message: Message) -> None:
            sent.append(message)

        headers = [(b"host", b"localhost"), (b"content-type", b"application/json"), (b"content-length", b"90")]
        scope = {
            "type": "http",
            "method": "POST",
            "scheme": "https",
            "path": "/api/sessions",
            "raw_path": b"/api/sessions",
        }
        scope |= {"query_string": b"", "headers": headers, "client": ("192.0.2.1", 5), "server": ("localhost", 443)}
        structlog.reset_defaults()
        with structlog.testing.capture_logs() as logged:
            asyncio.run(surface.app(scope, half, send))
        assert [one["event"] for one in logged] == ["caller_hung_up"]
        assert sent == []

    def test_the_network_is_what_one_subscriber_has(self) -> None:
        assert origins.network("192.0.2.7") == "192.0.2.7/32"
        for written in (
            "::ffff:192.0.2.7",
            "[::ffff:192.0.2.7]:443",
            "192.0.2.7:50000",
            "::ffff:c000:207",
            " 192.0.2.7 ",
        ):
            assert origins.network(written) == "192.0.2.7/32", written
        assert origins.network("fe80::1%eth0") == origins.network("[fe80::1%2]:80") == "fe80::/64"
        assert origins.network("2001:db8:1:2:3:4:5:6") == "2001:db8:1:2::/64"
        assert origins.network("testclient") == "unknown"

    @on_sqlite
    @pytest.mark.parametrize(
        "path",
        [
            "//evil.example",
            "\\\\evil.example",
            "/\\evil.example",
            "https:evil.example",
            "https://evil.example",
            "javascript:alert(1)",
            "/ok\r\nLocation: https://evil.example",
            "/\t/evil.example",
            "evil.example",
            "",
            "http://[",
            "/" + "x" * 3000,
            "/\u2028",
        ],
    )
    def test_signing_in_leads_to_no_other_site(self, surface: Surface, path: str) -> None:
        assert form(surface.client(), next=path).headers["location"] == "/"
        assert origins.own_path("/jobs?a=%2F%2Fx&b=1#c") == "/jobs?a=%2F%2Fx&b=1#c"


def test_the_audit_trail_cannot_be_changed(surface: Surface) -> None:
    form(surface.client())
    for statement in ("UPDATE audit SET actor = 'x'", "DELETE FROM audit", "DELETE FROM audit WHERE id = 1"):
        with connection.session(), pytest.raises(Exception, match="append-only"):
            connection.execute(statement)
    with connection.session():
        assert audit.LIST.page("-id").rows[0].action == "sign-in"
        if connection.dialect().name == "postgresql":
            with pytest.raises(Exception, match="append-only"):
                connection.execute("TRUNCATE audit")
