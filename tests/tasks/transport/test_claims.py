"""What a process holds: where a claim was lost and won again by another thread, each of the two is on its own."""

from pathlib import Path

import pytest

from db import connection
from db.ledger import recovery
from tasks.transport.claims import FlightRecord, HeldClaims
from tests.faults.marks import on_sqlite
from tests.support import ledger as do
from tests.support.worker import Worker

pytestmark = [on_sqlite, pytest.mark.usefixtures("ledger")]


@pytest.fixture
def worker(tmp_path: Path) -> Worker:
    return Worker(tmp_path)


def lost_and_won(claims: HeldClaims) -> tuple[int, list]:
    """Claim a job again after its claim ran out, as where the database was away for one thread alone."""
    job_id = do.queue()
    first = claims.claim([job_id])
    with claims.taken([job_id]) as taken:
        assert taken == first
    do.let_claim_run_out(job_id)
    with connection.transaction():
        assert recovery.expire() == [job_id]
    return job_id, [*first, *claims.claim([job_id])]


def test_who_lost_a_claim_takes_nothing_from_who_won_it(worker: Worker) -> None:
    job_id, (old, new) = lost_and_won(worker.claims)
    with worker.claims.taken([job_id]) as held:
        assert held == [new]
        assert not worker.claims.is_taken(old)
        assert worker.claims.is_taken(new)
        worker.claims.renew()
        assert worker.claims.is_taken(new)


def test_both_are_shown_as_begun_until_each_has_ended(worker: Worker, tmp_path: Path) -> None:
    job_id, (old, new) = lost_and_won(worker.claims)
    record = tmp_path / worker.id
    with worker.claims.running(new, deadline_s=60):
        with worker.claims.running(old, deadline_s=-1):
            assert FlightRecord.read(record).begun == [job_id, job_id]
            assert [one.claim for one in worker.claims.overdue()] == [old]
        assert FlightRecord.read(record).begun == [job_id]
        assert worker.claims.overdue() == []
        assert [one.token for one in worker.claims.give_up()] == [new.token]
    assert FlightRecord.read(record).begun == []
