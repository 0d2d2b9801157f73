"""PgQueuer: two worker processes, woken by LISTEN/NOTIFY, batches of ten, its acknowledgements buffered."""

import asyncio
from collections.abc import Coroutine, Sequence
from datetime import timedelta
from typing import Any

import asyncpg
from pgqueuer.queries import Queries

from tests.benches.peers import pgqueuer_app
from tests.benches.system import System

_CHUNK = 1000


class PgQueuer(System):
    name = "PgQueuer"
    slug = "pgqueuer"
    roles = ("worker", "worker")
    settings = (
        "2 worker processes, batches of 10 (its default), asyncpg and uvloop, async task on a pool of"
        f" {pgqueuer_app.CONCURRENCY} connections; finished jobs in its log"
    )

    def commands(self) -> list[list[str]]:
        worker = ["pgqueuer", "run", "tests.benches.peers.pgqueuer_app:main", "--batch-size", "10", "--log-level", "WARNING"]
        return [worker, worker]

    def install(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._queries = Queries.from_asyncpg_connection(self._run(asyncpg.connect(self.url)))
        self._run(self._queries.install())

    def close(self) -> None:
        self._run(self._queries.driver._connection.close())
        self._loop.close()

    def enqueue(self, number: int) -> None:
        self._run(self._queries.enqueue("write", str(number).encode()))

    def enqueue_many(self, count: int) -> None:
        self._add(range(1, count + 1), None)

    def enqueue_future(self, count: int) -> None:
        self._add(range(1, count + 1), timedelta(days=1))

    def _add(self, numbers: Sequence[int], after: timedelta | None) -> None:
        for at in range(0, len(numbers), _CHUNK):
            some = numbers[at : at + _CHUNK]
            payloads = [str(one).encode() for one in some]
            self._run(self._queries.enqueue(["write"] * len(some), payloads, [0] * len(some), [after] * len(some)))

    def _run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self._loop.run_until_complete(work)
