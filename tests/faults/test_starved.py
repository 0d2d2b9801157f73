"""Connections, locks and files that somebody else has taken (F21, F29): work waits, and goes on by itself."""

import resource
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import psycopg2
import pytest

from tests.faults.marks import on_mortal_postgres, on_sqlite
from tests.support import tasks
from tests.support.eventually import eventually
from tests.support.servers import PostgresServer
from tests.support.system import System

pytestmark = [pytest.mark.fault, pytest.mark.slow]

_JOBS = 200
_MOST_CONNECTIONS = 500


@on_mortal_postgres
def test_while_somebody_locks_the_jobs_nobody_waits_for_ever_and_afterwards_all_is_done(
    system: System, mortal_postgres: str
) -> None:
    system.start()
    workers = system.await_workers()
    run = tasks.write_many.enqueue(number=_JOBS)
    system.await_effects(10)
    with closing(psycopg2.connect(mortal_postgres)) as other:
        with other.cursor() as cursor:
            cursor.execute("LOCK TABLE job IN ACCESS EXCLUSIVE MODE")
        eventually(lambda: any(one.logged("database_away") for one in system.processes), what="a wait has ended")
    system.await_ended(run)
    assert system.worker_pids() == workers


@on_mortal_postgres
def test_while_no_connection_is_free_work_waits_and_afterwards_all_is_done(
    system: System, mortal_postgres: str, postgres_server: PostgresServer
) -> None:
    system.start()
    workers = system.await_workers()
    run = tasks.write_many.enqueue(number=_JOBS)
    with _all_connections(mortal_postgres):
        late = system.pool()
        eventually(lambda: late.logged("database_away"), what="one that starts says why it waits")
    system.await_ended(run)
    assert workers <= system.await_workers(2)


@contextmanager
def _all_connections(url: str) -> Iterator[None]:
    """Take every connection that the server still gives."""
    with ExitStack() as held:
        for _ in range(_MOST_CONNECTIONS):
            try:
                held.enter_context(closing(psycopg2.connect(url)))
            except psycopg2.OperationalError:
                break
        else:
            pytest.fail("the server gives more connections than a test can take")
        yield


@on_sqlite
def test_a_worker_that_may_open_no_more_files_goes_on_once_it_may(system: System) -> None:
    system.start()
    (worker,) = system.await_workers()
    tickets = [tasks.write.enqueue(name=f"before {number}") for number in range(10)]
    system.await_ended(*tickets)
    before = resource.prlimit(worker, resource.RLIMIT_NOFILE)
    resource.prlimit(worker, resource.RLIMIT_NOFILE, (len(list(Path(f"/proc/{worker}/fd").iterdir())), before[1]))
    tickets = [tasks.write.enqueue(name=f"meanwhile {number}") for number in range(50)]
    system.redis.kill()  # so that it has to connect anew, and cannot
    system.redis.start()
    resource.prlimit(worker, resource.RLIMIT_NOFILE, before)
    system.await_ended(*tickets)
