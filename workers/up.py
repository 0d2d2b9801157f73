"""``nolapse up``: everything on one machine. Each process is started again when it ends; all end in order."""

import os
import sys
from collections.abc import Callable, Sequence

import settings
from db import connection, migrate
from settings import logs
from workers import redis_server
from workers.supervisor import Child, Supervisor

_CHILDREN_S = 10.0
"""What the pool needs beyond the grace period, to end its own children and settle what they held."""

_OWN = (("web", "web"), ("scheduler", "scheduler"), ("worker", "pool"))


def children() -> list[Child]:
    """Return the processes of a whole Nolapse, in the order in which they end: what serves the others goes last."""
    own = [Child(name, _module(f"workers.{module}")) for name, module in _OWN]
    if settings.current().redis_url_given is None:
        own.append(Child("redis", redis_server.command))
    return own


def _module(name: str) -> Callable[[], Sequence[str]]:
    return lambda: [sys.executable, "-m", name, "--parent", str(os.getpid())]


def prepare() -> list[str]:
    """Bring the database to today's schema, making it if it is SQLite and not there; return what was applied."""
    config = settings.current()
    config.home.mkdir(parents=True, exist_ok=True)
    connection.connect(config.database_url)
    return migrate.up()


def main() -> None:
    """Run everything until told to stop."""
    config = settings.current()
    logs.configure(json=config.log_json, level=config.log_level, secrets=config.secrets())
    prepare()
    everything = children()
    if config.redis_url_given is None:
        redis_server.command()  # raises before anything runs if there is no server to run
    Supervisor(everything, grace_s=config.grace_s + _CHILDREN_S, in_order=True).run()


if __name__ == "__main__":
    main()
