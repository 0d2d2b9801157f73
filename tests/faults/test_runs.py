"""A run is closed once, after its last job, and its finishing task runs once."""

import threading

import pytest

from db import connection
from db.ledger import runs, transitions
from tests.faults.marks import postgres_first
from tests.support import tasks
from tests.support.crowds import at_once
from tests.support.system import System
from workers import dispatcher

pytestmark = pytest.mark.fault


@pytest.mark.usefixtures("database")
def test_two_last_jobs_that_end_together_lead_to_one_finishing_task() -> None:
    last = _a_run_of_two_running_jobs()
    both_have_ended, both_have_looked = threading.Barrier(2), threading.Barrier(2)

    def end(claim: transitions.Claim) -> None:
        with connection.transaction():
            transitions.end(claim, transitions.DONE)
            if connection.dialect().name == "postgresql":  # SQLite lets one write after the other
                both_have_ended.wait(10)
                assert dispatcher.close_runs() == 0, "neither sees the other's end before it is committed"
                both_have_looked.wait(10)

    at_once(2, lambda one: end(last[one]), within=connection.session)

    assert sum(at_once(4, lambda _: dispatcher.close_runs(), within=connection.session)) == 1
    with connection.session():
        assert connection.execute("SELECT task, state FROM job WHERE run_id IS NULL") == [("tasks.note_run", "queued")]
        run = runs.newest()[0]
        assert run.finished_at
        assert run.counts == {"done": 2}


@postgres_first
def test_a_run_without_jobs_is_finished_too(system: System) -> None:
    system.start()
    run = tasks.write_many.enqueue(number=0)
    system.await_ended(run)

    assert system.effects() == {f"run:{run.run_id}": 1}


def _a_run_of_two_running_jobs() -> list[transitions.Claim]:
    with connection.session(), connection.transaction():
        run_id = runs.open_("tasks.write_many", then="tasks.note_run")
        kind = transitions.JobSpec("tasks.write_number", "default")
        ids = transitions.insert(
            kind, [transitions.JobRequest({"number": number}) for number in range(2)], run_id=run_id
        )
        runs.root(run_id, ids[0])
        return transitions.claim(ids, token="token", worker_id="worker", claim_s=60)
