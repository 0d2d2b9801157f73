"""What a benchmark asks of a job system, and the table in which every system's jobs leave their effect."""

import os
import sys
import tempfile
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Self

import psycopg2
import psycopg2.extensions

from tests.benches.processes import Group
from tests.benches.servers import Servers

EFFECTS = (
    "CREATE TABLE bench_effect (number BIGINT NOT NULL, started DOUBLE PRECISION NOT NULL,"
    " at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp())"
)
"""``number``: which job; ``started``: time.time() as the job's first act; ``at``: when the row was written."""

INSERT = "INSERT INTO bench_effect (number, started) VALUES (%s, %s)"
_ROOT = Path(__file__).parents[2]


class ProcessGroups(ABC):
    """A job system's processes, whose jobs each leave a row in the table of effects."""

    name: str

    def __init__(self, log: Path) -> None:
        self.log = log
        self.groups: list[Group] = []

    @abstractmethod
    def commands(self) -> list[list[str]]:
        """Return what is to be run: the workers first."""

    @abstractmethod
    def environment(self) -> dict[str, str]: ...

    @abstractmethod
    def enqueue_many(self, count: int) -> None:
        """Enqueue jobs 1 to ``count`` in the fastest way that the system documents."""

    @abstractmethod
    def count(self) -> int:
        """Return how many effects there are."""

    def start(self) -> None:
        """Start all its processes."""
        self.groups = [self.started(command) for command in self.commands()]

    def started(self, command: list[str]) -> Group:
        """Start one of its processes."""
        environment = {**os.environ, "PYTHONPATH": str(_ROOT), **self.environment()}  # noqa: TID251 - for children
        return Group([sys.executable, "-m", *command], environment, self.log)

    def end(self) -> None:
        """End all its processes."""
        for group in self.groups:
            group.end()
        self.groups = []

    def await_effects(self, count: int, *, timeout_s: float, every_s: float = 0.05) -> None:
        """Wait until there are ``count`` effects. Raises ``TimeoutError`` with the end of the system's log."""
        until = time.monotonic() + timeout_s
        while (seen := self.count()) < count:
            if time.monotonic() > until:
                raise TimeoutError(f"{self.name}: {seen} of {count} effects\n{self.log.read_text()[-3000:]}")
            for group in self.groups:
                group.require_alive()
            time.sleep(every_s)


class System(ProcessGroups):
    """A job system with two worker processes, on a fresh database and an empty Redis."""

    slug: str
    settings: str
    roles: tuple[str, ...] = ("worker",)
    """What each of the commands is; those called ``worker`` are held while jobs are enqueued."""

    def __init__(self, servers: Servers) -> None:
        super().__init__(Path(tempfile.gettempdir()) / f"bench-{os.getpid()}-{self.slug}.log")
        self.servers = servers
        self.url = ""
        self._connection: psycopg2.extensions.connection | None = None

    def environment(self) -> dict[str, str]:
        return {"BENCH_URL": self.url}

    @abstractmethod
    def install(self) -> None:
        """Create the system's schema and get ready to enqueue."""

    @abstractmethod
    def enqueue(self, number: int) -> None:
        """Enqueue one job, as an application does it."""

    @abstractmethod
    def enqueue_future(self, count: int) -> None:
        """Enqueue jobs that are due in a day."""

    def fan_out(self, count: int) -> float:
        """Enqueue ``count`` jobs while the workers run and return how many seconds that took."""
        began = time.monotonic()
        self.enqueue_many(count)
        return time.monotonic() - began

    def close(self) -> None:
        """Close what ``install`` opened."""

    def __enter__(self) -> Self:
        self.servers.empty_redis()
        self.url = self.servers.fresh_database(f"bench_{self.slug}")
        self.query(EFFECTS)
        self.install()
        try:
            self.start()
            self._warm()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.end()
        self.close()
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        self.servers.drop_database(f"bench_{self.slug}")
        self.log.unlink(missing_ok=True)

    def kill_workers(self) -> None:
        """Kill all worker processes, and start them again."""
        for place, (role, command) in enumerate(zip(self.roles, self.commands(), strict=True)):
            if role == "worker":
                self.groups[place].kill()
                self.groups[place] = self.started(command)

    def _warm(self) -> None:
        """Wait until every worker has begun to work: a few rounds of jobs, then the table is emptied."""
        for _ in range(5):
            for _ in range(20):
                self.enqueue(0)
            self.await_effects(20, timeout_s=60)
            self.query("TRUNCATE bench_effect")

    def count(self) -> int:
        return int(self.query("SELECT count(*) FROM bench_effect")[0][0])

    def query(self, statement: str, *params: object) -> list[tuple]:
        """Run one statement in the system's database, on a connection that is kept."""
        if self._connection is None:
            self._connection = psycopg2.connect(self.url)
            self._connection.autocommit = True
        with self._connection.cursor() as cursor:
            cursor.execute(statement, params)
            return cursor.fetchall() if cursor.description else []
