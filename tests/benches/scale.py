"""What a job costs by the size of its batch, and what must cost the same however much there is; writes docs/scale.md.

``python -m tests.benches scale [--finished 5000000] [--fan-out 1000000] [--schedules 10000]``. One thread of this
process runs jobs on a PostgreSQL of its own, so what is compared are costs of one machine in one run: CPU of this
process and of PostgreSQL. The model that comes of it is held against two measurements of the whole system.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from db import connection
from tasks.engine import runner
from tests.benches import jobs, large, ledger_costs, measure, scale_report
from tests.benches.large import Large
from tests.benches.ledger_costs import CLAIMED, MeasuredLedger
from tests.benches.measure import Throughput
from tests.benches.ours import Nolapse
from tests.benches.servers import Servers, fsync_ms, servers

_SIZES = (1, 2, 5, 10, 25, 50)
_JOBS = 2000
_PASSES = 3
_BACKLOGS = (0, 10_000, 100_000, 1_000_000)
_DAY_S = 86_400.0
_WHOLE = 10_000


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
    whole: dict[int, list[Throughput]]
    """Of the whole system, by the largest number of jobs that it runs together."""
    large: Large
    fsync_ms: float
    bytes_a_job: float


def main(options: Sequence[str]) -> int:
    """Measure, write and print; returns 1 where one of the limits of ``large`` is missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.benches scale")
    parser.add_argument("--finished", type=int, default=5_000_000)
    parser.add_argument("--fan-out", type=int, default=1_000_000)
    parser.add_argument("--schedules", type=int, default=10_000)
    parser.add_argument("--waiting", type=int, default=100_000, help="jobs that an idle system has due tomorrow")
    asked = parser.parse_args(options)
    with servers(None) as given:
        with ledger_costs.ledger(given, "bench_scale") as ledger:
            passes = [[_batches(ledger, size) for size in _SIZES] for _ in range(_PASSES)]
            batches = [_median([one[place] for one in passes]) for place in range(len(_SIZES))]
            bytes_a_job = _bytes_a_job()
            backlogs = [_backlog(ledger, waiting) for waiting in _BACKLOGS]
        whole = {size: _whole(given, in_batches=size > 1) for size in (1, _SIZES[-1])}
        much = large.measured(
            given, finished=asked.finished, fan_out=asked.fan_out, lines=asked.schedules, waiting=asked.waiting
        )
        found = Measured(batches, backlogs, whole, much, fsync_ms(), bytes_a_job)
    scale_report.write(Path(__file__).parents[2] / "docs", found)
    print("\n".join(scale_report.text(found)))
    return 1 if large.missed(much) else 0


def _batches(ledger: MeasuredLedger, size: int) -> BatchCost:
    claims = ledger.worker.claims
    ids = ledger_costs.inserted(jobs.write_in_batch, _JOBS)
    for at in range(0, _JOBS, CLAIMED):
        claims.claim(ids[at : at + CLAIMED])

    def run() -> None:
        for at in range(0, _JOBS, size):
            runner.run(claims, *ids[at : at + size])

    spent = ledger.spent(run)
    return BatchCost(size, spent.own / _JOBS * 1000, spent.database / _JOBS * 1000, _JOBS / spent.wall)


def _median(passes: list[BatchCost]) -> BatchCost:
    return sorted(passes, key=lambda one: one.cpu_ms)[len(passes) // 2]


def _bytes_a_job() -> float:
    sizes = "pg_total_relation_size('job') + pg_total_relation_size('attempt')"
    return connection.execute(f"SELECT ({sizes})::float / (SELECT COUNT(*) FROM job)")[0][0]


def _backlog(ledger: MeasuredLedger, waiting: int) -> BacklogCost:
    (there,) = connection.execute("SELECT COUNT(*) FROM job WHERE state = 'queued'")[0]
    ledger_costs.inserted(jobs.write_in_batch, waiting - there, _DAY_S)
    connection.execute("ANALYZE job")
    return BacklogCost(waiting, ledger_costs.look_ms(ledger), ledger_costs.claim_ms(ledger))


def _whole(given: Servers, *, in_batches: bool) -> list[Throughput]:
    with Nolapse(given, in_batches=in_batches) as system:
        return [measure.throughput(system, _WHOLE) for _ in range(_PASSES)]
