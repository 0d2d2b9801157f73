"""However many schedulers run, die and come back (F26, F27): each due moment is decided once, and none is forgotten."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from db import connection
from db.ledger import health, schedules
from schedules import clock
from schedules.cron import Cron
from schedules.table import CatchUp, ScheduleLine
from tests.faults.marks import on_postgres
from tests.support import tasks
from tests.support.crowds import at_once
from tests.support.eventually import eventually
from tests.support.system import Process, System

pytestmark = pytest.mark.fault

_EVERY_5_MINUTES = Cron("*/5 * * * *", "UTC")
_ABSENCE = timedelta(hours=4)
_MOMENTS = 48  # in an absence; ten of them stay below the number of moments that are listed one by one


@on_postgres
@pytest.mark.parametrize("kills", [2, pytest.param(10, marks=pytest.mark.slow)])
def test_two_schedulers_that_are_killed_and_started_again_fire_each_moment_once(
    system: System, chance: random.Random, kills: int
) -> None:
    with connection.session():
        schedules.enter("each")
        schedules.edit("each", cron=_EVERY_5_MINUTES.expression, zone="UTC")
    system.pool()
    schedulers = [system.scheduler(), system.scheduler()]

    for kill in range(kills):
        _let_fall_due(_ABSENCE * (kill + 1))
        _await_firings(system, kill * _MOMENTS + chance.randrange(1, _MOMENTS))
        leader = _leader(system, schedulers)
        leader.kill()
        schedulers[schedulers.index(leader)] = system.scheduler()
        _await_firings(system, (kill + 1) * _MOMENTS)

    firings = system.ask(lambda: schedules.firings("each", limit=10**6))
    assert {one.outcome for one in firings} == {"fired"}
    moments = sorted(one.due_at for one in firings if one.due_at)
    assert moments == list(_EVERY_5_MINUTES.between(moments[0] - timedelta(minutes=1), moments[-1])), (
        "no gap, no double"
    )
    system.await_effects(len(moments))


@pytest.mark.usefixtures("database")
def test_schedulers_that_decide_the_same_moments_at_the_same_time_make_one_job_of_each() -> None:
    line = ScheduleLine("each", tasks.fire.name, _EVERY_5_MINUTES, CatchUp.EACH, 1)
    with connection.session():
        schedules.enter(line.name)
    _let_fall_due(_ABSENCE)
    at_once(4, lambda _: clock.tick([line]), within=connection.session)
    with connection.session():
        firings = schedules.firings(line.name, limit=1000)
        assert health.states() == {"queued": len(firings)}
    assert len({one.job_id for one in firings}) == len(firings) >= _MOMENTS


@pytest.mark.usefixtures("ledger")
class TestThreeMomentsMissed:
    """No scheduler ran for three due moments."""

    def test_run_once_fires_the_newest_and_says_that_it_stands_for_the_others(self) -> None:
        outcomes = _decided(CatchUp.ONCE)
        assert [outcome for outcome, _ in outcomes] == ["coalesced", "coalesced", "fired"]
        assert all("missed; fired once for all at" in reason for _, reason in outcomes[:2])
        assert "late: no scheduler ran" in outcomes[2][1]

    def test_run_each_fires_all_three_and_says_that_they_are_late(self) -> None:
        outcomes = _decided(CatchUp.EACH)
        assert [outcome for outcome, _ in outcomes] == ["fired"] * 3
        assert all("late: no scheduler ran" in reason for _, reason in outcomes)

    def test_skip_fires_none_and_says_why(self) -> None:
        outcomes = _decided(CatchUp.SKIP)
        assert [outcome for outcome, _ in outcomes] == ["skipped"] * 3
        assert all("this schedule skips what it missed" in reason for _, reason in outcomes)


def _decided(catch_up: CatchUp) -> Sequence[tuple[str, str]]:
    """Miss three moments, look twice, and return what was decided of each, oldest first."""
    now = schedules.now()
    # Two to three minutes ago was the newest: not a moment that has only just come, nor one that comes meanwhile.
    line = ScheduleLine("missed", tasks.fire.name, Cron(f"{(now.minute - 2) % 5}-59/5 * * * *", "UTC"), catch_up, 1)
    due, _ = line.cron.latest(now - timedelta(hours=1), now, 3)
    schedules.enter(line.name)
    _set_decided_until(due[0] - timedelta(seconds=1))

    assert (clock.tick([line]), clock.tick([line])) == (3, 0)

    firings = sorted(schedules.firings(line.name), key=lambda one: one.due_at or now)
    assert [one.due_at for one in firings] == due
    assert [one.job_id is not None for one in firings] == [one.outcome == "fired" for one in firings]
    assert health.states().get("queued", 0) == [one.outcome for one in firings].count("fired")
    return [(one.outcome, one.reason or "") for one in firings]


def _let_fall_due(ago: timedelta) -> None:
    """Have the schedules forget what they decided since then; the firings are still there."""
    with connection.session():
        _set_decided_until(schedules.now() - ago)


def _set_decided_until(moment: datetime) -> None:
    with connection.transaction():
        connection.changed("UPDATE schedule SET decided_until = %s", moment.isoformat(sep=" ", timespec="microseconds"))


def _await_firings(system: System, number: int) -> None:
    eventually(lambda: system.rows("SELECT COUNT(*) FROM firing")[0][0] >= number, what=f"{number} firings")


def _leader(system: System, schedulers: Sequence[Process]) -> Process:
    (holder,) = system.rows("SELECT holder FROM lease WHERE name = 'scheduler'")[0]
    pid = int(holder.split(":")[1])
    return next(one for one in schedulers if one.pid == pid)
