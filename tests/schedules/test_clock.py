"""The clock: each due moment is decided once and recorded, whoever ticks, and what was missed goes by its policy."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from db import connection
from db.ledger import jobs, runs, schedules
from db.ledger.schedules import Override
from rules.jobs import JobState
from schedules import clock
from schedules.cron import BadSchedule, Cron
from schedules.table import TIMETABLE, CatchUp, ScheduleLine
from tasks.engine import catalogue
from tasks.engine.errors import UnknownTask
from tasks.engine.task import Queue, find, task
from tasks.transport import notifier
from tests.support import ledger as do
from tests.support.worker import away

MINUTE = timedelta(minutes=1)
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@task(Queue.DEFAULT)
def fire() -> None:
    """What the tests' schedules do."""


@task(Queue.DEFAULT, unique=())
def fire_alone() -> None:
    """What the tests' schedules do, where a second one would only do the same again."""


@task(Queue.DEFAULT, fans_out=True)
def fan() -> None:
    """What the tests' schedules do as a run."""


def line(
    catch_up: CatchUp = CatchUp.ONCE,
    *,
    name: str = "minutely",
    cron: str = "* * * * *",
    zone: str = "UTC",
    task: str = "test_clock.fire",
) -> ScheduleLine:
    return ScheduleLine(name, task, Cron(cron, zone), catch_up, expected_s=1)


@pytest.fixture
def ledger(ledger: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The ledger, and a Redis that is away."""
    monkeypatch.setattr(notifier, "current", away)
    return ledger


def enter(one: ScheduleLine, *, seen: timedelta) -> datetime:
    """Let a schedule have been decided last so long ago; returns when that was."""
    schedules.enter(one.name)
    since = schedules.now() - seen
    with connection.transaction():
        connection.changed("UPDATE schedule SET decided_until = %s WHERE name = %s", schedules.stored(since), one.name)
    return since


def firings(one: ScheduleLine) -> list[schedules.Firing]:
    """Return a schedule's firings, oldest first."""
    return schedules.firings(one.name, limit=10_000)[::-1]


def outcomes(one: ScheduleLine) -> list[str]:
    return [firing.outcome for firing in firings(one)]


def fired() -> list[jobs.Job]:
    return jobs.newest(task="test_clock.fire", limit=10_000)


@pytest.mark.usefixtures("ledger")
class TestTick:
    def test_a_schedule_that_is_seen_for_the_first_time_has_missed_nothing(self) -> None:
        one = line(cron="* * * * *")
        assert clock.tick([one]) == 0
        assert firings(one) == []
        assert "minutely" in schedules.overrides()

    def test_a_due_moment_is_a_firing_with_its_job(self) -> None:
        one = line(CatchUp.EACH)
        enter(one, seen=MINUTE)
        clock.tick([one])
        first, job = firings(one)[0], fired()[-1]
        assert (first.outcome, first.job_id, first.run_id) == ("fired", job.id, None)
        assert job.state is JobState.QUEUED
        assert first.due_at
        assert (first.due_at.second, first.due_at.microsecond) == (0, 0)
        assert abs(schedules.now() - first.due_at) < 2 * MINUTE

    def test_a_fan_out_is_a_firing_with_its_run(self) -> None:
        one = line(task="test_clock.fan")
        enter(one, seen=MINUTE)
        clock.tick([one])
        firing = firings(one)[-1]
        assert firing.run_id
        assert runs.get(firing.run_id)

    def test_what_is_decided_is_not_decided_again(self) -> None:
        one = line(CatchUp.EACH)
        since = enter(one, seen=5 * MINUTE)
        clock.tick([one])
        before = len(firings(one))
        with connection.transaction():
            connection.changed("UPDATE schedule SET decided_until = %s", schedules.stored(since))
        clock.tick([one])
        assert len(firings(one)) - before <= 1, "no more than the minute that has begun meanwhile"
        assert len(fired()) == len(firings(one))

    def test_schedules_are_decided_each_on_its_own(self) -> None:
        often, rarely = line(CatchUp.EACH), line(name="yearly", cron="0 0 1 1 *")
        for one in (often, rarely):
            enter(one, seen=2 * MINUTE)
        clock.tick([often, rarely])
        assert firings(often)
        assert len(firings(rarely)) <= 1

    def test_one_whose_task_is_unknown_is_parked_and_shown_and_the_others_go_on(self) -> None:
        lost, kept = line(name="lost", task="test_clock.fyre"), line(name="kept")
        for one in (lost, kept):
            enter(one, seen=2 * MINUTE)
        clock.tick([lost, kept])
        assert set(outcomes(lost)) == {"parked"}
        assert "test_clock.fire" in (firings(lost)[0].reason or "")
        assert outcomes(kept)[-1] == "fired"
        assert "lost" in schedules.overrides()

    def test_times_of_staff_that_cannot_be_read_leave_the_timetables(self) -> None:
        one = line()
        enter(one, seen=2 * MINUTE)
        schedules.edit("minutely", cron="when the moon is full", zone="Atlantis")
        clock.tick([one])
        assert outcomes(one)[-1] == "fired"


@pytest.mark.usefixtures("ledger")
class TestMissed:
    def test_run_once_fires_the_newest_and_counts_the_others_as_coalesced(self) -> None:
        one = line(CatchUp.ONCE)
        enter(one, seen=10 * MINUTE)
        clock.tick([one])
        assert outcomes(one) == ["coalesced"] * (len(outcomes(one)) - 1) + ["fired"]
        assert len(outcomes(one)) in (10, 11)
        assert len(fired()) == 1
        newest = firings(one)[-1].due_at
        assert newest
        assert f"fired once for all at {newest:%Y-%m-%d %H:%M} UTC" in (firings(one)[0].reason or "")

    def test_run_each_fires_every_one_and_says_how_late(self) -> None:
        one = line(CatchUp.EACH)
        enter(one, seen=10 * MINUTE)
        clock.tick([one])
        assert set(outcomes(one)) == {"fired"}
        assert len(fired()) == len(firings(one)) >= 10
        assert "s late: no scheduler ran" in (firings(one)[0].reason or "")

    def test_skip_fires_none_that_is_older_than_a_minute(self) -> None:
        one = line(CatchUp.SKIP)
        enter(one, seen=10 * MINUTE)
        clock.tick([one])
        assert outcomes(one)[:-2] == ["skipped"] * (len(outcomes(one)) - 2)
        assert len(fired()) == outcomes(one).count("fired") <= 2
        assert "skips what it missed" in (firings(one)[0].reason or "")

    def test_after_a_very_long_absence_the_oldest_are_counted_and_not_listed(self) -> None:
        one = line(CatchUp.ONCE)
        enter(one, seen=timedelta(days=30))
        clock.tick([one])
        assert len(firings(one)) == clock._RECORDED_AT_MOST
        assert len(fired()) == 1
        assert "older ones are not listed" in (firings(one)[0].reason or "")
        clock.tick([one])
        assert len(firings(one)) <= clock._RECORDED_AT_MOST + 1


class TestDecide:
    """The policies, given the moments and the time."""

    def row(self, **changes: object) -> Override:
        values: dict[str, object] = {"paused_at": None, "paused_because": None, "paused_by": None} | changes
        return Override("minutely", None, None, decided_until=NOON, **values)  # type: ignore[arg-type] - as given

    def decided(self, policy: CatchUp, *, due: list[datetime], now: datetime, uncounted: int = 0, **row: object):
        return clock.decide(line(policy), self.row(**row), due, uncounted=uncounted, now=now)

    @pytest.mark.parametrize("policy", CatchUp)
    def test_one_moment_in_time_is_fired_without_a_word_whatever_the_policy(self, policy: CatchUp) -> None:
        assert self.decided(policy, due=[NOON], now=NOON + timedelta(seconds=1)) == [
            clock.FiringDecision(NOON, "fired")
        ]

    @pytest.mark.parametrize("policy", CatchUp)
    def test_every_moment_is_decided_and_in_their_order(self, policy: CatchUp) -> None:
        due = [NOON + number * MINUTE for number in range(7)]
        found = self.decided(policy, due=due, now=due[-1] + timedelta(seconds=1))
        assert [one.due_at for one in found] == due

    def test_a_pause_skips_them_all_and_says_who_paused_and_why(self) -> None:
        due = [NOON, NOON + MINUTE]
        paused = {"paused_at": NOON, "paused_because": "moving house", "paused_by": "ada"}
        for policy in CatchUp:
            found = self.decided(policy, due=due, now=due[-1], **paused)
            assert [(one.outcome, one.reason) for one in found] == [("skipped", "paused by ada: moving house")] * 2

    @pytest.mark.parametrize("policy", CatchUp)
    def test_what_is_too_old_to_be_listed_is_counted_in_the_oldest_reason(self, policy: CatchUp) -> None:
        due = [NOON + number * MINUTE for number in range(3)]
        found = self.decided(policy, due=due, now=due[-1] + timedelta(hours=1), uncounted=42)
        assert "42 older ones" in (found[0].reason or "")


@pytest.mark.usefixtures("ledger")
class TestStaff:
    def test_a_paused_schedule_records_what_it_skips_and_resumed_it_fires_again(self) -> None:
        one = line(CatchUp.EACH)
        enter(one, seen=3 * MINUTE)
        schedules.pause("minutely", because="moving house", by="ada")
        clock.tick([one])
        assert set(outcomes(one)) == {"skipped"}
        assert fired() == []
        schedules.resume("minutely")
        clock.tick([one])
        assert outcomes(one).count("fired") <= 1, "what fell due in the pause is not made up for"
        with connection.transaction():
            connection.execute("DELETE FROM firing")
        enter(one, seen=MINUTE)
        clock.tick([one])
        assert "fired" in outcomes(one)

    def test_what_fell_due_before_a_pause_is_fired_and_not_called_paused(self) -> None:
        one = line(CatchUp.EACH)
        enter(one, seen=3 * MINUTE)
        clock.pause(one, because="moving house", by="ada")
        assert set(outcomes(one)) == {"fired"}
        clock.tick([one])
        assert set(outcomes(one)) == {"fired"}

    def test_what_fell_due_in_a_pause_is_skipped_also_where_no_scheduler_ran_meanwhile(self) -> None:
        one = line(CatchUp.EACH)
        enter(one, seen=timedelta())
        clock.pause(one, because="moving house", by="ada")
        enter(one, seen=3 * MINUTE)
        clock.resume(one)
        clock.tick([one])
        assert {(firing.outcome, firing.reason) for firing in firings(one)} == {
            ("skipped", "paused by ada: moving house")
        }

    def test_staffs_times_hold_from_when_they_were_set(self) -> None:
        one = line(name="daily", cron=f"{_minute(-90)} * * *")
        enter(one, seen=timedelta(hours=1, minutes=20))
        clock.edit(one, cron=f"{_minute(-30)} * * *", zone="UTC")
        clock.tick([one])
        assert firings(one) == [], "half an hour ago these were not its times"
        clock.edit(one, cron="* * * * *", zone=None)
        assert clock.effective(one, schedules.overrides()["daily"]) == Cron("* * * * *", "UTC")

    def test_a_tick_works_out_anew_only_what_is_next_after_a_moment_that_was_decided(self) -> None:
        lines = [line(name=f"daily {number}", cron=f"{_minute(-30)} {number} * *") for number in range(1, 20)]
        clock.tick(lines)
        clock.tick(lines)
        before = clock._next_due.cache_info()
        clock.tick(lines)
        after = clock._next_due.cache_info()
        assert (after.misses - before.misses, after.hits - before.hits) == (0, len(lines))

    def test_what_fell_due_before_the_change_is_decided_by_the_times_that_held_then(self) -> None:
        one = line(CatchUp.EACH, name="daily", cron=f"{_minute(-30)} * * *")
        enter(one, seen=timedelta(hours=1))
        clock.edit(one, cron=f"{_minute(-10)} * * *", zone=None)
        clock.tick([one])
        (firing,) = firings(one)
        assert firing.due_at
        assert timedelta(minutes=29) < schedules.now() - firing.due_at < timedelta(minutes=32)

    def test_an_edit_says_what_holds_and_none_goes_back_to_the_timetable(self) -> None:
        one = line(name="daily", cron="17 2 * * *", zone="Europe/Berlin")
        assert clock.edit(one, cron="5 4 * * *", zone=None) == {"cron": "5 4 * * *", "zone": "Europe/Berlin"}
        assert clock.edit(one, cron=None, zone="UTC") == {"cron": "17 2 * * *", "zone": "UTC"}
        assert clock.edit(one, cron=None, zone=None) == {"cron": "17 2 * * *", "zone": "Europe/Berlin"}

    @pytest.mark.parametrize(("cron", "zone"), [("61 * * * *", None), ("* * *", None), (None, "Atlantis")])
    def test_times_that_cannot_be_read_are_refused_and_nothing_changes(
        self, cron: str | None, zone: str | None
    ) -> None:
        one = line()
        clock.edit(one, cron="5 4 * * *", zone=None)
        with pytest.raises(BadSchedule):
            clock.edit(one, cron=cron, zone=zone)
        assert schedules.overrides()["minutely"].cron == "5 4 * * *"

    def test_run_now_fires_outside_its_times_also_while_it_is_paused(self) -> None:
        one = line(name="yearly", cron="0 0 1 1 *", task="test_clock.fan")
        enter(one, seen=timedelta())
        schedules.pause("yearly", because="moving house", by="ada")
        enqueued = clock.run_now(one, by="grace")
        (firing,) = firings(one)
        assert (firing.outcome, firing.reason) == ("fired", "run now by grace")
        assert (firing.job_id, firing.run_id) == (enqueued.job_id, enqueued.run_id)
        assert schedules.overrides()["yearly"].paused_at

    def test_what_is_queued_already_is_not_queued_twice_by_the_clock_nor_by_hand(self) -> None:
        one = line(CatchUp.EACH, task="test_clock.fire_alone")
        enter(one, seen=3 * MINUTE)
        clock.tick([one])
        enqueued = clock.run_now(one, by="grace")
        (job,) = jobs.newest(task="test_clock.fire_alone")
        assert (enqueued.job_id, enqueued.new) == (job.id, False)
        assert do.columns(job.id, "key") == ("test_clock.fire_alone",)
        assert {(firing.outcome, firing.job_id) for firing in firings(one)} == {("fired", job.id)}

    def test_run_now_of_an_unknown_task_is_refused(self) -> None:
        one = line(task="test_clock.fyre")
        with pytest.raises(UnknownTask):
            clock.run_now(one, by="grace")
        assert firings(one) == []

    def test_a_schedule_that_does_not_exist_names_those_that_do(self) -> None:
        with pytest.raises(clock.UnknownSchedule, match=r"'domain'; there are domains, dns, certificates"):
            clock.line_named(TIMETABLE, "domain")


@pytest.mark.usefixtures("ledger")
class TestTwoClocks:
    def test_two_that_tick_at_the_same_moment_fire_it_once(self) -> None:
        for number in range(4):
            one = line(CatchUp.EACH, name=f"each-{number}")
            enter(one, seen=8 * MINUTE)
            do.at_once(3, lambda _, one=one: clock.tick([one]))
            due = [firing.due_at for firing in firings(one)]
            assert len(set(due)) == len(due) >= 8
            assert len({firing.job_id for firing in firings(one)}) == len(due)
        assert len(fired()) == sum(len(schedules.firings(f"each-{number}", limit=100)) for number in range(4))

    def test_two_that_come_late_coalesce_to_one(self) -> None:
        one = line(CatchUp.ONCE)
        enter(one, seen=20 * MINUTE)
        do.at_once(3, lambda _: clock.tick([one]))
        # A minute that begins in between is one moment more, and fires too.
        assert 1 <= len(fired()) <= 2
        assert Counter(outcomes(one))["fired"] == len(fired())

    def test_a_moment_that_another_has_decided_leads_to_no_work(self) -> None:
        one = line(CatchUp.EACH)
        since = enter(one, seen=3 * MINUTE)
        with connection.transaction():
            for number in range(-1, 8):
                due = (since + number * MINUTE).replace(second=0, microsecond=0)
                schedules.decide(one.name, due, "skipped", "by another")
        clock.tick([one])
        assert fired() == []
        assert set(outcomes(one)) == {"skipped"}


@pytest.mark.usefixtures("ledger")
class TestSummerTime:
    @pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC"])
    def test_a_fixed_local_time_fires_once_on_every_date_of_the_last_year(self, zone: str) -> None:
        """However the zone's clocks changed in it: 02:30 is a time that they skip and show twice."""
        one = line(CatchUp.EACH, cron="30 2 * * *", zone=zone)
        since = enter(one, seen=timedelta(days=400))
        clock.tick([one])
        dates = [firing.due_at.astimezone(ZoneInfo(zone)).date() for firing in firings(one) if firing.due_at]
        assert dates == [dates[0] + timedelta(days=number) for number in range(len(dates))]
        assert (schedules.now() - since).days - 1 <= len(dates) <= (schedules.now() - since).days + 1


def test_every_line_of_the_timetable_names_a_task_that_exists_and_a_minute_off_the_hour() -> None:
    catalogue.load()
    for one in TIMETABLE:
        assert find(one.task).name == one.task
        assert not one.cron.expression.startswith("0 ")
    assert len({one.name for one in TIMETABLE}) == len(TIMETABLE)


def _minute(offset: int) -> str:
    """Return the minute and hour that it was, or will be, so many minutes from now, as cron's first two fields."""
    at = datetime.now(UTC) + offset * MINUTE
    return f"{at.minute} {at.hour}"
