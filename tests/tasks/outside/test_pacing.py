"""A fan-out over lanes: each job has a place of its own, however the root is interrupted; the run keeps the plan."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import pytest

import settings
from db import connection
from db.fields import moment
from db.ledger import jobs, runs
from rules.jobs import JobState
from rules.jobs.pacing import LaneShare, RunPlan
from tasks.engine.fan_out import FanOutSize
from tasks.engine.task import Queue, task
from tasks.outside import pacing
from tests.support.worker import Worker

pytestmark = pytest.mark.usefixtures("ledger")

DENIC, EURID, OWN = "whois.denic.de", "whois.eu", "rdap.sandbox.test:8080"
LANES = {DENIC: 54.0, EURID: 13.5}
"""Calls a minute; with a tenth kept free, a place in 1.23 s and in 4.94 s."""


def first_servers(ids: Sequence[int]) -> dict[int, str]:
    servers = {0: DENIC, 1: EURID, 2: OWN}
    return {one: servers[one % 4] for one in ids if one % 4 in servers}


@task(Queue.LOOKUP, unique=("number",), pacing=pacing.LanePacing(first_servers))
def ask(*, number: int) -> None:
    """What is paced."""


@task(Queue.DEFAULT, fans_out=True)
def ask_all(*, many: int, broken_after: int = 10_000, first: int = 0) -> None:
    """A fan-out over two paced servers, one of our own, and some that nobody knows."""

    def ids_after(last: int, limit: int) -> list[int]:
        if last >= broken_after:
            raise ZeroDivisionError("broken on the way")
        begin = max(last, first)
        return list(range(begin + 1, min(begin + limit, many) + 1))

    ask.fan_out(ids_after, "number")


@pytest.fixture(autouse=True)
def paced(ledger: str) -> Iterator[None]:
    with settings.override(lanes=LANES):
        yield


def waits(server: str | None) -> list[float]:
    """Return in how many seconds the queued jobs of a server are due, in the order of their ids."""
    rows = connection.execute("SELECT waits_for, run_at, {now} FROM job WHERE task = 'test_pacing.ask' ORDER BY id")
    wanted = f"its turn at {server}" if server else None
    return [_between(now, run_at) for said, run_at, now in rows if said == wanted]


def _between(now: object, then: object) -> float:
    sooner, later = moment(now), moment(then)  # type: ignore[arg-type] - as the database has it
    assert sooner
    assert later
    return (later - sooner).total_seconds()


def test_each_job_has_a_place_of_its_own_in_its_servers_line(worker: Worker) -> None:
    root = worker.perform(ask_all, many=400)
    assert root.state is JobState.DONE
    for server, number, step in ((DENIC, 99, 60 / 54 / 0.9), (EURID, 99, 60 / 13.5 / 0.9)):
        due = waits(server)
        assert len(due) == number, "all but the first, which need not wait"
        assert all(later - sooner == pytest.approx(step, abs=0.1) for sooner, later in pairwise(due))
    assert len(waits(None)) == 202, "the first of each line, what our own server answers, and what has none"
    assert all(wait <= 0 for wait in waits(None))


def test_the_job_is_dispatched_when_its_turn_comes(worker: Worker) -> None:
    worker.perform(ask_all, many=40)
    rows = connection.execute("SELECT run_at, announce_at FROM job WHERE waits_for IS NOT NULL")
    assert len(rows) == 18
    assert all(abs(_between(run_at, announce_at)) < 0.1 for run_at, announce_at in rows)


def test_the_run_keeps_its_plan_and_says_what_takes_longest(worker: Worker) -> None:
    root = worker.perform(ask_all, many=2400)
    plan = runs.plan(root.run_id or 0)
    assert [(one.lane, one.jobs) for one in plan.lanes] == [(EURID, 600), (DENIC, 600)]
    assert plan.seconds == pytest.approx(600 * 60 / 13.5 / 0.9, abs=10)
    assert plan.words() == "slowest lane: whois.eu, 600 look-ups, about 49 min"


def test_a_root_that_is_interrupted_goes_on_in_the_same_line(worker: Worker) -> None:
    broken = worker.perform(ask_all, many=2400, broken_after=2000)
    assert (broken.state, len(waits(EURID))) == (JobState.QUEUED, 499)
    with connection.transaction():
        connection.changed("""UPDATE job SET args = '{"many": 2400}' WHERE id = %s""", broken.id)
    assert worker.run(broken.id).state is JobState.DONE
    due = waits(EURID)
    assert len(due) == 599
    assert all(later - sooner > 60 / 13.5 for sooner, later in pairwise(due))
    assert [one.jobs for one in runs.plan(broken.run_id or 0).lanes] == [600, 600]


def test_what_is_queued_already_keeps_its_place_and_takes_no_second_one(worker: Worker) -> None:
    worker.perform(ask_all, many=400)
    before = max(waits(EURID))
    again = worker.perform(ask_all, many=404)
    assert again.run_id
    assert jobs.counts_of_run(again.run_id) == {"done": 1, "queued": 4}
    assert before < max(waits(EURID)) < before + 10
    assert [one.jobs for one in runs.plan(again.run_id).lanes] == [1, 1]


def test_a_second_run_stands_behind_the_first(worker: Worker) -> None:
    worker.perform(ask_all, many=400)
    second = worker.perform(ask_all, many=800, first=400)
    due = waits(EURID)
    assert len(due) == 199
    assert all(later - sooner > 60 / 13.5 for sooner, later in pairwise(due))
    assert runs.plan(second.run_id or 0).seconds == pytest.approx(200 * 60 / 13.5 / 0.9, abs=10)


def test_a_fan_out_without_places_is_due_at_once_and_has_no_plan(worker: Worker) -> None:
    with settings.override(lanes={}):
        root = worker.perform(ask_all, many=0)
    assert runs.plan(root.run_id or 0) == RunPlan()
    assert runs.plan(41) == RunPlan()


def test_the_size_of_a_fan_out_is_counted_by_server_and_takes_as_long_as_the_slowest_lane() -> None:
    size = pacing.size({DENIC: 100, EURID: 600, OWN: 5000, None: 7})
    assert (size.jobs, size.seconds) == (5707, pytest.approx(600 * 60 / 13.5 / 0.9))
    assert pacing.size({"whois.nic.fr": 1, "whois.nic.re": 1}).seconds == pytest.approx(
        2 * pacing.size({"whois.nic.fr": 1}).seconds
    ), "two servers of one lane stand in one line"
    assert pacing.size({}) == FanOutSize(0)


def test_a_plan_comes_back_as_it_was_kept() -> None:
    with connection.transaction():
        run_id = runs.open_("test_pacing.ask_all", then=None)
        plan = RunPlan((LaneShare("b", 7, 500.0), LaneShare("a", 3, 20.0)), LaneShare("", 11, 9.0), 4)
        runs.keep_plan(run_id, plan)
    assert runs.plan(run_id) == plan
