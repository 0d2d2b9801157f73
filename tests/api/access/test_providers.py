"""Signing in with a provider, against an issuer that signs tokens and can misbehave; a real runner runs the jobs."""

import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import SecretStr

import settings
from api_stub.problems import Problem
from api_stub.security import csrf, identity_providers
from api_stub.security.admission import Visitor
from api_stub.security.identity_providers import BROWSER_COOKIE
from cli import doctor
from cli.check_results import CheckVerdict
from db import connection
from db.access import audit, identities, provider_sign_ins, users
from db.access.provider_sign_ins import NewProviderSignIn, ProviderOutcome
from db.ledger import jobs, staff_actions
from db.outside import downloads
from integrations import oidc as provider_calls
from rules.access import Role
from rules.access.oidc import Identity
from rules.jobs import JobState
from sandbox.behaviour import Behaviour
from sandbox.oidc import CLIENT_ID, CLIENT_SECRET, OidcIssuer, TokenFault
from settings.identity_providers import GITHUB, IdentityProvider
from tasks import outside
from tasks.access import oidc
from tests.api.browser import TestClient
from tests.api.conftest import HOME, PASSWORD, Surface
from tests.api.security.test_second_factor import enrol
from tests.faults.marks import on_sqlite
from tests.support.eventually import eventually
from tests.support.worker import Worker

ADA = "ada@agency.test"
WHY = {
    TokenFault.WRONG_ISSUER: "InvalidClaimError",
    TokenFault.WRONG_AUDIENCE: "for somebody else",
    TokenFault.FOREIGN_PARTY: "issued to somebody else",
    TokenFault.WRONG_NONCE: "InvalidClaimError",
    TokenFault.NO_NONCE: "MissingClaimError",
    TokenFault.EXPIRED: "ExpiredTokenError",
    TokenFault.NOT_YET: "InvalidClaimError",
    TokenFault.OLD: "is old",
    TokenFault.NO_SUBJECT: "MissingClaimError",
    TokenFault.LONG_SUBJECT: "names nobody",
    TokenFault.UNSIGNED: "a way that we do not take",
    TokenFault.CONFUSED: "a way that we do not take",
    TokenFault.SHARED_SECRET: "a way that we do not take",
    TokenFault.STALE_KEY: "does not publish",
    TokenFault.EMBEDDED_KEY: "a way that we do not take",
    TokenFault.REMOTE_KEY: "a way that we do not take",
    TokenFault.CRITICAL: "a way that we do not take",
    TokenFault.TAMPERED: "BadSignatureError",
    TokenFault.HUGE: "too large",
    TokenFault.ABSENT: "there is no ID token",
    TokenFault.NUMBER: "there is no ID token",
}
"""What is written of a token with this fault; a person is told nothing of it."""


@dataclass
class Trip:
    """Browsers that go to the issuer and come back."""

    surface: Surface
    issuer: OidcIssuer
    browser: TestClient = field(init=False)

    def __post_init__(self) -> None:
        self.browser = self.surface.client()

    def out(self, *, to: str = "/jobs", browser: TestClient | None = None) -> str:
        """Begin, and return the address at the issuer."""
        browser = browser or self.browser
        headers = {csrf.HEADER: browser.get("/api/auth/csrf").json()["csrfToken"], "origin": HOME}
        answer = browser.post("/api/auth/signin/acme", json={"next": to}, headers=headers)
        assert answer.status_code == 200, answer.text
        return answer.json()["url"]

    def back(self, url: str, *, browser: TestClient | None = None) -> str:
        """Come back from the issuer, and return where the browser goes."""
        parts = urlsplit(url)
        answer = (browser or self.browser).get(f"{parts.path}?{parts.query}")
        assert answer.status_code == 303, answer.text
        return answer.headers["location"]

    def there_and_back(self, *, browser: TestClient | None = None, **claims) -> str:
        return self.back(self.issuer.consent(self.out(browser=browser), **claims), browser=browser)

    def who(self, browser: TestClient | None = None) -> str | None:
        return (browser or self.browser).get("/api/auth/session").json().get("user", {}).get("name")


@pytest.fixture
def trip(surface: Surface, tmp_path: Path) -> Iterator[Trip]:
    with OidcIssuer() as issuer:
        acme = IdentityProvider(
            name="Acme",
            issuer=issuer.url,
            tenant=None,
            client_id=CLIENT_ID,
            client_secret=SecretStr(CLIENT_SECRET),
            domain=None,
        )
        networks = settings.load(allowed_networks="127.0.0.0/8").allowed_networks
        with settings.override(oidc={"acme": acme}, allowed_networks=networks):
            outside.guard.cache_clear()
            ending = threading.Event()
            working = threading.Thread(target=work, args=(Worker(tmp_path), ending))
            working.start()
            yield Trip(surface, issuer)
            ending.set()
            working.join()
        outside.guard.cache_clear()


def work(worker: Worker, ending: threading.Event) -> None:
    """Run the jobs of providers as they come, as a worker process does."""
    while not ending.wait(0.01):
        with connection.session():
            for job in jobs.newest(state=JobState.QUEUED, limit=10):
                if job.task.startswith("oidc."):
                    worker.run(job.id)


@pytest.fixture
def linked(trip: Trip) -> Trip:
    """The owner, whose account has the identity ada-1."""
    with connection.session():
        identities.add(trip.surface.people[Role.OWNER], issuer=trip.issuer.url, subject="ada-1", provider="acme")
    return trip


def test_who_has_linked_an_identity_comes_in_with_it(linked: Trip) -> None:
    url = linked.out()
    asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    assert asked["code_challenge_method"] == "S256"
    assert asked["redirect_uri"] == "http://localhost:8450/api/auth/callback/acme"
    assert len(asked["state"]) == len(asked["nonce"]) == 43
    assert linked.who() is None
    assert linked.back(linked.issuer.consent(url)) == "/jobs"
    assert linked.who() == "the owner"
    with connection.session():
        assert audit.LIST.page("-id", size=1).rows[0].details == {"how": "acme"}
        kept = str(connection.execute("SELECT * FROM job")) + str(connection.execute("SELECT * FROM attempt"))
        assert asked["state"] not in kept
        assert CLIENT_SECRET not in kept
        assert connection.execute("SELECT COUNT(*) FROM provider_sign_in")[0][0] == 0


@on_sqlite
class TestSignIn:
    @pytest.mark.parametrize("fault", [one for one in TokenFault if one is not TokenFault.NONE])
    def test_a_token_that_is_not_what_it_should_be_lets_nobody_in(self, linked: Trip, fault: TokenFault) -> None:
        linked.issuer.fault = fault
        assert linked.there_and_back() == "/sign-in?provider=refused"
        assert linked.who() is None
        with connection.session():
            assert WHY[fault] in str(audit.LIST.page("-id", size=1).rows[0].details["why"]), "for its own reason"
        linked.issuer.fault = TokenFault.NONE
        assert linked.there_and_back() == "/jobs", "the one before has broken nothing"

    def test_the_keys_of_an_issuer_may_change_and_are_not_asked_for_more_than_once_a_minute(self, linked: Trip) -> None:
        assert linked.there_and_back() == "/jobs"
        asked = linked.issuer.requests["/jwks"]
        linked.issuer.rotate(elliptic=True)
        assert linked.there_and_back() == "/sign-in?provider=refused", "the keys were fetched a moment ago"
        assert linked.issuer.requests["/jwks"] == asked
        with connection.session():
            connection.execute("UPDATE download SET fetched_at = {later(-120)}")
        assert linked.there_and_back() == "/jobs"
        assert linked.issuer.requests["/jwks"] == asked + 1

    def test_the_second_factor_is_asked_for(self, linked: Trip) -> None:
        enrol(linked.surface)
        assert linked.there_and_back().startswith("/second-factor?")
        assert linked.who() is None

    def test_somebody_who_is_disabled_does_not_come_in(self, linked: Trip) -> None:
        with connection.session():
            users.add("another owner", Role.OWNER)
            users.disable(linked.surface.people[Role.OWNER])
        assert linked.there_and_back() == "/sign-in?provider=refused"

    @pytest.mark.parametrize("to", ["//evil.example", "https://evil.example", "/\\evil.example"])
    def test_it_leads_to_no_other_site(self, linked: Trip, to: str) -> None:
        assert linked.back(linked.issuer.consent(linked.out(to=to))) == "/"


@on_sqlite
class TestBinding:
    def test_a_code_is_good_once(self, linked: Trip) -> None:
        back = linked.issuer.consent(linked.out())
        cookie = linked.browser.cookies[BROWSER_COOKIE]
        assert linked.back(back) == "/jobs"
        again = linked.surface.client(cookies={BROWSER_COOKIE: cookie})
        assert linked.back(back, browser=again) == "/sign-in?provider=refused"

    def test_another_browser_does_not_get_the_session(self, linked: Trip) -> None:
        """Neither a victim who is led to an attacker's callback, nor a thief of somebody's callback."""
        back = linked.issuer.consent(linked.out())
        other = linked.surface.client()
        assert linked.back(back, browser=other) == "/sign-in?provider=refused"
        linked.out(browser=other)
        assert linked.back(back, browser=other) == "/sign-in?provider=refused"
        assert linked.who(other) is None

    @pytest.mark.parametrize("change", ["state", "code", "iss", "no code", "no state", "late"])
    def test_what_comes_back_changed_or_late_is_refused(self, linked: Trip, change: str) -> None:
        back = linked.issuer.consent(linked.out())
        parts = {name: values[0] for name, values in parse_qs(urlsplit(back).query).items()}
        match change:
            case "late":
                with connection.session():
                    connection.execute("UPDATE provider_sign_in SET expires_at = {later(-1)}")
            case "no code" | "no state":
                del parts[change.removeprefix("no ")]
            case "iss":
                parts["iss"] = "https://evil.example"
            case _:
                parts[change] = "x" * 43
        answer = linked.browser.get("/api/auth/callback/acme", params=parts)
        assert answer.headers["location"] == "/sign-in?provider=refused"
        assert linked.who() is None

    def test_beginning_needs_the_browsers_own_token(self, trip: Trip) -> None:
        answer = trip.surface.client().post("/api/auth/signin/acme", json={}, headers={"origin": HOME})
        assert answer.status_code == 403

    def test_the_cookie_is_bound_to_the_host(self, trip: Trip) -> None:
        browser = trip.surface.client()
        headers = {csrf.HEADER: browser.get("/api/auth/csrf").json()["csrfToken"], "origin": HOME}
        answer = browser.post("/api/auth/signin/acme", json={}, headers=headers)
        cookie = answer.headers["set-cookie"].lower()
        assert cookie.startswith("__host-nolapse-provider=")
        assert {"secure", "httponly", "samesite=lax", "path=/"} <= {one.strip() for one in cookie.split(";")}


def test_an_invited_person_comes_in_with_the_address_that_the_issuer_vouches_for(trip: Trip) -> None:
    with connection.session():
        users.add("ada", Role.OPERATOR, email=ADA)
    for vouched in (False, None, "true", 1):
        assert trip.there_and_back(email=ADA, email_verified=vouched) == "/sign-in?provider=refused"
    assert trip.there_and_back(email="ADA@agency.test", email_verified=True) == "/jobs"
    assert trip.who() == "ada"
    other = trip.surface.client()
    assert trip.there_and_back(browser=other, subject="eve-2", email=ADA, email_verified=True) == (
        "/sign-in?provider=refused"
    ), "the account has its identity now"
    moved = trip.surface.client()
    assert trip.there_and_back(browser=moved, email="else@agency.test", email_verified=False) == "/jobs"


@on_sqlite
class TestWhoMayComeIn:
    def test_a_stranger_is_refused_and_no_account_is_made(self, trip: Trip) -> None:
        with connection.session():
            before = len(users.all_())
        assert trip.there_and_back(email="eve@agency.test", email_verified=True) == "/sign-in?provider=refused"
        with connection.session():
            assert len(users.all_()) == before
            assert audit.LIST.page("-id", size=1).rows[0].action == "sign-in failed"

    def test_an_account_in_use_is_not_taken_over_by_an_address(self, trip: Trip) -> None:
        with connection.session():
            users.set_email(trip.surface.people[Role.OWNER], ADA)
        assert trip.there_and_back(email=ADA, email_verified=True) == "/sign-in?provider=refused"

    @pytest.mark.parametrize(
        ("email", "vouched", "comes_in"),
        [
            (ADA, True, True),
            (ADA, False, False),
            ("ada@agency.test.evil.example", True, False),
            ("ada@sub.agency.test", True, False),
            ("eve@evil.example@agency.test", True, False),
            ("ada@agency.test\n", True, False),
        ],
    )
    def test_a_domain_lets_its_own_people_in_with_its_role(
        self, trip: Trip, email: str, *, vouched: bool, comes_in: bool
    ) -> None:
        acme = settings.current().oidc["acme"].model_copy(update={"domain": "agency.test", "role": "operator"})
        with settings.override(oidc={"acme": acme}):
            to = trip.there_and_back(email=email, email_verified=vouched)
        assert to == ("/jobs" if comes_in else "/sign-in?provider=refused")
        if comes_in:
            assert trip.browser.get("/api/auth/session").json()["user"]["role"] == "operator"


class TestLinking:
    def link(self, trip: Trip, browser: TestClient, subject: str = "ada-1") -> str:
        answer = browser.post("/api/account/identities/acme")
        assert answer.status_code == 200, answer.text
        return trip.back(trip.issuer.consent(answer.json()["url"], subject=subject), browser=browser)

    def test_who_is_signed_in_links_and_unlinks(self, trip: Trip) -> None:
        viewer = trip.surface.signed_in(Role.VIEWER)
        assert self.link(trip, viewer) == "/account"
        (one,) = viewer.get("/api/account/identities").json()
        assert (one["provider"], one["issuer"]) == ("acme", trip.issuer.url)
        assert trip.there_and_back() == "/jobs"
        assert trip.who() == "the viewer"
        operator = trip.surface.signed_in(Role.OPERATOR)
        assert operator.delete(f"/api/account/identities/{one['id']}").status_code == 404
        assert viewer.delete(f"/api/account/identities/{one['id']}").status_code == 204
        assert trip.there_and_back(browser=trip.surface.client()) == "/sign-in?provider=refused"

    def test_an_identity_is_one_persons(self, linked: Trip) -> None:
        assert self.link(linked, linked.surface.signed_in(Role.VIEWER)) == "/sign-in?provider=taken"

    def test_who_signed_out_meanwhile_links_nothing(self, trip: Trip) -> None:
        viewer = trip.surface.signed_in(Role.VIEWER)
        url = viewer.post("/api/account/identities/acme").json()["url"]
        viewer.delete("/api/sessions/current")
        assert trip.back(trip.issuer.consent(url), browser=viewer) == "/sign-in?provider=refused"
        with connection.session():
            assert identities.holder(trip.issuer.url, "ada-1") is None

    def test_the_pages_have_a_button_for_each_provider(self, trip: Trip) -> None:
        viewer = trip.surface.signed_in(Role.VIEWER)
        viewer.headers["accept"] = "text/html"
        assert 'action="/account/identities/acme/link"' in viewer.get("/account").text
        assert "Sign in with Acme" in trip.browser.get("/sign-in").text
        answer = viewer.post("/account/identities/acme/link")
        assert f"0; url={trip.issuer.url}/authorize?" in answer.text.replace("&amp;", "&")
        assert viewer.get("/sign-in?provider=<script>").status_code == 422


@on_sqlite
class TestDoctor:
    def test_it_says_of_which_provider_nothing_is_known_and_which_is_another(self, trip: Trip) -> None:
        with connection.session():
            assert doctor.providers().verdict is CheckVerdict.WARN
        trip.out()
        with connection.session():
            assert doctor.providers().verdict is CheckVerdict.OK
            connection.execute("UPDATE download SET body = %s", b'{"issuer": "https://evil.example"}')
            assert doctor.providers().verdict is CheckVerdict.FAIL


@on_sqlite
class TestAway:
    def test_an_issuer_that_does_not_answer_is_said_to_be_away(
        self, trip: Trip, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(identity_providers, "WAITS_S", 1.0)
        trip.issuer.conduct.by_name["/.well-known/openid-configuration"] = Behaviour.HANG_UP
        browser = trip.browser
        headers = {csrf.HEADER: browser.get("/api/auth/csrf").json()["csrfToken"], "origin": HOME}
        answer = browser.post("/api/auth/signin/acme", json={}, headers=headers)
        assert (answer.status_code, answer.json()["type"]) == (503, "/problems/unavailable")

    def test_one_that_calls_itself_by_another_name_is_not_believed(self, trip: Trip) -> None:
        trip.issuer.claimed_issuer = "https://evil.example"
        browser = trip.browser
        headers = {csrf.HEADER: browser.get("/api/auth/csrf").json()["csrfToken"], "origin": HOME}
        assert browser.post("/api/auth/signin/acme", json={}, headers=headers).status_code == 503
        trip.issuer.claimed_issuer = None
        assert browser.post("/api/auth/signin/acme", json={}, headers=headers).status_code == 200, "once it is mended"

    def test_one_that_hangs_up_over_the_code_lets_nobody_in(self, linked: Trip) -> None:
        linked.issuer.conduct.by_name["/token"] = Behaviour.HANG_UP
        assert linked.there_and_back() == "/sign-in?provider=refused"

    def test_one_in_a_network_that_is_not_to_be_called_is_not_called(self, trip: Trip) -> None:
        with settings.override(allowed_networks=()):
            outside.guard.cache_clear()
            browser = trip.browser
            headers = {csrf.HEADER: browser.get("/api/auth/csrf").json()["csrfToken"], "origin": HOME}
            assert browser.post("/api/auth/signin/acme", json={}, headers=headers).status_code == 503
        outside.guard.cache_clear()
        assert trip.issuer.requests.total() == 0

    def test_what_an_issuer_publishes_is_kept_for_all_processes(self, linked: Trip) -> None:
        for _ in range(3):
            assert linked.there_and_back() == "/jobs"
        assert linked.issuer.requests["/.well-known/openid-configuration"] == 1
        assert linked.issuer.requests["/jwks"] == 1
        with connection.session():
            assert downloads.body(f"{linked.issuer.url}/jwks")


@on_sqlite
def test_github_names_a_person_by_their_number(trip: Trip, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, path in (("TOKEN", "token"), ("USER", "user"), ("EMAILS", "user/emails")):
        monkeypatch.setattr(provider_calls, f"GITHUB_{name}", f"{trip.issuer.url}/{path}")
    trip.issuer.github_user = {"id": 583231, "login": "the owner"}
    trip.issuer.github_emails = [
        {"email": "other@agency.test", "verified": True, "primary": False},
        {"email": ADA, "verified": True, "primary": True},
    ]
    github = settings.current().oidc["acme"].model_copy(update={"issuer": GITHUB})
    with connection.session():
        users.add("ada", Role.VIEWER, email=ADA)
    with settings.override(oidc={"acme": github}):
        url = trip.out()
        assert url.startswith("https://github.com/login/oauth/authorize?")
        back = trip.issuer.consent(url).replace("&iss=", "&ignored=").partition("&ignored=")[0]
        assert trip.back(back) == "/jobs"
    assert trip.who() == "ada"
    with connection.session():
        assert identities.holder(GITHUB, "583231") is not None


@pytest.mark.parametrize("database", ["postgres"], indirect=True)
def test_of_two_browsers_that_bring_one_invited_person_the_slower_begins_again(surface: Surface) -> None:
    ada = Identity("https://issuer.test", "7", ADA)
    with connection.session():
        user_id = users.add("ada", Role.VIEWER, email=ADA)
    added = threading.Event()

    def quicker() -> None:
        with connection.session(), connection.transaction():
            identities.add(user_id, issuer=ada.issuer, subject=ada.subject, provider="acme")
            added.set()
            waits = "SELECT COUNT(*) FROM pg_locks WHERE NOT granted"
            eventually(lambda: connection.execute(waits)[0][0], what="the slower one waits")

    first = threading.Thread(target=quicker)
    first.start()
    assert added.wait(300)
    outcome = ProviderOutcome("acme", "/", None, asdict(ada), None)
    visitor = Visitor("127.0.0.1", "a browser")
    with connection.session(), pytest.raises(Problem, match="begin again"):
        identity_providers.admit(outcome, visitor)
    first.join()
    with connection.session():
        assert identity_providers.admit(outcome, visitor).session, "once begun again, the identity is theirs"


def test_a_sign_in_whose_job_ends_without_it_has_failed(surface: Surface) -> None:
    going = NewProviderSignIn("a state", "a browser", "acme", "nonce", "verifier", "/", None)
    with connection.session():
        provider_sign_ins.begin(going, holds_s=60)
        sign_in_id = provider_sign_ins.came_back("a state", "a browser", "acme", "a code")
        assert sign_in_id
        staff_actions.cancel(oidc.exchange.enqueue(sign_in_id=sign_in_id).job_id)
        outcome = provider_sign_ins.finish(sign_in_id)
    assert outcome == ProviderOutcome("acme", "/", None, None, "its job was cancelled")


@on_sqlite
def test_a_provider_that_is_not_named_is_not_found(surface: Surface) -> None:
    browser = surface.client()
    headers = {csrf.HEADER: browser.get("/api/auth/csrf").json()["csrfToken"], "origin": HOME}
    assert browser.post("/api/auth/signin/acme", json={}, headers=headers).status_code == 404
    assert browser.get("/api/auth/callback/acme?code=x&state=y").status_code == 404
    assert surface.client().post("/api/sessions", json={"name": "the owner", "password": PASSWORD}).status_code == 201
