"""A whole installation as an agency runs it, each process behind proxies of its own to PostgreSQL and to Redis.

    north, south          pools of workers
    scheduler, standby    of whom one leads
    web                   pages, API, webhooks

Whoever ends is started again, as a service manager does it, unless a fault keeps it down.
"""

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from api_stub.security import api_tokens
from cli.demo import night
from db import connection, migrate
from db.access import users
from rules.access import Role, Scope
from sandbox.portfolio import portfolio
from sandbox.world import World
from tests.support import buckets, disks
from tests.support.disks import SmallDisk
from tests.support.fake_clock import fake_clock
from tests.support.faulty_bucket import FaultyBucket
from tests.support.proxy import Proxy
from tests.support.servers import PostgresServer, RedisServer
from tests.support.system import Process, System

MODULES = {
    "north": "workers.pool",
    "south": "workers.pool",
    "scheduler": "tests.nemesis.scheduler",
    "standby": "tests.nemesis.scheduler",
    "web": "workers.web",
}
POOLS = ("north", "south")
SCHEDULERS = ("scheduler", "standby")

_CLIENTS, _DOMAINS, _ENDPOINTS = 8, 24, 10
_UNHURRIED = 10_000_000
_DISK_MIB = 96
_DATABASE_DEADLINE_S = 3
"""So short that a silent way to the database is left while the fault lasts."""


class Installation:
    """Everything that runs, and who keeps it running. A context manager."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = fake_clock(folder / "clock")
        self.postgres = PostgresServer(clock=self.clock)
        self.redis = RedisServer(keeps=True)
        self.world = World(
            portfolio(datetime.now(UTC), clients=_CLIENTS, domains=_DOMAINS, endpoints=_ENDPOINTS), folder
        )
        self.to_postgres: dict[str, Proxy] = {}
        self.to_redis: dict[str, Proxy] = {}
        self.redis_disk: SmallDisk | None = None
        self.home_disk: SmallDisk | None = None
        """Disks that can be filled, where this user may mount any."""
        self.roles: dict[str, Process] = {}
        self.held_down: set[str] = set()
        self.starts = 0
        self._stack = ExitStack()
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        enter = self._stack.enter_context
        self._stack.callback(self.postgres.close)
        self._stack.callback(lambda first=self.redis: first.close())
        if disks.can_mount():
            self.redis_disk = enter(disks.small_disk(self.redis.folder, mib=_DISK_MIB))
            self.home_disk = enter(disks.small_disk(self.folder / "home", mib=_DISK_MIB))
        (self.folder / "home" / "temporary").mkdir(parents=True)
        self.postgres.start()
        self.redis.start()
        self.database_url = self.postgres.databases.create()
        enter(self.world)
        endpoint = enter(buckets.s3_server())
        self.bucket_address = buckets.address(endpoint)
        buckets.bucket(self.bucket_address)
        self.bucket = enter(FaultyBucket(endpoint))
        self.hole = enter(_hole())
        for role in MODULES:
            self.to_postgres[role] = enter(Proxy(self.postgres.folder / ".s.PGSQL.5432"))
            self.to_redis[role] = enter(Proxy(self.redis.folder / "redis.sock"))
        self._migrate()
        self.system = enter(System(self.database_url, self.redis, self.folder).entered())
        self.web_port = free_port()
        self._settle_in()
        self.world.stripe.webhooks.url = f"{self.url}/webhooks/stripe"
        for role in MODULES:
            self.start(role)
        self.system.await_workers(len(POOLS))
        return self

    def __exit__(self, *_: object) -> None:
        self.held_down = set(MODULES)
        self._stack.close()

    @property
    def url(self) -> str:
        return f"http://localhost:{self.web_port}"

    def _migrate(self) -> None:
        connection.connect(self.database_url)
        migrate.up()

    def _settle_in(self) -> None:
        """Enter the portfolio, and an owner with a token."""
        night.register(self.world)
        with connection.session():
            owner = users.add("ada", Role.OWNER, password=None)
            self.token = api_tokens.add(owner, "nemesis", scopes=tuple(Scope))

    def environment(self, role: str, **changes: str) -> dict[str, str]:
        """Return the variables of a process of this role, whose ways lead through its own proxies."""
        where = self.bucket_address
        return {
            **self.world.environment(),
            "NOLAPSE_HOME": str(self.folder / "home"),
            "TMPDIR": str(self.folder / "home" / "temporary"),
            "NOLAPSE_DATABASE_DEADLINE_S": str(_DATABASE_DEADLINE_S),
            "DATABASE_URL": f"postgresql://postgres@127.0.0.1:{self.to_postgres[role].port}/{self._database_name}",
            "REDIS_URL": f"redis://127.0.0.1:{self.to_redis[role].port}/0",
            "SENTRY_DSN": f"http://public@127.0.0.1:{self.hole}/1",
            "NOLAPSE_WEB_PORT": str(self.web_port),
            "NOLAPSE_LANES": '{"*": 6000}',
            "NOLAPSE_STORAGE_URL": f"s3://{where.bucket}/{where.prefix}?endpoint={self.bucket.url}",
            "NOLAPSE_STORAGE_ACCESS_KEY": buckets.KEYS.access,
            "NOLAPSE_STORAGE_SECRET_KEY": buckets.KEYS.secret,
            "NOLAPSE_THREADS_DEFAULT": "4",
            "NOLAPSE_THREADS_MAIL": "4",
            **{f"NOLAPSE_REQUESTS_PER_{each}": str(_UNHURRIED) for each in ("TOKEN", "SESSION", "NETWORK")},
            **changes,
        }

    @property
    def _database_name(self) -> str:
        return self.database_url.partition("?")[0].rpartition("/")[2]

    def start(self, role: str) -> None:
        """Start the process of a role."""
        self.starts += 1
        self.roles[role] = self.system.run(MODULES[role], **self.environment(role))

    def keep_running(self) -> None:
        """Start again whoever has ended and is not held down."""
        for role, process in self.roles.items():
            if not process.runs and role not in self.held_down:
                self.start(role)

    @contextmanager
    def another_pool(self, **changes: str) -> Iterator[Process]:
        """Run one pool more for a while, by the ways of the north."""
        process = self.system.run("workers.pool", **self.environment("north", **changes))
        try:
            yield process
        finally:
            process.signal(15)

    def fail_over(self, replica: RedisServer) -> None:
        """Have another Redis in the place of the one that there was."""
        before, self.redis, self.system.redis = self.redis, replica, replica
        self._stack.callback(replica.close)
        for way in self.to_redis.values():
            way.behind = replica.folder / "redis.sock"
        if before.process:
            before.kill()

    @property
    def proxies(self) -> list[Proxy]:
        return [*self.to_postgres.values(), *self.to_redis.values()]


def free_port() -> int:
    """Return a port of 127.0.0.1 at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


@contextmanager
def _hole() -> Iterator[int]:
    """Listen where error reports go, take calls, and never answer (F49); gives the port."""
    with socket.create_server(("127.0.0.1", 0), backlog=4096) as server:
        yield server.getsockname()[1]
