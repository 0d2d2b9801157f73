"""Nolapse as it is run: a pool of two worker processes with eight threads on the queue, and the scheduler."""

import time

from pydantic import SecretStr

import settings
from db import connection, migrate
from db.ledger import transitions
from rules.jobs import Priority
from tasks.transport import notifier
from tests.benches import jobs as tasks_
from tests.benches.servers import Servers
from tests.benches.system import System

_CHUNK = 1000
_DAY_S = 86_400.0


class Nolapse(System):
    roles = ("worker", "scheduler")

    def __init__(self, servers: Servers, *, in_batches: bool) -> None:
        self._task = tasks_.write_in_batch if in_batches else tasks_.write
        self.name = f"Nolapse, {'in batches' if in_batches else 'one by one'}"
        self.slug = f"nolapse_{'batches' if in_batches else 'singles'}"
        self.settings = (
            "2 processes x 8 threads on the queue, scheduler with dispatcher; history kept; completing();"
            f" {'a task that may run in batches' if in_batches else 'a transaction for each job'}"
        )
        super().__init__(servers)

    def environment(self) -> dict[str, str]:
        return {
            "DATABASE_URL": self.url,
            "REDIS_URL": self.servers.redis_url(),
            "NOLAPSE_WORKER_PROCESSES": "2",
            "NOLAPSE_THREADS_DEFAULT": "8",
            "NOLAPSE_TASK_MODULES": "tests.benches.jobs",
            "NOLAPSE_LOG_LEVEL": "warning",
        }

    def commands(self) -> list[list[str]]:
        return [["workers.launch", "workers.pool"], ["workers.launch", "workers.scheduler"]]

    def install(self) -> None:
        self._settings = settings.override(
            database_url_given=SecretStr(self.url), redis_url_given=SecretStr(self.servers.redis_url())
        )
        self._settings.__enter__()
        notifier.current.cache_clear()
        connection.connect(self.url)
        migrate.up()

    def close(self) -> None:
        connection.database.obj.close_all()
        self._settings.__exit__(None, None, None)

    def enqueue(self, number: int) -> None:
        self._task.enqueue(number=number)

    def enqueue_many(self, count: int) -> None:
        """As a fan-out does it: in chunks, each one transaction; the dispatcher tells Redis."""
        self._insert(range(1, count + 1), 0.0)

    def enqueue_future(self, count: int) -> None:
        self._insert(range(1, count + 1), _DAY_S)

    def fan_out(self, count: int) -> float:
        """As an application does it: by a root job, in a worker."""
        enqueued = tasks_.write_many.enqueue(number=count)
        until = time.monotonic() + 300
        while True:
            state, seconds = self.query(
                "SELECT state, EXTRACT(EPOCH FROM finished_at - claimed_at)::float FROM job WHERE id = %s",
                enqueued.job_id,
            )[0]
            if state == "done":
                return seconds
            if time.monotonic() > until or state not in {"queued", "running"}:
                raise RuntimeError(f"the root of the fan-out is {state}\n{self.log.read_text()[-3000:]}")
            time.sleep(0.1)

    def _insert(self, numbers: range, delay_s: float) -> None:
        kind = transitions.JobSpec(self._task.name, self._task.queue, Priority.BULK)
        for at in range(0, len(numbers), _CHUNK):
            asked = [transitions.JobRequest({"number": one}, delay_s=delay_s) for one in numbers[at : at + _CHUNK]]
            with connection.session(), connection.transaction():
                transitions.insert(kind, asked)
