"""Which other origins' pages may call the API: none, or those that a setting names, and never with a cookie."""

from collections.abc import Iterator

import pytest

import settings
from api_stub.security import cookies
from rules.access import Role
from tests.api.browser import TestClient
from tests.api.conftest import HOME, Surface
from tests.faults.marks import on_sqlite

pytestmark = on_sqlite
APP = "https://app.example"
PREFLIGHT = {"Access-Control-Request-Method": "PATCH", "Access-Control-Request-Headers": "authorization, if-match"}


@pytest.fixture
def opened(surface: Surface) -> Iterator[Surface]:
    with settings.override(cors_origins=(APP,)):
        yield surface.apart()


def _shared(answer) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name.startswith("access-control-")}


def test_without_the_setting_no_page_of_another_origin_gets_an_answer(surface: Surface) -> None:
    program = surface.with_token(Role.VIEWER)
    assert _shared(program.get("/api/clients", headers={"origin": APP})) == {}
    preflight = surface.client().options("/api/clients", headers={"origin": APP, **PREFLIGHT})
    assert (preflight.status_code, _shared(preflight)) == (405, {})


def test_a_named_origin_may_ask_with_a_token_and_see_the_tag(opened: Surface) -> None:
    preflight = opened.client().options("/api/clients/1", headers={"origin": APP, **PREFLIGHT})
    shared = _shared(preflight)
    assert (preflight.status_code, shared["access-control-allow-origin"]) == (200, APP)
    assert "PATCH" in shared["access-control-allow-methods"]
    assert "access-control-allow-credentials" not in shared
    answer = opened.with_token(Role.VIEWER).get("/api/clients", headers={"origin": APP})
    assert answer.status_code == 200
    assert _shared(answer) == {"access-control-allow-origin": APP, "access-control-expose-headers": "ETag, Retry-After"}
    assert "Origin" in answer.headers["vary"]


@pytest.mark.parametrize(
    "origin", ["https://app.example.evil.test", "http://app.example", "https://app.example:444", "null"]
)
def test_no_other_origin_is_let_in(opened: Surface, origin: str) -> None:
    preflight = opened.client().options("/api/clients", headers={"origin": origin, **PREFLIGHT})
    assert preflight.status_code == 400
    assert "access-control-allow-origin" not in preflight.headers
    answer = opened.with_token(Role.VIEWER).get("/api/clients", headers={"origin": origin})
    assert "access-control-allow-origin" not in answer.headers


def test_a_named_origin_gets_nothing_by_a_cookie_and_no_page(opened: Surface) -> None:
    browser: TestClient = opened.signed_in(Role.OWNER)
    assert browser.cookies[cookies.SESSION]
    refused = browser.post("/api/triggers/alerts.tell_all", headers={"origin": APP})
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/cross-site")
    assert _shared(browser.get("/domains", headers={"origin": APP, "accept": "text/html"})) == {}
    assert browser.get("/api/clients", headers={"origin": HOME}).status_code == 200
