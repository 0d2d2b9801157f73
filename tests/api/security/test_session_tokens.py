"""Sessions that are kept in their cookie: encrypted one way, looked into only if they are exactly so, and revoked."""

import base64
import json
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from joserfc import jwe, jwt
from joserfc.jwk import OctKey
from pydantic import SecretStr

import settings
from api_stub.security import cookies, csrf, session_tokens
from api_stub.security.session_tokens import AUDIENCE, SessionClaims
from db import connection
from db.access import users
from rules.access import Role
from settings import BadSettings
from tests.api.browser import TestClient
from tests.api.conftest import HOME, PASSWORD, Surface
from tests.api.security.test_second_factor import by_form, by_password, code, enrol
from tests.faults.marks import on_sqlite

NEW, OLD, OTHER = ("A" * 43, "B" * 42 + "A", "C" * 42 + "A")
KEYS = {"new": base64.urlsafe_b64decode(NEW + "="), "old": base64.urlsafe_b64decode(OLD + "=")}
ISSUER = "http://localhost:8450"
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
CLAIMS = SessionClaims(user_id=7, version=3, expires_at=NOW + timedelta(hours=1))
OWNER = "the owner"


@pytest.fixture
def sealed(surface: Surface) -> Iterator[Surface]:
    """The surface with sessions in cookies."""
    with settings.override(session_strategy="jwt", session_keys=SecretStr(f"new:{NEW},old:{OLD}")):
        yield surface


def signed_in(surface: Surface, name: str = OWNER) -> TestClient:
    browser = surface.client()
    answer = browser.post("/api/sessions", json={"name": name, "password": PASSWORD})
    assert answer.status_code == 201, answer.text
    browser.headers.update({csrf.HEADER: answer.json()["csrf"], "origin": HOME})
    return browser


def planted(surface: Surface, cookie: str) -> int:
    return surface.client(cookies={cookies.SESSION: cookie}).get("/api/jobs").status_code


def test_signing_out_ends_it_on_the_server_and_with_it_all_of_the_persons(sealed: Surface) -> None:
    here, there, somebody = signed_in(sealed), signed_in(sealed), signed_in(sealed, "the viewer")
    kept = here.cookies[cookies.SESSION]
    assert here.post("/api/auth/signout").json() == {"url": "/sign-in"}
    assert planted(sealed, kept) == 401
    assert there.get("/api/jobs").status_code == 401
    assert somebody.get("/api/jobs").status_code == 200


@on_sqlite
class TestSessions:
    def test_one_signs_in_and_works_and_nothing_is_kept(self, sealed: Surface) -> None:
        browser = signed_in(sealed)
        assert browser.get("/api/auth/session").json()["user"] == {"name": OWNER, "role": "owner"}
        assert browser.post("/api/triggers/domains.check_all").status_code == 202
        cookie = browser.cookies[cookies.SESSION]
        assert len(cookie) < 1000
        with connection.session():
            assert connection.execute("SELECT COUNT(*) FROM session")[0][0] == 0
        assert "owner" not in str(base64.urlsafe_b64decode(cookie.split(".")[3] + "=="))

    def test_a_new_password_ends_it_and_begins_another(self, sealed: Surface) -> None:
        browser = signed_in(sealed)
        kept = browser.cookies[cookies.SESSION]
        given = {"current": PASSWORD, "new": "another four words"}
        assert browser.put("/api/account/password", json=given).status_code == 200
        assert planted(sealed, kept) == 401
        assert browser.get("/api/jobs").status_code == 200

    @pytest.mark.parametrize("end", ["disable", "set_password", "end_sessions"])
    def test_what_ends_sessions_ends_those_in_cookies(self, sealed: Surface, end: str) -> None:
        browser = signed_in(sealed)
        with connection.session(), connection.transaction():
            users.add("another owner", Role.OWNER)
            getattr(users, end)(sealed.people[Role.OWNER], *(["hash"] if end == "set_password" else []))
        assert browser.get("/api/jobs").status_code == 401

    def test_a_changed_role_counts_at_once(self, sealed: Surface) -> None:
        browser = signed_in(sealed)
        with connection.session():
            connection.execute("UPDATE account SET role = 'viewer' WHERE name = %s", OWNER)
        assert browser.get("/api/audit").status_code == 403

    def test_it_is_another_at_each_sign_in_and_the_old_one_ends(self, sealed: Surface) -> None:
        browser = signed_in(sealed)
        first = browser.cookies[cookies.SESSION]
        browser.cookies.set(cookies.VISITOR, "visitor")
        given = {"name": OWNER, "password": PASSWORD, csrf.FIELD: csrf.derived(first)}
        answer = browser.post("/sign-in", data=given, headers={csrf.HEADER: csrf.derived(first), "origin": HOME})
        assert answer.status_code == 303
        assert answer.cookies[cookies.SESSION] != first
        assert planted(sealed, first) == 401
        assert planted(sealed, answer.cookies[cookies.SESSION]) == 200

    def test_the_second_factor_comes_first(self, sealed: Surface) -> None:
        with settings.override(session_strategy="database"):
            secret, _ = enrol(sealed)
        browser = sealed.client()
        assert by_password(browser).headers["location"].startswith("/second-factor")
        assert browser.get("/api/auth/session").json() == {}
        assert by_form(browser, "/second-factor", code=code(secret)).status_code == 303
        assert browser.get("/api/auth/session").json()["user"]["name"] == OWNER

    def test_one_that_was_kept_in_the_database_is_worth_nothing_now_and_the_other_way_round(
        self, sealed: Surface
    ) -> None:
        cookie = signed_in(sealed).cookies[cookies.SESSION]
        with settings.override(session_strategy="database"):
            assert planted(sealed, cookie) == 401
            stored = signed_in(sealed).cookies[cookies.SESSION]
        assert planted(sealed, stored) == 401

    def test_signing_out_everywhere_and_the_page_that_says_so(self, sealed: Surface) -> None:
        here, there = signed_in(sealed), signed_in(sealed)
        assert "Sign out everywhere" in here.get("/account", headers={"accept": "text/html"}).text
        assert here.get("/api/account/sessions").json() == []
        assert here.delete("/api/account/sessions").json() == {"ended": 0}
        assert here.get("/api/jobs").status_code == there.get("/api/jobs").status_code == 401

    def test_it_ends_with_time(self, sealed: Surface) -> None:
        with settings.override(session_idle_s=60):
            browser = signed_in(sealed)
        expires = datetime.fromisoformat(browser.get("/api/auth/session").json()["expires"])
        assert timedelta(seconds=50) < expires - datetime.now(UTC) <= timedelta(seconds=60)

    def test_keys_are_rotated_by_their_name(self, sealed: Surface) -> None:
        with settings.override(session_keys=SecretStr(f"old:{OLD}")):
            before = signed_in(sealed).cookies[cookies.SESSION]
        assert planted(sealed, before) == 200, "the new key encrypts, the old one still decrypts"
        with settings.override(session_keys=SecretStr(f"new:{NEW}")):
            assert planted(sealed, before) == 401
        with settings.override(session_keys=SecretStr(f"old:{OTHER}")):
            assert planted(sealed, before) == 401, "a name alone is not enough"


def seal(**changes: object) -> str:
    return encrypt({}, claims(**changes))


def claims(**changes: object) -> bytes:
    begins = int(NOW.timestamp())
    said = {"iss": ISSUER, "aud": AUDIENCE, "sub": "7", "ver": 3, "iat": begins, "nbf": begins, "exp": begins + 60}
    return json.dumps({name: value for name, value in {**said, **changes}.items() if value is not None}).encode()


def encrypt(header: dict[str, object], plain: bytes, *, key: bytes = KEYS["new"]) -> str:
    given = {"alg": "dir", "enc": "A256GCM", "kid": "new", "typ": "session+jwt", **header}
    said = {name: value for name, value in given.items() if value is not None}
    algorithms = ["dir", "A256GCM", "A128CBC-HS256", "A256CBC-HS512", "DEF", "PBES2-HS256+A128KW", "A256KW"]
    registry = jwe.JWERegistry(algorithms=algorithms, strict_check_header=False)
    return jwe.encrypt_compact(said, plain, OctKey.import_key(key), registry=registry)


def opened(cookie: str) -> SessionClaims | None:
    return session_tokens.opened(cookie, issuer=ISSUER, keys=KEYS, now=NOW)


def test_what_was_sealed_is_opened() -> None:
    cookie = session_tokens.sealed(CLAIMS, issuer=ISSUER, keys=KEYS, now=NOW)
    assert opened(cookie) == CLAIMS
    assert opened(seal()) == SessionClaims(7, 3, NOW + timedelta(seconds=60)), (
        "what the tests below seal is right but for one thing"
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://evil.example"},
        {"iss": None},
        {"aud": "else"},
        {"aud": [AUDIENCE]},
        {"aud": None},
        {"sub": "-7"},
        {"sub": 7},
        {"sub": "\u0667"},
        {"sub": "9" * 30},
        {"sub": None},
        {"ver": "3"},
        {"ver": True},
        {"ver": None},
        {"exp": int(NOW.timestamp())},
        {"exp": None},
        {"exp": 1e300},
        {"exp": 10**30},
        {"nbf": int(NOW.timestamp()) + 120},
        {"nbf": None},
        {"iat": int(NOW.timestamp()) + 120},
        {"iat": "now"},
    ],
)
def test_claims_that_are_not_as_ours_are_refused(changes: dict[str, object]) -> None:
    assert opened(seal(**changes)) is None


@pytest.mark.parametrize(
    "header",
    [
        {"zip": "DEF"},
        {"typ": "JWT"},
        {"typ": None},
        {"kid": "unknown"},
        {"kid": None},
        {"kid": "old"},
        {"cty": "JWT"},
    ],
)
def test_a_header_that_says_anything_else_is_not_decrypted(header: dict[str, object]) -> None:
    assert opened(encrypt(header, claims())) is None


def test_other_ways_to_encrypt_are_refused() -> None:
    assert opened(encrypt({"enc": "A128CBC-HS256"}, claims())) is None
    assert opened(encrypt({"alg": "A256KW"}, claims())) is None
    head, *rest = seal().split(".")
    for stray in (
        {"alg": "none"},
        {"p2c": 10**9},
        {"jku": "https://evil.example"},
        {"crit": ["x"], "x": 1},
        {"jwk": {}},
    ):
        forged = {**json.loads(base64.urlsafe_b64decode(head + "==")), **stray}
        encoded = base64.urlsafe_b64encode(json.dumps(forged).encode()).rstrip(b"=").decode()
        assert opened(".".join([encoded, *rest])) is None, stray


def test_what_is_only_signed_is_no_session() -> None:
    said = json.loads(claims())
    signed = jwt.encode({"alg": "HS256", "kid": "new", "typ": "session+jwt"}, said, OctKey.import_key(KEYS["new"]))
    assert opened(signed) is None


@pytest.mark.parametrize(
    "cookie",
    ["", ".", "....", "a.b.c.d.e", "x" * 5000, "\u00e9....", ".".join(["e30"] * 5), "bnVsbA....", "W10....", "7" * 40],
)
def test_what_is_no_token_is_refused(cookie: str) -> None:
    assert opened(cookie) is None


def test_one_that_is_huge_is_not_looked_into() -> None:
    bomb = zlib.compress(b"x" * 10_000_000)
    assert opened(encrypt({}, claims(padding="x" * 4000))) is None
    assert opened(encrypt({}, bomb)) is None


def test_a_changed_character_anywhere_is_noticed() -> None:
    cookie = seal()
    for place in range(0, len(cookie), 7):
        other = "A" if cookie[place] != "A" else "B"
        assert opened(cookie[:place] + other + cookie[place + 1 :]) in (None, opened(cookie)), place
    parts = cookie.split(".")
    tag = base64.urlsafe_b64decode(parts[4] + "==")
    for cut in (0, 4, 8, 12):
        short = base64.urlsafe_b64encode(tag[:cut]).rstrip(b"=").decode()
        assert opened(".".join([*parts[:4], short])) is None, "a tag is whole"


def test_what_is_encrypted_is_json_of_claims() -> None:
    for plain in (b"", b"null", b"[]", b"7", b"\xff", b"[" * 1000):
        assert opened(encrypt({}, plain)) is None


@pytest.mark.parametrize(
    "given", ["", "new", "new:short", f"new:{NEW},new:{OLD}", f"bad name:{NEW}", f"new:{NEW}x", ","]
)
def test_keys_that_cannot_be_used_are_refused_at_the_start_and_not_shown(
    given: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOLAPSE_SESSION_STRATEGY", "jwt")
    monkeypatch.setenv("NOLAPSE_SESSION_KEYS", given)
    with pytest.raises(BadSettings, match="NOLAPSE_SESSION_KEYS") as refused:
        settings.load()
    assert NEW not in str(refused.value)


def test_keys_are_secrets() -> None:
    loaded = settings.load(session_strategy="jwt", session_keys=f"new:{NEW},old:{OLD}")
    assert {NEW, OLD} <= set(loaded.secrets())
    assert NEW not in repr(loaded)
