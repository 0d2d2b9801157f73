"""Procrastinate: two worker processes, woken by LISTEN/NOTIFY."""

from datetime import UTC, datetime, timedelta

import procrastinate
import psycopg

from tests.benches.peers import procrastinate_app
from tests.benches.system import System

_CHUNK = 1000


class Procrastinate(System):
    name = "Procrastinate"
    slug = "procrastinate"
    roles = ("worker", "worker")
    settings = (
        f"2 worker processes, concurrency {procrastinate_app.CONCURRENCY}, LISTEN/NOTIFY on, async task on an async"
        f" psycopg pool (psycopg's {psycopg.pq.__impl__} implementation); finished jobs kept"
    )

    def commands(self) -> list[list[str]]:
        concurrency = ["--concurrency", str(procrastinate_app.CONCURRENCY)]
        worker = ["procrastinate", "--app", "tests.benches.peers.procrastinate_app.app", "worker", *concurrency]
        return [worker, worker]

    def install(self) -> None:
        self._app = procrastinate.App(connector=procrastinate.SyncPsycopgConnector(conninfo=self.url))
        self._app.open()
        self._app.schema_manager.apply_schema()
        self._task = self._app.configure_task("write")

    def close(self) -> None:
        self._app.close()

    def enqueue(self, number: int) -> None:
        self._task.defer(number=number)

    def enqueue_many(self, count: int) -> None:
        self._batches(self._task, count)

    def enqueue_future(self, count: int) -> None:
        due = datetime.now(UTC) + timedelta(days=1)
        self._batches(self._app.configure_task("write", schedule_at=due), count)

    @staticmethod
    def _batches(deferrer: "procrastinate.jobs.JobDeferrer", count: int) -> None:
        for chunk in _chunks(count):
            deferrer.batch_defer(*({"number": number} for number in chunk))


def _chunks(count: int) -> list[range]:
    return [range(at, min(at + _CHUNK, count + 1)) for at in range(1, count + 1, _CHUNK)]
