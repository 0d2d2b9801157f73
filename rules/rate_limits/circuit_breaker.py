"""When a server is not asked at all, and how it is asked more slowly after it said that we asked too often.

    Throttled ──> open for a penalty, then slower; the slowness fades by half in each ``HALF_LIFE``
    Unavailable, FAILURES times in a row ──> open; then one probe: it answers ──> closed,  it fails ──> open for longer

While it is open the server is not asked. What is remembered (``BreakerState``) is the same for all workers; every time
is aware and of one clock.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from rules.translatable import Translatable

FAILURES = 5
"""Failures in a row after which a server is left alone."""

PROBE = timedelta(seconds=60)
"""How long one probe is waited for before another may be sent."""

HALF_LIFE = timedelta(hours=12)
SLOWEST = 32.0
"""How many times slower than its lane a server is asked at the most."""

_LONGEST = timedelta(days=1)
_PENALTY = timedelta(seconds=60)
_LEAST_PENALTY = timedelta(seconds=1)
_FIRST_OPEN = timedelta(seconds=30)
_LONGEST_OPEN = timedelta(hours=1)
_NOT_SLOW = 1.05
_MOST_DOUBLINGS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakerState:
    """What is remembered of a server. ``slowness`` fades from ``slowed_at`` on; the counts are of events in a row."""

    slowness: float = 1.0
    slowed_at: datetime | None = None
    throttles: int = 0
    failures: int = 0
    openings: int = 0
    """How often the breaker has opened since the server last answered; above 0 it is open or half open."""
    shut_until: datetime | None = None
    """Until when the server is not asked; stored under this name."""
    probe_until: datetime | None = None


def throttled(state: BreakerState, now: datetime, *, retry_after: float | None) -> BreakerState:
    """Return what is remembered after the server said that we asked too often.

    The server is left alone for ``retry_after`` seconds, or for a minute where it named no time. Each time it says so
    again without an answer in between, the time doubles, up to a day. Calls that were under way when the penalty began
    do not count again.
    """
    penalty = _PENALTY if retry_after is None else _seconds(retry_after)
    if not state.openings and _left(state.shut_until, now):
        return replace(state, shut_until=_later(state.shut_until, now + max(penalty, _LEAST_PENALTY)))
    until = now + min(max(penalty, _LEAST_PENALTY) * 2 ** min(state.throttles, _MOST_DOUBLINGS), _LONGEST)
    return BreakerState(
        slowness=min(slowness(state, now) * 2, SLOWEST),
        slowed_at=until,
        throttles=state.throttles + 1,
        shut_until=until,
    )


def failed(state: BreakerState, now: datetime, *, retry_after: float | None) -> BreakerState:
    """Return what is remembered after the server did not answer.

    A server that asked for a pause of ``retry_after`` seconds gets it, up to a day.
    """
    if _left(state.shut_until, now):
        return state  # this call was under way when the breaker opened
    failures, pause = state.failures + 1, _seconds(retry_after or 0.0)
    opens = failures >= FAILURES or state.openings > 0
    openings = state.openings + opens
    rest = min(_FIRST_OPEN * 2 ** min(openings - 1, _MOST_DOUBLINGS), _LONGEST_OPEN) if opens else timedelta(0)
    shut_until = now + max(rest, pause) if opens or pause else None
    return replace(state, failures=failures, openings=openings, shut_until=shut_until, probe_until=None)


def answered(state: BreakerState, now: datetime) -> BreakerState:
    """Return what is remembered after the server answered: only its slowness, unless a penalty still runs."""
    if not state.openings and _left(state.shut_until, now):
        return state
    return BreakerState(slowness=state.slowness, slowed_at=state.slowed_at)


def troubled(state: BreakerState) -> bool:
    """Tell whether an answer would change what is remembered."""
    return bool(state.throttles or state.failures or state.openings or state.shut_until)


def slowness(state: BreakerState, now: datetime) -> float:
    """Return how many times slower than its lane the server is to be asked now; 1 when all is forgiven."""
    if state.slowed_at is None:
        return 1.0
    age = max(now - state.slowed_at, timedelta(0))
    left = 1 + (state.slowness - 1) * 0.5 ** (age / HALF_LIFE)
    return left if left >= _NOT_SLOW else 1.0


def open_s(state: BreakerState, now: datetime) -> float:
    """Return for how many seconds the server is not to be asked, 0 when it may be; a probe under way counts too."""
    left = _left(state.shut_until, now)
    probed = _left(state.probe_until, now) if state.openings else timedelta(0)
    return max(left, probed).total_seconds()


def wants_probe(state: BreakerState) -> bool:
    """Tell whether the next call is a probe; all other callers wait until it has ended."""
    return state.openings > 0


def reason(name: str, state: BreakerState) -> Translatable:
    """Return what a job waits for while its server is not asked."""
    if state.openings:
        return Translatable.counted(
            "{name} to answer again: its last call failed",
            "{name} to answer again: its last {number} calls failed",
            state.failures,
            name=name,
        )
    if state.throttles:
        return Translatable("{name} to let us ask again: it said that we asked too often", name=name)
    return Translatable("{name} to be ready again: it asked us to come back later", name=name)


def _seconds(given: float) -> timedelta:
    return timedelta(seconds=min(max(given, 0.0), _LONGEST.total_seconds()))


def _left(until: datetime | None, now: datetime) -> timedelta:
    """Return the time that is left until a moment: at most a day, even if the clock was set back."""
    return min(max(until - now, timedelta(0)), _LONGEST) if until else timedelta(0)


def _later(one: datetime | None, other: datetime) -> datetime:
    return max(one, other) if one else other
