"""How a fan-out is paced by its lanes, and how long a run will take by the slowest of them.

Each lane has a line of places, one step apart. A step is a little longer than the lane's period, so that some permits
stay free: for people who ask for one lookup, and for retries.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from rules.rate_limits import circuit_breaker
from rules.rate_limits.circuit_breaker import BreakerState
from rules.rate_limits.lanes import Lane
from rules.translatable import Translatable

PLANNED = 0.9
"""The share of a lane's permits that a plan gives away."""

SHOWN = 20
"""How many lanes a plan names, the slowest first."""

_MINUTE, _HOUR, _DAY = 60, 3600, 86400


@dataclass(frozen=True, slots=True)
class LaneBacklog:
    """Places in a lane: the first is in ``first_s`` seconds, the others ``step_s`` apart.

    ``until`` is the end of the last.
    """

    first_s: float
    step_s: float
    until: datetime


def step_s(lane: Lane, *, slowness: float = 1.0) -> float:
    """Return the seconds from one place in a lane's line to the next; 0 where the lane is not paced."""
    return lane.period_s * slowness / PLANNED


def line(lane: Lane, jobs: int, *, state: BreakerState, planned_until: datetime | None, now: datetime) -> LaneBacklog:
    """Return the places of new jobs: after those given away before, and after the circuit breaker's open time."""
    step = step_s(lane, slowness=circuit_breaker.slowness(state, now))
    open_until = now + timedelta(seconds=circuit_breaker.open_s(state, now))
    begins = max(open_until, planned_until or now)
    return LaneBacklog((begins - now).total_seconds(), step, begins + timedelta(seconds=jobs * step))


@dataclass(frozen=True, slots=True)
class LaneShare:
    """The jobs of a run that go through one lane. The last of them is due ``seconds`` after the run's beginning."""

    lane: str
    jobs: int
    seconds: float

    @property
    def about(self) -> str:
        """How long its jobs take, in words."""
        return about(self.seconds)


@dataclass(frozen=True, slots=True)
class RunPlan:
    """The lanes of a run, the slowest first. ``rest`` sums up the ``rest_lanes`` lanes that are not named."""

    lanes: tuple[LaneShare, ...] = ()
    rest: LaneShare = LaneShare("", 0, 0.0)
    rest_lanes: int = 0

    @property
    def seconds(self) -> float:
        """How long the slowest lane takes."""
        return self.lanes[0].seconds if self.lanes else 0.0

    def joined(self, shares: Iterable[LaneShare]) -> "RunPlan":
        """Return the plan with more jobs in its lanes, or in new ones."""
        lanes: dict[str, LaneShare] = {one.lane: one for one in self.lanes}
        for one in shares:
            before = lanes.get(one.lane, LaneShare(one.lane, 0, 0.0))
            lanes[one.lane] = LaneShare(one.lane, before.jobs + one.jobs, max(before.seconds, one.seconds))
        return RunPlan(_slowest_first(lanes), self.rest, self.rest_lanes)

    def capped(self, most: int = SHOWN) -> "RunPlan":
        """Return the plan with only its ``most`` slowest lanes named, the others summed up."""
        over = self.lanes[most:]
        rest = LaneShare(
            "", self.rest.jobs + sum(one.jobs for one in over), max(self.rest.seconds, *(o.seconds for o in over), 0.0)
        )
        return RunPlan(self.lanes[:most], rest, self.rest_lanes + len(over))

    def words(self) -> str:
        """Return the sentence for staff; empty where no job has a lane."""
        if not self.lanes:
            return ""
        slowest = self.lanes[0]
        return Translatable.counted(
            "slowest lane: {lane}, {number:,} look-up, {about}",
            "slowest lane: {lane}, {number:,} look-ups, {about}",
            slowest.jobs,
            lane=slowest.lane,
            about=about(slowest.seconds),
        )


def _slowest_first(lanes: Mapping[str, LaneShare]) -> tuple[LaneShare, ...]:
    return tuple(sorted(lanes.values(), key=lambda one: (-one.seconds, one.lane)))


def about(seconds: float) -> str:
    """Return a length of time in its two largest units: "about 6 h 40 min"."""
    if seconds < _MINUTE:
        return Translatable("under a minute")
    days, left = divmod(int(seconds), _DAY)
    hours, left = divmod(left, _HOUR)
    parts = ((days, "d"), (hours, "h"), (left // _MINUTE, "min"))
    first = next(place for place, (number, _) in enumerate(parts) if number)
    length = " ".join(f"{number} {unit}" for number, unit in parts[first : first + 2] if number)
    return Translatable("about {length}", length=length)
