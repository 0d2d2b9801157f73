"""What a job costs by the size of its batch, and what looking for work costs by the backlog; writes docs/scale.md.

``python -m tests.benches scale``. One thread of this process runs jobs on a PostgreSQL of its own, so what is compared
are costs of one machine in one run: CPU of this process and of PostgreSQL, commits, and the size of what is kept.
"""

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

import settings
from db import connection, migrate
from db.ledger import dispatch, transitions
from rules.jobs import Priority
from tasks.engine import catalogue, runner
from tasks.engine.task import Queue
from tests.benches import jobs, scale_report
from tests.benches.processes import tree_cpu_s
from tests.benches.servers import Servers, fsync_ms, servers
from tests.benches.system import EFFECTS
from tests.support.worker import Worker

_SIZES = (1, 2, 5, 10, 25, 50)
_JOBS = 1000
_PASSES = 3
_CLAIMED = 50
_BACKLOGS = (0, 10_000, 100_000, 1_000_000)
_LOOKS = 40
_DAY_S = 86_400.0


@dataclass(frozen=True)
class BatchCost:
    """What a job costs in batches of a size: CPU in ms, of this process and of PostgreSQL."""

    size: int
    own_ms: float
    database_ms: float
    rate: float
    """Jobs a second of this one thread."""

    @property
    def cpu_ms(self) -> float:
        return self.own_ms + self.database_ms


@dataclass(frozen=True)
class BacklogCost:
    """What one look for due work, and the claim of fifty jobs, cost beside so many that are due tomorrow: CPU in ms."""

    waiting: int
    look_ms: float
    claim_ms: float


@dataclass(frozen=True)
class Measured:
    """All of it, with the time of an fsync, and the bytes of a finished job, its attempt and their indexes."""

    batches: list[BatchCost]
    backlogs: list[BacklogCost]
    fsync_ms: float
    bytes_a_job: float


def main(_options: list[str]) -> int:
    """Measure, print and write; there is no limit to miss."""
    with servers(None) as given, _ledger(given) as worker:
        postmaster = given.postmaster()
        assert postmaster
        passes = [[_batches(worker, size, postmaster) for size in _SIZES] for _ in range(_PASSES)]
        batches = [_median([one[place] for one in passes]) for place in range(len(_SIZES))]
        bytes_a_job = _bytes_a_job()
        backlogs = [_backlog(worker, waiting, postmaster) for waiting in _BACKLOGS]
        measured = Measured(batches, backlogs, fsync_ms(), bytes_a_job)
    scale_report.write(Path(__file__).parents[2] / "docs", measured)
    return 0


@contextmanager
def _ledger(given: Servers) -> Iterator[Worker]:
    url = given.fresh_database("bench_scale")
    with settings.override(
        database_url_given=SecretStr(url),
        redis_url_given=SecretStr(given.redis_url()),
        task_modules=("tests.benches.jobs",),
    ):
        connection.connect(url)
        migrate.up()
        connection.execute(EFFECTS)
        catalogue.load()
        yield Worker(Path(tempfile.mkdtemp(prefix="bench-")))
        connection.database.obj.close_all()


def _batches(worker: Worker, size: int, postmaster: int) -> BatchCost:
    ids = _inserted(_JOBS, 0.0)
    for at in range(0, _JOBS, _CLAIMED):
        worker.claims.claim(ids[at : at + _CLAIMED])

    def run() -> None:
        for at in range(0, _JOBS, size):
            runner.run(worker.claims, *ids[at : at + size])

    wall, own, database = _spent(run, postmaster)
    return BatchCost(size, own / _JOBS * 1000, database / _JOBS * 1000, _JOBS / wall)


def _spent(act: Callable[[], object], postmaster: int) -> tuple[float, float, float]:
    """Return the seconds that pass, and those of CPU of this process and of PostgreSQL."""
    before = tree_cpu_s(postmaster)
    own, began = time.process_time(), time.monotonic()
    act()
    return time.monotonic() - began, time.process_time() - own, tree_cpu_s(postmaster) - before


def _inserted(count: int, delay_s: float) -> list[int]:
    kind = transitions.JobSpec(jobs.write_in_batch.name, Queue.DEFAULT, Priority.BULK)
    ids: list[int] = []
    for at in range(0, count, 1000):
        asked = [transitions.JobRequest({"number": at + one}, delay_s=delay_s) for one in range(min(1000, count - at))]
        with connection.session(), connection.transaction():
            ids += transitions.insert(kind, asked)
    return ids


def _median(passes: list[BatchCost]) -> BatchCost:
    return sorted(passes, key=lambda one: one.cpu_ms)[len(passes) // 2]


def _bytes_a_job() -> float:
    sizes = "pg_total_relation_size('job') + pg_total_relation_size('attempt')"
    return connection.execute(f"SELECT ({sizes})::float / (SELECT COUNT(*) FROM job)")[0][0]


def _backlog(worker: Worker, waiting: int, postmaster: int) -> BacklogCost:
    (there,) = connection.execute("SELECT COUNT(*) FROM job WHERE state = 'queued'")[0]
    _inserted(waiting - there, _DAY_S)
    connection.execute("ANALYZE job")

    def look() -> None:
        with connection.session():
            for _ in range(_LOOKS):
                dispatch.due_queues(list(Queue))

    ids = _inserted(_CLAIMED, 0.0)
    claims = [_spent(lambda: worker.claims.claim(ids), postmaster)]
    looks = [_spent(look, postmaster) for _ in range(_PASSES)]
    runner.run(worker.claims, *ids)
    return BacklogCost(
        waiting,
        statistics.median(own + database for _, own, database in looks) / _LOOKS * 1000,
        statistics.median(own + database for _, own, database in claims) * 1000,
    )
