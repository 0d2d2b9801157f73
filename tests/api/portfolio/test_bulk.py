"""Many things in one request: each with its own result, and by few statements."""

import logging
from typing import Any

import pytest

from db import connection
from db.access import audit
from db.ledger import jobs
from db.portfolio import clients, domains
from db.portfolio.clients import Client
from rules.access import Role
from tests.api.browser import TestClient
from tests.api.conftest import Surface


@pytest.fixture
def program(surface: Surface) -> TestClient:
    with connection.session():
        for name in ("Bakery", "Forge"):
            clients.add(Client(name=name, email="office@bakery.test"))
    return surface.with_token(Role.OWNER)


def outcome(answer: Any) -> list[tuple[int, int | None]]:
    assert answer.status_code == 200, answer.text
    return [(one["status"], one["id"]) for one in answer.json()["results"]]


def test_each_domain_has_its_own_result_and_those_that_are_added_are_checked(program: TestClient) -> None:
    items = [
        {"name": "https://www.bakery.test/shop", "client_id": 1},
        {"name": "bakery.test", "client_id": 2},
        {"name": "no such name", "client_id": 1},
        {"name": "forge.test", "client_id": 99},
        {"name": "forge.test", "client_id": 2, "colour": "red"},
        {"name": "forge.test", "client_id": 2, "decision": "manual"},
    ]
    answer = program.post("/api/bulk/domains", json={"items": items})
    found = outcome(answer)
    assert [status for status, _ in found] == [201, 409, 422, 404, 422, 201]
    assert "colour" in answer.json()["results"][4]["detail"]
    with connection.session():
        assert [domains.get(number).name for _, number in found if number] == ["bakery.test", "forge.test"]
        assert {one.task for one in jobs.newest()} == {"domains.check"}
        assert {one.args["domain_id"] for one in jobs.newest()} == {one for _, one in found if one}
        assert audit.LIST.page("-id").rows[0].details == {"ids": sorted(one for _, one in found if one)}


def test_domains_are_changed_at_once_with_the_end_that_a_decision_counts_for(program: TestClient) -> None:
    program.post("/api/bulk/domains", json={"items": [{"name": f"n{one}.test", "client_id": 1} for one in range(4)]})
    items = [
        {"id": 1, "decision": "manual", "alert_days": [30, 7]},
        {"id": 2, "client_id": 2, "expires_by_hand": "2027-03-01"},
        {"id": 3, "client_id": 99},
        {"id": 3, "decision": "perhaps"},
        {"id": 77, "decision": "manual"},
        {"id": 1, "decision": "lapse"},
        {"decision": "manual"},
        {"id": 4},
    ]
    answer = program.patch("/api/bulk/domains", json={"items": items})
    assert [status for status, _ in outcome(answer)] == [200, 200, 404, 422, 404, 404, 422, 200]
    first, second, third = (program.get(f"/api/domains/{one}").json() for one in (1, 2, 3))
    assert (first["decision"], first["alert_days"], first["client_id"]) == ("manual", [30, 7], 1)
    assert (second["client_id"], second["expires_by_hand"], second["decision"]) == (2, "2027-03-01", "undecided")
    assert (third["client_id"], third["decision"]) == (1, "undecided")
    back = program.patch("/api/bulk/domains", json={"items": [{"id": 2, "expires_by_hand": None}]})
    assert outcome(back) == [(200, 2)]
    assert program.get("/api/domains/2").json()["expires_by_hand"] is None


def test_clients_are_added_renamed_and_removed_but_for_those_who_must_stay(program: TestClient) -> None:
    items = [
        {"name": "Mill", "email": "a@mill.test"},
        {"name": "Forge", "email": "a@b.test"},
        {"name": "", "email": "nowhere"},
    ]
    (first, mill), *others = outcome(program.post("/api/bulk/clients", json={"items": items}))
    assert (first, others) == (201, [(409, None), (422, None)])
    renamed = program.patch(
        "/api/bulk/clients",
        json={
            "items": [
                {"id": mill, "name": "Bakery"},
                {"id": 2, "name": "Smithy", "address": ["1 Mill Lane"]},
                {"id": 1, "name": "Smithy"},
            ]
        },
    )
    assert outcome(renamed) == [(409, None), (200, 2), (409, None)]
    assert program.get("/api/clients/2").json()["address"] == ["1 Mill Lane"]
    removed = program.post("/api/bulk/clients/removal", json={"ids": [mill, mill, 99]})
    assert outcome(removed) == [(204, mill), (404, None), (404, None)]
    assert program.get(f"/api/clients/{mill}").status_code == 404


def test_endpoints_are_added_moved_and_removed(program: TestClient) -> None:
    items = [
        {"host": "www.bakery.test", "client_id": 1},
        {"host": "www.bakery.test", "port": 443, "client_id": 1},
        {"host": "mail.bakery.test", "protocol": "smtp", "client_id": 1},
    ]
    (_, www), (again, _), (_, mail) = outcome(program.post("/api/bulk/endpoints", json={"items": items}))
    assert (again, program.get(f"/api/endpoints/{mail}").json()["port"]) == (409, 25)
    assert outcome(program.patch("/api/bulk/endpoints", json={"items": [{"id": www, "client_id": 2}]})) == [(200, www)]
    assert program.get(f"/api/endpoints/{www}").json()["client_id"] == 2
    removed = program.post("/api/bulk/endpoints/removal", json={"ids": [www, mail]})
    assert outcome(removed) == [(204, www), (204, mail)]


def test_a_thousand_take_few_statements_and_more_are_refused(
    program: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    items = [{"name": f"name-{one}.test", "client_id": one % 2 + 1} for one in range(1000)]
    caplog.set_level(logging.DEBUG, "peewee")
    found = outcome(program.post("/api/bulk/domains", json={"items": items}))
    assert {status for status, _ in found} == {201}
    changes = [{"id": one, "decision": "manual", "alert_days": [one % 30 + 1]} for _, one in found if one]
    assert {status for status, _ in outcome(program.patch("/api/bulk/domains", json={"items": changes}))} == {200}
    removed = program.post("/api/bulk/domains/removal", json={"ids": [one for _, one in found]})
    assert {status for status, _ in outcome(removed)} == {204}
    assert len([one for one in caplog.records if one.name == "peewee"]) < 60
    assert program.post("/api/bulk/domains", json={"items": [*items, items[0]]}).status_code == 422


def test_only_owners_remove_and_a_bulk_request_with_a_key_is_done_once(surface: Surface, program: TestClient) -> None:
    operator = surface.with_token(Role.OPERATOR)
    assert operator.post("/api/bulk/clients/removal", json={"ids": [1]}).status_code == 403
    items = {"items": [{"name": "bakery.test", "client_id": 1}]}
    first, again = (operator.post("/api/bulk/domains", json=items, headers={"Idempotency-Key": "1"}) for _ in range(2))
    assert first.json() == again.json()
    assert outcome(again)[0][0] == 201
    assert program.post("/api/bulk/people", json=items).status_code == 422
