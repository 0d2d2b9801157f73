"""What every process does first: read the settings, set up logs and error reports, point at the database."""

import argparse
import logging
import multiprocessing
import signal
import sys
import threading
import time
from queue import SimpleQueue
from types import FrameType

import redis
import structlog

import settings
from db import connection, migrate, roles
from settings import home, logs, production, redaction, reports
from tasks.transport import redis_queue

log = structlog.get_logger()

_RETRY_S = 1.0
_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT)


def parent(arguments: list[str] | None = None) -> int | None:
    """Return the process that this one must not outlive, as ``--parent`` names it on the command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--parent", type=int)
    return parser.parse_known_args(arguments)[0].parent


def start(name: str) -> None:
    """Prepare this process; wait for the database if that is away.

    Raises ``BadSettings``, ``ImpossiblePath``, ``SchemaOutdated`` or ``RedisUnfit``: it must not work then.
    """
    home.make_files_private()
    config = settings.current()
    logs.configure(json=config.log_json, level=config.log_level, secrets=config.secrets())
    reports.configure(
        config.sentry_dsn.get_secret_value() if config.sentry_dsn else None,
        environment=config.environment,
        release="nolapse",
        scrub=redaction.scrubber(config.secrets()),
    )
    logging.getLogger("dramatiq").setLevel(logging.WARNING)
    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # it warns of every tick that a longer one swallowed
    connection.connect(config.database_url)
    multiprocessing.current_process().name = name  # every line of the log carries it
    connection.require_possible_path()
    _await_database()
    _require_own_role()
    require_fit_redis()


def _require_own_role() -> None:
    """Raise ``BadSettings`` where production runs as the role that owns the tables, and nobody accepts that."""
    config = settings.current()
    if told := production.refusal(config, "database-owner"):
        with connection.session():
            if roles.owns_tables():
                raise settings.BadSettings(f"production refuses to start:\n{told}")


def _await_database() -> None:
    """Wait for the database; a signal ends this process at once.

    The database is asked by another thread, because whoever waits for an answer inside a driver hears no signal.
    """
    answered = SimpleQueue[Exception | None]()
    before = {number: signal.signal(number, _leave) for number in _SIGNALS}
    threading.Thread(target=_ask_until_answered, args=(answered,), daemon=True).start()
    error = answered.get()
    for number, handler in before.items():
        signal.signal(number, handler)
    if error:
        raise error


def _leave(_number: int, _frame: FrameType | None) -> None:
    sys.exit(0)


def _ask_until_answered(answered: "SimpleQueue[Exception | None]") -> None:
    logged = False
    while True:
        try:
            migrate.require_current()
        except connection.Unreachable as error:
            if not logged:
                log.warning("database_away", error=str(error))
            logged = True
            time.sleep(_RETRY_S)
        except Exception as error:  # noqa: BLE001 - it is raised where this is waited for
            answered.put(error)
            return
        else:
            answered.put(None)
            return


def require_fit_redis() -> None:
    """Raise ``RedisUnfit`` if Redis may evict; a Redis that is away is no reason not to start."""
    try:
        redis_queue.RedisQueue(redis_queue.client(settings.current().redis_url)).require_fit()
    except (redis.RedisError, OSError) as error:
        log.warning("redis_away", error=str(error))
