"""Celery: prefork with two processes, acknowledged early or late."""

from datetime import UTC, datetime, timedelta

from tests.benches.peers.celery_app import app, write
from tests.benches.servers import Servers
from tests.benches.system import System


class Celery(System):
    def __init__(self, servers: Servers, *, acks_late: bool, processes: int = 2) -> None:
        self.acks_late = acks_late
        self.processes = processes
        self.name = f"Celery, {processes} processes, acks_late {'on' if acks_late else 'off'}"
        self.slug = f"celery_{'late' if acks_late else 'early'}_{'many' if processes > 2 else 'few'}"
        self.settings = (
            f"prefork, concurrency {processes}, prefetch multiplier 64 (its advice for many short tasks), results ignored,"
            " no gossip, mingle or heartbeat; psycopg2, one connection for each process"
        )
        super().__init__(servers)

    def _broker(self) -> str:
        return f"redis+socket://{self.servers.redis_socket}"

    def environment(self) -> dict[str, str]:
        return {
            **super().environment(),
            "BENCH_BROKER": self._broker(),
            "BENCH_ACKS_LATE": str(int(self.acks_late)),
            "C_FORCE_ROOT": "1",
        }

    def commands(self) -> list[list[str]]:
        quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "WARNING"]
        return [["celery", "-A", "tests.benches.peers.celery_app", "worker", "--concurrency", str(self.processes), *quiet]]

    def install(self) -> None:
        app.conf.broker_url = app.conf.broker_write_url = self._broker()

    def enqueue(self, number: int) -> None:
        write.delay(number)

    def enqueue_many(self, count: int) -> None:
        with app.producer_pool.acquire(block=True) as producer:
            for number in range(1, count + 1):
                write.apply_async((number,), producer=producer)

    def enqueue_future(self, count: int) -> None:
        due = datetime.now(UTC) + timedelta(days=1)
        with app.producer_pool.acquire(block=True) as producer:
            for number in range(1, count + 1):
                write.apply_async((number,), eta=due, producer=producer)
