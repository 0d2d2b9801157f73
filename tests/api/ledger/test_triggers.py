"""Triggers: work is asked for, once, by who may, and is a row before the answer is given."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

import settings
from db import connection
from db.access import audit
from db.ledger import jobs, runs, schedules, transitions
from db.portfolio import clients, domains, endpoints
from db.portfolio.clients import Client
from rules.access import Role, Scope
from rules.certificates.faults import FaultKind, fault
from rules.certificates.finding import AddressFinding, Finding, Grade
from rules.certificates.observation import Protocol
from tasks.engine.task import declared, find
from tests.api.conftest import Surface
from tests.support import scans as stored_scans
from tests.support.crowds import at_once


def portfolio(number: int) -> None:
    with connection.session():
        client_id, _ = clients.add(Client(name="Bakery", email="office@bakery.test"))
        for each in range(number):
            domains.add(f"bakery-{each}.test", client_id=client_id)


def queued() -> int:
    with connection.session():
        return connection.execute("SELECT COUNT(*) FROM job")[0][0]


class TestTriggers:
    def test_a_trigger_is_a_job_and_a_run_when_it_is_answered(self, surface: Surface) -> None:
        answer = surface.signed_in(Role.OPERATOR).post("/api/triggers/domains.check_all", json={})
        assert answer.status_code == 202
        said = answer.json()
        assert said["new"]
        with connection.session():
            job = jobs.require(said["job_id"])
            entry = audit.LIST.page("-id").rows[0]
        assert (job.task, job.run_id, job.state) == ("domains.check_all", said["run_id"], "queued")
        assert (entry.actor, entry.action, entry.subject) == ("the operator", "trigger", "domains.check_all")
        assert entry.details["job"] == said["job_id"]

    def test_arguments_are_what_the_tasks_own_signature_takes(self, surface: Surface) -> None:
        operator = surface.with_token(Role.OPERATOR, Scope.WORK)
        answer = operator.post("/api/triggers/domains.check", json={"domain_id": 17})
        assert (answer.status_code, answer.json()["run_id"]) == (202, None)
        for wrong in ({}, {"domain_id": "x"}, {"domain_id": 1, "more": 2}, {"domain_id": [1]}):
            answer = operator.post("/api/triggers/domains.check", json=wrong)
            assert answer.status_code == 422
            assert "it takes: domain_id" in answer.json()["detail"]
        assert queued() == 1

    def test_the_same_work_is_queued_once_and_the_answer_says_so(self, surface: Surface) -> None:
        operator = surface.with_token(Role.OPERATOR, Scope.WORK)
        first, again = (operator.post("/api/triggers/domains.check", json={"domain_id": 17}).json() for _ in "ab")
        other = operator.post("/api/triggers/domains.check", json={"domain_id": 18}).json()
        assert (first["new"], again["new"], other["new"]) == (True, False, True)
        assert again["job_id"] == first["job_id"]
        with connection.session():
            keys = connection.execute("SELECT key FROM job ORDER BY id")
        assert keys == [("domains.check:17",), ("domains.check:18",)]

    def test_a_fan_out_that_is_queued_already_is_answered_with_its_run(self, surface: Surface) -> None:
        operator = surface.with_token(Role.OPERATOR, Scope.WORK)
        first, again = (operator.post("/api/triggers/domains.check_all").json() for _ in "ab")
        assert again == {"job_id": first["job_id"], "run_id": first["run_id"], "new": False}
        assert again["run_id"]

    def test_the_same_key_is_answered_the_same_and_does_nothing_twice(self, surface: Surface) -> None:
        operator = surface.with_token(Role.OPERATOR)
        key = {"Idempotency-Key": "once"}
        first = operator.post("/api/triggers/domains.check_all", json={}, headers=key)
        again = operator.post("/api/triggers/domains.check_all", json={}, headers=key)
        assert first.status_code == again.status_code == 202
        assert first.json() == again.json()
        assert queued() == 1
        other = operator.post("/api/triggers/domains.check", json={"domain_id": 1}, headers=key)
        assert other.status_code == 422
        assert other.json()["type"] == "/problems/key-reused"
        somebody_else = surface.with_token(Role.OWNER).post("/api/triggers/domains.check_all", json={}, headers=key)
        assert somebody_else.json() != first.json(), "a key is its principal's own"
        with connection.session():
            assert len(audit.LIST.page("-id").rows) == 2

    def test_a_key_counts_for_a_day(self, surface: Surface) -> None:
        operator = surface.with_token(Role.OPERATOR)
        key = {"Idempotency-Key": "once"}
        first = operator.post("/api/triggers/domains.check_all", headers=key).json()
        with connection.session():
            connection.execute("UPDATE idempotency_key SET created_at = {later(-86401)}")
        assert operator.post("/api/triggers/domains.check_all", headers=key).json() != first

    def test_a_crowd_with_one_key_makes_one_job(self, surface: Surface) -> None:
        operator = surface.with_token(Role.OPERATOR)
        programs = [surface.client(headers=dict(operator.headers)) for _ in range(8)]

        def ask(one: int) -> tuple[int, int]:
            answer = programs[one].post("/api/triggers/domains.check_all", headers={"Idempotency-Key": "crowd"})
            return answer.status_code, answer.json()["job_id"]

        said = at_once(8, ask)
        assert said == [(202, said[0][1])] * 8
        assert queued() == 1

    @pytest.mark.parametrize("key", ["", " ", "ä", "x" * 201, "a b"])
    def test_a_key_that_is_none_is_refused(self, surface: Surface, key: str) -> None:
        operator = surface.with_token(Role.OPERATOR)
        answer = operator.post("/api/triggers/domains.check_all", headers=[(b"Idempotency-Key", key.encode("latin-1"))])
        assert answer.status_code == 422

    def test_a_dry_run_says_how_many_jobs_and_how_long_and_does_nothing(self, surface: Surface) -> None:
        portfolio(7)
        admin = surface.with_token(Role.ADMIN)
        answer = admin.post("/api/triggers/domains.check_all?dry_run=true")
        assert (answer.status_code, answer.json()) == (
            200,
            {"task": "domains.check_all", "jobs": 8, "seconds": None, "dry_run": True},
        )
        one = admin.post("/api/triggers/domains.check?dry_run=1", json={"domain_id": 1}).json()
        assert (one["jobs"], one["seconds"]) == (1, None)
        assert admin.post("/api/triggers/domains.check?dry_run=1", json={}).status_code == 422
        for task, number, seconds in (
            ("certificates.scan_all", 1, None),
            ("certificates.scan_due", 1, 120),
            ("invoices.bill_all", 1, 600),
            ("dns.read_all", 8, 1800),
            ("domains.check_due", 8, 600),
        ):
            said = admin.post(f"/api/triggers/{task}?dry_run=1").json()
            assert (said["jobs"], said["seconds"]) == (number, seconds), task
        assert queued() == 0

    def test_of_every_fan_out_it_is_known_how_many_jobs_it_leads_to(self, surface: Surface) -> None:
        ours = {name for name, one in declared().items() if one.function.__module__.startswith("tasks.")}
        assert {name for name in ours if find(name).fans_out} == {name for name in ours if find(name).size}

    def test_a_dry_run_is_as_long_as_its_slowest_lane_and_builds_nothing(
        self, surface: Surface, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with connection.session():
            client_id, _ = clients.add(Client(name="Bakery", email="office@bakery.test"))
            for number in range(30):
                domains.add(f"bakery-{number}.fr", client_id=client_id)
            domains.add("bakery.test", client_id=client_id)
        for costly in ("ids_after", "due_after", "names"):
            monkeypatch.delattr(domains, costly)
        operator = surface.with_token(Role.OPERATOR)
        with settings.override(lanes={"rdap.nic.fr": 2}):
            said = [
                operator.post(f"/api/triggers/domains.{one}?dry_run=1").json() for one in ("check_all", "check_due")
            ]
        assert [(one["jobs"], one["seconds"]) for one in said] == [(32, 1000), (32, 1000)]

    def test_a_dry_run_knows_how_long_it_took_the_last_time(self, surface: Surface) -> None:
        portfolio(7)
        with connection.session():
            run_id = runs.open_("domains.check_all", then=None)
            connection.execute(
                "UPDATE run SET created_at = {later(-120)}, finished_at = {later(-100)}, counts = %s WHERE id = %s",
                json.dumps({"done": 4}),
                run_id,
            )
            job_id = find("domains.check").enqueue(domain_id=1).job_id
            connection.execute(
                "UPDATE job SET state = 'done', claimed_at = {later(-13)}, finished_at = {later(-10)} WHERE id = %s",
                job_id,
            )
        operator = surface.with_token(Role.OPERATOR)
        assert operator.post("/api/triggers/domains.check_all?dry_run=1").json()["seconds"] == 40
        assert operator.post("/api/triggers/domains.check?dry_run=1", json={"domain_id": 1}).json()["seconds"] == 3

    def test_the_tasks_are_listed_with_what_they_take(self, surface: Surface) -> None:
        listed = {one["name"]: one for one in surface.with_token(Role.VIEWER).get("/api/triggers").json()}
        assert listed["domains.check"]["arguments"]["required"] == ["domain_id"]
        assert listed["domains.check_all"]["fans_out"]


class TestJobs:
    def test_pages_follow_one_another_and_miss_nothing(self, surface: Surface) -> None:
        with connection.session():
            tickets = [find("domains.check").enqueue(domain_id=number).job_id for number in range(25)]
            find("certificates.scan").enqueue(endpoint_id=1)
        viewer = surface.with_token(Role.VIEWER, Scope.READ)
        seen, cursor = [], ""
        while True:
            page = viewer.get(f"/api/jobs?task=domains.check&limit=10{cursor}").json()
            seen += [one["id"] for one in page["jobs"]]
            if page["next"] is None:
                break
            cursor = f"&cursor={page['next']}"
        assert seen == sorted(tickets, reverse=True)

    def test_filters_work_alone_and_together(self, surface: Surface) -> None:
        operator = surface.with_token(Role.OPERATOR)
        run = operator.post("/api/triggers/domains.check_all").json()
        alone = operator.post("/api/triggers/domains.check", json={"domain_id": 1}).json()
        operator.post(f"/api/jobs/{alone['job_id']}/cancel")

        def ids(query: str) -> list[int]:
            return [one["id"] for one in operator.get(f"/api/jobs?{query}").json()["jobs"]]

        assert ids("state=cancelled") == [alone["job_id"]]
        assert ids("state=queued") == [run["job_id"]]
        assert ids(f"run={run['run_id']}") == [run["job_id"]]
        assert ids("state=queued&task=domains.check") == []
        assert ids("state=cancelled&task=domains.check") == [alone["job_id"]]
        assert ids("state=done") == []
        assert [one["id"] for one in operator.get("/api/runs?unfinished=true").json()["runs"]] == [run["run_id"]]
        assert operator.get(f"/api/runs/{run['run_id']}").json()["counts"] == {"queued": 1}
        assert operator.get("/api/jobs?state=lost").status_code == 422

    def test_a_job_is_shown_with_its_tries_and_without_its_claim(self, surface: Surface) -> None:
        with connection.session():
            job_id = find("domains.check").enqueue(domain_id=1).job_id
            with connection.transaction():
                claim = transitions.claim([job_id], token="t" * 32, worker_id="w", claim_s=9)[0]
                ending = transitions.JobOutcome(
                    jobs.JobState.DEAD, jobs.AttemptOutcome.DEAD, "<b>it broke</b>", failures=1
                )
                transitions.end(claim, ending)
        shown = surface.with_token(Role.VIEWER).get(f"/api/jobs/{job_id}").json()
        assert (shown["state"], shown["history"][0]["error"]) == ("dead", "<b>it broke</b>")
        assert "token" not in shown
        assert "t" * 32 not in str(shown)

    def test_what_cannot_be_done_is_a_conflict_and_leaves_no_trace(self, surface: Surface) -> None:
        operator = surface.with_token(Role.OPERATOR)
        job_id = operator.post("/api/triggers/domains.check_all").json()["job_id"]
        assert operator.post(f"/api/jobs/{job_id}/retry").status_code == 409
        assert operator.post(f"/api/jobs/{job_id}/cancel").json()["state"] == "cancelled"
        assert operator.post(f"/api/jobs/{job_id}/cancel").status_code == 409
        assert operator.post(f"/api/jobs/{job_id}/retry").json()["state"] == "queued"
        with connection.session():
            assert [one.action for one in audit.LIST.page("-id").rows] == ["retry", "cancel", "trigger"]


class TestSchedules:
    def test_a_schedule_is_paused_with_a_reason_changed_resumed_and_run(self, surface: Surface) -> None:
        operator = surface.with_token(Role.OPERATOR)
        paused = operator.post("/api/schedules/domains/pause", json={"because": "the registry moves"}).json()
        assert (paused["paused_because"], paused["paused_by"]) == ("the registry moves", "the operator")
        changed = operator.patch("/api/schedules/domains", json={"cron": "5 4 * * *", "zone": "Europe/Berlin"}).json()
        assert (changed["cron"], changed["zone"], changed["changed"]) == ("5 4 * * *", "Europe/Berlin", True)
        back = operator.patch("/api/schedules/domains", json={}).json()
        assert (back["cron"], back["changed"]) == ("17 * * * *", False)
        assert operator.post("/api/schedules/domains/resume").json()["paused_at"] is None
        enqueued = operator.post("/api/schedules/domains/run").json()
        shown = operator.get("/api/schedules/domains").json()
        assert shown["firings"][0]["job_id"] == enqueued["job_id"]
        assert shown["firings"][0]["reason"].startswith("run now by the operator")

    @pytest.mark.parametrize(
        "body", [{"cron": "* * * *"}, {"cron": "0 0 31 2 *"}, {"zone": "Mars/Base"}, {"when": "now"}]
    )
    def test_times_that_cannot_be_are_refused_and_change_nothing(self, surface: Surface, body: dict[str, str]) -> None:
        operator = surface.with_token(Role.OPERATOR)
        assert operator.patch("/api/schedules/domains", json=body).status_code == 422
        with connection.session():
            row = schedules.overrides().get("domains")
        assert row is None or (row.cron, row.zone) == (None, None)


class TestPortfolio:
    def test_a_domain_is_added_as_what_was_registered_once(self, surface: Surface) -> None:
        owner = surface.with_token(Role.OWNER)
        client = owner.post("/api/clients", json={"name": "Bäckerei", "email": "a@b.test"}).json()["id"]
        added = owner.post("/api/domains", json={"name": "https://www.Bücher.example/x", "client_id": client})
        assert (added.status_code, added.json()["name"]) == (201, "xn--bcher-kva.example")
        assert owner.post("/api/domains", json={"name": "bücher.example", "client_id": client}).status_code == 409
        assert owner.post("/api/domains", json={"name": "a.test", "client_id": 99}).status_code == 404
        assert owner.get("/api/domains?name=xn--bcher-kva.example").json()["domains"][0]["client_name"] == "Bäckerei"
        assert owner.get(f"/api/domains?client={client + 1}").json() == {"domains": [], "next": None}

    def test_an_endpoint_is_added_moved_and_removed(self, surface: Surface) -> None:
        owner = surface.with_token(Role.OWNER)
        one, two = (owner.post("/api/clients", json={"name": n, "email": "a@b.test"}).json()["id"] for n in ("A", "B"))
        endpoint = owner.post("/api/endpoints", json={"host": "[::1]", "port": 8443, "client_id": one}).json()
        assert (endpoint["host"], endpoint["port"], endpoint["ok"]) == ("::1", 8443, None)
        assert (endpoint["grade"], endpoint["faults"], endpoint["addresses"]) == (None, [], [])
        path = f"/api/endpoints/{endpoint['id']}"
        assert owner.patch(path, json={"client_id": two}).json()["client_name"] == "B"
        assert owner.patch(path, json={"client_id": 99}).status_code == 404
        assert owner.delete(path).status_code == 204
        assert owner.get(path).status_code == 404

    def test_an_endpoint_has_its_protocols_port_and_its_own_server_name(self, surface: Surface) -> None:
        owner = surface.with_token(Role.OWNER)
        client = owner.post("/api/clients", json={"name": "A", "email": "a@b.test"}).json()["id"]

        def add(**given: object) -> Any:
            return owner.post("/api/endpoints", json={"host": "mail.bakery.test", "client_id": client, **given})

        assert (add().json()["port"], add().status_code) == (443, 409)
        smtp = add(protocol="smtp").json()
        assert (smtp["port"], smtp["protocol"]) == (25, "smtp")
        assert add(protocol="imap", port=1143).json()["port"] == 1143
        named = add(server_name="Bücher.example").json()
        assert (named["host"], named["server_name"]) == ("mail.bakery.test", "xn--bcher-kva.example")
        for wrong in ({"protocol": "gopher"}, {"server_name": "192.0.2.1"}, {"server_name": "a b"}, {"port": 0}):
            assert add(**wrong).status_code == 422, wrong

    def test_an_endpoint_is_shown_with_what_each_address_serves_and_when_it_is_scanned_next(
        self, surface: Surface
    ) -> None:
        owner = surface.with_token(Role.OWNER)
        client = owner.post("/api/clients", json={"name": "A", "email": "a@b.test"}).json()["id"]
        endpoint = owner.post("/api/endpoints", json={"host": "www.bakery.test", "client_id": client}).json()["id"]
        faults = (
            fault(FaultKind.SELF_SIGNED, "leaf"),
            fault(FaultKind.CAA_MISMATCH, "not_allowed", allowed=("ca.test",), authority="CA"),
        )
        finding = Finding(
            host="www.bakery.test",
            port=443,
            protocol=Protocol.TLS,
            grade=Grade.REFUSED,
            faults=faults,
            addresses=(
                AddressFinding(address="192.0.2.1", faults=faults),
                AddressFinding(address="2001:db8::1", faults=()),
            ),
        )
        with connection.session(), connection.transaction():
            stored_scans.save(endpoints.get(endpoint), finding, at=datetime.now(UTC))
        shown = owner.get(f"/api/endpoints/{endpoint}").json()
        itself = "1 of 2 addresses (192.0.2.1): the certificate is signed by itself, by no authority."
        caa = (
            "1 of 2 addresses (192.0.2.1): the domain's CAA records allow ca.test to issue, not CA: the next renewal"
            " may be refused."
        )
        assert (shown["ok"], shown["grade"], shown["message"]) == (False, "F", f"{itself} {caa}")
        assert shown["faults"] == [
            {"kind": "self_signed", "severity": "critical", "words": itself},
            {"kind": "caa_mismatch", "severity": "note", "words": caa},
        ]
        assert [(one["address"], len(one["faults"])) for one in shown["addresses"]] == [
            ("192.0.2.1", 2),
            ("2001:db8::1", 0),
        ]
        assert datetime.fromisoformat(shown["next_scan_at"]) > datetime.now(UTC)
        assert shown["next_scan_because"]
        assert shown["failure"] is None

    def test_what_is_not_a_field_is_refused_not_assigned(self, surface: Surface) -> None:
        owner = surface.with_token(Role.OWNER)
        given = {"name": "A", "email": "a@b.test"}
        for more in ({"id": 7}, {"contacts": []}, {"created_at": "2020-01-01"}):
            assert owner.post("/api/clients", json={**given, **more}).status_code == 422
        for field, value in (("currency", "EURO"), ("currency", "ABC"), ("zone", "../x"), ("language", "klingon!")):
            assert owner.post("/api/clients", json={**given, field: value}).status_code == 422

    def test_names_of_clients_are_unique_also_when_changed(self, surface: Surface) -> None:
        owner = surface.with_token(Role.OWNER)
        one, two = (owner.post("/api/clients", json={"name": n, "email": "a@b.test"}).json()["id"] for n in ("A", "B"))
        assert owner.patch(f"/api/clients/{two}", json={"name": "A"}).status_code == 409
        assert (
            owner.patch(f"/api/clients/{one}", json={"name": "A", "zone": "Europe/Paris"}).json()["zone"]
            == "Europe/Paris"
        )

    def test_a_client_who_was_invoiced_stays(self, surface: Surface) -> None:
        owner = surface.with_token(Role.OWNER)
        client = owner.post("/api/clients", json={"name": "A", "email": "a@b.test"}).json()["id"]
        with connection.session():
            connection.execute(
                "INSERT INTO invoice (client_id, series, number, issued_on, due_on, currency, net_minor, tax_minor,"
                " gross_minor, created_at) VALUES (%s, 'INV', 1, '2026-01-01', '2026-01-15', 'EUR', 1, 0, 1, {now})",
                client,
            )
        refused = owner.delete(f"/api/clients/{client}")
        assert (refused.status_code, "has invoices" in refused.json()["detail"]) == (409, True)
        assert owner.get(f"/api/clients/{client}").status_code == 200


def test_metrics_tell_what_ended_what_waits_and_for_how_long(surface: Surface) -> None:
    from api_stub.monitoring import metrics

    metrics._registry.cache_clear()
    with connection.session():
        job_id = find("domains.check").enqueue(domain_id=1).job_id
        find("certificates.scan").enqueue(endpoint_id=1)
        with connection.transaction():
            claim = transitions.claim([job_id], token="t", worker_id="w", claim_s=9)[0]
            transitions.end(claim, transitions.DONE, ran_s=0.25)
        connection.execute("UPDATE attempt SET ended_at = {later(-10)}, started_at = {later(-10.25)}")
        connection.execute("UPDATE job SET run_at = {later(-60)}")
    program = surface.with_token(Role.VIEWER, Scope.METRICS)
    text = [program.get("/metrics").text for _ in range(2)][1]
    assert 'nolapse_attempts_total{outcome="done",task="domains.check"} 1.0' in text, "and looking twice counts once"
    assert 'nolapse_job_run_seconds_bucket{le="1.0",task="domains.check"} 1.0' in text
    assert 'nolapse_job_run_seconds_bucket{le="0.1",task="domains.check"} 0.0' in text
    assert 'nolapse_job_wait_seconds_count{queue="lookup"} 1.0' in text
    assert 'nolapse_jobs_queued{queue="scan"} 1.0' in text
    oldest = next(line for line in text.splitlines() if line.startswith('nolapse_oldest_due_seconds{queue="scan"}'))
    assert 59 < float(oldest.split()[1]) < 90
