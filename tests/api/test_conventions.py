"""What holds for every route of the API: keys that make a POST repeatable, tags, and what is named by an id."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from api_stub.security import api_tokens, policy
from db import connection
from db.ledger import schedules as stored_schedules
from db.portfolio import checks, clients, domains
from db.portfolio.clients import Client
from rules.access import Role, Scope
from rules.domains import check_outcome
from rules.domains.records import Answer, RegistryRecord
from tests.api.conftest import Surface
from tests.support.crowds import at_once

KEY = {"Idempotency-Key": "monday"}


@pytest.fixture
def client_id(surface: Surface) -> int:
    with connection.session():
        return clients.add(Client(name="Bakery", email="office@bakery.test"))[0]


class TestKeys:
    def test_a_post_with_a_key_is_done_once_and_answered_the_same(self, surface: Surface) -> None:
        program = surface.with_token(Role.OPERATOR)
        asked = {"name": "Forge", "email": "a@forge.test"}
        first, again = (program.post("/api/clients", json=asked, headers=KEY) for _ in range(2))
        assert (first.status_code, first.json()["name"]) == (201, "Forge")
        assert (again.status_code, again.text) == (201, first.text)
        other = program.post("/api/clients", json={**asked, "name": "Mill"}, headers=KEY)
        assert (other.status_code, other.json()["type"]) == (422, "/problems/key-reused")
        elsewhere = program.post("/api/endpoints", json=asked, headers=KEY)
        assert elsewhere.json()["type"] in {"/problems/key-reused", "/problems/bad-values"}
        assert program.get("/api/clients").json()["clients"] == [first.json()]

    def test_a_key_belongs_to_one_person(self, surface: Surface) -> None:
        asked = {"name": "Forge", "email": "a@forge.test"}
        statuses = [
            surface.with_token(role).post("/api/clients", json=asked, headers=KEY).status_code
            for role in (Role.OPERATOR, Role.OWNER)
        ]
        assert statuses == [201, 409]

    def test_an_answer_is_not_shown_to_who_is_limited_since(self, surface: Surface, client_id: int) -> None:
        asked = {"name": "bakery.test", "client_id": client_id}
        with connection.session():
            other = clients.add(Client(name="Mill", email="office@mill.test"))[0]
            owner = surface.people[Role.OWNER]
            free, limited = (
                api_tokens.add(owner, "t", scopes=tuple(Scope), client_ids=within) for within in (None, [other])
            )
        answers = [
            surface.client(headers={"authorization": f"Bearer {token}"}).post("/api/domains", json=asked, headers=KEY)
            for token in (free, limited)
        ]
        assert [one.status_code for one in answers] == [201, 422]
        assert "bakery.test" not in answers[1].text

    def test_what_was_refused_may_be_sent_again_with_its_key(self, surface: Surface, client_id: int) -> None:
        program = surface.with_token(Role.OPERATOR)
        asked = {"name": "Bakery", "email": "a@forge.test"}
        assert program.post("/api/clients", json=asked, headers=KEY).status_code == 409
        with connection.session():
            clients.remove(client_id)
        assert program.post("/api/clients", json=asked, headers=KEY).status_code == 201

    def test_a_crowd_with_one_key_adds_one_client(self, surface: Surface) -> None:
        program = surface.with_token(Role.OPERATOR)

        def add(_: int) -> tuple[int, str]:
            answer = program.post("/api/clients", json={"name": "Forge", "email": "a@forge.test"}, headers=KEY)
            return answer.status_code, answer.text

        answers = set(at_once(8, add))
        assert {status for status, _ in answers} == {201}
        assert len(answers) == 1

    def test_no_answer_with_a_secret_is_kept_and_the_second_one_is_told_so(self, surface: Surface) -> None:
        browser = surface.signed_in(Role.VIEWER)
        asked = {"name": "deploy", "scopes": ["read"], "days": 1}
        first, again = (browser.post("/api/account/tokens", json=asked, headers=KEY) for _ in range(2))
        assert (first.status_code, again.status_code) == (201, 409)
        with connection.session():
            assert first.json()["token"] not in str(connection.execute("SELECT * FROM idempotency_key"))
        assert len(browser.get("/api/account/tokens").json()["tokens"]) == 1
        wrong = {"name": "", "scopes": ["read"], "days": 1}
        assert browser.post("/api/account/tokens", json=wrong, headers={"Idempotency-Key": "2"}).status_code == 422

    @pytest.mark.parametrize("key", ["", "a b", "x" * 201, "\xfc"])
    def test_a_key_that_is_none_is_refused(self, surface: Surface, key: str) -> None:
        answer = surface.with_token(Role.OPERATOR).post(
            "/api/triggers/alerts.tell_all", headers={b"Idempotency-Key": key.encode("latin-1")}
        )
        assert answer.status_code == 422


class TestTags:
    def test_what_is_the_same_has_the_same_tag_and_need_not_be_sent(self, surface: Surface, client_id: int) -> None:
        program, path = surface.with_token(Role.OPERATOR), f"/api/clients/{client_id}"
        tag = program.get(path).headers["etag"]
        same = program.get(path, headers={"If-None-Match": f'"other", {tag}'})
        assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", tag)
        changed = program.patch(path, json={"zone": "Europe/Dublin"})
        assert changed.headers["etag"] == program.get(path).headers["etag"] != tag
        assert program.get(path, headers={"If-None-Match": tag}).status_code == 200

    def test_a_change_of_what_is_no_longer_so_is_refused(self, surface: Surface, client_id: int) -> None:
        program, path = surface.with_token(Role.OWNER), f"/api/clients/{client_id}"
        tag = program.get(path).headers["etag"]
        assert program.patch(path, json={"zone": "Europe/Dublin"}, headers={"If-Match": tag}).status_code == 200
        for stale in (tag, '"x"', "x", "W/" + tag, ""):
            late = program.patch(path, json={"zone": "UTC"}, headers={"If-Match": stale})
            assert (late.status_code, late.json()["type"]) == (412, "/problems/stale"), stale
        assert program.delete(path, headers={"If-Match": tag}).status_code == 412
        assert program.get(path).json()["zone"] == "Europe/Dublin"
        assert program.patch(path, json={"zone": "UTC"}, headers={"If-Match": "*"}).status_code == 200
        assert program.delete(path, headers={"If-Match": program.get(path).headers["etag"]}).status_code == 204
        assert program.delete(path, headers={"If-Match": "*"}).status_code == 404

    def test_of_two_that_change_what_both_have_seen_one_is_refused(self, surface: Surface, client_id: int) -> None:
        program, path = surface.with_token(Role.OWNER), f"/api/clients/{client_id}"
        tag = program.get(path).headers["etag"]

        def change(number: int) -> int:
            body = {"email": f"office-{number}@bakery.test"}
            return program.patch(path, json=body, headers={"If-Match": tag}).status_code

        assert sorted(at_once(4, change)) == [200, 412, 412, 412]

    def test_a_schedule_a_domain_and_an_endpoint_are_changed_as_they_were_seen(
        self, surface: Surface, client_id: int
    ) -> None:
        program = surface.with_token(Role.OWNER)
        domain = program.post("/api/domains", json={"name": "bakery.test", "client_id": client_id}).json()["id"]
        endpoint = program.post("/api/endpoints", json={"host": "bakery.test", "client_id": client_id}).json()["id"]
        for path, body in {
            f"/api/domains/{domain}": {"decision": "manual"},
            f"/api/endpoints/{endpoint}": {"client_id": client_id},
            "/api/schedules/invoices": {"cron": "30 6 * * *"},
        }.items():
            assert program.patch(path, json=body, headers={"If-Match": '"x"'}).status_code == 412
            tag = program.get(path).headers["etag"]
            assert program.patch(path, json=body, headers={"If-Match": tag}).status_code == 200

    def test_what_moves_with_time_alone_keeps_nobody_from_a_change(
        self, surface: Surface, client_id: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        program = surface.with_token(Role.OWNER)
        domain = program.post("/api/domains", json={"name": "bakery.test", "client_id": client_id}).json()["id"]
        now = datetime.now(UTC)
        record = RegistryRecord(
            name="bakery.test",
            answer=Answer.REGISTERED,
            source="rdap",
            server="rdap.test",
            expires=now + timedelta(days=40),
        )
        with connection.session():
            checks.save(check_outcome.answered(domains.get(domain), [record], at=now), because="it is quiet")
        paths = {f"/api/domains/{domain}": {"decision": "manual"}, "/api/schedules/invoices": {"zone": "Europe/Berlin"}}
        before = {path: program.get(path) for path in paths}
        later = now + timedelta(days=45)
        monkeypatch.setattr(stored_schedules, "now", lambda: later)
        with time_machine.travel(later, tick=True):
            for path, body in paths.items():
                tag = before[path].headers["etag"]
                shown = program.get(path, headers={"If-None-Match": tag})
                assert shown.status_code == 200, "what is shown is another"
                moved = {name for name, value in shown.json().items() if value != before[path].json()[name]}
                assert moved <= {"stage", "words", "next"}
                assert moved
                assert program.patch(path, json=body, headers={"If-Match": tag}).status_code == 200
                assert program.patch(path, json=body, headers={"If-Match": tag}).status_code == 412, "now it is changed"


def test_every_post_is_described_with_its_key_and_every_change_with_its_tag(surface: Surface) -> None:
    paths = surface.client().get("/api/openapi.json").json()["paths"]
    for path, operations in paths.items():
        for method, operation in operations.items():
            headers = {one["name"] for one in operation.get("parameters", []) if one["in"] == "header"}
            known = policy.POLICIES[method.upper(), path].permission is not None
            assert ("Idempotency-Key" in headers) == (method == "post" and known), path
            single = path.endswith("}") and "get" in operations
            assert ("If-Match" in headers) == (single and method != "get"), (method, path)
