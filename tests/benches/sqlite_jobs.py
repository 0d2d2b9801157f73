"""Jobs on SQLite beside Huey, both with fsync: ``python -m tests.benches sqlite [--rounds 3] [--jobs 5000]``.

Each runs one worker process with eight threads, in turn, on files of its own. Every job leaves one row in a table of
SQLite; ours writes it in the transaction that ends the job, Huey beside its queue. Then all workers are killed in the
middle, started again, and the effects are counted that happened twice or never. Needs requirements-bench.lock.
"""

import argparse
import os
import signal
import sqlite3
import statistics
import sys
import tempfile
import time
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import SecretStr

import settings
from db import connection, migrate
from db.ledger import transitions
from rules.jobs import Priority
from tasks.transport import notifier
from tests.benches import jobs as tasks_
from tests.benches.processes import cpu_s
from tests.benches.servers import fsync_ms, redis_server
from tests.benches.system import ProcessGroups

EFFECTS = (
    "CREATE TABLE bench_effect (number INTEGER NOT NULL, started REAL NOT NULL,"
    " at REAL NOT NULL DEFAULT ((julianday('now') - 2440587.5) * 86400))"
)
INSERT = "INSERT INTO bench_effect (number, started) VALUES (?, ?)"
_THREADS = 8
_LONGEST_S = 600.0
_AFTER_KILL_S = 150.0
_WANTED = 2.5
"""How many times Huey's rate ours is to be."""


class _System(ProcessGroups):
    """A job system with its worker process, on an empty folder."""

    def __init__(self, folder: Path, redis_url: str) -> None:
        super().__init__(folder / "log")
        self.folder = folder
        self.redis_url = redis_url

    @property
    @abstractmethod
    def effects(self) -> Path:
        """The file in which the effects are."""

    @abstractmethod
    def install(self) -> None:
        """Make the files, with the table of effects."""

    @contextmanager
    def running(self) -> Iterator[None]:
        self.install()
        self.start()
        try:
            self.enqueue_many(40)
            self.await_effects(40, timeout_s=_LONGEST_S)
            yield
        finally:
            self.end()

    def count(self) -> int:
        return self.asked("SELECT COUNT(DISTINCT number) FROM bench_effect")

    def asked(self, question: str) -> Any:
        with closing(sqlite3.connect(self.effects, timeout=30)) as held:
            return held.execute(question).fetchone()[0]

    def forget(self) -> None:
        with closing(sqlite3.connect(self.effects, timeout=30)) as held, held:
            held.execute("DELETE FROM bench_effect")


class _Ours(_System):
    name = "Nolapse, in batches"
    task = tasks_.write_in_batch

    @property
    def effects(self) -> Path:
        return self.folder / "nolapse.db"

    def commands(self) -> list[list[str]]:
        return [["workers.launch", "workers.pool"], ["workers.launch", "workers.scheduler"]]

    def environment(self) -> dict[str, str]:
        return {
            "NOLAPSE_HOME": str(self.folder),
            "DATABASE_URL": f"sqlite:///{self.effects}",
            "REDIS_URL": self.redis_url,
            "NOLAPSE_WORKER_PROCESSES": "1",
            "NOLAPSE_THREADS_DEFAULT": str(_THREADS),
            "NOLAPSE_TASK_MODULES": "tests.benches.jobs",
            "NOLAPSE_LOG_LEVEL": "warning",
        }

    def install(self) -> None:
        with self._connected(), connection.session():
            migrate.up()
            connection.database.execute_sql(EFFECTS)

    def enqueue_many(self, count: int) -> None:
        kind = transitions.JobSpec(self.task.name, self.task.queue, Priority.BULK)
        with self._connected(), connection.session():
            for at in range(1, count + 1, 1000):
                asked = [transitions.JobRequest({"number": one}) for one in range(at, min(count + 1, at + 1000))]
                with connection.transaction():
                    transitions.insert(kind, asked)

    @contextmanager
    def _connected(self) -> Iterator[None]:
        url = f"sqlite:///{self.effects}"
        with settings.override(database_url_given=SecretStr(url), redis_url_given=SecretStr(self.redis_url)):
            notifier.current.cache_clear()
            connection.connect(url)
            yield
            connection.database.obj.close_all()


class _OursSingly(_Ours):
    name = "Nolapse, one by one"
    task = tasks_.write


class _Huey(_System):
    name = "Huey, fsync"

    @property
    def effects(self) -> Path:
        return self.folder / "effects.db"

    def commands(self) -> list[list[str]]:
        workers = ["-w", str(_THREADS), "-k", "thread", "-q", "-d", "0.01", "-m", "0.1"]
        return [["huey.bin.huey_consumer", "tests.benches.peers.huey_app.huey", *workers]]

    def environment(self) -> dict[str, str]:
        return {"BENCH_QUEUE": str(self.folder / "queue.db"), "BENCH_EFFECTS": str(self.effects)}

    def install(self) -> None:
        with closing(sqlite3.connect(self.effects)) as made, made:
            made.execute("PRAGMA journal_mode = WAL")
            made.execute(EFFECTS)

    def enqueue_many(self, count: int) -> None:
        os.environ.update(self.environment())  # noqa: TID251 - its app reads it when it is imported
        for name in [one for one in sys.modules if one.endswith("huey_app")]:
            del sys.modules[name]
        from tests.benches.peers import huey_app

        for number in range(1, count + 1):
            huey_app.write(number)
        huey_app.huey.storage.close()


_KINDS: tuple[type[_System], ...] = (_Ours, _OursSingly, _Huey)


@dataclass(frozen=True)
class _Run:
    """Jobs a second, and how many effects came again, and never, where all workers were killed."""

    rate: float
    again: int
    missing: int


def _rate(system: _System, jobs: int) -> tuple[float, float]:
    """Return jobs a second, and CPU ms of the system's processes for each job."""
    for group in system.groups:
        group.hold()
    system.forget()
    system.enqueue_many(jobs)
    before = _cpu_s(system)
    began = time.time()
    for group in system.groups:
        group.let_go()
    system.await_effects(jobs, timeout_s=_LONGEST_S)
    return jobs / (system.asked("SELECT MAX(at) FROM bench_effect") - began), (_cpu_s(system) - before) / jobs * 1000


def _cpu_s(system: _System) -> float:
    return sum(cpu_s(pid) for group in system.groups for pid in group.pids())


def _killed(system: _System, jobs: int) -> tuple[int, int]:
    """Kill all that runs in the middle of a backlog; return the effects that came again, and that never came."""
    for group in system.groups:
        group.hold()
    system.forget()
    system.enqueue_many(jobs)
    for group in system.groups:
        group.let_go()
    system.await_effects(jobs // 3, timeout_s=_LONGEST_S)
    for group in system.groups:
        group.kill()
    system.start()
    with suppress(TimeoutError):
        system.await_effects(jobs, timeout_s=_AFTER_KILL_S)
    different = system.count()
    return system.asked("SELECT COUNT(*) FROM bench_effect") - different, jobs - different


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and return 1 where ours is not so many times as fast, or a job's effect came twice or never."""
    parser = argparse.ArgumentParser(prog="python -m tests.benches sqlite")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=5000)
    parser.add_argument("--kill", type=int, default=1000, help="jobs in whose middle all is killed; 0: none")
    asked = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # as an exception it ends what was started, too
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        redis_url = f"unix://{stack.enter_context(redis_server(folder))}"
        print(f"SQLite {sqlite3.sqlite_version}, {fsync_ms():.1f} ms for 8 KiB that reach the disk")
        rounds = [_round(folder / str(number), redis_url, number, asked) for number in range(asked.rounds)]
    medians = {kind: statistics.median(one[kind].rate for one in rounds) for kind in _KINDS}
    ratio = medians[_Ours] / medians[_Huey]
    print(f"in batches / Huey: {ratio:.2f} (wanted >= {_WANTED})")
    broken = any(one[kind].again or one[kind].missing for one in rounds for kind in (_Ours, _OursSingly))
    return 1 if ratio < _WANTED or broken else 0


def _round(folder: Path, redis_url: str, number: int, asked: argparse.Namespace) -> dict[type[_System], _Run]:
    """Run each system once, in an order that rotates; the first round kills its workers as well."""
    turn, runs = number % len(_KINDS), dict[type[_System], _Run]()
    for kind in _KINDS[turn:] + _KINDS[:turn]:
        own = folder / kind.__name__
        own.mkdir(parents=True)
        system = kind(own, redis_url)
        with system.running():
            rate, cpu_ms = _rate(system, asked.jobs)
            runs[kind] = _Run(rate, *(_killed(system, asked.kill) if asked.kill and not number else (0, 0)))
        told = f"; after kill -9: {runs[kind].again} again, {runs[kind].missing} missing" if not number else ""
        load = f"load {os.getloadavg()[0]:.1f}"
        print(f"{kind.name:20} {rate:8,.0f} jobs/s, CPU {cpu_ms:.2f} ms a job ({load}){told}", flush=True)
    return runs
