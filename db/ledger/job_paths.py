"""Where the jobs of some filters lie in the indexes of a ledger of millions, in the order of their ids.

An index on (task, state, id), one on (run, state, id), one on (client, state, id) and one on (state, id) of what is not
done serve each combination of filters that is offered; ``db.index_ranges`` says how they are merged. Texts are
looked for among all jobs that ended badly, by their trigrams, and among the newest of the others.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from db import connection, text_search
from db.fields import sure
from db.index_ranges import LAST_ID, AccessPath, IndexRange
from rules.jobs import NEED_A_PERSON, JobState

LOOKED_THROUGH: Final = 20_000
"""Jobs, the newest, that are looked through for a text where they did not end badly."""

_FEW: Final = 5000
"""Up to so many jobs are sorted faster than they are found along an index."""

_MOST_STRETCHES: Final = 200
_SLACK: Final = timedelta(minutes=1)
"""By so much a job may have been made before one with a lower id."""


def of(asked: Mapping[str, Any]) -> AccessPath | None:
    """Return where the jobs of some filters lie; None where a walk along all jobs soon meets them."""
    path = _by_filters(asked)
    if not {"since", "until"} & asked.keys():
        return path
    low = first_made(asked["since"] - _SLACK) if "since" in asked else 0
    high = first_made(asked["until"] + _SLACK) if "until" in asked else LAST_ID
    found = path or AccessPath((IndexRange(),))
    return AccessPath(tuple(one.within(low, high) for one in found.ranges), found.holds)


def _by_filters(asked: Mapping[str, Any]) -> AccessPath | None:
    states = [JobState(asked["state"])] if "state" in asked else list(JobState)
    if ("error" in asked or "argument" in asked) and "run" not in asked:
        return _of_text(asked, states)
    within = asked.get("within")
    if within is not None or "client" in asked:
        return _of_clients(sorted(within) if within is not None else [asked["client"]], states, asked)
    return _leading(asked, states)


def _leading(asked: Mapping[str, Any], states: Sequence[JobState]) -> AccessPath | None:
    if "run" in asked:
        words = ("run_id IS NOT NULL",)
        found = [
            IndexRange(columns=("run_id", "state"), values=(asked["run"], str(one)), words=words) for one in states
        ]
        return AccessPath(tuple(found), frozenset({"run", "state"}))
    if "task" in asked or "queue" in asked:
        tasks = _tasks_of(asked["queue"]) if "queue" in asked else [asked["task"]]
        found = [
            IndexRange(columns=("task", "state"), values=(task, str(state)))
            for task in tasks
            if asked.get("task", task) == task
            for state in states
        ]
        return AccessPath(tuple(found), frozenset({"task", "state"}))
    if len(states) == 1 and states[0] is not JobState.DONE:
        return AccessPath((_of_state(states[0]),), frozenset({"state"}))
    return None


def _of_state(state: JobState) -> IndexRange:
    return IndexRange(columns=("state",), values=(str(state),), words=("state <> 'done'",))


def _of_clients(clients: Sequence[int], states: Sequence[JobState], asked: Mapping[str, Any]) -> AccessPath | None:
    """Return the ranges of these clients; None for very many of them, of whom a walk along all jobs soon meets one."""
    if len(clients) * len(states) > _MOST_STRETCHES:
        return None
    words = ("client_id IS NOT NULL",)
    found = [
        IndexRange(columns=("client_id", "state"), values=(client, str(state)), words=words)
        for client in clients
        for state in states
        if asked.get("client", client) == client
    ]
    return AccessPath(tuple(found), frozenset({"within", "client", "state"}))


def _tasks_of(queue: str) -> list[str]:
    """Return the tasks of a queue that have jobs, found by hopping over their index; a task has one queue."""
    rows = connection.execute(
        """
        WITH RECURSIVE known (task, queue) AS (
            SELECT task, queue FROM (SELECT task, queue FROM job ORDER BY task, state, id LIMIT 1) AS first
            UNION ALL
            SELECT job.task, job.queue FROM known JOIN job ON job.id = (
                SELECT next.id FROM job AS next WHERE next.task > known.task
                ORDER BY next.task, next.state, next.id LIMIT 1))
        SELECT task FROM known WHERE queue = %s
        """,
        queue,
    )
    return [row[0] for row in rows]


def _of_text(asked: Mapping[str, Any], states: Sequence[JobState]) -> AccessPath:
    """Return where jobs lie that may have a text: all that ended badly, and the newest of the others."""
    bad = [one for one in states if one in NEED_A_PERSON]
    others = [str(one) for one in states if one not in NEED_A_PERSON]
    newest = connection.execute("SELECT COALESCE(MAX(id), 0) FROM job")[0][0]
    found = [*_badly(asked, bad)] if bad else []
    if others:
        marks = ", ".join("%s" for _ in others)
        words, params = (f"state IN ({marks})",), tuple(others)
        found.append(IndexRange(words=words, params=params, low=newest - LOOKED_THROUGH + 1))
    return AccessPath(tuple(found), frozenset({"state"}))


def _badly(asked: Mapping[str, Any], states: Sequence[JobState]) -> list[IndexRange]:
    """Return where jobs lie that ended badly: those that have the words if they are few, else all of these states."""
    words = " ".join(str(asked[name]) for name in ("error", "argument") if name in asked)
    if text_search.is_indexed(words):
        condition, params = text_search.in_job(words)
        ((number,),) = connection.execute(
            f"SELECT COUNT(*) FROM (SELECT 1 FROM job WHERE {condition} LIMIT %s) AS held",  # noqa: S608 - our own
            *params,
            _FEW + 1,
        )
        if number <= _FEW:
            marks = ", ".join("%s" for _ in states)
            of_states = f"state IN ({marks})"
            having = f"id IN (SELECT id FROM job WHERE {condition})"  # noqa: S608 - our own words
            return [IndexRange(words=(of_states, having), params=(*map(str, states), *params))]
    return [_of_state(one) for one in states]


def first_made(at: datetime) -> int:
    """Return the id from which on jobs were made at that moment or later, as far as ids are in order of time.

    It is found by halving, for there is no index of when a job was made: it would cost each of them a write.
    """
    # Two sub-selects: for both in one SELECT, SQLite reads the whole table.
    ((low, high),) = connection.execute(
        "SELECT COALESCE((SELECT MIN(id) FROM job), 0), COALESCE((SELECT MAX(id) FROM job), 0)"
    )
    while low < high:
        middle = (low + high) // 2
        rows = connection.execute("SELECT id, created_at FROM job WHERE id >= %s ORDER BY id LIMIT 1", middle)
        if rows and sure(rows[0][1]) < at:
            low = rows[0][0] + 1
        else:
            high = middle
    return low
