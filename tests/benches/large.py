"""What must not grow: a fan-out's memory, looking for work beside finished jobs, a tick of the clock, an idle system.

Part of ``python -m tests.benches scale``. Each is measured with nothing there, and with much.
"""

import random
import resource
import statistics
import time
from dataclasses import dataclass

import psutil

from db import connection, retention
from schedules import clock
from schedules.cron import Cron
from schedules.table import CatchUp, ScheduleLine
from tasks.engine import runner
from tests.benches import jobs, ledger_costs
from tests.benches.ledger_costs import MeasuredLedger
from tests.benches.ours import Nolapse
from tests.benches.processes import cpu_s, tree_cpu_s
from tests.benches.servers import Servers

_PASSES = 5
_PRUNES = 50
_IDLE_S = 20.0
_SETTLE_S = 8.0
_FAN_OUT_S = 30.0
_TICK_MS = 100.0
_IDLE_CORE = 0.03


@dataclass(frozen=True)
class FinishedCost:
    """What is asked all day costs beside so many finished jobs: CPU in ms."""

    finished: int
    look_ms: float
    claim_ms: float
    prune_ms: float
    """Of a round of retention that finds nothing old enough."""


@dataclass(frozen=True)
class FanOut:
    """A root job that adds so many: how long it took, CPU of each in ms, and this process's peak of memory."""

    jobs: int
    seconds: float
    own_ms: float
    database_ms: float
    peak_mb: float


@dataclass(frozen=True)
class Idle:
    """What a system without work spends beside so many jobs that are due tomorrow."""

    waiting: int
    own: float
    """Share of a core: of our processes."""
    database: float
    transactions: float
    """A second; nearly each is one statement."""


@dataclass(frozen=True)
class Large:
    """All of it. ``ticks_ms`` is the CPU of a tick of the clock in which nothing is due, by the number of schedules."""

    finished: list[FinishedCost]
    fan_outs: list[FanOut]
    ticks_ms: dict[int, float]
    idle: list[Idle]


def measured(given: Servers, *, finished: int, fan_out: int, lines: int, waiting: int) -> Large:
    """Measure each with little, and with so much."""
    with ledger_costs.ledger(given, "bench_fan_out") as ledger:
        fan_outs = [_fan_out(ledger, jobs_) for jobs_ in (fan_out // 10, fan_out)]
    with ledger_costs.ledger(given, "bench_finished") as ledger:
        costs = [_finished(ledger, there) for there in (0, finished)]
        ticks = {number: _tick_ms(ledger, number) for number in (10, lines)}
    idle = [_idle(given, jobs_) for jobs_ in (0, waiting)]
    return Large(costs, fan_outs, ticks, idle)


def missed(found: Large) -> list[str]:
    """Print each limit with what was measured, and return those that were missed."""
    limits = [
        ("fan-out, s", found.fan_outs[-1].seconds, _FAN_OUT_S),
        ("a tick in which nothing is due, ms", max(found.ticks_ms.values()), _TICK_MS),
        ("PostgreSQL of an idle system, share of a core", max(one.database for one in found.idle), _IDLE_CORE),
    ]
    for name, value, most in limits:
        print(f"{'met   ' if value <= most else 'MISSED'}  {name}: {value:.3g} (wanted <= {most:g})")
    return [name for name, value, most in limits if value > most]


def _fan_out(ledger: MeasuredLedger, count: int) -> FanOut:
    connection.execute("DELETE FROM job")
    root = jobs.write_many.enqueue(number=count)
    ledger.worker.claims.claim([root.job_id])
    spent = ledger.spent(lambda: runner.run(ledger.worker.claims, root.job_id))
    (there,) = connection.execute("SELECT COUNT(*) FROM job WHERE state = 'queued'")[0]
    if there != count:
        raise AssertionError(f"a fan-out to {count} jobs made {there}")
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    return FanOut(count, spent.wall, spent.own / count * 1000, spent.database / count * 1000, peak_mb)


def _finished(ledger: MeasuredLedger, finished: int) -> FinishedCost:
    if finished:
        connection.execute(
            "INSERT INTO job (task, args, queue, priority, state, run_at, announce_at, announcements, attempts,"
            " failures, crashes, suspect, cancelled, created_at, finished_at) SELECT 'jobs.write_in_batch',"
            " '{\"number\": 1}', 'default', 2, 'done', now(), now(), 0, 1, 0, 0, FALSE, FALSE, now(),"
            " now() - i * interval '0.1 second' FROM generate_series(1, %s) AS i",
            finished,
        )
    connection.execute("ANALYZE job")

    def prune() -> None:
        for _ in range(_PRUNES):
            for what in ("jobs", "runs"):
                retention.prune(what, older_than_days=365)

    pruned = statistics.median(ledger.spent(prune).cpu for _ in range(_PASSES)) / _PRUNES * 1000
    return FinishedCost(finished, ledger_costs.look_ms(ledger), ledger_costs.claim_ms(ledger), pruned)


def _tick_ms(ledger: MeasuredLedger, number: int) -> float:
    """Return what a tick costs once each line has its row and is known to be due later."""
    lines = [_line(one) for one in range(number)]

    def tick() -> None:
        with connection.session():
            clock.tick(lines)

    tick()
    tick()
    return statistics.median(ledger.spent(tick).cpu for _ in range(_PASSES)) * 1000


def _line(number: int) -> ScheduleLine:
    """Return a line that is due once a year, in half a year."""
    drawn = random.Random(number)
    month = (time.gmtime().tm_mon + 5) % 12 + 1
    cron = f"{drawn.randrange(60)} {drawn.randrange(24)} {drawn.randrange(1, 29)} {month} *"
    zone = drawn.choice(("UTC", "Europe/Berlin", "America/New_York"))
    return ScheduleLine(f"line {number}", "jobs.write", Cron(cron, zone), CatchUp.SKIP, expected_s=1)


def _idle(given: Servers, waiting: int) -> Idle:
    postmaster = given.postmaster()
    assert postmaster
    with Nolapse(given, in_batches=True) as system:
        system.enqueue_future(waiting)
        system.query("VACUUM ANALYZE job")
        time.sleep(_SETTLE_S)
        began, own, database, transactions = time.monotonic(), _own(system), tree_cpu_s(postmaster), _commits(system)
        time.sleep(_IDLE_S)
        passed = time.monotonic() - began
        return Idle(
            waiting,
            (_own(system) - own) / passed,
            (tree_cpu_s(postmaster) - database) / passed,
            (_commits(system) - transactions) / passed,
        )


def _own(system: Nolapse) -> float:
    return sum(cpu_s(pid) for group in system.groups for pid in group.pids() if psutil.pid_exists(pid))


def _commits(system: Nolapse) -> float:
    return float(
        system.query("SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = current_database()")[0][
            0
        ]
    )
