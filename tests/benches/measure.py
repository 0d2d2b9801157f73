"""The measurements. Each takes a system that is running and idle."""

import random
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.benches.processes import cpu_s, peak_mb, tree_cpu_s
from tests.benches.system import System

_LONGEST_S = 900.0
_SETTLE_S = 5.0
_AFTER_KILL_S = 150.0


@dataclass(frozen=True)
class Throughput:
    """What it took to run many jobs. CPU time is of user and system, and a count of commits is PostgreSQL's own."""

    rate: float
    """Jobs a second."""
    own_cpu_ms: float
    """Of the system's processes, for each job."""
    database_cpu_ms: float | None
    """Of PostgreSQL's processes, for each job; None where PostgreSQL is not this run's own."""
    commits: float
    """For each job."""


@dataclass(frozen=True)
class Killed:
    """What came of killing all workers with SIGKILL when a third of the jobs had had their effect."""

    again: int
    """Effects that happened more than once."""
    missing: int
    """Jobs without an effect, so long after the workers were started again."""
    waited_s: float


@dataclass
class Seen:
    """What was measured of one system, over all rounds. Waits and rates are in milliseconds and jobs per second."""

    runs: list[Throughput] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    waits_with_future: list[float] = field(default_factory=list)
    fan_outs_alone: list[float] = field(default_factory=list)
    fan_outs: list[float] = field(default_factory=list)
    killed: Killed | None = None
    peaks_mb: dict[str, float] = field(default_factory=dict)

    @property
    def rates(self) -> list[float]:
        """Jobs a second, round by round."""
        return [run.rate for run in self.runs]


def throughput(system: System, count: int) -> Throughput:
    """Measure a backlog's end: all are enqueued while the workers are held, then the workers are let go.

    The end is the time in the last effect's row. Raises ``AssertionError`` unless each job left exactly one effect.
    """
    with _held(system):
        system.enqueue_many(count)
        began = system.query("SELECT clock_timestamp()")[0][0]
        before = _spent(system)
    system.await_effects(count, timeout_s=_LONGEST_S, every_s=0.25)
    last, number, different = system.query("SELECT max(at), count(*), count(DISTINCT number) FROM bench_effect")[0]
    if (number, different) != (count, count):
        raise AssertionError(f"{system.name}: {number} effects of {different} jobs, not {count}")
    own, database, commits = (
        None if then is None or now is None else (now - then) / count
        for then, now in zip(before, _spent(system), strict=True)
    )
    system.query("TRUNCATE bench_effect")
    return Throughput(
        rate=count / (last - began).total_seconds(),
        own_cpu_ms=(own or 0.0) * 1000,
        database_cpu_ms=None if database is None else database * 1000,
        commits=commits or 0.0,
    )


def _spent(system: System) -> tuple[float, float | None, float]:
    """Return what was spent so far: CPU seconds of the system and of PostgreSQL, and commits."""
    own = sum(cpu_s(pid) for group in system.groups for pid in group.pids())
    postmaster = system.servers.postmaster()
    database = None if postmaster is None else tree_cpu_s(postmaster)
    commits = system.query("SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()")[0][0]
    return own, database, float(commits)


def killed(system: System, count: int) -> Killed:
    """Kill all workers in the middle of a backlog, start them again, and count effects once nothing is missing."""
    with _held(system):
        system.enqueue_many(count)
    system.await_effects(count // 3, timeout_s=_LONGEST_S, every_s=0.01)
    system.kill_workers()
    began = time.monotonic()
    while True:
        number, different = system.query("SELECT count(*), count(DISTINCT number) FROM bench_effect")[0]
        waited_s = time.monotonic() - began
        if different == count or waited_s > _AFTER_KILL_S:
            system.query("TRUNCATE bench_effect")
            return Killed(number - different, count - different, waited_s)
        time.sleep(0.25)


@contextmanager
def _held(system: System) -> Generator[None]:
    workers = [group for role, group in zip(system.roles, system.groups, strict=True) if role == "worker"]
    for group in workers:
        group.hold()
    try:
        yield
    finally:
        for group in workers:
            group.let_go()


def waits(system: System, count: int) -> list[float]:
    """Return how long single jobs waited, one after the other with short random pauses on an idle system.

    From before the call that enqueues to the job's first statement, in milliseconds.
    """
    found = []
    for number in range(1, count + 1):
        time.sleep(random.uniform(0.02, 0.06))
        asked = time.time()
        system.enqueue(number)
        system.await_effects(number, timeout_s=120, every_s=0.005)
        started = system.query("SELECT started FROM bench_effect WHERE number = %s", number)[0][0]
        found.append((started - asked) * 1000)
    system.query("TRUNCATE bench_effect")
    return found


def waits_with_future(system: System, held: int, count: int) -> list[float]:
    """Return ``waits`` while ``held`` jobs are there that are due in a day."""
    system.enqueue_future(held)
    time.sleep(_SETTLE_S)  # whatever looks at them as they arrive has begun to
    return waits(system, count)


def fan_out_alone(system: System, count: int) -> float:
    """Return the seconds to enqueue in bulk while the workers are held: what enqueueing itself costs."""
    with _held(system):
        began = time.monotonic()
        system.enqueue_many(count)
        return time.monotonic() - began


def fan_out(system: System, count: int) -> tuple[float, dict[str, float]]:
    """Return the seconds to enqueue, with the workers at work, and the peak of memory by command in MB.

    The peaks are read when a tenth of the jobs is done; the rest is dropped.
    """
    seconds = system.fan_out(count)
    system.await_effects(count // 10, timeout_s=_LONGEST_S, every_s=0.25)
    return seconds, {
        name: max(peak_mb(pid) for pid in group.pids()) for name, group in zip(system.roles, system.groups, strict=True)
    }
