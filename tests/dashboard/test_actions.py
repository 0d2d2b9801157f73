"""What people do on pages: each answers 303, is done once, is written down, and says what it did."""

import re
from collections.abc import Callable

import pytest

from db import connection
from db.access import audit
from db.ledger import jobs, schedules
from db.mail import outbox
from db.mail.outbox import MailState
from db.portfolio import domains
from rules.access import Role
from rules.jobs import JobState
from tests.api.browser import TestClient
from tests.api.conftest import Surface
from tests.dashboard.conftest import Filled


def notice(browser: TestClient, where: str) -> str:
    """Return the notice that the next page shows; it shows it once."""
    html = browser.get(where).text
    assert 'class="notice"' not in browser.get(where).text
    return html.split('class="notice" role="status">')[1].split("</p>")[0] if 'class="notice"' in html else ""


def newest() -> tuple[str, str, str]:
    with connection.session():
        entry = audit.LIST.page("-id", size=1).rows[0]
        return entry.actor, entry.action, entry.subject


def state(job_id: int) -> JobState:
    with connection.session():
        return jobs.require(job_id).state


def test_a_dead_job_is_retried_from_its_page(browser: TestClient, fill: Callable[..., Filled]) -> None:
    filled = fill()
    answer = browser.post(f"/jobs/{filled.dead}/retry")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/jobs/{filled.dead}")
    assert notice(browser, f"/jobs/{filled.dead}") == f"Job {filled.dead} is queued again."
    assert state(filled.dead) is JobState.QUEUED
    assert newest() == ("the owner", "retry", f"job {filled.dead}")
    assert browser.post(f"/jobs/{filled.dead}/retry").status_code == 409


def test_chosen_dead_letters_are_retried_and_a_notice_names_what_changed_meanwhile(
    browser: TestClient, fill: Callable[..., Filled]
) -> None:
    filled = fill()
    answer = browser.post("/dead/retries", data={"job": [filled.dead, filled.done], "next": "/dead?state=dead"})
    assert answer.headers["location"] == "/dead?state=dead"
    assert notice(browser, "/dead") == "1 queued again. 1 had changed meanwhile."
    assert (state(filled.dead), state(filled.done)) == (JobState.QUEUED, JobState.DONE)


def test_what_failed_alike_is_retried_with_one_button(browser: TestClient, fill: Callable[..., Filled]) -> None:
    filled = fill()
    browser.post("/dead/groups/retry", data={"state": "unknown", "task": "tasks.write", "kind": "unnamed"})
    assert state(filled.unknown) is JobState.QUEUED
    assert state(filled.dead) is JobState.DEAD
    browser.post("/dead/retries", data={"next": "/dead"})
    assert "tick the jobs" in notice(browser, "/dead")


def test_a_queued_job_is_cancelled_and_a_running_one_asked_to_end(
    browser: TestClient, fill: Callable[..., Filled]
) -> None:
    filled = fill()
    browser.post(f"/jobs/{filled.queued}/cancel")
    assert state(filled.queued) is JobState.CANCELLED
    browser.post(f"/jobs/{filled.running}/cancel")
    assert "asked it to end" in browser.get(f"/jobs/{filled.running}").text


def test_a_schedule_is_paused_with_a_reason_resumed_and_given_other_times(browser: TestClient) -> None:
    assert browser.post("/schedules/domains/pause", data={"because": ""}).status_code == 422
    browser.post("/schedules/domains/pause", data={"because": "the registry is away"})
    html = browser.get("/schedules").text
    assert "by the owner: the registry is away" in html
    assert newest() == ("the owner", "pause", "schedule domains")
    browser.post("/schedules/domains/resume")
    assert "the registry is away" not in browser.get("/schedules").text
    browser.post("/schedules/domains/times", data={"cron": "5 4 * * *", "zone": "Europe/Berlin"})
    assert "5 4 * * *" in browser.get("/schedules/domains").text
    answer = browser.post("/schedules/domains/times", data={"cron": "99 4 * * *"})
    assert answer.status_code == 422
    assert "Nothing was changed" in answer.text
    browser.post("/schedules/domains/times", data={})
    with connection.session():
        assert schedules.overrides()["domains"].cron is None


def test_a_schedule_run_now_leads_to_its_run(browser: TestClient) -> None:
    answer = browser.post("/schedules/domains/run")
    assert answer.status_code == 303
    assert "Run 1" in browser.get(answer.headers["location"]).text
    assert newest() == ("the owner", "run now", "schedule domains")
    assert "run now by the owner" in browser.get("/schedules/domains").text


def test_a_check_that_is_requested_twice_is_queued_once(browser: TestClient, fill: Callable[..., Filled]) -> None:
    filled = fill()
    for path in (f"/domains/{filled.domain}/checks", f"/endpoints/{filled.endpoint}/scans"):
        first = browser.post(path).headers["location"]
        assert " is queued as job " in notice(browser, first)
        browser.post(path)
        assert " is queued already as job " in notice(browser, first)
    with connection.session():
        keys = {key for (key,) in connection.execute("SELECT key FROM job")}
    assert {f"domains.check:{filled.domain}", f"certificates.scan:{filled.endpoint}"} <= keys
    assert browser.post("/domains/999/checks").status_code == 404


def test_a_notice_is_text_and_leads_nowhere_else(browser: TestClient, fill: Callable[..., Filled]) -> None:
    filled = fill()
    answer = browser.post(f"/jobs/{filled.dead}/retry", data={"next": "https://evil.test/"})
    assert answer.headers["location"] == "/"
    browser.cookies.set("__Host-nolapse-flash", "not base64", domain="localhost.local", path="/")
    assert browser.get("/jobs").status_code == 200


@pytest.mark.parametrize(
    "path", ["/jobs/{dead}/retry", "/jobs/{queued}/cancel", "/schedules/domains/run", "/dead/retries"]
)
def test_a_viewer_may_not(surface: Surface, fill: Callable[..., Filled], path: str) -> None:
    filled = fill()
    viewer = surface.signed_in(Role.VIEWER)
    assert viewer.post(path.format(dead=filled.dead, queued=filled.queued)).status_code == 403
    assert (state(filled.dead), state(filled.queued)) == (JobState.DEAD, JobState.QUEUED)


@pytest.mark.parametrize("state", MailState)
def test_a_mail_says_what_became_of_it(browser: TestClient, fill: Callable[..., Filled], state: MailState) -> None:
    filled = fill()
    with connection.session():
        connection.execute("UPDATE mail SET state = %s WHERE id = %s", str(state), filled.mail)
    for path in (f"/mail/{filled.mail}", f"/first-steps?mail={filled.mail}", f"/mail?state={state}"):
        answer = browser.get(path)
        assert answer.status_code == 200, path
    said = re.search(r'class="verdict">.*?<span>(.*?)</span>', browser.get(f"/mail/{filled.mail}").text, re.DOTALL)
    assert said
    assert said[1].strip()


def test_a_mail_is_shown_as_its_text_alone(browser: TestClient, fill: Callable[..., Filled]) -> None:
    filled = fill("Dear client")
    html = browser.get(f"/mail/{filled.mail}").text
    assert "Dear client</pre>" in html
    with connection.session():
        assert outbox.get(filled.mail).html == "Dear client"


def test_what_was_decided_about_a_domain_is_kept_and_assessed(browser: TestClient, fill: Callable[..., Filled]) -> None:
    where = f"/domains/{fill().domain}"
    form = {"decision": "lapse", "expires_by_hand": "2027-03-01", "alert_days": "90, 30"}
    assert browser.post(where, data=form).headers["location"] == where
    assert notice(browser, where) == "bakery.test: we let it lapse."
    with connection.session():
        domain = domains.named("bakery.test")
        assert domain
        assert (domain.decision, str(domain.expires_by_hand), domain.alert_days) == ("lapse", "2027-03-01", (90, 30))
        assert [one.args for one in jobs.newest(task="domains.judge")] == [{"domain_id": domain.id}]
    assert newest() == ("the owner", "domain change", f"domain {domain.id}")
    browser.post(where, data={"decision": "manual"})
    with connection.session():
        domain = domains.get(domain.id)
    assert (domain.decision, domain.expires_by_hand, domain.own_alert_days) == ("manual", None, None)


@pytest.mark.parametrize(
    ("form", "complaint"),
    [
        ({"alert_days": "soon"}, "is no stage; give whole days"),
        ({"expires_by_hand": "2027-02-30"}, "is no day; write it as 2026-01-31"),
    ],
)
def test_a_decision_that_cannot_be_kept_keeps_the_form_open_and_changes_nothing(
    browser: TestClient, fill: Callable[..., Filled], form: dict[str, str], complaint: str
) -> None:
    where = f"/domains/{fill().domain}"
    answer = browser.post(where, data={"decision": "lapse", **form})
    assert answer.status_code == 422
    assert complaint in answer.text
    assert all(f'value="{value}"' in answer.text for value in form.values())
    with connection.session():
        domain = domains.named("bakery.test")
    assert domain
    assert domain.decision == "undecided"


def test_chosen_domains_are_checked_or_decided_together(browser: TestClient, fill: Callable[..., Filled]) -> None:
    filled = fill()
    with connection.session():
        other, _ = domains.add("other.test", client_id=filled.client)
    chosen = {"item": [filled.domain, other], "next": "/domains?show=newest"}
    answer = browser.post("/domains", data={**chosen, "what": "decide", "decision": "auto"})
    assert answer.headers["location"] == "/domains?show=newest"
    assert notice(browser, "/domains") == "2 domains: it renews by itself."
    browser.post("/domains", data={**chosen, "what": "check"})
    assert "2 domains will be looked at now" in notice(browser, "/domains")
    with connection.session():
        assert {domains.get(one).decision for one in (filled.domain, other)} == {"auto"}
        asked = {one.args["domain_id"] for one in jobs.newest(task="domains.check", state=JobState.QUEUED)}
        assert asked >= {filled.domain, other}
    browser.post("/domains", data={"what": "check"})
    assert "tick the domains" in notice(browser, "/domains")
