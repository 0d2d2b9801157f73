"""Spreads a fan-out over its lanes: each job has its place in the line of the server that it will ask first."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from db import jobs, runs
from db import lanes as store
from db.ledger import Asked
from rules.lanes import Lane
from rules.plans import Line, Share
from tasks import lanes
from tasks.context import fenced

_AT_ONCE_S = 1.0
"""Who would wait less than this does not wait: the gate has that much patience."""


def spread(run_id: int, asked: Sequence[Asked], servers: Sequence[str | None]) -> list[Asked]:
    """Give the jobs their places, in the transaction that inserts them, and add them to the run's plan.

    ``servers`` has for each job the one that it asks first, or None. What is queued already is left out: it has its
    place from before.
    """
    queued = jobs.queued([one.key for one in asked if one.key])
    fresh = [
        (one, lanes.of(server) if server else None)
        for one, server in zip(asked, servers, strict=True)
        if one.key not in queued
    ]
    numbers = Counter(lane for _, lane in fresh if lane and lane.period_s)
    if not numbers:
        return [one for one, _ in fresh]
    lines = store.book(numbers)
    _plan(run_id, numbers, lines)
    given: Counter[str] = Counter()
    return [_placed(one, lane, lines, given) for one, lane in fresh]


def _placed(asked: Asked, lane: Lane | None, lines: dict[str, Line], given: Counter[str]) -> Asked:
    if lane is None or lane.name not in lines:
        return asked
    line = lines[lane.name]
    delay_s = line.first_s + given[lane.name] * line.step_s
    given[lane.name] += 1
    if delay_s < _AT_ONCE_S:
        return asked
    return replace(asked, delay_s=round(delay_s, 3), waits_for=f"its turn at {lane.name}")


def _plan(run_id: int, numbers: Counter[Lane], lines: dict[str, Line]) -> None:
    age_s = runs.age_s(run_id)
    shares = [
        Share(lane.name, jobs_, age_s + lines[lane.name].first_s + jobs_ * lines[lane.name].step_s)
        for lane, jobs_ in numbers.items()
    ]
    runs.keep_plan(run_id, runs.plan(run_id).joined(shares))


def settle(run_id: int) -> None:
    """Keep of the run's plan what is shown of it, once all its jobs are inserted."""
    with fenced():
        runs.keep_plan(run_id, runs.plan(run_id).capped())
