"""A ledger on a PostgreSQL of its own, in this process, and what an act costs there: CPU of both, and time."""

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
from tasks.engine.task import Queue, Task
from tests.benches import jobs
from tests.benches.processes import tree_cpu_s
from tests.benches.servers import Servers
from tests.benches.system import EFFECTS
from tests.support.worker import Worker

CLAIMED = 50
_CLAIMS = 20
_LOOKS = 200
_PASSES = 3


@dataclass(frozen=True)
class Spent:
    """Seconds that passed, and those of CPU of this process and of PostgreSQL."""

    wall: float
    own: float
    database: float

    @property
    def cpu(self) -> float:
        return self.own + self.database


@dataclass(frozen=True)
class MeasuredLedger:
    """A ledger, a worker with its claims, and the first process of its PostgreSQL."""

    worker: Worker
    postmaster: int

    def spent(self, act: Callable[[], object]) -> Spent:
        before = tree_cpu_s(self.postmaster)
        own, began = time.process_time(), time.monotonic()
        act()
        wall = time.monotonic() - began
        return Spent(wall, time.process_time() - own, tree_cpu_s(self.postmaster) - before)


@contextmanager
def ledger(given: Servers, name: str) -> Iterator[MeasuredLedger]:
    """Make an empty ledger for the length of the block; statements may take as long as they take."""
    url = given.fresh_database(name)
    postmaster = given.postmaster()
    assert postmaster
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as folder,
        settings.override(
            database_url_given=SecretStr(url),
            redis_url_given=SecretStr(given.redis_url()),
            task_modules=("tests.benches.jobs",),
        ),
    ):
        connection.connect(url, deadline_s=3600)
        migrate.up()
        connection.execute(EFFECTS)
        catalogue.load()
        yield MeasuredLedger(Worker(Path(folder)), postmaster)
        connection.database.obj.close_all()
    given.drop_database(name)


def inserted(task: Task, count: int, delay_s: float = 0.0) -> list[int]:
    """Insert jobs that write one row each, as a fan-out does it, and return their ids."""
    kind = transitions.JobSpec(task.name, Queue.DEFAULT, Priority.BULK)
    ids: list[int] = []
    for at in range(0, count, 1000):
        asked = [transitions.JobRequest({"number": at + one}, delay_s=delay_s) for one in range(min(1000, count - at))]
        with connection.session(), connection.transaction():
            ids += transitions.insert(kind, asked)
    return ids


def look_ms(measured: MeasuredLedger) -> float:
    """Return the CPU of one look for due work."""

    def look() -> None:
        with connection.session():
            for _ in range(_LOOKS):
                dispatch.due_queues(list(Queue))

    return statistics.median(measured.spent(look).cpu for _ in range(_PASSES)) / _LOOKS * 1000


def claim_ms(measured: MeasuredLedger) -> float:
    """Return the CPU of a claim of fifty jobs, which are then run."""
    ids = inserted(jobs.write_in_batch, CLAIMED * _CLAIMS)
    parts = [ids[at : at + CLAIMED] for at in range(0, len(ids), CLAIMED)]
    spent = measured.spent(lambda: [measured.worker.claims.claim(part) for part in parts])
    for part in parts:
        runner.run(measured.worker.claims, *part)
    return spent.cpu / _CLAIMS * 1000
