"""The sums over time are those of the rows, whenever and however often they are made, and the old ones go."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from db import connection
from db.ledger import metrics
from db.ledger.transitions import JobOutcome
from db.portfolio import alerts
from db.trends import models, time_sums
from db.trends.time_sums import Sample
from rules import trends
from rules.checks.subjects import Subject
from rules.jobs import AttemptOutcome, JobState
from rules.trends import WINDOWS, Trend
from tasks import retention
from tasks import trends as task
from tasks.outside import calls
from tests.support.ledger import claimed, end, queue

pytestmark = pytest.mark.usefixtures("ledger")
HOUR, DAY = WINDOWS[1], WINDOWS[2]


@pytest.fixture(autouse=True)
def _settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody else writes, so no elder row is on its way."""
    monkeypatch.setattr("db.ledger.metrics.SETTLED_S", -60)


def ended(state: JobState, outcome: AttemptOutcome) -> None:
    end(claimed(queue(task="tasks.write", args={"name": "a"})), JobOutcome(state, outcome, None))


def numbers(trend: Trend, window: trends.TrendWindow = HOUR) -> Counter[str]:
    found: Counter[str] = Counter()
    for one in time_sums.of(trend, window):
        found[one.subject] += one.number
    return found


def test_each_row_is_summed_up_once_in_each_span() -> None:
    for _ in range(3):
        ended(JobState.DONE, AttemptOutcome.DONE)
    ended(JobState.DEAD, AttemptOutcome.DEAD)
    queue(task="tasks.write", args={"name": "waits"})
    alerts.reconcile(
        [alerts.Standing(subject=Subject("task", 0), notices=(alerts.Notice(kind="k", headline="h", stage=None),))]
    )
    for _ in range(3):
        task.sum_up()
    for window in WINDOWS:
        assert numbers(Trend.RAN, window) == {"tasks.write": 4}, window
        assert numbers(Trend.FAILED, window) == {"tasks.write": 1}
        assert numbers(Trend.ALERTS, window) == {"opened": 1}
        assert numbers(Trend.DEPTH, window)["default"] == metrics.waiting("default")[0] > 0
    assert sum(one.number for one in time_sums.of(Trend.ENDED, HOUR) if one.duration_class >= 0) == 4
    ended(JobState.DONE, AttemptOutcome.DONE)
    task.sum_up()
    assert numbers(Trend.RAN) == {"tasks.write": 5}


def test_a_long_backlog_is_summed_up_in_chunks_and_goes_on_next_time(monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(5):
        ended(JobState.DONE, AttemptOutcome.DONE)
    monkeypatch.setattr(task, "_CHUNK", 1)
    monkeypatch.setattr(task, "_CHUNKS", 3)
    task.sum_up()
    assert numbers(Trend.RAN) == {"tasks.write": 3}
    task.sum_up()
    assert numbers(Trend.RAN) == {"tasks.write": 5}


def test_of_depths_the_deepest_is_kept_and_of_calls_every_one() -> None:
    now = datetime.now(UTC)
    calls.write()  # what other tests of this process called
    connection.execute("DELETE FROM time_sum")
    with connection.transaction():
        for depth in (3, 9, 4):
            time_sums.add({Sample(Trend.DEPTH, "mail", now): depth})
    assert numbers(Trend.DEPTH) == {"mail": 9}
    for seconds in (0.02, 0.02, 4.0):
        calls.count("rdap", "ok", seconds=seconds)
    calls.count("rdap", "unavailable", seconds=9.0)
    calls.write()
    calls.write()
    assert numbers(Trend.CALLED) == {"rdap ok": 3, "rdap unavailable": 1}
    counted = {one.duration_class: one.number for one in time_sums.of(Trend.CALLED, DAY) if one.subject == "rdap ok"}
    assert trends.percentile(counted, 0.95) == pytest.approx(4.0, rel=0.5)


def test_what_is_older_than_its_span_is_kept_goes_and_nothing_else() -> None:
    now = datetime.now(UTC)
    for days in (1, 3, 40, 900):
        with connection.transaction():
            time_sums.add({Sample(Trend.RAN, "t", now - timedelta(days=days)): 1})
    retention.prune()
    left = Counter(row.span_s for row in models.TimeSum.select())
    assert left == {300: 1, 3600: 2, 86400: 3}
