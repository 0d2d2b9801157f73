"""What every process does first: read the settings, set up logs and error reports, point at the database."""

import argparse
import logging
import multiprocessing
import resource
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue
from types import FrameType

import redis
import structlog

import settings
from db import connection, migrate, roles
from db.ledger import health
from settings import home, logs, production, redaction, reports
from tasks.transport import redis_queue
from workers import history_notes

log = structlog.get_logger()

_RETRY_S = 1.0
_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT)


def parent(arguments: list[str] | None = None) -> int | None:
    """Return the process that this one must not outlive, as ``--parent`` names it on the command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--parent", type=int)
    return parser.parse_known_args(arguments)[0].parent


REFUSALS = (
    settings.BadSettings,
    connection.UnsupportedDatabase,
    migrate.SchemaOutdated,
    redis_queue.RedisUnfit,
    history_notes.DatabaseRestored,
)
"""What keeps a process from starting until a person has mended it."""

_EXIT_SETTINGS = 2
_EXIT_REFUSED = 3
_EXIT_AWAY = 4


def run(main: Callable[[], None]) -> None:
    """Run a process that a supervisor has started; an error that keeps it from working is one line of the log."""
    try:
        main()
    except REFUSALS as error:
        log.error("refused_to_start", error=str(error))  # noqa: TRY400 - a traceback would say no more
        of_settings = isinstance(error, settings.BadSettings | connection.ImpossiblePath)
        sys.exit(_EXIT_SETTINGS if of_settings else _EXIT_REFUSED)
    except connection.Unreachable as error:  # it went away once more while this one started; the next start waits
        log.warning("database_away", error=str(error))
        sys.exit(_EXIT_AWAY)


def start(name: str, *, writes: bool = True) -> None:
    """Prepare this process; wait for the database if that is away, or takes no writes where it ``writes``.

    Raises one of ``REFUSALS``, such as ``BadSettings`` or ``SchemaOutdated``: then the process must not work.
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
    connection.connect(config.database_url, deadline_s=config.database_deadline_s)
    multiprocessing.current_process().name = name  # every line of the log carries it
    connection.require_possible_path()
    _await_database(writes=writes)
    _require_own_role()
    with connection.session():
        history_notes.require_current()
    require_fit_redis()


def _require_own_role() -> None:
    """Raise ``BadSettings`` where production runs as the role that owns the tables, and no setting accepts that."""
    config = settings.current()
    if told := production.refusal(config, "database-owner"):
        with connection.session():
            if roles.owns_tables():
                raise settings.BadSettings(f"production refuses to start:\n{told}")


def _await_database(*, writes: bool) -> None:
    """Wait for the database, and until it takes writes; a signal ends this process at once.

    Another thread asks the database, because a thread that waits for an answer inside a driver handles no signal.
    """
    answered = SimpleQueue[Exception | None]()
    before = {number: signal.signal(number, _leave) for number in _SIGNALS}
    threading.Thread(target=_ask_until_answered, args=(answered, writes), daemon=True).start()
    error = answered.get()
    for number, handler in before.items():
        signal.signal(number, handler)
    if error:
        raise error


def _leave(_number: int, _frame: FrameType | None) -> None:
    sys.exit(0)


def _ask_until_answered(answered: "SimpleQueue[Exception | None]", writes: bool) -> None:  # noqa: FBT001 - a thread's
    logged = False
    while True:
        try:
            migrate.require_current()
            if writes:
                with connection.session():
                    health.require_writable()
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
    """Raise ``RedisUnfit`` if Redis answers and cannot be used; a Redis that is away is no reason not to start."""
    try:
        redis_queue.RedisQueue(redis_queue.client(settings.current().redis_url)).require_fit()
    except (redis.RedisError, OSError) as error:
        log.warning("redis_away", error=str(error))


def memory_bytes() -> int | None:
    """Return how much memory this process holds (resident set); None where the system does not say."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return None
    return pages * resource.getpagesize()
