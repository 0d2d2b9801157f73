"""Generated from the policy table: every route has its line, and lets in nobody whom it does not know.

``test_authority`` asks each of them as each role.
"""

import re
from typing import Any

import pytest
from fastapi.routing import iter_route_contexts

from api_stub.routes import Route
from api_stub.security import cookies, policy
from db import connection
from db.access import audit
from db.ledger import jobs
from db.portfolio import clients
from db.portfolio.clients import Client
from rules.access import Role
from tests.api.browser import TestClient
from tests.api.conftest import Surface
from tests.faults.marks import on_sqlite

STREAM = ("GET", "/live")  # never ends: its own test asks it
ALL = sorted(policy.POLICIES.keys() - {STREAM})
API = [key for key in ALL if key not in policy.PAGES]
ASKING = [key for key in ALL if policy.POLICIES[key].permission is not None]

pytestmark = on_sqlite


def declared(surface: Surface) -> set[tuple[str, str]]:
    routes = iter_route_contexts(surface.app.routes)
    return {(method, str(one.path)) for one in routes for method in one.methods or ["MOUNT"]}


def filled(path: str) -> str:
    """Return the path with an id that nothing has."""
    return re.sub(
        r"\{(\w+)\}", lambda found: {"job": "domains.check_all", "name": "domains"}.get(found[1], "999"), path
    )


def ask(browser: TestClient, method: str, path: str) -> int:
    body: dict[str, Any] = {"json": {}} if method in ("POST", "PATCH") and "{job}" not in path else {}
    return browser.request(method, filled(path), **body).status_code


def test_every_route_has_a_policy_and_every_policy_its_route(surface: Surface) -> None:
    assert declared(surface) - set(policy.POLICIES) == set(), "these routes are refused to everybody: add a line"
    assert set(policy.POLICIES) - declared(surface) == set(), "these lines have no route"


def test_every_route_is_one_that_asks_the_table(surface: Surface) -> None:
    assert all(isinstance(one.original_route, Route) for one in iter_route_contexts(surface.app.routes))


def test_the_stream_asks_who_calls(surface: Surface) -> None:
    assert surface.client().get("/live").status_code == 401
    assert surface.with_token(Role.OWNER).get("/live").status_code == 403


def test_a_route_without_a_policy_is_refused_even_to_an_owner(surface: Surface) -> None:
    from api_stub.routes import router

    surface, stray = surface.apart(), router()
    stray.get("/stray")(lambda: {"secret": 1})
    surface.app.include_router(stray)
    assert surface.signed_in(Role.OWNER).get("/stray").status_code == 403
    assert surface.client().get("/stray").status_code == 403


def test_who_is_not_known_gets_nowhere(surface: Surface) -> None:
    nobody, bad = surface.client(), surface.client(headers={"authorization": "Bearer nlp_no"})
    forged = surface.client(cookies={cookies.SESSION: "x" * 43})
    for method, path in ASKING:
        answer = nobody.request(method, filled(path))
        assert answer.status_code == 401, path
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert answer.json()["type"] == "/problems/sign-in-needed"
        assert bad.request(method, filled(path)).status_code == 401, path
        assert forged.request(method, filled(path)).status_code == 401, path


BODIES: dict[str, Any] = {
    "/subscriptions/999/pause": {"begin": "2027-01-01"},
    "/subscriptions/999/resume": {"begin": "2027-01-01"},
    "/subscriptions/999/end": {"until": "2027-01-01"},
    "/subscriptions/999/changes": {"quantity": "2"},
    "/api/products/999": {"code": "x", "name": "x"},
    "/api/products/999/prices": {"currency": "EUR", "begin": "2027-01-01", "price": "1"},
    "/api/senders/999": {"name": "x", "series": "X"},
    "/pause": {"because": "x"},
    "/passkeys/999": {"name": "x"},
    "/api/jobs/999": {"priority": "bulk"},
    "/backfill": {"due_at": "2026-01-01T00:00:00Z"},
    "/api/domains/999": {"client_id": 1},
    "/api/endpoints/999": {"client_id": 1},
    "/tokens": {"name": "t", "scopes": ["read"]},
    "/notes": {"note": "n"},
    "/api/alert-routes/999": {"name": "n", "steps": [{"roles": ["owner"]}]},
    "/api/letters/nothing.here/999": {"own": {}},
    "/api/payments/999/refunds": {"amount": "1", "reason": "x"},
    "/api/invoices/999/payments": {"amount": "1", "reference": "x"},
    "/api/clients/999/credit": {"amount": "1", "currency": "EUR", "reason": "x"},
    "/credit-notes": {"reason": "x"},
    "/bookings": {"invoice": "INV-1"},
    "/setting-aside": {"why": "x"},
    "/settlement": {"settlement": "arrived", "reason": "x"},
}


def test_an_id_that_nothing_has_is_not_found(surface: Surface) -> None:
    owner = surface.signed_in(Role.OWNER)
    for method, declared_path in API:
        if not re.search(r"_id\}|\{(name|job)\}", declared_path):
            continue
        path = re.sub(r"\{\w+\}", "999", re.sub(r"\{(job|name)\}", "nothing.here", declared_path))
        body = next((body for end, body in BODIES.items() if path.endswith(end)), {})
        given: dict[str, Any] = {"json": body} if method in ("POST", "PATCH", "PUT") else {}
        answer = owner.request(method, path, **given)
        assert answer.status_code == 404, (method, path, answer.text)
        assert answer.headers["content-type"] == "application/problem+json"


def test_an_id_that_no_database_can_hold_is_refused_in_order(surface: Surface) -> None:
    owner = surface.signed_in(Role.OWNER)
    for method, path in ALL:
        body: dict[str, Any] = {"data": {"next": "/"}} if (method, path) in policy.PAGES else {"json": {}}
        for odd in ("0", "-1", str(2**63), "9" * 400, "x", "%00", "1.5") if "_id}" in path else ():
            answer = owner.request(method, re.sub(r"\{\w+\}", odd, path), **(body if method != "GET" else {}))
            assert answer.status_code in (404, 422), (method, path, odd, answer.text)


WRITES_BY_GET = {
    # A link that is refused is in the trail, once an hour.
    *("/answer/{token}", "/d/{token}", "/d/{token}/file", "/unsubscribe/{token}", "/documents/fetch/{token}"),
    *("/pay/{token}", "/pay/{token}/document", "/pay/{token}/e-invoice"),
    *("/status/{token}", "/status/{token}/ends.ics", "/status/{token}/badges/{kind}/{name}"),
    "/invoice-export",
    "/audit/export",  # an export of the trail is in the trail
    "/api/audit/export",
    "/api/invoice-export",  # so is one of invoices
    "/lists/{name}/csv",  # and one of any list
}


@pytest.mark.parametrize("role", Role)
def test_reading_writes_nothing(surface: Surface, role: Role) -> None:
    browser = surface.signed_in(role)
    with connection.session():
        clients.add(Client(name="Bakery", email="a@b.test"))
        before = counted()
    for method, path in ALL:
        if method == "GET" and path not in WRITES_BY_GET:
            ask(browser, method, path)
    with connection.session():
        assert counted() == before


def counted() -> dict[str, int]:
    tables = ("client", "domain", "endpoint", "job", "run", "schedule", "firing", "audit", "account", "session")
    return {table: connection.execute(f"SELECT COUNT(*) FROM {table}")[0][0] for table in tables}


def test_every_action_of_a_person_is_in_the_audit_trail(surface: Surface) -> None:
    owner = surface.signed_in(Role.OWNER)
    done = (
        owner.post("/api/clients", json={"name": "Bakery", "email": "a@b.test"}),
        owner.patch("/api/clients/1", json={"email": "c@d.test"}),
        owner.post("/api/domains", json={"name": "bakery.test", "client_id": 1}),
        owner.post("/api/endpoints", json={"host": "www.bakery.test", "client_id": 1}),
        owner.post("/api/triggers/domains.check_all", json={}),
        owner.post("/api/jobs/1/cancel"),
        owner.post("/api/jobs/1/retry"),
        owner.post("/api/schedules/domains/pause", json={"because": "the registry moves"}),
        owner.post("/api/schedules/domains/resume"),
        owner.patch("/api/schedules/domains", json={"cron": "5 5 * * *"}),
        owner.post("/api/schedules/domains/run"),
        owner.patch("/api/domains/1", json={"client_id": 1}),
        owner.patch("/api/endpoints/1", json={"client_id": 1}),
        owner.delete("/api/endpoints/1"),
        owner.delete("/api/domains/1"),
        owner.delete("/api/clients/1"),
        owner.delete("/api/sessions/current"),
    )
    assert [one.status_code for one in done if one.status_code >= 400] == [], [one.text for one in done]
    with connection.session():
        actions = [one.action for one in reversed(audit.LIST.page("-id").rows)]
        assert jobs.require(1).state == "queued"
    assert actions == [
        "sign-in", "client add", "client change", "domain add", "endpoint add", "trigger", "cancel", "retry",
        "pause", "resume", "edit", "run now", "domain change", "endpoint move",
        "endpoint remove", "domain remove", "client remove", "sign-out",
    ]  # fmt: skip
