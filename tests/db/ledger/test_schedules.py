"""What staff changed about the timetable, and the firings: one for each schedule and due moment, whoever decides."""

from datetime import UTC, datetime, timedelta

import pytest

from db import connection
from db.ledger import schedules
from tests.support import ledger as do

pytestmark = pytest.mark.usefixtures("ledger")

DUE = datetime(2026, 3, 1, 2, 17, tzinfo=UTC)


def decide(name: str = "domains", due_at: datetime = DUE, outcome: str = "fired") -> int | None:
    with connection.transaction():
        return schedules.decide(name, due_at, outcome, None)


def test_a_schedule_that_is_first_seen_makes_up_for_nothing_that_was_before() -> None:
    schedules.enter("domains")
    row = schedules.overrides()["domains"]
    assert abs(row.decided_until - schedules.now()) < timedelta(seconds=30)
    assert (row.cron, row.zone, row.paused_at) == (None, None, None)


def test_entering_again_changes_nothing() -> None:
    schedules.enter("domains")
    with connection.transaction():
        schedules.edit("domains", cron="1 1 * * *", zone="Europe/Berlin")
        before = schedules.overrides()
    schedules.enter("domains")
    assert schedules.overrides() == before


def test_a_pause_says_who_and_why_and_ends_with_a_resume() -> None:
    schedules.enter("domains")
    schedules.enter("invoices")
    schedules.pause("domains", because="the registry asked us to", by="ada")
    paused = schedules.overrides()["domains"]
    assert (paused.paused_because, paused.paused_by) == ("the registry asked us to", "ada")
    assert paused.paused_at
    assert abs(paused.paused_at - schedules.now()) < timedelta(seconds=30)
    assert schedules.overrides()["invoices"].paused_at is None
    schedules.resume("domains")
    resumed = schedules.overrides()["domains"]
    assert (resumed.paused_at, resumed.paused_because, resumed.paused_by) == (None, None, None)


def test_staffs_times_hold_until_they_are_taken_back() -> None:
    schedules.enter("domains")
    schedules.edit("domains", cron="5 4 * * *", zone="America/New_York")
    row = schedules.overrides()["domains"]
    assert (row.cron, row.zone) == ("5 4 * * *", "America/New_York")
    schedules.edit("domains", cron=None, zone=None)
    row = schedules.overrides()["domains"]
    assert (row.cron, row.zone) == (None, None)


def test_a_due_moment_is_decided_once() -> None:
    assert decide()
    assert decide(outcome="skipped") is None
    assert decide(due_at=DUE.astimezone()) is None, "the same moment in another zone"
    assert decide(name="invoices")
    assert decide(due_at=DUE + timedelta(minutes=1))
    assert [one.outcome for one in schedules.firings("domains")] == ["fired", "fired"]


def test_of_many_that_decide_at_once_one_does() -> None:
    for number in range(5):
        due = DUE + timedelta(minutes=number)
        assert len([one for one in do.at_once(4, lambda _, due=due: decide(due_at=due)) if one]) == 1


def test_a_firing_names_the_job_and_the_run_that_it_led_to() -> None:
    firing = decide()
    assert firing
    with connection.transaction():
        schedules.fired(firing, job_id=7, run_id=None)
    (shown,) = schedules.firings("domains")
    assert shown == schedules.Firing("domains", DUE, "fired", None, 7, None)


def test_how_far_it_has_been_decided_never_goes_back() -> None:
    schedules.enter("domains")
    ahead = schedules.now() + timedelta(hours=1)
    with connection.transaction():
        since = schedules.overrides()["domains"].decided_until
        schedules.decided("domains", ahead, since=since)
        schedules.decided("domains", ahead - timedelta(minutes=1), since=since)
    assert schedules.overrides()["domains"].decided_until == ahead


def test_whoever_decides_does_not_overrule_who_set_a_schedule_back_meanwhile() -> None:
    schedules.enter("domains")
    back = schedules.overrides()["domains"].decided_until
    with connection.transaction():
        schedules.decided("domains", back + timedelta(hours=2), since=back + timedelta(hours=1))
    assert schedules.overrides()["domains"].decided_until == back


def test_the_newest_firings_come_first_of_one_schedule_or_of_all() -> None:
    for minutes in (1, 3, 2):
        decide(due_at=DUE + timedelta(minutes=minutes))
    decide("invoices", DUE + timedelta(hours=1))
    assert [one.due_at for one in schedules.firings("domains", limit=2)] == [
        DUE + timedelta(minutes=3),
        DUE + timedelta(minutes=2),
    ]
    assert [one.schedule for one in schedules.firings()] == ["invoices", "domains", "domains", "domains"]
