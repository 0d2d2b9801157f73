"""``/api/lookups``: asked once, answered when it is there, counted for each person, shown to nobody else."""

import threading

import pytest

import settings
from api_stub.resources.portfolio import lookups as resource
from db import connection
from db.access import audit, lookups
from db.ledger import jobs
from rules.access import Role
from rules.lookups import LookupKind, LookupQuestion
from tests.api.conftest import Surface
from tests.faults.marks import on_sqlite
from tests.support.eventually import eventually

BAKERY = LookupQuestion(kind=LookupKind.DOMAIN, name="bakery.test")


def number_of(table: str) -> int:
    with connection.session():
        return connection.execute(f"SELECT COUNT(*) FROM {table}")[0][0]


def answer(question: LookupQuestion = BAKERY) -> None:
    """Answer as the job would."""
    with connection.session(), connection.transaction():
        lookups.answer(question, {"name": question.name, "answer": "registered"})


@on_sqlite
class TestAsking:
    def test_without_an_answer_it_says_where_it_will_be(self, surface: Surface) -> None:
        ada = surface.with_token(Role.OPERATOR)
        given = ada.post("/api/lookups", json={"domain": "https://www.Bakery.test/shop"})
        assert given.status_code == 202
        assert given.headers["location"] == f"/api/lookups/{given.json()['id']}"
        assert (given.json()["state"], given.json()["name"], given.json()["answer"]) == ("pending", "bakery.test", None)
        answer()
        read = ada.get(given.headers["location"])
        assert read.status_code == 200
        assert read.json()["state"] == "done"
        assert read.json()["answer"] == {"name": "bakery.test", "answer": "registered"}

    def test_an_answer_that_comes_in_time_is_the_answer(self, surface: Surface) -> None:
        ada = surface.with_token(Role.OPERATOR)
        with settings.override(lookup_wait_s=300):
            coming = threading.Thread(
                target=lambda: (eventually(lambda: number_of("requested_lookup") == 1), answer()),
                daemon=True,
            )
            coming.start()
            given = ada.post("/api/lookups", json={"domain": "bakery.test"}, headers={"Prefer": "wait=300"})
            coming.join()
        assert given.status_code == 200
        assert given.json()["state"] == "done"
        assert given.headers["preference-applied"] == "wait=300"

    def test_an_endpoint_has_its_port_and_protocol(self, surface: Surface) -> None:
        given = surface.with_token(Role.OPERATOR).post("/api/lookups", json={"host": "mx.bakery.test", "port": 25})
        assert given.json()["protocol"] == "smtp"
        with connection.session():
            job = jobs.require(given.json()["job_id"])
        assert job.args == {"host": "mx.bakery.test", "port": 25, "protocol": "smtp", "server_name": ""}

    def test_it_is_in_the_audit_trail(self, surface: Surface) -> None:
        surface.with_token(Role.OPERATOR).post("/api/lookups", json={"domain": "bakery.test"})
        with connection.session():
            entry = audit.LIST.page("-id").rows[0]
        assert (entry.action, entry.details["name"]) == ("lookup", "bakery.test")

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"domain": "bakery.test", "host": "bakery.test"},
            {"domain": "bakery.test", "port": 443},
            {"domain": "co.uk"},
            {"domain": "192.0.2.1"},
            {"domain": "a b.test"},
            {"domain": "a\r\nb.test"},
            {"domain": "x" * 3000},
            {"host": "www.bakery.test", "port": 0},
            {"host": "www.bakery.test:443", "port": 25},
            {"host": "127.1"},
            {"host": "0x7f000001"},
            {"host": "www.bakery.test", "protocol": "gopher"},
            {"host": "www.bakery.test", "server_name": "a b"},
            {"host": "www.bakery.test", "client_id": 1},
        ],
    )
    def test_what_is_no_name_is_refused_and_queues_nothing(self, surface: Surface, body: dict[str, object]) -> None:
        given = surface.with_token(Role.OPERATOR).post("/api/lookups", json=body)
        assert given.status_code == 422
        assert given.json()["detail"]
        assert number_of("job") == number_of("requested_lookup") == 0

    def test_a_viewer_reads_but_does_not_ask(self, surface: Surface) -> None:
        refused = surface.with_token(Role.VIEWER).post("/api/lookups", json={"domain": "bakery.test"})
        assert refused.status_code == 403


@on_sqlite
class TestOnce:
    def test_the_same_key_asks_once_and_reads_what_came_since(self, surface: Surface) -> None:
        ada = surface.with_token(Role.OPERATOR)
        key = {"Idempotency-Key": "look-1"}
        first = ada.post("/api/lookups", json={"domain": "bakery.test"}, headers=key)
        answer()
        again = ada.post("/api/lookups", json={"domain": "bakery.test"}, headers=key)
        assert (first.status_code, again.status_code) == (202, 200)
        assert first.json()["id"] == again.json()["id"]
        assert number_of("requested_lookup") == 1
        other = ada.post("/api/lookups", json={"domain": "forge.test"}, headers=key)
        assert other.json()["type"] == "/problems/key-reused"

    def test_two_people_who_ask_the_same_share_a_job_and_see_their_own(self, surface: Surface) -> None:
        ada, ben = surface.with_token(Role.OPERATOR), surface.with_token(Role.OWNER)
        mine, theirs = (one.post("/api/lookups", json={"domain": "bakery.test"}).json() for one in (ada, ben))
        assert mine["job_id"] == theirs["job_id"]
        assert mine["id"] != theirs["id"]
        assert ben.get(f"/api/lookups/{mine['id']}").status_code == 404
        assert ada.get(f"/api/lookups/{theirs['id']}").status_code == 404


@on_sqlite
def test_a_person_has_so_many_with_all_tokens_together(surface: Surface, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resource, "LIMIT", resource.Limit(tries=2, window_s=3600))
    browser, program = surface.signed_in(Role.OPERATOR), surface.with_token(Role.OPERATOR)
    key = {"Idempotency-Key": "look-1"}
    assert browser.post("/api/lookups", json={"domain": "bakery.test"}).status_code == 202
    assert program.post("/api/lookups", json={"domain": "bakery.test"}, headers=key).status_code == 202
    refused = program.post("/api/lookups", json={"domain": "bakery.test"})
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) > 0
    assert number_of("requested_lookup") == 2
    repeated = program.post("/api/lookups", json={"domain": "bakery.test"}, headers=key)
    assert repeated.status_code == 202, "what was asked before costs nothing"
    assert surface.with_token(Role.OWNER).post("/api/lookups", json={"domain": "bakery.test"}).status_code == 202


@pytest.mark.parametrize(
    ("prefer", "wait_s"),
    [
        (None, 5.0),
        ("wait=2", 2.0),
        ("wait=0", 0.0),
        ("wait=999999", 10.0),
        ('respond-async, wait="3"', 3.0),
        ("respond-async", 0.0),
        ("return=minimal, wait=4; foo", 4.0),
        ("wait=x", 5.0),
        ("await=7", 5.0),
        ("wait=-1", 5.0),
    ],
)
def test_a_preference_is_honoured_up_to_the_longest(prefer: str | None, wait_s: float) -> None:
    assert resource._wait_s(prefer)[0] == wait_s
