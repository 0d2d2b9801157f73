"""Paces a fan-out by its lanes: each job has its place in the line of the server that it will ask first."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from db.ledger import jobs, runs
from db.ledger.transitions import JobRequest
from db.outside import lanes
from rules.jobs import pacing
from rules.jobs.pacing import LaneBacklog, LaneShare
from rules.rate_limits.lanes import Lane
from rules.translatable import Translatable
from tasks.engine.context import fenced
from tasks.engine.fan_out import FanOutSize
from tasks.outside import limiter

_AT_ONCE_S = 1.0
"""A job that would wait less than this is due at once: the rate limit itself waits so long."""


@dataclass(frozen=True, slots=True)
class LanePacing:
    """The pacing of a task whose jobs ask one server first. ``first_servers`` returns it by id, where it is known."""

    first_servers: Callable[[Sequence[int]], Mapping[int, str]]

    def servers(self, ids: Sequence[int]) -> list[str | None]:
        """Return the server that each id's job asks first; None where it is due at once."""
        known = self.first_servers(ids)
        return [known.get(one) for one in ids]

    def place(self, run_id: int, requests: Sequence[JobRequest], servers: Sequence[str | None]) -> list[JobRequest]:
        """Give the jobs their places, in the transaction that inserts them, and add them to the run's plan.

        What is queued already is left out: it has its place from before.
        """
        queued = jobs.queued([one.key for one in requests if one.key])
        fresh = [
            (one, limiter.lane_of(server) if server else None)
            for one, server in zip(requests, servers, strict=True)
            if one.key not in queued
        ]
        numbers = Counter(lane for _, lane in fresh if lane and lane.period_s)
        if not numbers:
            return [one for one, _ in fresh]
        lines = lanes.book(numbers)
        _plan(run_id, numbers, lines)
        given: Counter[str] = Counter()
        return [_placed(one, lane, lines, given) for one, lane in fresh]

    def keep_plan(self, run_id: int) -> None:
        """Keep the part of the run's plan that is shown, once all its jobs are inserted."""
        with fenced():
            runs.keep_plan(run_id, runs.plan(run_id).capped())


def size(jobs_by_server: Mapping[str | None, int]) -> FanOutSize:
    """Return the size of a fan-out whose jobs ask these servers first: it takes as long as its slowest lane."""
    numbers: Counter[Lane] = Counter()
    for server, number in jobs_by_server.items():
        if server:
            numbers[limiter.lane_of(server)] += number
    seconds = max((number * pacing.step_s(lane) for lane, number in numbers.items()), default=0.0)
    return FanOutSize(sum(jobs_by_server.values()), seconds)


def _placed(request: JobRequest, lane: Lane | None, lines: dict[str, LaneBacklog], given: Counter[str]) -> JobRequest:
    if lane is None or lane.name not in lines:
        return request
    line = lines[lane.name]
    delay_s = line.first_s + given[lane.name] * line.step_s
    given[lane.name] += 1
    if delay_s < _AT_ONCE_S:
        return request
    return replace(request, delay_s=round(delay_s, 3), waits_for=Translatable("its turn at {lane}", lane=lane.name))


def _plan(run_id: int, numbers: Counter[Lane], lines: dict[str, LaneBacklog]) -> None:
    age_s = runs.age_s(run_id)
    shares = [
        LaneShare(lane.name, number, age_s + lines[lane.name].first_s + number * lines[lane.name].step_s)
        for lane, number in numbers.items()
    ]
    runs.keep_plan(run_id, runs.plan(run_id).joined(shares))
