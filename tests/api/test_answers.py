"""What holds for every answer: headers, problems, caps, host names; and the answers while something is away."""

import json
import re

import pytest

import settings
from api_stub.monitoring import health
from api_stub.problems import KINDS, Problem
from api_stub.routes import DEEPEST_JSON, router
from api_stub.security import headers, policy
from db import connection, migrate
from db.ledger import jobs, transitions
from rules.access import Role
from tests.api.conftest import HOME, Surface
from tests.faults.marks import on_sqlite

TEXTS = [
    "<script>alert(1)</script>",
    "'; DROP TABLE job; --",
    "{{7*7}}${7*7}",
    "\x00\x01\x1b[31m",
    "\r\nSet-Cookie: a=b",
    "\ud800",
    "\u202egnp.exe\u2066",
    "a" * 5000,
    "\N{PILE OF POO}" * 60,
    "=cmd|' /C calc'!A0",
    "../../../etc/passwd",
    "%00%0d%0a",
    "Z\u0351a\u0334lgo",
    "",
]
LOOKS = ["/health/live", "/health/ready", "/api/docs", "/api/openapi.json", "/api/jobs", "/nothing/here", "/metrics"]


def checked(answer) -> None:
    for name, value in headers.HEADERS.items():
        assert name in answer.headers, name
        if name != "Cache-Control":
            assert answer.headers[name] == value
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert answer.headers["strict-transport-security"]


@on_sqlite
class TestHeaders:
    @pytest.mark.parametrize("path", LOOKS)
    @pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "OPTIONS", "PUT"])
    def test_every_answer_has_them_also_the_refusals(self, surface: Surface, method: str, path: str) -> None:
        checked(surface.client().request(method, path))
        checked(surface.signed_in(Role.OWNER).request(method, path))

    def test_a_bug_has_them_too_and_says_nothing_of_itself(self, surface: Surface) -> None:
        surface, broken = surface.apart(), router()

        @broken.get("/api/docs.css")  # a path with a policy that lets anybody in
        def fail() -> None:
            raise RuntimeError("secret words")

        surface.app.router.routes[:] = [one for one in surface.app.router.routes if "docs" not in repr(one)]
        surface.app.router.routes.clear()
        surface.app.include_router(broken)
        answer = surface.client().get("/api/docs.css")
        assert answer.status_code == 500
        assert answer.json()["type"] == "/problems/bug"
        assert re.search(r"look for [0-9a-f]{8} in the log$", answer.json()["detail"])
        assert "secret" not in answer.text
        assert "Traceback" not in answer.text
        checked(answer)

    def test_plain_http_gets_no_hsts(self, surface: Surface) -> None:
        browser = surface.client()
        browser.base_url = "http://localhost:8450"
        assert "strict-transport-security" not in browser.get("/health/live").headers

    def test_private_answers_are_not_kept(self, surface: Surface) -> None:
        assert surface.signed_in(Role.OWNER).get("/api/jobs").headers["cache-control"] == "no-store"


@on_sqlite
class TestProblems:
    def test_a_problem_says_what_is_wrong_and_how_to_mend_it(self, surface: Surface) -> None:
        owner = surface.signed_in(Role.OWNER)
        answers = {
            "missing": owner.get("/api/jobs/7"),
            "nothing": owner.get("/api/nothing"),
            "method": owner.put("/api/jobs", json={}),
            "values": owner.post("/api/clients", json={"name": "x", "email": "nowhere", "role": "owner"}),
            "json": owner.post("/api/clients", content="{", headers={"content-type": "application/json"}),
            "arguments": owner.post("/api/triggers/domains.check", json={"domain": 1}),
            "task": owner.post("/api/triggers/domains.chek", json={}),
            "cron": owner.patch("/api/schedules/domains", json={"cron": "61 * * * *"}),
            "zone": owner.patch("/api/schedules/domains", json={"zone": "../../etc/passwd"}),
            "misspelt": owner.get("/api/jobs?sate=dead"),
            "twice": owner.get("/api/jobs?state=dead&state=done"),
            "host": owner.post("/api/endpoints", json={"host": "a b", "client_id": 1}),
            "kind": owner.post("/api/clients", data={"name": "x"}),
        }
        assert {name: one.status_code for name, one in answers.items()} == {
            "missing": 404,
            "nothing": 404,
            "method": 405,
            "values": 422,
            "json": 400,
            "misspelt": 422,
            "twice": 422,
            "arguments": 422,
            "task": 404,
            "cron": 422,
            "zone": 422,
            "host": 422,
            "kind": 415,
        }
        for one in answers.values():
            assert one.headers["content-type"] == "application/problem+json"
            assert set(one.json()) - {"errors"} == {"type", "title", "status", "detail"}
            assert one.json()["status"] == one.status_code
        assert "did you mean domains.check" in answers["task"].json()["detail"]
        assert {one["at"] for one in answers["values"].json()["errors"]} == {"body.email", "body.role"}
        assert answers["method"].headers["allow"] == "GET"
        assert answers["kind"].headers["accept"] == "application/json"

    def test_each_wrong_value_is_named_with_what_is_wrong(self, surface: Surface) -> None:
        owner = surface.signed_in(Role.OWNER)
        answer = owner.post(
            "/api/clients", json={"name": "", "email": "x" * 300, "zone": "Mars/Base", "currency": "EURO"}
        )
        messages = {one["at"].removeprefix("body."): one["message"] for one in answer.json()["errors"]}
        assert messages["name"] == "must not be empty"
        assert messages["email"] == "must have at most 254 characters"
        assert messages["zone"] == "is no IANA time zone, such as Europe/Berlin"
        assert messages["currency"] == "is no currency of ISO 4217, such as EUR"
        broken = owner.post("/api/clients", content='{"name": ', headers={"content-type": "application/json"}).json()
        assert broken["detail"] == "The body is not JSON: body.9: Expecting value at this character"

    @pytest.mark.parametrize("kind", [None, "text/plain", "application/xml", "application/jsonx", "text/json"])
    def test_a_body_of_another_kind_is_not_read(self, surface: Surface, kind: str | None) -> None:
        owner = surface.signed_in(Role.OWNER)
        headers = {"content-type": kind} if kind else {}
        answer = owner.post("/api/clients", content='{"name": "A", "email": "a@b.test"}', headers=headers)
        assert (answer.status_code, answer.json()["type"]) == (415, "/problems/wrong-kind")
        assert owner.post("/api/triggers/domains.check_all", content="", headers=headers).status_code == 202
        form = surface.client().post("/sign-in", json={"name": "A"}, headers={"x-csrf-token": "x", "origin": HOME})
        assert form.status_code == 403, "where it comes from is asked first"

    @pytest.mark.parametrize("charset", ["utf-7", "undefined", "utf-8; charset=utf-7", '"utf-16"'])
    def test_a_form_in_another_charset_than_utf_8_is_not_read(self, surface: Surface, charset: str) -> None:
        """Codecs of Python's make half letters of bytes, or raise what no reader of forms expects."""
        form = b'--x\r\nContent-Disposition: form-data; name="csrf"\r\n\r\n+2AA-\r\n--x--\r\n'
        kind = {"content-type": f"multipart/form-data; boundary=x; charset={charset}"}
        answer = surface.signed_in(Role.OWNER).post("/api/auth/signout", content=form, headers=kind)
        assert answer.status_code == 415
        assert "UTF-8" in answer.json()["detail"]

    def test_json_by_any_of_its_names_is_read(self, surface: Surface) -> None:
        owner = surface.signed_in(Role.OWNER)
        for name, kind in (("A", "application/json; charset=utf-8"), ("B", "application/merge-patch+json")):
            body = json.dumps({"name": name, "email": "a@b.test"})
            assert owner.post("/api/clients", content=body, headers={"content-type": kind}).status_code == 201

    def test_the_type_of_a_problem_leads_to_its_description(self, surface: Surface) -> None:
        stranger = surface.client()
        described = stranger.get("/api/docs").text
        for kind in KINDS:
            assert stranger.get(f"/problems/{kind}").headers["location"] == f"/api/docs#{kind}"
            assert f'id="{kind}"' in described, kind
        assert stranger.get("/problems/none").status_code == 404

    @pytest.mark.parametrize("at", ["0001-01-01T00:00:00%2B23:59", "9999-12-31T23:59:59-23:59", "9999-12-31T23:59:59Z"])
    def test_moments_at_the_edges_of_the_calendar_are_since_ever_and_for_ever(self, surface: Surface, at: str) -> None:
        owner = surface.signed_in(Role.OWNER)
        for address in ("/api/jobs", "/api/domains", "/api/endpoints", "/api/audit"):
            for side in ("since", "until"):
                assert owner.get(f"{address}?{side}={at}").status_code == 200

    @pytest.mark.parametrize("text", TEXTS)
    def test_hostile_text_never_breaks_an_answer(self, surface: Surface, text: str) -> None:
        owner = surface.signed_in(Role.OWNER)
        body = json.dumps({"name": text, "email": text, text: 1, "because": text, "cron": text, "host": text})
        for method, path in (
            ("POST", "/api/clients"),
            ("POST", "/api/schedules/domains/pause"),
            ("PATCH", "/api/schedules/domains"),
            ("POST", "/api/endpoints"),
            ("POST", "/api/domains"),
            ("POST", "/api/triggers/domains.check_all"),
        ):
            answer = owner.request(method, path, content=body, headers={"content-type": "application/json"})
            assert answer.status_code in (201, 400, 404, 409, 422), answer.text
            answer.json()
            checked(answer)
        pause = owner.post(
            "/api/schedules/domains/pause",
            content=json.dumps({"because": text}),
            headers={"content-type": "application/json"},
        )
        assert pause.status_code in (200, 422)
        assert owner.get("/api/audit").status_code == 200

    def test_what_a_job_was_asked_for_is_shown_whatever_it_is(self, surface: Surface) -> None:
        with connection.session(), connection.transaction():
            args = {"name": "\ud800\x00</script>", "list": [{"\udfff": "x"}]}
            job_id, _ = transitions.insert_one(
                transitions.JobSpec("domains.check", "lookup"), transitions.JobRequest(args)
            )
        answer = surface.signed_in(Role.VIEWER).get(f"/api/jobs/{job_id}")
        assert answer.json()["args"]["name"] == "?\x00</script>"

    def test_a_browser_is_led_to_the_sign_in_and_back(self, surface: Surface) -> None:
        browser = surface.client(headers={"accept": "text/html"})
        answer = browser.get("/metrics?a=b&c=//d")
        assert answer.status_code == 303
        assert answer.headers["location"] == "/sign-in?next=%2Fmetrics%3Fa%3Db%26c%3D%2F%2Fd"
        assert browser.post("/sign-out").headers["location"] == "/sign-in?next=%2F"
        assert browser.get("/api/jobs").status_code == 401

    def test_the_dashboard_makes_pages_of_problems(self, surface: Surface) -> None:
        from starlette.responses import HTMLResponse

        def page(_request, problem: Problem) -> HTMLResponse:
            return HTMLResponse(f"<h1>{problem.status_code} {problem.kind}</h1>")

        surface = surface.apart()
        surface.app.state.render_problem = page
        answer = surface.client().get("/nothing", headers={"accept": "text/html"})
        assert (answer.status_code, answer.text) == (404, "<h1>404 not-found</h1>")
        assert surface.client().get("/nothing").headers["content-type"] == "application/problem+json"
        checked(answer)


@on_sqlite
class TestCaps:
    def test_a_body_that_is_too_large_is_refused_by_its_length_and_by_what_comes(self, surface: Surface) -> None:
        program = surface.with_token(Role.OWNER)
        big = b'{"name": "' + b"x" * headers.LARGEST_BODY + b'"}'
        kind = {"content-type": "application/json"}
        assert program.post("/api/clients", content=big, headers=kind).status_code == 413
        chunks = program.post("/api/clients", content=iter([big[:1000]] * 400), headers=kind)
        assert chunks.status_code == 413
        checked(chunks)

    def test_json_that_is_too_deep_is_refused_before_it_is_read(self, surface: Surface) -> None:
        program = surface.with_token(Role.OWNER)
        kind = {"content-type": "application/json"}
        for depth, status in ((DEEPEST_JSON + 1, 400), (40_000, 400), (DEEPEST_JSON, 422)):
            body = '{"a":' * (depth - 1) + "[]" + "}" * (depth - 1)
            assert program.post("/api/clients", content=body, headers=kind).status_code == status, depth
        quoted = json.dumps({"name": "[" * 500 + '\\"' * 50, "email": "a@b.test"})
        assert program.post("/api/clients", content=quoted, headers=kind).status_code in (201, 422)

    @pytest.mark.parametrize(
        "host",
        [
            "evil.example", "localhost.evil.example", "127.0.0.1.nip.io", "", "nolapse.example",
            "[::1].evil.example", "localhost:80@evil.example", "localhost:port",
        ],
    )  # fmt: skip
    def test_a_name_that_is_not_ours_is_not_answered(self, surface: Surface, host: str) -> None:
        assert surface.client().get("/api/docs", headers={"host": host}).status_code == 421
        assert surface.client().get("/health/live", headers={"host": host}).status_code == 200
        with settings.override(public_url="https://nolapse.example"):
            status = surface.client().get("/api/docs", headers={"host": host}).status_code
            assert status == (200 if host == "nolapse.example" else 421)


class TestAway:
    def test_without_redis_work_is_accepted_and_the_process_is_degraded(self, surface: Surface) -> None:
        answer = surface.with_token(Role.OPERATOR).post("/api/triggers/domains.check_all")
        assert answer.status_code == 202
        with connection.session():
            assert jobs.require(answer.json()["job_id"]).state == "queued"
        ready = surface.client().get("/health/ready")
        assert (ready.status_code, ready.json()["status"], ready.json()["redis"]) == (200, "degraded", "away")

    def test_without_a_database_each_answer_is_503_and_says_when_to_come_again(self, surface: Surface) -> None:
        owner, program = surface.signed_in(Role.OWNER), surface.with_token(Role.OWNER)
        url = "postgresql://nobody@127.0.0.1:9/none"
        database = connection.database.obj
        connection.connect(url)
        try:
            for method, path in sorted(policy.POLICIES.keys() - policy.PAGES):
                if path in ("/health/live", "/api/openapi.json", "/api/docs", "/api/docs.css"):
                    assert surface.client().get(path).status_code == 200
                    continue
                if path in ("/health/ready", "/problems/{kind}") or path.startswith("/api/auth/"):
                    continue  # they say it in their own way, or do not ask it for somebody without a cookie
                if path.startswith("/webhooks/"):
                    continue  # nobody has set them up here; their own tests take the database from them
                answer = (program if path.startswith("/api") else owner).request(method, path, json={})
                if answer.status_code in (415, 422):  # sign-in: refused before anybody asks the database
                    continue
                assert answer.status_code == 503, (method, path, answer.text)
                assert answer.headers["retry-after"]
                assert answer.json()["type"] == "/problems/unavailable"
                assert "127.0.0.1" not in answer.text
        finally:
            connection.database.initialize(database)
            connection.sql.cache_clear()

    def test_without_a_database_the_process_is_not_ready_and_says_what_is_away(self, surface: Surface) -> None:
        database = connection.database.obj
        connection.connect("postgresql://nobody@127.0.0.1:9/none")
        try:
            answer = surface.client().get("/health/ready")
        finally:
            connection.database.initialize(database)
            connection.sql.cache_clear()
        assert (answer.status_code, answer.json()["status"], answer.json()["database"]) == (503, "not ready", "away")
        assert answer.headers["retry-after"]

    def test_a_schema_that_is_behind_is_not_ready(self, surface: Surface, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(migrate, "pending", lambda: ["0009_next"])
        answer = surface.client().get("/health/ready")
        assert (answer.status_code, answer.json()["migrations"]) == (503, "outdated")

    def test_production_without_https_is_not_ready(self, surface: Surface) -> None:
        with settings.override(environment="production"):
            assert surface.client().get("/health/ready").json()["secrets"] == "insecure"
            assert surface.client().get("/health/ready").status_code == 503
        assert health.Live().status == "live"
