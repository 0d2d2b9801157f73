"""Spreads a fan-out over its lanes: each job has its place in the line of the server that it will ask first."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from db.ledger import jobs, runs
from db.ledger.transitions import JobRequest
from db.outside import lanes as store
from rules.jobs.pacing import LaneBacklog, LaneShare
from rules.rate_limits.lanes import Lane
from tasks.engine.context import fenced
from tasks.outside import limiter

_AT_ONCE_S = 1.0
"""Who would wait less than this does not wait: the gate has that much patience."""


def spread(run_id: int, asked: Sequence[JobRequest], servers: Sequence[str | None]) -> list[JobRequest]:
    """Give the jobs their places, in the transaction that inserts them, and add them to the run's plan.

    ``servers`` has for each job the one that it asks first, or None. What is queued already is left out: it has its
    place from before.
    """
    queued = jobs.queued([one.key for one in asked if one.key])
    fresh = [
        (one, limiter.lane_of(server) if server else None)
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


def _placed(asked: JobRequest, lane: Lane | None, lines: dict[str, LaneBacklog], given: Counter[str]) -> JobRequest:
    if lane is None or lane.name not in lines:
        return asked
    line = lines[lane.name]
    delay_s = line.first_s + given[lane.name] * line.step_s
    given[lane.name] += 1
    if delay_s < _AT_ONCE_S:
        return asked
    return replace(asked, delay_s=round(delay_s, 3), waits_for=f"its turn at {lane.name}")


def _plan(run_id: int, numbers: Counter[Lane], lines: dict[str, LaneBacklog]) -> None:
    age_s = runs.age_s(run_id)
    shares = [
        LaneShare(lane.name, jobs_, age_s + lines[lane.name].first_s + jobs_ * lines[lane.name].step_s)
        for lane, jobs_ in numbers.items()
    ]
    runs.keep_plan(run_id, runs.plan(run_id).joined(shares))


def settle(run_id: int) -> None:
    """Keep of the run's plan what is shown of it, once all its jobs are inserted."""
    with fenced():
        runs.keep_plan(run_id, runs.plan(run_id).capped())
