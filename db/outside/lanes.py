"""What is remembered of each server's lane, for all workers: penalties and breaker, and the line of its planned jobs.

Its slots are here too, for as long as Redis is away. All times are the database's own. There is a row only for a
server that was planned for, that made trouble, or that was asked without Redis.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import astuple, dataclass
from datetime import UTC, datetime
from typing import Any

from db import connection
from db.fields import moment, stored
from rules.jobs import pacing
from rules.jobs.pacing import LaneBacklog
from rules.rate_limits import circuit_breaker, lanes
from rules.rate_limits.circuit_breaker import BreakerState
from rules.rate_limits.lanes import Lane

_STATE = "slowness, slowed_at, throttles, failures, openings, shut_until, probe_until"  # in the order of State


@dataclass(frozen=True, slots=True)
class LaneMemory:
    """What is remembered of a lane, and the moment at which that was read."""

    state: BreakerState
    now: datetime


def get(name: str) -> LaneMemory:
    """Return what is remembered of a lane, which may be nothing."""
    return _memory(
        connection.execute(
            f"SELECT {{now}}, {_STATE} FROM (SELECT 1 AS one) AS always LEFT JOIN lane ON lane.name = %s",  # noqa: S608
            name,
        )[0]
    )


def change(name: str, how: Callable[[BreakerState, datetime], BreakerState]) -> LaneMemory:
    """Change what is remembered of a lane as ``how`` says, in a transaction of its own; returns what it is then.

    Two that change a lane at once wait for one another.
    """
    with connection.session(), connection.transaction():
        _require([name])
        before = _memory(connection.execute(f"SELECT {{now}}, {_STATE} FROM lane WHERE name = %s {{locked}}", name)[0])  # noqa: S608
        after = how(before.state, before.now)
        if after != before.state:
            connection.changed(
                """
                UPDATE lane SET slowness = %s, slowed_at = %s, throttles = %s, failures = %s, openings = %s,
                                shut_until = %s, probe_until = %s, changed_at = {now}
                WHERE name = %s
                """,
                *(stored(value) if isinstance(value, datetime) else value for value in astuple(after)),
                name,
            )
    return LaneMemory(after, before.now)


def probe(name: str) -> bool:
    """Let the caller be the one probe of a server whose breaker is half open; False where another is under way."""
    with connection.session(), connection.transaction():
        return bool(
            connection.changed(
                "UPDATE lane SET probe_until = {later(%s)}, changed_at = {now}"
                " WHERE name = %s AND openings > 0 AND (probe_until IS NULL OR probe_until <= {now})",
                circuit_breaker.PROBE.total_seconds(),
                name,
            )
        )


def take(lane: Lane, *, patience_s: float) -> float:
    """Take a permit of a lane of the database, as ``lanes.admit`` of the rules says; returns the seconds until it.

    More than ``patience_s`` means that none was taken.
    """
    with connection.session(), connection.transaction():
        _require([lane.name])
        now, tat = map(moment, connection.execute("SELECT {now}, tat FROM lane WHERE name = %s {locked}", lane.name)[0])
        assert now is not None  # noqa: S101 - the database knows the time
        after, wait_s = lanes.admit(tat.timestamp() if tat else 0.0, now.timestamp(), lane, patience_s=patience_s)
        connection.changed(
            "UPDATE lane SET tat = %s, changed_at = {now} WHERE name = %s",
            stored(datetime.fromtimestamp(after, UTC)),
            lane.name,
        )
    return wait_s


def book(wanted: Mapping[Lane, int]) -> dict[str, LaneBacklog]:
    """Give away that many places at the end of each lane's line, in the caller's transaction.

    Returns where each lane's places are, counted from now.
    """
    found = {lane.name: (lane, jobs) for lane, jobs in wanted.items()}
    _require(sorted(found))  # in one order, or two that book would wait for one another
    rows = connection.execute(
        f"SELECT name, planned_until, {{now}}, {_STATE} FROM lane WHERE name {{ids}} ORDER BY name {{locked}}",  # noqa: S608
        sorted(found),
    )
    lines: dict[str, LaneBacklog] = {}
    ends: list[dict[str, object]] = []
    for name, planned_until, *rest in rows:
        memory, (lane, jobs) = _memory(rest), found[name]
        lines[name] = pacing.line(lane, jobs, state=memory.state, planned_until=moment(planned_until), now=memory.now)
        ends.append({"key": name, "delay_s": (lines[name].until - memory.now).total_seconds()})
    connection.changed(
        "UPDATE lane SET planned_until = {later(given.delay_s)}, changed_at = {now} FROM {rows}"
        " WHERE lane.name = given.key",
        json.dumps(ends),
    )
    return lines


def troubled() -> dict[str, LaneMemory]:
    """Return the lanes that are shut, half open or slower than usual, by name."""
    rows = connection.execute(f"SELECT name, {{now}}, {_STATE} FROM lane ORDER BY name")  # noqa: S608
    found = {name: _memory(rest) for name, *rest in rows}
    return {
        name: one
        for name, one in found.items()
        if circuit_breaker.troubled(one.state) or circuit_breaker.slowness(one.state, one.now) > 1
    }


def _require(names: list[str]) -> None:
    """Make the rows that are missing."""
    connection.changed(
        """
        INSERT INTO lane (name, slowness, throttles, failures, openings, changed_at)
        SELECT given.key, 1, 0, 0, 0, {now} FROM {rows} WHERE TRUE ON CONFLICT (name) DO NOTHING
        """,
        json.dumps([{"key": name} for name in names]),
    )


def _memory(row: Any) -> LaneMemory:
    now, slowness, slowed_at, throttles, failures, openings, shut_until, probe_until = row
    read = moment(now)
    assert read is not None  # noqa: S101 - the database knows the time
    if slowness is None:
        return LaneMemory(BreakerState(), read)
    return LaneMemory(
        BreakerState(
            slowness=slowness,
            slowed_at=moment(slowed_at),
            throttles=throttles,
            failures=failures,
            openings=openings,
            shut_until=moment(shut_until),
            probe_until=moment(probe_until),
        ),
        read,
    )
