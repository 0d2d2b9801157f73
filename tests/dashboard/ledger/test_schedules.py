"""A schedule's page: what comes next on its zone's clocks, what came of each moment, other times in words, backfill."""

from datetime import UTC, datetime, timedelta

from dashboard.ledger.schedules import Upcoming, _ahead
from db import connection
from db.access import audit
from db.ledger import jobs, schedules
from db.ledger.transitions import JobOutcome
from rules.jobs import AttemptOutcome, JobState
from schedules import clock
from schedules.cron import Cron
from schedules.table import TIMETABLE
from tests.api.browser import TestClient
from tests.faults.marks import on_sqlite
from tests.support.ledger import claimed, end, queue

LINE = clock.line_named(TIMETABLE, "domains")


def test_what_comes_next_is_shown_on_the_zones_clocks_and_says_where_they_change() -> None:
    found = _ahead(Cron("30 2 * * *", "Europe/Berlin"), datetime(2026, 10, 20, 12, tzinfo=UTC))
    assert len(found) == 20
    assert all(one.there.strftime("%H:%M") == "02:30" for one in found)
    assert [one.there.day for one in found if one.shift] == [26]
    assert next(one.shift for one in found if one.shift) == "clocks changed: UTC+0100"
    assert isinstance(found[0], Upcoming)


@on_sqlite
def test_other_times_are_taken_in_words_and_what_is_wrong_keeps_the_form_open(browser: TestClient) -> None:
    browser.post("/schedules/domains/times", data={"cron": "every 6 hours at minute 17", "zone": "Europe/Berlin"})
    with connection.session():
        assert schedules.overrides()["domains"].cron == "17 */6 * * *"
    for wrong, complaint in (("every 7 hours", "evenly"), ("61 * * * *", "minute: &#39;61&#39; cannot be read")):
        answer = browser.post("/schedules/domains/times", data={"cron": wrong, "zone": "UTC"})
        assert answer.status_code == 422
        assert f'value="{wrong}"' in answer.text
        assert '<details id="times" open>' in answer.text
        assert complaint in answer.text
    with connection.session():
        assert schedules.overrides()["domains"].cron == "17 */6 * * *"


@on_sqlite
def test_a_pause_ends_by_itself_and_what_fell_due_meanwhile_is_skipped(browser: TestClient) -> None:
    browser.post("/schedules/domains/pause", data={"because": "the registry moves", "hours": "8"})
    assert "until" in browser.get("/schedules/domains").text.split('class="verdict"')[1][:600]
    with connection.session():
        row = schedules.overrides()["domains"]
        assert row.paused_until is not None
        due = [row.paused_until - timedelta(hours=1), row.paused_until, row.paused_until + timedelta(hours=1)]
        decided = clock.decide(LINE, row, due, uncounted=0, now=due[-1])
        assert [one.outcome for one in decided] == ["skipped", "coalesced", "fired"]
        assert "the registry moves" in (decided[0].reason or "")
        connection.changed("UPDATE schedule SET paused_until = {later(-1)} WHERE name = 'domains'")
    assert "Due next" in browser.get("/schedules/domains").text


def test_a_missed_moment_is_made_up_for_once(browser: TestClient) -> None:
    due = datetime(2026, 11, 23, 2, 17, tzinfo=UTC)
    with connection.session(), connection.transaction():
        schedules.decide("domains", due, "skipped", "paused")
    assert "Make up for it" in browser.get("/schedules/domains").text
    answer = browser.post("/schedules/domains/backfill", data={"due_at": due.isoformat()})
    assert answer.headers["location"].startswith("/runs/")
    with connection.session():
        (firing,) = schedules.firings("domains")
        assert (firing.outcome, firing.reason) == ("fired", "made up for by the owner")
        assert jobs.require(firing.job_id or 0).task == "domains.check_due"
        assert audit.LIST.page("-id", size=1).rows[0].action == "backfill"
    assert browser.post("/schedules/domains/backfill", data={"due_at": due.isoformat()}).status_code == 404


def test_the_strip_says_what_came_of_each_moment(browser: TestClient) -> None:
    at = datetime(2026, 11, 23, tzinfo=UTC)
    with connection.session(), connection.transaction():
        claim = claimed(queue(task="domains.check_due"))
        end(claim, JobOutcome(JobState.DEAD, AttemptOutcome.DEAD, "x"))
        outcomes = [("fired", None), ("fired", "90 s late: no scheduler ran"), ("skipped", "x"), ("fired", None)]
        for place, (outcome, reason) in enumerate(outcomes):
            firing_id = schedules.decide("domains", at + timedelta(hours=place), outcome, reason)
            if place == 3 and firing_id:
                schedules.fired(firing_id, job_id=claim.job_id, run_id=None)
        assert [one.outcome for one in schedules.histories(["domains"])["domains"]] == [
            "fired",
            "late",
            "skipped",
            "failed",
        ]
    assert 'class="strip"' in browser.get("/schedules/domains").text
