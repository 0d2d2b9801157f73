"""Queues, workers, jobs and failures are steered on pages; what is done counts at once, and the trail says why."""

from collections.abc import Callable
from pathlib import Path

from db import connection
from db.access import audit
from db.ledger import dispatch, effects, failures, job_waits, jobs, queue_pauses, runs, workers
from db.ledger.failures import FailureKey
from db.ledger.transitions import JobOutcome
from rules.access import Role
from rules.jobs import AttemptOutcome, JobState, Priority
from tests.api.browser import TestClient
from tests.api.conftest import Surface
from tests.dashboard.conftest import Filled
from tests.faults.marks import on_sqlite
from tests.support.ledger import claimed, end, move, queue
from tests.support.worker import Worker
from wording.jobs.why_waiting import why

RDAP = "Unavailable: rdap.example.net did not answer within 15 s"


def send(browser: TestClient, path: str, **form: object) -> str:
    answer = browser.post(path, data=form, follow_redirects=True)
    assert answer.status_code == 200, answer.text
    return answer.text


def newest() -> tuple[str, str, str]:
    with connection.session():
        entry = audit.LIST.page("-id", size=1).rows[0]
        return entry.action, entry.subject, entry.reason


def dead(error: str = RDAP, *, task: str = "domains.check", run_id: int | None = None) -> int:
    with connection.session():
        claim = claimed(queue(task=task, args={"domain_id": 1}, run_id=run_id))
        end(claim, JobOutcome(JobState.DEAD, AttemptOutcome.DEAD, error))
        return claim.job_id


class TestQueues:
    def test_of_a_paused_queue_nothing_is_claimed_or_announced_and_its_jobs_say_why(
        self, browser: TestClient, tmp_path: Path
    ) -> None:
        with connection.session():
            job_id = queue()
        page = send(browser, "/queues/default/pause", because="the registry moves", hours="8")
        assert "the registry moves" in page
        assert newest() == ("pause", "queue default", "the registry moves")
        said = "the owner paused the queue default for another 7 hours: the registry moves"
        assert said in browser.get(f"/jobs/{job_id}").text
        with connection.session():
            assert dispatch.due_queues(["default"]) == []
            assert Worker(tmp_path).claims.claim([job_id]) == []
        send(browser, "/queues/default/resume")
        with connection.session():
            assert dispatch.due_queues(["default"]) == [("default", Priority.NORMAL)]
            assert Worker(tmp_path).claims.claim([job_id])
        assert browser.post("/queues/default/resume").status_code == 409

    def test_a_pause_ends_by_itself(self, browser: TestClient, tmp_path: Path) -> None:
        send(browser, "/queues/default/pause", because="x", hours="1")
        with connection.session():
            connection.changed("UPDATE queue_pause SET paused_until = {later(-1)}")
            assert queue_pauses.all_() == {}
            assert Worker(tmp_path).claims.claim([queue()])

    @on_sqlite
    def test_a_pause_asks_for_a_reason_and_an_end_that_is_to_come(self, surface: Surface) -> None:
        owner = surface.signed_in(Role.OWNER)
        assert owner.post("/api/queues/mail/pause", json={"because": ""}).status_code == 422
        passed = {"because": "x", "until": "2020-01-01T00:00:00Z"}
        assert owner.post("/api/queues/mail/pause", json=passed).status_code == 422
        assert owner.post("/api/queues/mail/pause", json={"because": "x"}).json()["paused"]["by"] == "the owner"

    @on_sqlite
    def test_a_queue_says_when_it_will_be_drained(self, browser: TestClient) -> None:
        with connection.session():
            for _ in range(3):
                queue()
            for _ in range(5):
                end(claimed(queue()))
        assert "3 minutes" in browser.get("/queues").text


class TestWorkers:
    def test_a_process_is_asked_to_end_once_and_its_next_beat_hears_of_it(self, browser: TestClient) -> None:
        with connection.session():
            workers.started("w1", host="here", pid=17, queues=["mail"], version="0.1.0")
            assert workers.beat("w1", load=0.5, memory_bytes=96 << 20) is None
        page = browser.get("/workers").text
        assert "96.0 MiB" in page
        assert "0.1.0" in page
        assert "another takes its place" in send(browser, "/workers/w1/stop", replaced="true", reason="it leaks")
        assert newest() == ("stop", "worker w1", "it leaks")
        with connection.session():
            assert workers.beat("w1") is workers.StopOrder.REPLACE
        assert browser.post("/workers/w1/stop").status_code == 404


class TestJobs:
    def test_a_job_runs_now_and_gets_another_priority(self, browser: TestClient) -> None:
        with connection.session():
            job_id = queue(delay_s=3600.0)
        send(browser, f"/jobs/{job_id}/priority", priority="bulk")
        send(browser, f"/jobs/{job_id}/run", reason="the client waits")
        assert newest() == ("run now", f"job {job_id}", "the client waits")
        with connection.session():
            job = jobs.require(job_id)
            assert job.priority == Priority.URGENT
            assert job_waits.waiting(job).due_in_s <= 0
        done = dead()
        assert browser.post(f"/jobs/{done}/run").status_code == 409
        assert browser.post(f"/jobs/{done}/priority", data={"priority": "bulk"}).status_code == 409

    def test_jobs_are_found_by_queue_time_error_and_argument(self, browser: TestClient) -> None:
        with connection.session():
            other = queue(args={"name": "100%"})
        found = dead()

        def shown(query: str) -> set[int]:
            page = browser.get(f"/jobs?{query}").text
            return {one for one in (found, other) if f'href="/jobs/{one}"' in page}

        assert shown("error=RDAP.example") == {found}
        assert shown("argument=100%25") == {other}
        assert shown("argument=100_") == set()
        assert shown("queue=default&hours=1") == {found, other}
        assert shown("queue=mail") == set()
        assert shown("error=did&state=dead&task=domains.check") == {found}

    @on_sqlite
    def test_a_jobs_page_shows_what_it_did_outside(self, browser: TestClient) -> None:
        with connection.session():
            job_id = queue()
            effects.begin("mail:1", "send", job_id=job_id)
        page = browser.get(f"/jobs/{job_id}").text
        assert "mail:1" in page
        assert "nobody knows" in page

    @on_sqlite
    def test_a_task_is_asked_for_with_a_form_made_of_its_signature(self, browser: TestClient) -> None:
        assert "domains.check_all" in browser.get("/tasks").text
        assert 'name="domain_id"' in browser.get("/tasks/domains.check").text
        answer = browser.post("/tasks/domains.check", data={"domain_id": "many"})
        assert answer.status_code == 422
        assert "is no whole number" in answer.text.split('id="wrong-field-domain_id"')[1][:300]
        assert 'value="many"' in answer.text
        assert "it would lead to 1 job" in send(browser, "/tasks/domains.check_all", dry_run="yes")
        with connection.session():
            assert jobs.newest() == []
        send(browser, "/tasks/domains.check_all", reason="the night was lost")
        assert newest() == ("trigger", "domains.check_all", "the night was lost")
        assert browser.get("/tasks/portfolio_removal.remove").status_code == 404


class TestFailures:
    def test_what_failed_alike_is_one_row_and_one_is_tried_before_the_rest_at_a_pace(self, browser: TestClient) -> None:
        first, *rest = (dead() for _ in range(4))
        dead("ValueError: that is a bug")
        page = browser.get("/dead").text
        assert "Unavailable at rdap.example.net" in page
        assert "ValueError" in page
        group = {"task": "domains.check", "kind": "Unavailable", "host": "rdap.example.net"}
        assert f"Job {first} is tried as the canary" in send(browser, "/dead/groups/retry", **group, canary="true")
        assert f'canary <a href="/jobs/{first}"' in browser.get("/dead").text
        assert "3 queued again, 6 a minute" in send(browser, "/dead/groups/retry", **group, per_minute="6")
        with connection.session():
            waits = [job_waits.waiting(jobs.require(one)).due_in_s for one in rest]
            assert [round(one, -1) for one in waits] == [0, 10, 20]
            assert "6 are retried a minute" in why(job_waits.waiting(jobs.require(rest[-1])))
            assert [one.kind for one in failures.groups(JobState.DEAD)] == ["ValueError"]
        assert browser.post("/dead/groups/retry", data=group).status_code == 404

    def test_what_died_of_late_is_tried_again_together(self, browser: TestClient) -> None:
        late, bug, old = dead(), dead("ValueError: that is a bug"), dead()
        with connection.session():
            move(old, "finished_at", -7200)
        assert "Retry what ended so of late" in browser.get("/dead").text
        assert "Retry what ended so of late" not in browser.get("/dead?state=unknown").text
        assert "0 queued again." in send(browser, "/dead/ended/retry", hours="1", task="mail.send")
        assert "1 queued again." in send(browser, "/dead/ended/retry", hours="1", error="rdap.example")
        with connection.session():
            states = [jobs.require(one).state for one in (late, bug, old)]
            assert states == [JobState.QUEUED, JobState.DEAD, JobState.DEAD]
        assert "2 queued again." in send(browser, "/dead/ended/retry", hours="4", per_minute="6")
        assert browser.post("/dead/ended/retry", data={"hours": "4", "state": "unknown"}).status_code == 422

    def test_a_group_is_put_away_with_a_reason_and_brought_back(self, browser: TestClient) -> None:
        ids = [dead() for _ in range(3)]
        group = {"task": "domains.check", "kind": "Unavailable", "host": "rdap.example.net"}
        assert "3 discarded" in send(browser, "/dead/groups/discard", **group, because="their domains are gone")
        assert newest() == ("failures discard", "task domains.check", "their domains are gone")
        with connection.session():
            assert {jobs.require(one).state for one in ids} == {JobState.CANCELLED}
            (put_away,) = failures.discards()
        for one in ids[:2]:
            send(browser, f"/jobs/{one}/retry")
        send(browser, f"/jobs/{ids[1]}/cancel")
        assert "Undone" in send(browser, f"/dead/discards/{put_away.id}/undo")
        with connection.session():
            assert [jobs.require(one).state for one in ids] == [JobState.QUEUED, JobState.CANCELLED, JobState.DEAD]
        assert browser.post(f"/dead/discards/{put_away.id}/undo").status_code == 409

    def test_a_group_shows_its_own_jobs_alone(self, browser: TestClient) -> None:
        mine, other = dead(), dead(RDAP.replace("rdap.", "whois."))
        group = {"task": "domains.check", "kind": "Unavailable", "host": "rdap.example.net"}
        page = browser.get("/dead", params=group).text
        assert (f'"/jobs/{mine}"' in page, f'"/jobs/{other}"' in page) == (True, False)
        assert f'"/jobs/{mine}"' not in browser.get("/dead", params={**group, "after": str(mine)}).text
        assert browser.get("/dead", params={**group, "after": "x"}).status_code == 422

    def test_a_group_has_a_note_and_an_owner(self, browser: TestClient) -> None:
        dead()
        group = {"task": "domains.check", "kind": "Unavailable", "host": "rdap.example.net"}
        send(browser, "/dead/groups/note", **group, note="moves until Monday", owner="ada")
        page = browser.get("/dead").text
        assert "moves until Monday" in page
        with connection.session():
            (found,) = failures.groups(JobState.DEAD)
            assert (found.key, found.owner, found.today) == (FailureKey(**group), "ada", 1)
            assert [one.note for one in failures.groups(JobState.DEAD, within=frozenset({99}))] == []

    def test_what_a_run_left_is_run_again_in_one_new_run(self, browser: TestClient) -> None:
        with connection.session():
            run_id = runs.open_("domains.check_all", then=None)
        for _ in range(3):
            dead(run_id=run_id)
        with connection.session():
            connection.changed("UPDATE run SET finished_at = {now} WHERE id = %s", run_id)
        assert "3 jobs queued again" in send(browser, f"/runs/{run_id}/retry")
        with connection.session():
            (again,) = {one.run_id for one in jobs.newest(state=JobState.QUEUED, task="domains.check")}
            assert again is not None
            assert runs.require(again).retry_of == run_id


@on_sqlite
def test_a_viewer_sees_all_of_it_and_steers_nothing(surface: Surface, fill: Callable[..., Filled]) -> None:
    filled = fill()
    viewer = surface.signed_in(Role.VIEWER)
    viewer.headers["accept"] = "text/html"
    for path in ("/queues", "/queues/default", "/workers", "/dead", f"/jobs/{filled.queued}", f"/runs/{filled.run}"):
        main = viewer.get(path).text.split("<main")[1]
        assert 'method="post"' not in main, path
