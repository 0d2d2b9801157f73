"""``/api/domains/{id}/verification``: begun once, looked for at once, begun anew where that is asked for."""

import pytest

from db import connection
from db.access import audit
from db.ledger import jobs
from db.portfolio import clients, domains
from db.portfolio.clients import Client
from rules.access import Role
from tests.api.conftest import Surface
from tests.faults.marks import on_sqlite

pytestmark = on_sqlite

WHERE = "/api/domains/1/verification"


@pytest.fixture(autouse=True)
def bakery(surface: Surface) -> None:
    """A client with a domain."""
    with connection.session():
        client_id, _ = clients.add(Client(name="Bakery", email="a@b.test"))
        domains.add("bakery.test", client_id=client_id)


def test_before_it_is_begun_there_is_nothing_to_place(surface: Surface) -> None:
    found = surface.with_token(Role.VIEWER).get(WHERE).json()
    assert (found["state"], found["challenges"], found["job_id"]) == ("unverified", [], None)


def test_begun_it_says_what_to_place_where_and_looks_at_once(surface: Surface) -> None:
    begun = surface.with_token(Role.OPERATOR).post(WHERE, json={})
    assert begun.status_code == 202
    places = {one["method"]: one for one in begun.json()["challenges"]}
    assert places["txt"]["where"] == "_nolapse-challenge.bakery.test"
    assert places["txt"]["value"].startswith("nolapse-verification=")
    assert set(places) == {"txt", "file", "mail_host"}
    with connection.session():
        job = jobs.require(begun.json()["job_id"])
        entry = audit.LIST.page("-id").rows[0]
    assert (job.task, job.args) == ("ownership.check", {"domain_id": 1})
    assert (entry.action, entry.subject, entry.details["renewed"]) == ("domain verification", "domain 1", False)


def test_its_token_stays_until_it_is_renewed(surface: Surface) -> None:
    ada = surface.with_token(Role.OPERATOR)
    first, again = (ada.post(WHERE).json()["challenges"] for _ in range(2))
    assert first == again
    assert surface.with_token(Role.VIEWER).get(WHERE).json()["challenges"] == first
    renewed = ada.post(WHERE, json={"renew": True}).json()
    assert renewed["challenges"] != first
    assert renewed["state"] == "pending"


def test_a_request_that_comes_again_renews_once(surface: Surface) -> None:
    ada = surface.with_token(Role.OPERATOR)
    key = {"Idempotency-Key": "renew-1"}
    first, again = (ada.post(WHERE, json={"renew": True}, headers=key).json() for _ in range(2))
    assert first == again


@pytest.mark.parametrize("body", [{"renew": "maybe"}, {"token": "mine"}, []])
def test_nobody_chooses_a_token(surface: Surface, body: object) -> None:
    assert surface.with_token(Role.OPERATOR).post(WHERE, json=body).status_code == 422


def test_a_viewer_begins_nothing(surface: Surface) -> None:
    assert surface.with_token(Role.VIEWER).post(WHERE, json={}).status_code == 403
