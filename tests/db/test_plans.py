"""What the scheduler and the workers ask all day costs the same however much there is: plans on PostgreSQL."""

import json
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from db import connection, retention
from db.ledger import dispatch, health, job_lists, recovery, schedules, transitions
from db.portfolio import clients, endpoint_lists, endpoints
from db.portfolio.clients import Client
from rules.jobs import JobState, Priority
from tasks.engine.task import Queue
from tests.support import ledger as do

pytestmark = pytest.mark.parametrize("database", ["postgres"], indirect=True)

_BUFFERS = 1000
"""Pages of 8 KiB that one statement may touch; all rows of fifty thousand jobs are more than that."""


@pytest.fixture(params=[50_000, pytest.param(1_000_000, marks=pytest.mark.slow)])
def many(request: pytest.FixtureRequest, ledger: str) -> int:
    """A ledger of many finished jobs, a tenth as many that are due tomorrow, and as many effects and measurements."""
    number: int = request.param
    with connection.transaction():
        fill(number, "'done'", due="now()", finished="now() - i * interval '1 second'")
        fill(number // 10, "'queued'", due="now() + interval '1 day'", finished="NULL")
        connection.execute(
            "INSERT INTO effect (key, step, begun_at, outcome, settled_at)"
            f" SELECT 'mail:' || i, 'smtp.data', now(), 'done', now() FROM generate_series(1, {number // 10}) AS i"
        )
        connection.execute(
            "INSERT INTO measurement (service, minute, outcome, calls, seconds)"
            f" SELECT 'rdap', now() - i * interval '1 second', 'ok', 1, 1 FROM generate_series(1, {number // 10}) AS i"
        )
    connection.execute("ANALYZE")
    return number


def fill(number: int, state: str, *, due: str, finished: str, queue: str = "lookup") -> None:
    connection.execute(
        "INSERT INTO job (task, args, queue, priority, state, run_at, announce_at, announcements, attempts, failures,"
        " crashes, suspect, cancelled, created_at, finished_at)"
        f" SELECT 'domains.check', '{{}}', '{queue}', 2, {state}, {due}, {due}, 0, 1, 0, 0, FALSE, FALSE, now(),"
        f" {finished}"
        f" FROM generate_series(1, {number}) AS i"
    )


def touched(caplog: pytest.LogCaptureFixture, act: Callable[[], object]) -> list[tuple[int, str]]:
    """Return how many pages each statement touches that ``act`` makes, with the statement."""
    caplog.clear()
    with caplog.at_level(logging.DEBUG, logger="peewee"):
        act()
    made: list[tuple[str, Any]] = [record.msg for record in caplog.records if isinstance(record.msg, tuple)]
    with do.undone():
        return [
            (pages(sql, given), sql)
            for sql, given in made
            if sql.lstrip().startswith(("SELECT", "UPDATE", "DELETE", "WITH", "EXECUTE"))
        ]


def pages(sql: str, given: Any) -> int:
    cursor = connection.database.execute_sql(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}", given)
    (explained,) = cursor.fetchone()
    plan = (json.loads(explained) if isinstance(explained, str) else explained)[0]["Plan"]
    return plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]


def test_no_statement_of_every_day_reads_what_is_not_due(many: int, caplog: pytest.LogCaptureFixture) -> None:
    waiting = connection.execute("SELECT id FROM job WHERE state = 'queued' ORDER BY id LIMIT 200")
    ids = [row[0] for row in waiting]
    acts: dict[str, Callable[[], object]] = {
        "dispatcher": lambda: dispatch.due_queues(list(Queue)),
        "dispatch": lambda: dispatch.take_due(Queue.LOOKUP, Priority.BULK, limit=500, lease_s=3),
        "leases": dispatch.void_leases,
        "claim": lambda: do.claim(*ids),
        "recovery": recovery.expire,
        "suspects": recovery.suspects_wait,
        **{what: lambda what=what: retention.prune(what, older_than_days=60) for what in retention._TABLES},
    }
    cost = {name: touched(caplog, act) for name, act in acts.items()}
    with connection.transaction():
        fill(many // 5, "'queued'", due="now() - i * interval '1 ms'", queue="mail", finished="NULL")
    connection.execute("ANALYZE")
    behind: dict[str, Callable[[], object]] = {"dispatcher": acts["dispatcher"], "waiting": health.oldest_due_s}
    cost |= {f"{name}, with a backlog": touched(caplog, act) for name, act in behind.items()}
    assert all(cost.values())
    assert {name: found for name, found in cost.items() if any(read > _BUFFERS for read, _ in found)} == {}


def test_no_filter_of_the_jobs_reads_all_of_them(many: int, caplog: pytest.LogCaptureFixture) -> None:
    """The rare ones are the oldest, so that whoever walks back to them from the newest meets all others.

    What is done is nearly all, and has no index of its own, which each job would pay for: it is walked to past what
    waits, and no further.
    """
    connection.execute("INSERT INTO run (id, task, cursor, created_at) VALUES (1, 'domains.check_all', 0, now())")
    connection.execute("UPDATE job SET task = 'mail.send', queue = 'mail', client_id = 7, run_id = 1 WHERE id <= 20")
    connection.execute("UPDATE job SET state = 'dead', error = 'TimeoutError: no answer' WHERE id <= 10")
    connection.execute("ANALYZE")
    asked: list[dict[str, Any]] = [
        *({"state": state} for state in JobState),
        {"task": "mail.send"},
        {"task": "mail.send", "state": JobState.FAILED},
        {"queue": "mail"},
        {"queue": "mail", "task": "domains.check"},
        {"client": 7},
        {"within": frozenset({7, 8})},
        {"run": 1},
        {"run": 1, "task": "domains.check"},
        {"error": "timeout"},
        {"error": "no answer", "task": "mail.send", "state": JobState.DEAD},
        {"since": datetime.now(UTC) + timedelta(hours=1)},
        {"until": datetime.now(UTC) - timedelta(days=1000), "task": "domains.check"},
    ]
    cost = {
        str(given): touched(caplog, lambda given=given, sort=sort: job_lists.LIST.page(sort, **given))
        for given in asked
        for sort in ("id", "-id")
    }
    ((waiting,),) = connection.execute(
        "SELECT COUNT(DISTINCT (ctid::text::point)[0]) FROM job WHERE state <> 'done'"  # pages of the table
    )
    most = {str({"state": JobState.DONE}): _BUFFERS + 1.5 * waiting}  # and of the index of ids
    assert {n: found for n, found in cost.items() if any(read > most.get(n, _BUFFERS) for read, _ in found)} == {}


@pytest.mark.usefixtures("many")
def test_what_is_prepared_reads_as_little_by_a_plan_for_whatever_it_is_given(caplog: pytest.LogCaptureFixture) -> None:
    connection.execute("SET plan_cache_mode = force_generic_plan")
    waiting = [row[0] for row in connection.execute("SELECT id FROM job WHERE state = 'queued' ORDER BY id LIMIT 200")]
    claimed = do.claim(*[do.queue() for _ in range(3)])
    acts: dict[str, Callable[[], object]] = {
        "claim": lambda: do.claim(*waiting),
        "end": lambda: transitions.end(claimed[0], transitions.DONE),
        "insert": do.queue,
    }
    cost = {name: touched(caplog, act) for name, act in acts.items()}
    prepared = {name: [read for read, sql in found if sql.startswith("EXECUTE")] for name, found in cost.items()}
    assert all(prepared.values())
    assert {name: found for name, found in prepared.items() if any(read > _BUFFERS for read in found)} == {}


def test_the_last_scans_and_firings_of_a_list_s_rows_are_read_and_no_others(
    ledger: str, caplog: pytest.LogCaptureFixture
) -> None:
    rows, each = 50, 1000
    with connection.transaction():
        client, _ = clients.add(Client(name="Bakery", email="a@b.test"))
        for number in range(rows):
            endpoints.add(f"www-{number}.test", 443, client_id=client)
        connection.execute(
            "INSERT INTO endpoint_scan (endpoint_id, at, ok, faults, message)"
            f" SELECT mod(i, {rows}) + 1, now() - i * interval '1 minute', TRUE, '[]', ''"
            f" FROM generate_series(1, {rows * each}) AS i"
        )
        connection.execute(
            "INSERT INTO firing (schedule, due_at, decided_at, outcome)"
            f" SELECT 'line-' || mod(i, {rows}), now() - i * interval '1 minute', now(), 'skipped'"
            f" FROM generate_series(1, {rows * each}) AS i"
        )
    connection.execute("ANALYZE")
    names = [f"line-{number}" for number in range(rows)]
    read = touched(caplog, lambda: (endpoint_lists.outcomes(range(1, rows + 1)), schedules.histories(names)))
    assert len(read) == 2
    for number, sql in read:
        assert number < rows * each / 5, (
            sql
        )  # each row that is shown may be on a page of its own, and is looked at twice
