"""Runs: closed once, when none of their jobs is unfinished, however many look; a closed run's counts stand."""

import pytest

from db import connection, retention
from db.ledger import runs, transitions
from db.ledger.transitions import JobOutcome
from rules.jobs import AttemptOutcome, JobState
from tests.support import ledger as do

pytestmark = pytest.mark.usefixtures("ledger")

FAILED = JobOutcome(JobState.FAILED, AttemptOutcome.FAILED, "no", failures=1)


def open_run(
    *, children: int = 0, then: str | None = "alerts.tell_of_run"
) -> tuple[int, transitions.Claim, list[transitions.Claim]]:
    """Open a run whose root and children run; returns its id and their claims."""
    with connection.transaction():
        run_id = runs.open_("domains.check_all", then=then)
        root = do.queue(run_id=run_id)
        runs.root(run_id, root)
    return run_id, do.claimed(root), [do.running(run_id=run_id) for _ in range(children)]


def close() -> list[runs.ClosedRun]:
    with connection.transaction():
        return runs.close_finished()


def test_a_run_is_open_while_its_root_may_still_fan_out() -> None:
    run_id, root, _ = open_run()
    assert close() == []
    assert runs.open_ids() == [run_id]
    do.end(root)
    assert close() == [runs.ClosedRun(run_id, "domains.check_all", "alerts.tell_of_run")]
    assert runs.open_ids() == []


def test_a_run_is_open_while_one_of_its_jobs_is_unfinished() -> None:
    run_id, root, (first, second) = open_run(children=2)
    do.end(root)
    do.end(first)
    assert close() == []
    do.end(second, JobOutcome(JobState.QUEUED, AttemptOutcome.RETRIED, "late", delay_s=60))
    assert close() == []
    do.make_due(second.job_id)
    do.end(do.claimed(second.job_id), FAILED)
    assert [one.id for one in close()] == [run_id]


def test_a_run_is_closed_once() -> None:
    _, root, _ = open_run()
    do.end(root)
    assert len(close()) == 1
    assert close() == []


def test_however_many_look_when_the_last_jobs_end_together_each_run_is_closed_by_one() -> None:
    opened = {run_id: children for run_id, root, children in (open_run(children=4) for _ in range(6)) if do.end(root)}

    def end_and_look(place: int) -> list[runs.ClosedRun]:
        for children in opened.values():
            do.end(children[place])
        return close()

    closed = [one.id for part in do.at_once(4, end_and_look) for one in part]
    closed += [one.id for one in close()]
    assert sorted(closed) == sorted(opened)


def test_a_run_whose_root_is_not_named_yet_is_not_closed() -> None:
    with connection.transaction():
        run_id = runs.open_("domains.check_all", then=None)
    assert close() == []
    with connection.transaction():
        runs.forget(run_id)
    assert runs.get(run_id) is None


def test_a_run_that_has_its_root_is_not_forgotten() -> None:
    run_id, _, _ = open_run()
    with connection.transaction():
        runs.forget(run_id)
    assert runs.get(run_id)


def test_counts_are_live_while_it_is_open_and_kept_when_it_is_closed() -> None:
    run_id, root, (first, second) = open_run(children=2)
    do.end(root)
    do.end(first, FAILED)
    shown = runs.get(run_id)
    assert shown
    assert (shown.counts, shown.unfinished) == ({"done": 1, "failed": 1, "running": 1}, 1)
    do.end(second)
    close()
    with connection.transaction():
        connection.changed("UPDATE job SET finished_at = {later(-86400.0 * 100)}")
        assert retention.prune("jobs", older_than_days=30) == 3
    kept = runs.get(run_id)
    assert kept
    assert kept.finished_at
    assert (kept.counts, kept.unfinished) == ({"done": 2, "failed": 1}, 0)


def test_the_cursor_says_how_far_the_root_has_come() -> None:
    run_id, _, _ = open_run()
    assert runs.cursor(run_id) == 0
    with connection.transaction():
        runs.advance(run_id, 42)
    assert runs.cursor(run_id) == 42
    with do.undone():
        runs.advance(run_id, 43)
    assert runs.cursor(run_id) == 42


def test_the_newest_runs_come_first() -> None:
    ids = [open_run()[0] for _ in range(3)]
    assert [one.id for one in runs.newest()] == ids[::-1]
    assert [one.id for one in runs.newest(limit=1)] == ids[-1:]


def test_a_run_that_does_not_exist_is_none() -> None:
    assert runs.get(41) is None


def test_tasks_are_told_by_who_ran_last() -> None:
    with connection.transaction():
        for task in ("domains.check_all", "dns.read_all", "domains.check_all"):
            runs.open_(task, then=None)
    assert runs.ran(["dns.read_all", "previews.make_missing", "domains.check_all"]) == [
        "domains.check_all",
        "dns.read_all",
    ]
    assert runs.ran([]) == []
